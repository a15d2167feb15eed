"""A network of event neurons: input spikes in, spike counts of the output neurons out."""

from itertools import pairwise
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar, as_scalar
from physdfa.data.encoding import Encoding
from physdfa.data.event_samples import EventSamples, list_events
from physdfa.data.events import EventBatch, first_spikes
from physdfa.errors import InputError
from physdfa.network.event.inputs import event_currents
from physdfa.network.event.layers import Arrivals, LayerSpikes, arrivals, run_layer
from physdfa.network.forward import ForwardResult
from physdfa.network.parameters import NetworkParameters
from physdfa.neurons.event_lif import EventLif


class EventRun(NamedTuple):
    """One presentation: the spikes of every layer, the output layer last."""

    layers: tuple[LayerSpikes, ...]

    @property
    def outputs(self) -> Float[Array, "batch classes"]:
        """Spike counts of the output neurons."""
        return self.layers[-1].counts


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
        if not bool(jnp.all(self.window > 0)):
            raise InputError(f"`window` is a time and must be > 0 s; got {self.window}.")
        if not bool(jnp.all(self.hidden.tau_syn == self.output.tau_syn)):
            raise InputError("`hidden` and `output` neurons must share their time constants: spikes carry them along.")

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
        self, encoding: Encoding, values: Float[Array, "batch inputs"] | EventSamples, key: PRNGKeyArray
    ) -> EventBatch:
        """The input spikes on the network's own grid: samples that are events, or the time to the first spike of values
        between 0 and 1."""
        del encoding, key  # each kind of sample has one encoding with spike times; it draws nothing
        if isinstance(values, EventSamples):
            return list_events(values, self.window, self.num_levels)
        return first_spikes(values, self.num_levels)

    def run(
        self,
        parameters: NetworkParameters,
        events: EventBatch,
        perturbations: tuple[Float[Array, "batch _"], ...] | None = None,
    ) -> EventRun:
        """All spikes of a presentation.

        **Arguments:**

        - `perturbations`: per hidden layer, what the first spike of each neuron carries on as its grade; None for a
          presentation without grades. Grades never change a spike.
        """
        currents = event_currents(parameters.weights[0], events, self.num_steps + 1)
        incoming, layers = Arrivals(currents, currents, None), []
        for layer, weight in enumerate(parameters.weights):
            if layer > 0:
                incoming = arrivals(weight, layers[-1], self.decay)
            perturbation = None
            if perturbations is not None:
                is_output = layer == self.num_hidden
                perturbation = jnp.zeros(incoming.linear.shape[1:]) if is_output else perturbations[layer]
            layers.append(run_layer(self.neuron(layer), incoming, self.decay, self.most_spikes(layer), perturbation))
        return EventRun(tuple(layers))

    def present(
        self,
        parameters: NetworkParameters,
        encoding: Encoding,
        values: Float[Array, "batch inputs"] | EventSamples,
        key: PRNGKeyArray,
    ) -> ForwardResult:
        """Spike counts of the output neurons, and the hidden spikes per neuron and step of the grid."""
        shown = self.run(parameters, self.stimulus(encoding, values, key))
        rates = [jnp.mean(layer.counts, axis=1) / self.num_steps for layer in shown.layers[:-1]]
        return ForwardResult(shown.outputs, jnp.stack(rates, axis=1))
