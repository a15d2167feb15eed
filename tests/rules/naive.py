"""Every rule in float64 NumPy as its specification words it: all states stored, loops over steps, nothing shared.

What comes in to a recurrent layer are the spikes of the layer before, and behind them its own of the step before.

A neuron that rests after a spike has u = 0 and s = 0; its local factor and its inputs count for nothing meanwhile.
"""

from typing import NamedTuple

import numpy as np

from physdfa.network import AbstractReadout, NetworkParameters, SpikingNetwork
from physdfa.neurons import Lif
from tests.network.by_hand import Neurons

SURROGATES = {
    "triangle": lambda x: np.maximum(0.0, 1.0 - np.abs(x)),
    "rectangle": lambda x: (np.abs(x) <= 0.5).astype(float),
    "fast_sigmoid": lambda x: (1.0 + 2.0 * np.abs(x)) ** -2,
}


class Layer(NamedTuple):
    """One layer of spiking neurons over all steps, each [time batch _]; `awake` is 0 where a neuron rests, else 1.

    `own`: [post post] recurrent weights, 0 where it has none.
    """

    neuron: Lif
    presynaptic: np.ndarray
    potential: np.ndarray
    spikes: np.ndarray
    awake: np.ndarray
    own: np.ndarray

    def derivative(self) -> np.ndarray:
        """f'(u), 0 at rest."""
        return self.awake * slope(self.neuron, self.potential)


def slope(neuron: Lif, potential: np.ndarray, kind: str | None = None) -> np.ndarray:
    """f'(u) of a neuron that is awake."""
    return SURROGATES[kind or neuron.surrogate]((potential - float(neuron.threshold)) / float(neuron.surrogate_width))


class Run(NamedTuple):
    """A network over all steps: hidden layers, the spiking outputs if there are any, and what it shows.

    - `weights`: of each layer, from the one before it.
    - `online`: [time batch classes] the output as it stands at each step; `final`: [batch classes] at the end.
    """

    network: SpikingNetwork
    weights: list[np.ndarray]
    labels: np.ndarray
    hidden: list[Layer]
    output: Layer | None
    online: np.ndarray
    final: np.ndarray

    @property
    def num_steps(self) -> int:
        return self.network.num_steps

    @property
    def kappa(self) -> float:
        return float(self.network.readout.readout_decay)

    def error(self, outputs: np.ndarray) -> np.ndarray:
        """e = softmax(o) - onehot: the derivative of each sample's cross-entropy."""
        shares = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
        return shares / shares.sum(axis=-1, keepdims=True) - np.eye(outputs.shape[-1])[self.labels]


def over_time(neuron: Lif, currents: np.ndarray, presynaptic: np.ndarray, own: np.ndarray | None = None) -> Layer:
    """A layer under the currents [time batch neurons] of what comes from before it, and its own weights [post post]."""
    neurons, shown, returned = Neurons(neuron, currents.shape[1:]), [], [np.zeros(currents.shape[1:])]
    among = np.zeros((currents.shape[2],) * 2) if own is None else own * (1 - np.eye(len(own)))
    for current in currents:
        awake = (neurons.rest == 0).astype(float)
        potential, spikes = neurons.step(current + returned[-1] @ among.T)
        shown.append((potential, spikes, awake))
        returned.append(spikes)
    if own is not None:
        presynaptic = np.concatenate([presynaptic, returned[:-1]], axis=2)
    return Layer(neuron, presynaptic, *(np.array(values) for values in zip(*shown, strict=True)), among)


def run(network: SpikingNetwork, parameters: NetworkParameters, inputs: np.ndarray, labels: np.ndarray) -> Run:
    """The network on `inputs` [time batch inputs], before `input_scale`."""
    weights, biases = ([np.asarray(one, float) for one in part] for part in parameters)
    activity, hidden = float(network.input_scale) * np.asarray(inputs, float), []
    for n, bias in enumerate(biases[:-1]):
        pre = activity.shape[2]
        own = weights[n][:, pre:] if network.recurrent[n] else None
        weights[n] = weights[n][:, :pre]
        hidden.append(over_time(network.neuron, activity @ weights[n].T + bias, activity, own))
        activity = hidden[-1].spikes
    currents, readout = activity @ weights[-1].T + biases[-1], network.readout
    output, steps = None, np.arange(1, network.num_steps + 1)[:, None, None]
    if readout.name == "rate":
        online = np.cumsum(currents, axis=0) / steps
        final = online[-1]
    elif readout.name == "membrane":
        potential, online = np.zeros(currents.shape[1:]), np.zeros_like(currents)
        for t, current in enumerate(currents):
            online[t] = potential = float(readout.readout_decay) * potential + current
        final = online[-1] if readout.membrane_reduction == "last" else online.mean(axis=0)
    else:
        output = over_time(readout.neuron, currents, activity)
        online = np.cumsum(output.spikes, axis=0)
        final = online[-1]
    return Run(network, weights, labels, hidden, output, online, final)


