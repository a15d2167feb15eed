"""A network of event neurons: input spikes in, spike counts of the output neurons out."""

from itertools import pairwise
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar, as_scalar
from physdfa.data.encoding import AbstractEncoding
from physdfa.data.event_samples import EventSamples, list_events
from physdfa.data.events import EventBatch, first_spikes
from physdfa.errors import InputError
from physdfa.network.connections import FullConnections
from physdfa.network.event.inputs import event_currents
from physdfa.network.event.layers import Arrivals, LayerSpikes, arrivals, delivered, run_layer
from physdfa.network.forward import ForwardResult
from physdfa.network.parameters import NetworkParameters
from physdfa.neurons.event_lif import EventLif

BLOCK_NEURONS = 10_000
"""Most neurons of a layer, over all samples of a block. Their state at one step stays in the processor's cache; what
all steps of a block leave does not (784-800-10: 3.3 MB for each array)."""


class EventRun(NamedTuple):
    """One presentation: the spikes of every layer, the output layer last.

    Samples go through the hidden layers in blocks, whose state stays in the cache; the output layer has one block.
    """

    layers: tuple[LayerSpikes, ...]
    delivered: Float[Array, "batch classes"] | None
    """Sum of the grades that each output neuron got; None where no grades run."""

    @property
    def counts(self) -> list[Float[Array, "batch _"]]:
        """Spikes of each neuron of each layer."""
        return [join_blocks(layer.counts) for layer in self.layers]


