"""The forward pass: time outside, layers inside, and nothing stored that a learning rule does not ask for.

A rule hands in `accumulate`, which sees every layer at every step and keeps sums. Memory does not grow with the number
of steps, but for a gradient through time, and for inputs that change where `first_layer` multiplies all at once.
Consecutive steps are unrolled so that the compiler fuses them into one pass over the neurons: a loop of single steps
moves every state through memory at each step.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from physdfa.arrays import Scalar, as_scalar
from physdfa.data.encoding import AbstractEncoding
from physdfa.data.event_samples import EventSamples, bin_events
from physdfa.errors import InputError
from physdfa.network.connections import AbstractConnections
from physdfa.network.layers import as_connections, with_recurrence
from physdfa.network.parameters import NetworkParameters, initial_parameters
from physdfa.network.readout import UNROLL_STEPS, AbstractReadout, Rate, StepSum, steps_per_kernel
from physdfa.network.synapses import followed, synaptic_shares
from physdfa.neurons import AbstractNeuron
from physdfa.parts.objects import check_object


def _as_given(given: Any) -> Any:
    """For type checkers: what `layer_sizes` and `recurrent` are given becomes tuples in `__post_init__`."""
    return given


class SpikingNetwork(eqx.Module):
    """Layers of spiking neurons, fully connected or convolutional, and a readout.

    I^l_t = s^{l-1}_t W^l^T + b^l, with `input_scale` times the encoded input as s^0_t; in a recurrent layer also
    s^l_{t-1} V^l^T, s^l_0 = 0: its weights are [W V].

    **Arguments:**

    - `layer_sizes`: inputs, hidden layers (at least one), classes; a list or a tuple. A hidden layer is a number of
      neurons, or the text of a `Convolution`; before one of these the inputs are (height, width) or (height, width,
      channels). It is kept as numbers of neurons, with the `connections` of each layer beside it.
    - `neuron`: the neuron of all hidden layers.
    - `readout`: `Rate()` (the default), `Membrane()`, `Count()`, or one of your own; see `AbstractReadout`.
    - `num_steps`: number of time steps T, >= 1.
    - `input_scale`: gain of the encoded input, > 0.
    - `weight_scale`: initial weights have the standard deviation weight_scale / sqrt(fan_in), > 0.
    - `window`: time [s] that the steps divide among them where samples are events, > 0; later events are left out.
    - `recurrent`: whether the neurons of hidden layers also see each other's spikes of the step before, but not their
      own: True or False for all, or for each. Not of convolutional layers.
    - `recurrent_scale`: initial recurrent weights have the standard deviation recurrent_scale / sqrt(neurons), >= 0.

    **Source:** recurrence: Bellec et al., Nat. Commun. 11, 3625 (2020), eq. 6, with a delay of one step.
    """

    layer_sizes: tuple[int, ...] = eqx.field(static=True, converter=_as_given)
    neuron: AbstractNeuron
    readout: AbstractReadout = eqx.field(default_factory=Rate)
    num_steps: int = eqx.field(static=True, default=20)
    input_scale: Scalar = eqx.field(converter=as_scalar, default=1.0)
    weight_scale: Scalar = eqx.field(converter=as_scalar, default=1.0)
    window: Scalar = eqx.field(converter=as_scalar, default=1.0)
    recurrent: bool | tuple[bool, ...] = eqx.field(static=True, converter=_as_given, default=False)
    recurrent_scale: Scalar = eqx.field(converter=as_scalar, default=1.0)
    connections: tuple[AbstractConnections, ...] = eqx.field(static=True, default=())

    def __post_init__(self):
        connections = self.connections or as_connections(self.layer_sizes)
        self.connections = with_recurrence(connections, self.recurrent)
        self.recurrent = tuple(layer.own is not None for layer in self.connections[:-1])
        self.layer_sizes = (self.connections[0].pre, *(layer.post for layer in self.connections))
        check_object("neuron", self.neuron, AbstractNeuron, "Lif()")
        check_object("readout", self.readout, AbstractReadout, "Rate()")
        self.readout = self.readout.with_neuron(self.neuron)

    def __check_init__(self):
        if self.num_steps < 1:
            raise InputError(f"`num_steps` must be >= 1; got {self.num_steps}.")

    @property
    def num_hidden(self) -> int:
        """Number of hidden layers."""
        return len(self.layer_sizes) - 2

    def initial_parameters(self, key: PRNGKeyArray) -> NetworkParameters:
        """Normal weights, biases 0; see `initial_parameters`."""
        return initial_parameters(key, self.connections, self.weight_scale, self.recurrent_scale)

    def stimulus(
        self, encoding: AbstractEncoding, values: Float[Array, "batch inputs"] | EventSamples, key: PRNGKeyArray
    ) -> "Stimulus":
        """The encoded inputs, from values between 0 and 1; of samples that are events, their number in each step."""
        if isinstance(values, EventSamples):
            counts = bin_events(values, self.window, self.num_steps)
            return Stimulus(False, lambda step: counts[step])
        return Stimulus(encoding.is_static, lambda step: encoding.encode(values, step, self.num_steps, key))

    def present(
        self,
        parameters: NetworkParameters,
        encoding: AbstractEncoding,
        values: Float[Array, "batch inputs"] | EventSamples,
        key: PRNGKeyArray,
    ) -> "ForwardResult":
        """The outputs at the end of all steps, from values between 0 and 1 or events."""
        return forward(self, parameters, self.stimulus(encoding, values, key))


def affine(
    network: SpikingNetwork,
    parameters: NetworkParameters,
    layer: int,
    presynaptic: Float[Array, "batch pre"],
    bias_share: float | Scalar = 1.0,
) -> Float[Array, "batch post"]:
    """presynaptic W^T + bias_share * b of one layer, counted from 0: without what a recurrent one gets of itself."""
    connections = network.connections[layer]
    bias = bias_share * parameters.biases[layer]
    return connections.weighted(parameters.weights[layer], presynaptic) + connections.spread(bias)[None]


class Stimulus(NamedTuple):
    """What enters the network: `at(step)` gives [batch inputs]; a static one is the same at every step."""

    is_static: bool
    at: Callable[[Int[Array, ""]], Float[Array, "batch inputs"]]


class LayerStep(NamedTuple):
    """One hidden layer at one step: what came in, the potential u_t before reset, what goes on (dropout included).

    `presynaptic`, `own`: of neurons with a synaptic current the mean of it so far, see `synapses`.
    `resting`: which neurons rest after a spike; `None` where none ever does.
    `own`: of a recurrent layer what came in from itself, its `spikes` of the step before; `None` of any other.
    """

    presynaptic: Float[Array, "batch pre"]
    potential: Float[Array, "batch neurons"]
    spikes: Float[Array, "batch neurons"]
    resting: Bool[Array, "batch neurons"] | None
    own: Float[Array, "batch neurons"] | None = None


class FirstLayer(NamedTuple):
    """Inputs and currents of the first hidden layer. Of one step where the stimulus is static, else of all.

    - `inputs`: times the input scale; `currents`: what the neurons get of them, before what they get of each other.
    """

    inputs: Float[Array, "*time batch inputs"]
    currents: Float[Array, "*time batch neurons"]


def first_layer(network: SpikingNetwork, parameters: NetworkParameters, stimulus: Stimulus) -> FirstLayer:
    """What enters the first hidden layer, in one product of matrices before the steps begin.

    Of a stimulus that changes, inputs and currents of all steps are held. A rule that needs the currents twice then
    multiplies once, and its update is one product, too.
    """
    if stimulus.is_static:
        inputs = network.input_scale * stimulus.at(jnp.int32(0))
        return FirstLayer(inputs, affine(network, parameters, 0, inputs))
    inputs = network.input_scale * jax.vmap(stimulus.at)(jnp.arange(network.num_steps, dtype=jnp.int32))
    currents = affine(network, parameters, 0, inputs.reshape(-1, inputs.shape[-1]))
    return FirstLayer(inputs, currents.reshape(*inputs.shape[:2], -1))


Accumulate = Callable[[Any, Int[Array, ""], list[LayerStep]], tuple[Any, Any]]
Masks = Sequence[Float[Array, "batch _"]] | None


def run(
    network: SpikingNetwork,
    parameters: NetworkParameters,
    stimulus: Stimulus,
    accumulate: Accumulate,
    carry: Any,
    masks: Masks = None,
    *,
    nudges: Masks = None,
    first: FirstLayer | None = None,
    saves_memory: bool = False,
) -> tuple[Any, Any]:
    """Run all time steps; `accumulate(carry, step, layers) -> (carry, shown)`, `step` from 0.

    **Arguments:**

    - `masks`: dropout masks per hidden layer, the same at every step; they multiply the spikes that go on, to the layer
      itself, too, where it is recurrent.
    - `nudges`: per hidden layer, added to the spikes that go on, the same at every step: zeros, to differentiate by.
    - `first`: `first_layer` of this stimulus. Without it, an input that changes is multiplied step by step.
    - `saves_memory`: for a gradient through time: backwards only what lies between two kernels is held; the way through
      a kernel's steps is computed anew, which also costs less than to fetch it from memory.

    **Returns:** the last carry, and what each step showed, stacked along time.
    """
    if first is None and stimulus.is_static:
        first = first_layer(network, parameters, stimulus)
    size = jax.eval_shape(stimulus.at, jnp.int32(0)).shape[0]
    states = tuple(network.neuron.initial_state((size, neurons)) for neurons in network.layer_sizes[1:-1])
    shares = synaptic_shares(network.neuron, network.num_steps)
    means = {} if shares is None else {n: jnp.zeros((size, pre)) for n, pre in enumerate(network.layer_sizes[:-2])}
    if stimulus.is_static:
        means.pop(0, None)  # the mean of a constant is that
    own = {n: layer.own for n, layer in enumerate(network.connections) if layer.own is not None}
    returning = {n: jnp.zeros((size, layer.pre)) for n, layer in own.items()}
    own_means = {} if shares is None else returning

    def step(carry, entering):
        (states, means, returning, own_means, kept), (index, now) = carry, entering
        if now is None and first is not None:
            now = first
        elif now is None:
            inputs = network.input_scale * stimulus.at(index)
            now = FirstLayer(inputs, affine(network, parameters, 0, inputs))
        presynaptic, current = now
        layers, next_states, means, returning, own_means = [], [], dict(means), dict(returning), dict(own_means)
        for layer, state in enumerate(states):
            if layer > 0:
                current = affine(network, parameters, layer, presynaptic)
            of_itself = returning.get(layer)
            if of_itself is not None:
                current = current + own[layer].weighted(parameters.weights[layer], of_itself)
            shown, state = network.neuron.step(current, state)
            spikes = shown.spikes if masks is None else shown.spikes * masks[layer]
            spikes = spikes if nudges is None else spikes + nudges[layer]
            if shares is not None and layer in means:
                presynaptic = means[layer] = followed(means[layer], presynaptic, shares[index])
            if of_itself is not None and shares is not None:
                of_itself = own_means[layer] = followed(own_means[layer], of_itself, shares[index])
            if of_itself is not None:
                returning[layer] = spikes
            layers.append(LayerStep(presynaptic, shown.potential, spikes, shown.resting, of_itself))
            next_states.append(state)
            presynaptic = spikes
        kept, shown = accumulate(kept, index, layers)
        return (tuple(next_states), means, returning, own_means, kept), shown

    # What every step takes of an input that changes would be taken apart first: that costs more than all the neurons.
    unroll = UNROLL_STEPS if stimulus.is_static else 1
    indices = jnp.arange(network.num_steps, dtype=jnp.int32)
    carry = (states, means, returning, own_means, carry)
    entering = indices, None if stimulus.is_static else first
    if saves_memory:
        (*_, kept), shown = _scan_kernels(step, carry, entering, unroll)
    else:
        unroll = steps_per_kernel(network.num_steps, unroll)
        (*_, kept), shown = jax.lax.scan(step, carry, entering, unroll=unroll)
    return kept, shown


Step = Callable[[Any, Any], tuple[Any, Any]]


def _scan_kernels(step: Step, carry: Any, entering: Any, unroll: int) -> tuple[Any, Any]:
    """`step` over what enters at each, in kernels of `unroll` steps that a gradient computes anew."""
    num_steps = len(jax.tree.leaves(entering)[0])
    whole = num_steps - num_steps % unroll

    @jax.checkpoint
    def kernel(carry, entering):
        return jax.lax.scan(step, carry, entering, unroll=True)

    parts = []
    if whole:
        kernels = jax.tree.map(lambda values: values[:whole].reshape(-1, unroll, *values.shape[1:]), entering)
        carry, shown = jax.lax.scan(kernel, carry, kernels)
        parts.append(jax.tree.map(lambda values: values.reshape(whole, *values.shape[2:]), shown))
    if whole < num_steps:
        carry, shown = kernel(carry, jax.tree.map(lambda values: values[whole:], entering))
        parts.append(shown)
    return carry, parts[0] if len(parts) == 1 else jax.tree.map(lambda *both: jnp.concatenate(both), *parts)


class SpikeSums(NamedTuple):
    """What linear readouts and firing rates need of the steps so far.

    - `counts`: spikes of each hidden layer.
    - `weighted`: sum_t c_t s_t of the last one; None where all c_t are alike, as its counts then say it.
    """

    counts: tuple[Float[Array, "batch _"], ...]
    weighted: Float[Array, "batch neurons"] | None


def no_spikes(network: SpikingNetwork, batch: int) -> SpikeSums:
    """The start of the sums."""
    zeros = tuple(jnp.zeros((batch, size)) for size in network.layer_sizes[1:-1])
    return SpikeSums(zeros, None if network.readout.weighs_steps_alike else zeros[-1])


def with_spikes(network: SpikingNetwork, sums: SpikeSums, step: Int[Array, ""], layers: list[LayerStep]) -> SpikeSums:
    """The sums with the spikes of one more step."""
    counts = tuple(count + layer.spikes for count, layer in zip(sums.counts, layers, strict=True))
    if sums.weighted is None:
        return SpikeSums(counts, None)
    return SpikeSums(counts, sums.weighted + _step_sum(network).term(step, layers[-1].spikes))


def weighted_activity(network: SpikingNetwork, sums: SpikeSums) -> Float[Array, "batch neurons"]:
    """sum_t c_t s_t of the last hidden layer, after the last step."""
    return _step_sum(network).finish(sums.counts[-1] if sums.weighted is None else sums.weighted)


def _step_sum(network: SpikingNetwork) -> StepSum:
    return network.readout.step_sum(network.num_steps)


def outputs_from_activity(
    network: SpikingNetwork, parameters: NetworkParameters, activity: Float[Array, "batch neurons"]
) -> Float[Array, "batch classes"]:
    """Outputs of a linear readout from the weighted spike sum `activity` = sum_t c_t s_t."""
    bias_share = jnp.sum(network.readout.step_weights(network.num_steps))
    return affine(network, parameters, network.num_hidden, activity, bias_share)


class ForwardResult(NamedTuple):
    """`outputs` [batch classes] and the mean `firing_rate` [spikes per neuron and step] of each sample and layer."""

    outputs: Float[Array, "batch classes"]
    firing_rate: Float[Array, "batch layers"]


def forward(
    network: SpikingNetwork,
    parameters: NetworkParameters,
    stimulus: Stimulus,
    masks: Masks = None,
    *,
    nudges: Masks = None,
    first: FirstLayer | None = None,
) -> ForwardResult:
    """The outputs at the end of all steps. Differentiable through time: this is the forward pass of BPTT.

    `first`: see `run`.
    """

    def accumulate(sums, step, layers):
        is_linear = network.readout.is_linear
        current = None if is_linear else affine(network, parameters, network.num_hidden, layers[-1].spikes)
        return with_spikes(network, sums, step, layers), current

    batch = jax.eval_shape(stimulus.at, jnp.int32(0)).shape[0]
    sums, currents = run(
        network,
        parameters,
        stimulus,
        accumulate,
        no_spikes(network, batch),
        masks,
        nudges=nudges,
        first=first,
        saves_memory=True,
    )
    if network.readout.is_linear:
        outputs = outputs_from_activity(network, parameters, weighted_activity(network, sums))
    else:
        outputs = network.readout.read(currents)
    rates = jnp.stack([jnp.mean(count, axis=1) for count in sums.counts], axis=1) / network.num_steps
    return ForwardResult(outputs, rates)


def mean_rates(counts: Sequence[Float[Array, "batch _"]], num_steps: int) -> Float[Array, " layers"]:
    """Mean spikes per neuron and step of each hidden layer, from its spike counts."""
    return jnp.stack([jnp.mean(count) for count in counts]) / num_steps