def back_in_time(layer: Layer, by_spikes: np.ndarray) -> np.ndarray:
    """dL/dI of a layer at each step, from dL/ds: the chain rule through leak, reset, rest and recurrent weights."""
    decay, threshold = float(layer.neuron.decay_mem), float(layer.neuron.threshold)
    by_current, by_residue = np.zeros_like(by_spikes), np.zeros(by_spikes.shape[1:])
    for t in reversed(range(len(by_spikes))):
        u, s = layer.potential[t], layer.spikes[t]
        if t + 1 < len(by_spikes):
            by_spikes[t] = by_spikes[t] + by_current[t + 1] @ layer.own
        resets = layer.neuron.reset == "zero"  # residue = decay u (1 - s), or decay u - threshold s
        of_spike = by_spikes[t] - by_residue * (decay * u if resets else threshold)
        of_potential = of_spike * slope(layer.neuron, u) + by_residue * decay * (1 - s if resets else 1)
        by_current[t] = by_residue = layer.awake[t] * of_potential  # u = residue + I where the neuron is awake, else 0
    return by_current


def output_deltas(net: Run, error: str) -> np.ndarray:
    """dL/dI of the outputs at each step, exact: L of the output at the end, or the mean of L of those of all steps."""
    steps, readout = net.num_steps, net.network.readout
    deltas = np.zeros_like(net.online)
    e_online, e_final = net.error(net.online) / steps, net.error(net.final)
    if net.output is not None:
        after = np.cumsum(e_online[::-1], axis=0)[::-1]  # spike t is counted in the outputs of all later steps
        return back_in_time(net.output, after if error == "online" else np.repeat(e_final[None], steps, axis=0))
    for k in range(steps):
        for t in range(k, steps):
            if error == "online":
                weight = 1 / (t + 1) if readout.name == "rate" else net.kappa ** (t - k)
                deltas[k] += weight * e_online[t]
            elif t == steps - 1 or not reads_the_last(readout):
                deltas[k] += step_share(net, k, t) * e_final
    return deltas


def reads_the_last(readout: AbstractReadout) -> bool:
    return readout.name == "membrane" and readout.membrane_reduction == "last"


def step_share(net: Run, k: int, t: int) -> float:
    """What the current of step k gives to the final output by way of the readout at step t."""
    readout, steps = net.network.readout, net.num_steps
    if readout.name == "rate":
        return 1 / steps if t == k else 0.0
    return net.kappa ** (t - k) / (steps if readout.membrane_reduction == "mean" else 1)


def step_weights(net: Run) -> np.ndarray:
    """c_t: what a current at step t adds to the final output; 1 for spike counts."""
    readout, steps = net.network.readout, net.num_steps
    if net.output is not None:
        return np.ones(steps)
    ends = [steps - 1] if reads_the_last(readout) else range(steps)
    return np.array([sum(step_share(net, k, t) for t in ends if t >= k) for k in range(steps)])


