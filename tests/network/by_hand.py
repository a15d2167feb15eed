"""The same networks in plain NumPy, step by step, every state stored: what the compiled programs must equal."""

from itertools import product
from typing import NamedTuple

import numpy as np

from physdfa.network import ConvolutionalConnections, NetworkParameters, SpikingNetwork
from physdfa.neurons import Lif


class Neurons:
    """Leaky integrate-and-fire neurons, from the equations of `Lif`; they keep u, s and the steps of rest."""

    def __init__(self, neuron: Lif, shape: tuple[int, ...]):
        self.neuron = neuron
        self.decay, self.threshold = float(neuron.decay_mem), float(neuron.threshold)
        self.potential, self.spikes, self.rest = np.zeros(shape), np.zeros(shape), np.zeros(shape)

    def step(self, current: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(u_t before the reset, s_t) under the input `current`."""
        if self.neuron.reset == "zero":
            potential = self.decay * self.potential * (1 - self.spikes) + current
        else:
            potential = self.decay * self.potential - self.threshold * self.spikes + current
        potential = np.where(self.rest > 0, 0.0, potential)
        spikes = (potential >= self.threshold).astype(float)
        self.rest = np.where(spikes > 0, self.neuron.refractory_steps, np.maximum(self.rest - 1, 0))
        self.potential, self.spikes = potential, spikes
        return potential, spikes


class Trace(NamedTuple):
    """`outputs` [batch classes]; per hidden layer the `potentials` and the unmasked `spikes`, [time batch neurons]."""

    outputs: np.ndarray
    potentials: list[np.ndarray]
    spikes: list[np.ndarray]


def simulate(network: SpikingNetwork, parameters: NetworkParameters, inputs: np.ndarray, masks=None) -> Trace:
    """Run the network on `inputs` [time batch inputs], before `input_scale`; `masks` multiply the spikes that go on."""
    weights = [np.asarray(weight, dtype=float) for weight in parameters.weights]
    own = [np.zeros((size, size)) for size in network.layer_sizes[1:-1]]
    for n, layer in enumerate(network.connections[:-1]):
        if layer.own is not None:
            weights[n], own[n] = weights[n][:, : layer.pre], weights[n][:, layer.pre :]
            own[n] = own[n] - np.diag(np.diag(own[n]))  # none to itself
    biases = [np.asarray(bias, dtype=float) for bias in parameters.biases]
    batch, sizes = inputs.shape[1], network.layer_sizes
    hidden = [Neurons(network.neuron, (batch, size)) for size in sizes[1:-1]]
    potentials, spikes, currents = [[] for _ in hidden], [[] for _ in hidden], []
    going_on, returning = [], [np.zeros((batch, size)) for size in sizes[1:-1]]
    for step in range(network.num_steps):
        activity = float(network.input_scale) * inputs[step]
        for n, neurons in enumerate(hidden):
            potential, fired = neurons.step(activity @ weights[n].T + returning[n] @ own[n].T + biases[n])
            potentials[n].append(potential)
            spikes[n].append(fired)
            activity = returning[n] = fired if masks is None else fired * np.asarray(masks[n])
        going_on.append(activity)
        currents.append(activity @ weights[-1].T + biases[-1])
    outputs = read_out(network, np.array(going_on), np.array(currents), weights[-1], biases[-1])
    return Trace(outputs, [np.array(values) for values in potentials], [np.array(values) for values in spikes])


def read_out(network: SpikingNetwork, activity, currents, weight, bias) -> np.ndarray:
    """The outputs by the words that define each readout, not by its step weights."""
    readout = network.readout
    if readout.name == "rate":
        return activity.mean(axis=0) @ weight.T + bias
    if readout.name == "count":
        neurons = Neurons(readout.neuron, currents.shape[1:])
        return np.sum([neurons.step(current)[1] for current in currents], axis=0)
    potentials = leaky_integrator(float(readout.readout_decay), currents)
    return potentials[-1] if readout.membrane_reduction == "last" else potentials.mean(axis=0)


def leaky_integrator(decay: float, currents: np.ndarray) -> np.ndarray:
    """v_t = decay v_{t-1} + current_t, from v_0 = 0, along the first axis."""
    potential, potentials = np.zeros(currents.shape[1:]), []
    for current in currents:
        potential = decay * potential + current
        potentials.append(potential)
    return np.array(potentials)


def tied(connections: ConvolutionalConnections) -> np.ndarray:
    """[units fan_in post pre] what each weight of a kernel is in the matrix between all neurons: one loop per index."""
    (height, width, channels), layer = connections.image, connections.layer
    rows, columns = ((size + 2 * layer.padding - layer.kernel) // layer.stride + 1 for size in (height, width))
    pooled = (rows // layer.pool, columns // layer.pool)
    shares = np.zeros(
        (layer.channels, layer.kernel, layer.kernel, channels, *pooled, layer.channels, *connections.image)
    )
    for row, column in product(range(pooled[0] * layer.pool), range(pooled[1] * layer.pool)):
        for a, b in product(range(layer.kernel), repeat=2):
            y, x = row * layer.stride + a - layer.padding, column * layer.stride + b - layer.padding
            if not (0 <= y < height and 0 <= x < width):
                continue
            for unit, channel in product(range(layer.channels), range(channels)):
                place = (unit, a, b, channel, row // layer.pool, column // layer.pool, unit, y, x, channel)
                shares[place] += 1 / layer.pool**2
    return shares.reshape(layer.channels, layer.kernel**2 * channels, np.prod(pooled) * layer.channels, -1)
