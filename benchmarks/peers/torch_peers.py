# pyright: reportMissingImports=false
"""Libraries on torch, and plain torch. A build imports its library itself, so that each may be missing alone.

Documented: a loop over time in Python, as in each library's tutorial, with the surrogate gradient that it has by
default. Tuned: the input product, the same at every step of direct coding, stands before the loop, and loop, readout
and loss are one compiled graph.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from variants import CLASSES, DECAY, HIDDEN, INPUTS, LEARNING_RATE, Setting, Training

torch.set_num_threads(1)

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def training(loss_of: Loss, parameters: Iterable[nn.Parameter], setting: Setting, fused: bool = False) -> Training:
    """Adam on `loss_of(images, labels)`; `fused` is torch's faster form of it."""
    images, labels = torch.from_numpy(setting.images), torch.from_numpy(setting.labels).long()
    optimizer = torch.optim.Adam(parameters, lr=LEARNING_RATE, fused=fused or None)

    def call(batch: int) -> None:
        rows = setting.rows(batch)
        optimizer.zero_grad()
        loss_of(images[rows], labels[rows]).backward()
        optimizer.step()

    return Training(call)


def compiled(loss_of: Loss, layers: Iterable[nn.Module], setting: Setting) -> Training:
    """The loss as one compiled graph, and the fused optimizer."""
    parameters = [parameter for layer in layers for parameter in layer.parameters()]
    return training(torch.compile(loss_of), parameters, setting, fused=True)


def two_layers() -> tuple[nn.Linear, nn.Linear]:
    """The weights of the network."""
    return nn.Linear(INPUTS, HIDDEN), nn.Linear(HIDDEN, CLASSES)


# --- plain torch -----------------------------------------------------------------------------------------------------