def products(delta: np.ndarray, presynaptic: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the batch of sum_t delta_t (outer) presynaptic_t; the bias has an input that is always 1."""
    size = delta.shape[1]
    return np.einsum("tbn,tbi->ni", delta, presynaptic) / size, delta.sum(axis=(0, 1)) / size


def bptt(net: Run, error: str) -> list:
    """All layers, by the chain rule."""
    by_current, gradients = output_deltas(net, error), []
    gradients.append(products(by_current, net.hidden[-1].spikes))
    for layer, weight in zip(reversed(net.hidden), reversed(net.weights[1:]), strict=True):
        by_current = back_in_time(layer, by_current @ weight)
        gradients.append(products(by_current, layer.presynaptic))
    return gradients[::-1]


def direct(net: Run, error: str, feedback: list, factor, teaching=None) -> list:
    """e B^T times a local factor [time batch neurons] of each layer; `teaching` in the place of e."""
    steps, gradients = net.num_steps, []
    if error == "final":
        signal = step_weights(net)[:, None, None] * (net.error(net.final) if teaching is None else teaching)
    else:
        signal = (net.error(net.online) if teaching is None else np.repeat(teaching[None], steps, axis=0)) / steps
    for layer, matrix in zip(net.hidden, feedback, strict=True):
        gradients.append(products(layer.awake * factor(layer) * (signal @ matrix.T), layer.presynaptic))
    if error == "online" and net.output is not None:  # a local rule: through neither the leak nor the reset
        deltas = net.error(net.online) / steps * net.output.derivative()
    else:
        deltas = output_deltas(net, error)
    return [*gradients, products(deltas, net.hidden[-1].spikes)]


def remembered(layer: Layer, presynaptic: np.ndarray, *, forgets_at: str) -> np.ndarray:
    """[time batch post pre] What neuron i still has of its input j in its potential at each step: nothing at rest.

    `forgets_at`: "spike": a spike of i ends it, too; "rest": it goes on through resets.
    """
    left = np.zeros((*presynaptic.shape[1:2], layer.spikes.shape[2], presynaptic.shape[2]))
    traces = []
    for t, now in enumerate(presynaptic):
        if forgets_at == "spike" and t > 0:
            left = left * (1 - layer.spikes[t - 1])[:, :, None]
        left = layer.awake[t][:, :, None] * (float(layer.neuron.decay_mem) * left + now[:, None, :])
        traces.append(left)
    return np.array(traces)


def per_synapse(layer: Layer, weighting: np.ndarray, *, forgets_at: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean over the batch of sum_t weighting_t times what is remembered; the bias is an input that is always 1."""
    ones, size = np.ones((*layer.spikes.shape[:2], 1)), weighting.shape[1]
    weight, bias = (
        np.einsum("tbn,tbni->ni", weighting, remembered(layer, inputs, forgets_at=forgets_at)) / size
        for inputs in (layer.presynaptic, ones)
    )
    return weight, bias[:, 0]


def eprop(net: Run, error: str, feedback: list) -> list:
    """dL/dI of the outputs, B^T, f'(u), and the eligibility trace of each synapse."""
    deltas = output_deltas(net, error)
    gradients = [
        per_synapse(layer, layer.derivative() * (deltas @ matrix.T), forgets_at="rest")
        for layer, matrix in zip(net.hidden, feedback, strict=True)
    ]
    return [*gradients, products(deltas, net.hidden[-1].spikes)]


def ottt(net: Run, local: list[np.ndarray], feedback: list | None = None) -> list:
    """The error of each step, back through the layers or by `feedback`, times leaky traces of what came in.

    `local`: of each hidden layer its factor [time batch neurons], 0 at rest.
    """
    error = net.error(net.online) / net.num_steps
    arriving = error if net.output is None else error * net.output.derivative()
    nothing = [np.zeros((layer.spikes.shape[2], net.online.shape[2])) for layer in net.hidden]
    of_outputs = direct(net, "online", nothing, Layer.derivative)[-1]
    gradients = []
    for n, layer in reversed(list(enumerate(net.hidden))):
        taught = arriving @ net.weights[n + 1] if feedback is None else error @ feedback[n].T
        arriving = taught * local[n]
        decay, ones = float(layer.neuron.decay_mem), np.ones((*layer.spikes.shape[:2], 1))
        weight, bias = (products(arriving, leaky(inputs, decay))[0] for inputs in (layer.presynaptic, ones))
        gradients.insert(0, (weight, bias[:, 0]))
    return [*gradients, of_outputs]


def leaky(inputs: np.ndarray, decay: float) -> np.ndarray:
    """q_t = decay q_{t-1} + s_t."""
    traces = [inputs[0]]
    for now in inputs[1:]:
        traces.append(decay * traces[-1] + now)
    return np.array(traces)


def st_dfa(net: Run, error: str, feedback: list) -> list:
    """The effect of each train on each train: what is left of the input whenever the neuron fires."""
    share, taught = step_weights(net).mean() / float(net.network.neuron.threshold), net.error(net.final)
    gradients = [
        per_synapse(layer, share * layer.spikes * (taught @ matrix.T), forgets_at="spike")
        for layer, matrix in zip(net.hidden, feedback, strict=True)
    ]
    return [*gradients, products(output_deltas(net, error), net.hidden[-1].spikes)]


def response(net: Run, perturbations: list) -> np.ndarray:
    """Derivative of the final outputs along perturbations of the spikes of each hidden layer, over sum_t c_t."""
    moved = None
    for layer, weight, nudge in zip(net.hidden, net.weights, perturbations, strict=False):
        current = np.zeros_like(layer.spikes) if moved is None else moved @ weight.T
        moved = along(layer, current, nudge)
    current = moved @ net.weights[-1].T
    weights = step_weights(net)
    if net.output is not None:
        return along(net.output, current).sum(axis=0) / weights.sum()
    return np.einsum("t,tbc->bc", weights, current) / weights.sum()


def along(layer: Layer, current: np.ndarray, nudge: np.ndarray | float = 0.0) -> np.ndarray:
    """The derivative of the spikes that go on along that of the current and a nudge to them: forward in time."""
    decay, threshold = float(layer.neuron.decay_mem), float(layer.neuron.threshold)
    residue, moved = np.zeros(current.shape[1:]), []
    for t, now in enumerate(current):
        u, s = layer.potential[t], layer.spikes[t]
        of_itself = moved[-1] @ layer.own.T if moved else 0.0
        potential = layer.awake[t] * (residue + now + of_itself)
        spikes = slope(layer.neuron, u) * potential
        if layer.neuron.reset == "zero":
            residue = decay * (potential * (1 - s) - u * spikes)
        else:
            residue = decay * potential - threshold * spikes
        moved.append(spikes + nudge)
    return np.array(moved)
