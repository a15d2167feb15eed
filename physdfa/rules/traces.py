"""The update of e-prop, whose presynaptic factor is a trace: what a neuron still remembers of each of its inputs.

    q_t = decay_mem q_{t-1} + s^{l-1}_t,   gradient^l = (1/batch) sum_t delta^l_t^T q^{l-1}_t

What comes in to a recurrent layer from itself, its spikes of the step before, has traces of the same kind. The error
does not go back through them: what a spike does to other neurons of its layer is left out, as in Bellec et al.

The network runs twice. The first pass keeps the input currents of the outputs, [time batch classes]: small, and all
that errors need. The second knows every error and accumulates. One trace per input serves all neurons behind it, so no
array per synapse and sample is needed, and no array of neurons per step is stored. Under a constant input the trace is
that input times (1 - decay^(t+1)) / (1 - decay), so that one matrix product at the end serves the first layer.

Inputs add up in the synapses of neurons with a synaptic current first: s_t is k_t times the mean that a layer shows,
see `network.synapses`.

Neurons that rest forget their inputs, each at its own time, so that the trace is one per synapse:

    q_ij,t = decay_mem q_ij,t-1 + s_j,t   where neuron i is awake, else 0

The same sum from behind needs one number per neuron: r_k = delta_k + decay_mem r_{k+1} where i is awake, else 0, is
what an input of step k still does, and gradient^l = (1/batch) sum_k r_k^T s_k. The second pass then keeps delta and
what is sent, [time batch neurons], and a third goes back over them.

So it does for neurons with an adaptive threshold. Their trace has a second component per synapse (Bellec et al., eqs.
24, 25), eps^a_{t+1} = f' q_t + (rho - f' beta) eps^a_t, in the eligibility f' (q_t - beta eps^a_t). From behind that is
one more number per neuron, what a spike of step t still does by the threshold: with L what the spike itself is taught,

    delta_t = f' (L_t + a_{t+1}),   a_t = rho a_{t+1} - beta delta_t
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from physdfa.arrays import Scalar
from physdfa.network import (
    LayerStep,
    NetworkParameters,
    SpikingNetwork,
    affine,
    mean_rates,
    run,
    synaptic_shares,
)
from physdfa.neurons import AbstractLeaky, AbstractNeuron, where_awake
from physdfa.rules.base import Batch
from physdfa.rules.factors import FactorAt, added, network_gradient, outer_sum, zero_gradient
from physdfa.rules.hidden_sums import arriving, hidden_gradients, no_sums, nothing_arrived, with_step

SignalAt = Callable[[int, Int[Array, ""]], Float[Array, "batch neurons"]]
"""(layer, step) -> what the spikes of a layer are taught, before dropout."""


class Seen(NamedTuple):
    """What the first pass keeps: the input `currents` of the outputs, and the `firing_rate` of each hidden layer."""

    currents: Float[Array, "time batch classes"]
    firing_rate: Float[Array, " layers"]


def seen_by_outputs(network: SpikingNetwork, parameters: NetworkParameters, batch: Batch) -> Seen:
    """The first pass."""

    def accumulate(counts, step, layers):
        del step
        counts = tuple(count + layer.spikes for count, layer in zip(counts, layers, strict=True))
        return counts, affine(network, parameters, network.num_hidden, layers[-1].spikes)

    size = jax.eval_shape(batch.stimulus.at, jnp.int32(0)).shape[0]
    start = tuple(jnp.zeros((size, neurons)) for neurons in network.layer_sizes[1:-1])
    counts, currents = run(network, parameters, batch.stimulus, accumulate, start, batch.masks)
    return Seen(currents, mean_rates(counts, network.num_steps))


def goes_from_behind(neuron: AbstractNeuron) -> bool:
    """Whether its traces are one per synapse, so that arrays of neurons are kept of every step."""
    return bool(neuron.rest_steps) or neuron.remembers_spikes


def decay_of(network: SpikingNetwork) -> Scalar:
    """The leak per step of the hidden neurons, which a rule that follows traces asks to have one."""
    assert isinstance(network.neuron, AbstractLeaky)
    return network.neuron.decay_mem


def traced_gradient(
    network: SpikingNetwork,
    parameters: NetworkParameters,
    batch: Batch,
    output_deltas: Float[Array, "time batch classes"],
    signal: SignalAt,
    factor: FactorAt,
) -> NetworkParameters:
    """The second pass: the gradient of all layers.

    **Arguments:**

    - `output_deltas`: dL/dI of the outputs at each step, I their input current: their layer needs no trace.
    - `signal`, `factor`: delta of the hidden layers is their product.
    """
    if goes_from_behind(network.neuron):
        return _gradient_from_behind(network, parameters, batch, output_deltas, signal, factor)
    last, is_static = network.num_hidden, batch.stimulus.is_static
    decay, shares = decay_of(network), synaptic_shares(network.neuron, network.num_steps)

    def accumulate(kept, step, layers):
        traces, bias_trace, sums, of_outputs = kept
        share = 1.0 if shares is None else shares[step]
        bias_trace = decay * bias_trace + share  # the bias is an input that is always 1
        sent = arriving(layers, is_static=is_static)
        sent = sent if shares is None else jax.tree.map(lambda one: share * one, sent)
        traces = jax.tree.map(lambda trace, now: decay * trace + now, traces, sent)
        now = outer_sum(network.connections[last], output_deltas[step], layers[-1].spikes)
        deltas = [_delta(batch, n, step, layer, signal, factor) for n, layer in enumerate(layers)]
        sums = with_step(network, sums, deltas, traces, bias_trace)
        return (traces, bias_trace, sums, added(of_outputs, now)), None

    size = output_deltas.shape[1]
    start = (
        nothing_arrived(network, size, is_static=is_static),
        jnp.zeros(()),
        no_sums(network, size, is_static=is_static),
        zero_gradient(parameters, last),
    )
    (_, _, sums, of_outputs), _ = run(network, parameters, batch.stimulus, accumulate, start, batch.masks)
    gradients = {**hidden_gradients(network, sums, batch.stimulus), last: of_outputs}
    return network_gradient(gradients, 1.0 / size)


def _delta(
    batch: Batch, layer: int, step: Int[Array, ""], shown: LayerStep, signal: SignalAt, factor: FactorAt
) -> Float[Array, "batch neurons"]:
    return signal(layer, step) * masked(batch.masks, layer, factor(layer, step, shown))


def _gradient_from_behind(
    network: SpikingNetwork,
    parameters: NetworkParameters,
    batch: Batch,
    output_deltas: Float[Array, "time batch classes"],
    signal: SignalAt,
    factor: FactorAt,
) -> NetworkParameters:
    """The second pass, then one back over what it kept: sum_k r_k outer s_k, r the traces seen from the neuron."""
    last, is_static, neuron = network.num_hidden, batch.stimulus.is_static, network.neuron
    decay, shares = decay_of(network), synaptic_shares(neuron, network.num_steps)
    shows_inputs = not is_static and shares is None  # then they are not kept

    def keep(gradient, step, layers):
        if neuron.remembers_spikes:  # what is taught by its memory is known only on the way back
            kept = [(factor(n, step, layer), layer.resting) for n, layer in enumerate(layers)]
        else:
            kept = [(_delta(batch, n, step, layer, signal, factor), layer.resting) for n, layer in enumerate(layers)]
        sent = arriving(layers, is_static=is_static or shows_inputs)
        of_step = outer_sum(network.connections[last], output_deltas[step], layers[-1].spikes)
        return added(gradient, of_step), (step, kept, sent)

    of_outputs, entering = run(network, parameters, batch.stimulus, keep, zero_gradient(parameters, last), batch.masks)

    def back(carry, entering):
        left, by_memory, sums = carry
        step, kept, sent = entering
        deltas = [one for one, _ in kept]
        if neuron.remembers_spikes:
            taught = [
                neuron.credit(masked(batch.masks, n, signal(n, step)), one, by_memory[n])
                for n, one in enumerate(deltas)
            ]
            deltas, by_memory = [one for one, _ in taught], [one for _, one in taught]
        left = [where_awake(one + decay * r, resting) for r, one, (_, resting) in zip(left, deltas, kept, strict=True)]
        now = left if shares is None else [shares[step] * r for r in left]
        if shows_inputs:
            sent = sent._replace(before={0: network.input_scale * batch.stimulus.at(step), **sent.before})
        return (left, by_memory, with_step(network, sums, now, sent)), None

    size = output_deltas.shape[1]
    rest = [jnp.zeros((size, neurons)) for neurons in network.layer_sizes[1:-1]]
    start = (rest, rest, no_sums(network, size, is_static=is_static))
    (*_, sums), _ = jax.lax.scan(back, start, entering, reverse=True)
    gradients = {**hidden_gradients(network, sums, batch.stimulus), last: of_outputs}
    return network_gradient(gradients, 1.0 / size)


def masked(
    masks: Sequence[Float[Array, "batch _"]] | None, layer: int, factor: Float[Array, "batch neurons"]
) -> Float[Array, "batch neurons"]:
    """A local factor with the dropout of its layer."""
    return factor if masks is None else factor * masks[layer]