class FastSigmoidSpike(torch.autograd.Function):
    """H(x), with the derivative 1 / (1 + 2 |x|)² in the backward pass."""

    @staticmethod
    def forward(ctx: Any, distance: torch.Tensor) -> torch.Tensor:
        ctx.save_for_backward(distance)
        return (distance >= 0).to(distance.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        (distance,) = ctx.saved_tensors
        return gradient / (1 + 2 * distance.abs()) ** 2


def lif_step(current: torch.Tensor, residue: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """One step of a neuron that resets by subtraction: its spikes, and what it keeps of its potential."""
    potential = residue + current
    spikes: torch.Tensor = FastSigmoidSpike.apply(potential - 1)
    return spikes, DECAY * potential - spikes


def plain_compiled(setting: Setting) -> Training:
    """Written by hand without a library."""
    first, second = two_layers()

    def loss_of(images, labels):
        current = first(images)
        residue, readout = torch.zeros_like(current), images.new_zeros(len(images), CLASSES)
        count = torch.zeros_like(readout)
        for _ in range(setting.num_steps):
            spikes, residue = lif_step(current, residue)
            answers, readout = lif_step(second(spikes), readout)
            count = count + answers
        return cross_entropy(count, labels)

    return compiled(loss_of, (first, second), setting)


def plain_loop_rate_coding(setting: Setting) -> Training:
    """Written by hand without a library; a loop in Python."""
    first, second = two_layers()

    def loss_of(images, labels):
        residue, readout = images.new_zeros(len(images), HIDDEN), images.new_zeros(len(images), CLASSES)
        count = torch.zeros_like(readout)
        for _ in range(setting.num_steps):
            spikes, residue = lif_step(first(torch.bernoulli(images)), residue)
            answers, readout = lif_step(second(spikes), readout)
            count = count + answers
        return cross_entropy(count, labels)

    return training(loss_of, [*first.parameters(), *second.parameters()], setting)


# --- snnTorch --------------------------------------------------------------------------------------------------------


def snntorch_network(setting: Setting, is_rate_coded: bool) -> Training:
    """The network of its tutorial 5: a module that loops over the steps and stacks the output spikes."""
    import snntorch
    from snntorch import functional, spikegen

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.fc2 = two_layers()
            self.lif1, self.lif2 = snntorch.Leaky(beta=DECAY), snntorch.Leaky(beta=DECAY)

        def forward(self, inputs):
            mem1, mem2 = self.lif1.reset_mem(), self.lif2.reset_mem()
            answers = []
            for step in range(setting.num_steps):
                spikes, mem1 = self.lif1(self.fc1(inputs[step]), mem1)
                answer, mem2 = self.lif2(self.fc2(spikes), mem2)
                answers.append(answer)
            return torch.stack(answers)

    net, count_loss = Net(), functional.ce_count_loss()

    def loss_of(images, labels):
        steps = setting.num_steps
        inputs = spikegen.rate(images, num_steps=steps) if is_rate_coded else [images] * steps
        return count_loss(net(inputs), labels)

    return training(loss_of, net.parameters(), setting)


def snntorch_loop(setting: Setting) -> Training:
    """As in its tutorial 5."""
    return snntorch_network(setting, is_rate_coded=False)


def snntorch_loop_rate_coding(setting: Setting) -> Training:
    """As in its tutorial 5, with the spikes of `spikegen.rate`."""
    return snntorch_network(setting, is_rate_coded=True)


def snntorch_compiled(setting: Setting) -> Training:
    """Its neurons in a compiled graph."""
    import snntorch

    first, second = two_layers()
    hidden, output = snntorch.Leaky(beta=DECAY), snntorch.Leaky(beta=DECAY)

    def loss_of(images, labels):
        current = first(images)
        mem1, mem2 = torch.zeros_like(current), images.new_zeros(len(images), CLASSES)
        count = torch.zeros_like(mem2)
        for _ in range(setting.num_steps):
            spikes, mem1 = hidden(current, mem1)
            answers, mem2 = output(second(spikes), mem2)
            count = count + answers
        return cross_entropy(count, labels)

    return compiled(loss_of, (first, second), setting)


# --- SpikingJelly ----------------------------------------------------------------------------------------------------


def spikingjelly_network() -> nn.Sequential:
    """The form of its example `lif_fc_mnist`; tau is chosen so that 1 - 1/tau is our decay."""
    from spikingjelly.activation_based import layer, neuron, surrogate

    def lif():
        tau = 1 / (1 - DECAY)
        return neuron.LIFNode(tau=tau, decay_input=False, v_reset=None, surrogate_function=surrogate.ATan())

    return nn.Sequential(layer.Linear(INPUTS, HIDDEN), lif(), layer.Linear(HIDDEN, CLASSES), lif())


def spikingjelly_single_step(setting: Setting, is_rate_coded: bool) -> Training:
    """As in its example `lif_fc_mnist`: a loop over the steps, the states kept in the modules."""
    from spikingjelly.activation_based import encoding, functional

    net, encoder = spikingjelly_network(), encoding.PoissonEncoder()

    def loss_of(images, labels):
        functional.reset_net(net)
        count: Any = 0.0
        for _ in range(setting.num_steps):
            count = count + net(encoder(images) if is_rate_coded else images)
        return cross_entropy(count / setting.num_steps, labels)

    return training(loss_of, net.parameters(), setting)


def spikingjelly_loop(setting: Setting) -> Training:
    """As in its example `lif_fc_mnist`, with the pixels as a current."""
    return spikingjelly_single_step(setting, is_rate_coded=False)


def spikingjelly_loop_rate_coding(setting: Setting) -> Training:
    """As in its example `lif_fc_mnist`, with its Poisson encoder."""
    return spikingjelly_single_step(setting, is_rate_coded=True)


def spikingjelly_multi_step(setting: Setting) -> Training:
    """As in its example `conv_fashion_mnist`: all steps of a layer at a time, the image repeated."""
    from spikingjelly.activation_based import functional

    net = spikingjelly_network()
    functional.set_step_mode(net, "m")

    def loss_of(images, labels):
        functional.reset_net(net)
        return cross_entropy(net(images.unsqueeze(0).repeat(setting.num_steps, 1, 1)).mean(0), labels)

    return training(loss_of, net.parameters(), setting)


def spikingjelly_compiled(setting: Setting) -> Training:
    """Its neuron step, a function, in a compiled graph."""
    from spikingjelly.activation_based import functional, surrogate

    first, second = two_layers()
    spike, tau = surrogate.ATan(), 1 / (1 - DECAY)

    def loss_of(images, labels):
        current = first(images)
        v1, v2 = torch.zeros_like(current), images.new_zeros(len(images), CLASSES)
        count = torch.zeros_like(v2)
        for _ in range(setting.num_steps):
            spikes, v1 = functional.lif_step(current, v1, tau, False, 1.0, None, spike)
            answers, v2 = functional.lif_step(second(spikes), v2, tau, False, 1.0, None, spike)
            count = count + answers
        return cross_entropy(count, labels)

    return compiled(loss_of, (first, second), setting)


# --- Norse -----------------------------------------------------------------------------------------------------------


def norse_neuron() -> Any:
    """Its neuron without a synaptic current: v ← 0.9 v + 0.1 i at its default step and time constant."""
    from norse.torch import LIFBoxCell
    from norse.torch.functional.lif_box import LIFBoxParameters
    from norse.torch.functional.reset import reset_subtract

    return LIFBoxCell(LIFBoxParameters(reset_method=reset_subtract))


def norse_loop(setting: Setting) -> Training:
    """As in its README: a stateful sequence of layers, called once a step."""
    from norse.torch import SequentialState

    first, second = two_layers()
    net = SequentialState(first, norse_neuron(), second, norse_neuron())

    def loss_of(images, labels):
        state, answers = None, []
        for _ in range(setting.num_steps):
            answer, state = net(images, state)
            answers.append(answer)
        return cross_entropy(torch.stack(answers).sum(0), labels)

    return training(loss_of, net.parameters(), setting)


def norse_compiled(setting: Setting) -> Training:
    """Its neurons in a compiled graph."""
    from norse.torch.functional.lif_box import LIFBoxFeedForwardState

    first, second = two_layers()
    hidden, output = norse_neuron(), norse_neuron()

    def loss_of(images, labels):
        current = first(images)
        state1 = LIFBoxFeedForwardState(torch.zeros_like(current))
        state2 = LIFBoxFeedForwardState(images.new_zeros(len(images), CLASSES))
        count = images.new_zeros(len(images), CLASSES)
        for _ in range(setting.num_steps):
            spikes, state1 = hidden(current, state1)
            answers, state2 = output(second(spikes), state2)
            count = count + answers
        return cross_entropy(count, labels)

    return compiled(loss_of, (first, second), setting)