class EventNetwork(eqx.Module):
    """Fully connected layers of event neurons; the output is the spike count of the last layer. There are no biases.

    **Arguments:**

    - `layer_sizes`: inputs, hidden layers (at least one), classes.
    - `hidden`, `output`: the neurons; both have the same time constants.
    - `num_levels`: steps of the grid within the encoding window, >= 1.
    - `num_steps`: steps of one presentation, >= num_levels.
    - `window`: time in which inputs come [s], > 0; a step is dt = window / num_levels.
    - `max_spikes`, `output_max_spikes`: of one hidden and one output neuron in one presentation, >= 1; after that it is
      silent.
    - `weight_scale`: initial weights of hidden neurons are uniform between -weight_scale and weight_scale, > 0.
    - `output_weight_scale`, `output_weight_mean`: those of output neurons are uniform within output_weight_scale, > 0,
      of output_weight_mean.
    """

    layer_sizes: tuple[int, ...] = eqx.field(static=True)
    hidden: EventLif
    output: EventLif
    num_levels: int = eqx.field(static=True, default=51)
    num_steps: int = eqx.field(static=True, default=102)
    window: Scalar = eqx.field(converter=as_scalar, default=0.1)
    max_spikes: int = eqx.field(static=True, default=30)
    output_max_spikes: int = eqx.field(static=True, default=30)
    weight_scale: Scalar = eqx.field(converter=as_scalar, default=1.0)
    output_weight_scale: Scalar = eqx.field(converter=as_scalar, default=1.0)
    output_weight_mean: Scalar = eqx.field(converter=as_scalar, default=0.0)

    def __check_init__(self):
        if len(self.layer_sizes) < 3 or min(self.layer_sizes) < 1:
            sizes = list(self.layer_sizes)
            raise InputError(
                f"`layer_sizes` needs inputs, at least one hidden layer and classes, all >= 1; got {sizes}."
            )
        if not 1 <= self.num_levels <= self.num_steps:
            raise InputError(
                f"`num_levels` = {self.num_levels} and `num_steps` = {self.num_steps}: the encoding window has at "
                "least one step and ends within the presentation."
            )
        for name in ("max_spikes", "output_max_spikes"):
            if getattr(self, name) < 1:
                raise InputError(f"`{name}` counts spikes and must be >= 1; got {getattr(self, name)}.")
        if not np.all(np.asarray(self.window) > 0):
            raise InputError(f"`window` is a time and must be > 0 s; got {self.window}.")
        if not np.all(np.asarray(self.hidden.tau_syn) == np.asarray(self.output.tau_syn)):
            raise InputError("`hidden` and `output` neurons must share their time constants: spikes carry them along.")

    @property
    def connections(self) -> tuple[FullConnections, ...]:
        """Each layer to all of the one before."""
        return tuple(FullConnections(pre, post) for pre, post in pairwise(self.layer_sizes))

    @property
    def num_hidden(self) -> int:
        """Number of hidden layers."""
        return len(self.layer_sizes) - 2

    @property
    def dt(self) -> Scalar:
        """Step of the time grid [s]."""
        return self.window / self.num_levels

    @property
    def decay(self) -> Scalar:
        """r = exp(-dt / tau_mem)."""
        return self.hidden.decay(self.dt)

    def neuron(self, layer: int) -> EventLif:
        """The neuron of a layer, counted from 0, the output layer last."""
        return self.output if layer == self.num_hidden else self.hidden

    def most_spikes(self, layer: int) -> int:
        """Spikes of a neuron of a layer, counted from 0, after which it is silent."""
        return self.output_max_spikes if layer == self.num_hidden else self.max_spikes

    def initial_parameters(self, key: PRNGKeyArray) -> NetworkParameters:
        """Uniform weights; the biases stay at 0 and act on nothing."""
        keys = jax.random.split(key, len(self.layer_sizes) - 1)
        hidden_range = (-self.weight_scale, self.weight_scale)
        mean, scale = self.output_weight_mean, self.output_weight_scale
        ranges = [*[hidden_range] * self.num_hidden, (mean - scale, mean + scale)]
        weights = tuple(
            jax.random.uniform(k, (post, pre), minval=low, maxval=high)
            for k, (pre, post), (low, high) in zip(keys, pairwise(self.layer_sizes), ranges, strict=True)
        )
        return NetworkParameters(weights, tuple(jnp.zeros(weight.shape[0]) for weight in weights))

    def stimulus(
        self, encoding: AbstractEncoding, values: Float[Array, "batch inputs"] | EventSamples, key: PRNGKeyArray
    ) -> EventBatch:
        """Input spikes on the network's own grid. Values between 0 and 1 become the time to the first spike."""
        del encoding, key  # each kind of sample has one encoding with spike times; it draws nothing
        if isinstance(values, EventSamples):
            return list_events(values, self.window, self.num_levels)
        return first_spikes(values, self.num_levels)

    def block_size(self, batch: int) -> int:
        """Samples per block: the largest divisor of the batch that keeps within `BLOCK_NEURONS`, but no tiny one."""
        largest = max(1, BLOCK_NEURONS // max(self.layer_sizes[1:]))
        size = max(size for size in range(1, min(batch, largest) + 1) if batch % size == 0)
        return size if 2 * size >= min(batch, largest) else batch

    def run(
        self,
        parameters: NetworkParameters,
        events: EventBatch,
        perturbations: tuple[Float[Array, "batch _"], ...] | None = None,
    ) -> EventRun:
        """All spikes of a presentation, the samples in blocks of `block_size`.

        **Arguments:**

        - `perturbations`: per hidden layer, what the first spike of each neuron carries on as its grade; None for a
          presentation without grades. Grades never change a spike.
        """
        num_times = self.num_steps + 1
        # Inputs come up to the end of the window; one more row, empty, is that of all times after it.
        currents = event_currents(parameters.weights[0], events, self.num_levels + 2, self.block_size(len(events.size)))
        arriving, layers = Arrivals(currents, currents, None), []
        for layer in range(self.num_hidden):
            if layer > 0:
                arriving = arrivals(parameters.weights[layer], layers[-1], self.decay)
            grades = None if perturbations is None else split_blocks(perturbations[layer], len(currents))
            layers.append(run_layer(self.hidden, arriving, num_times, self.decay, self.max_spikes, grades))
        weight = parameters.weights[-1]
        arriving = arrivals(weight, layers[-1]._replace(grades=None), self.decay)
        arriving = jax.tree.map(lambda values: join_blocks(values)[None], arriving)
        output = run_layer(self.output, arriving, num_times, self.decay, self.output_max_spikes)
        return EventRun((*layers, output), None if perturbations is None else delivered(weight, layers[-1], output))

    def present(
        self,
        parameters: NetworkParameters,
        encoding: AbstractEncoding,
        values: Float[Array, "batch inputs"] | EventSamples,
        key: PRNGKeyArray,
    ) -> ForwardResult:
        """Spike counts of the output neurons, and the hidden spikes per neuron and step of the grid."""
        *hidden, outputs = self.run(parameters, self.stimulus(encoding, values, key)).counts
        rates = [jnp.mean(counts, axis=1) / self.num_steps for counts in hidden]
        return ForwardResult(outputs, jnp.stack(rates, axis=1))


def split_blocks(
    values: Float[Array, "*time batch neurons"], num_blocks: int
) -> Float[Array, "{num_blocks} *time block neurons"]:
    """What a batch has, in blocks of its samples."""
    *time, _, neurons = values.shape
    return jnp.moveaxis(values.reshape(*time, num_blocks, -1, neurons), -3, 0)


def join_blocks(values: Float[Array, "blocks *time block neurons"]) -> Float[Array, "*time batch neurons"]:
    """What blocks of samples have, for the batch as a whole: `split_blocks` undone."""
    blocked = jnp.moveaxis(values, 0, -3)
    return blocked.reshape(*blocked.shape[:-3], -1, blocked.shape[-1])
