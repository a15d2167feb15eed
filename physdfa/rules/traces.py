"""The update of e-prop, whose presynaptic factor is a trace: what a neuron still remembers of each of its inputs.

    q_t = decay_mem q_{t-1} + s^{l-1}_t,   gradient^l = (1/batch) sum_t delta^l_t^T q^{l-1}_t

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
from physdfa.rules.factors import FactorAt, LayerGradient, added, network_gradient, outer_sum, zero_gradient

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
    traced, connections = range(int(is_static), last), network.connections
    decay, shares = decay_of(network), synaptic_shares(network.neuron, network.num_steps)

    def accumulate(kept, step, layers):
        traces, bias_trace, delta_sum, gradients = kept
        share = 1.0 if shares is None else shares[step]
        bias_trace = decay * bias_trace + share  # the bias is an input that is always 1
        sent = {n: layers[n].presynaptic for n in traced}
        sent = sent if shares is None else {n: share * one for n, one in sent.items()}
        traces = {layer: decay * traces[layer] + sent[layer] for layer in traced}
        gradients = dict(gradients)
        gradients[last] = added(gradients[last], outer_sum(connections[last], output_deltas[step], layers[-1].spikes))
        for layer in traced:
            error = _delta(batch, layer, step, layers[layer], signal, factor)
            now = outer_sum(connections[layer], error, traces[layer])
            gradients[layer] = added(gradients[layer], LayerGradient(now.weight, bias_trace * now.bias))
        if is_static:
            delta_sum = delta_sum + bias_trace * _delta(batch, 0, step, layers[0], signal, factor)
        return (traces, bias_trace, delta_sum, gradients), None

    size, sizes = output_deltas.shape[1], network.layer_sizes
    start = (
        {layer: jnp.zeros((size, sizes[layer])) for layer in traced},
        jnp.zeros(()),
        jnp.zeros((size, sizes[1])) if is_static else None,
        {layer: zero_gradient(parameters, layer) for layer in (*traced, last)},
    )
    (_, _, delta_sum, gradients), _ = run(network, parameters, batch.stimulus, accumulate, start, batch.masks)
    if is_static:
        gradients[0] = outer_sum(connections[0], delta_sum, network.input_scale * batch.stimulus.at(jnp.int32(0)))
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
    multiplied, connections = range(int(is_static), last), network.connections
    decay, shares = decay_of(network), synaptic_shares(neuron, network.num_steps)
    shows_inputs = is_static or shares is None  # then they are not kept

    def keep(gradient, step, layers):
        if neuron.remembers_spikes:  # what is taught by its memory is known only on the way back
            kept = [(factor(n, step, layer), layer.resting) for n, layer in enumerate(layers)]
        else:
            kept = [(_delta(batch, n, step, layer, signal, factor), layer.resting) for n, layer in enumerate(layers)]
        sent = [layer.presynaptic for layer in (layers[1:] if shows_inputs else layers)]
        of_step = outer_sum(connections[last], output_deltas[step], layers[-1].spikes)
        return added(gradient, of_step), (step, kept, sent)

    of_outputs, entering = run(network, parameters, batch.stimulus, keep, zero_gradient(parameters, last), batch.masks)

    def back(carry, entering):
        left, by_memory, total, gradients = carry
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
        sent = [network.input_scale * batch.stimulus.at(step), *sent] if shows_inputs else sent
        gradients = {n: added(gradients[n], outer_sum(connections[n], now[n], sent[n])) for n in multiplied}
        return (left, by_memory, total + now[0] if is_static else total, gradients), None

    rest = [jnp.zeros((output_deltas.shape[1], neurons)) for neurons in network.layer_sizes[1:-1]]
    start = (rest, rest, rest[0], {layer: zero_gradient(parameters, layer) for layer in multiplied})
    (*_, total, gradients), _ = jax.lax.scan(back, start, entering, reverse=True)
    if is_static:
        gradients[0] = outer_sum(connections[0], total, network.input_scale * batch.stimulus.at(jnp.int32(0)))
    return network_gradient({**gradients, last: of_outputs}, 1.0 / output_deltas.shape[1])


def masked(
    masks: Sequence[Float[Array, "batch _"]] | None, layer: int, factor: Float[Array, "batch neurons"]
) -> Float[Array, "batch neurons"]:
    """A local factor with the dropout of its layer."""
    return factor if masks is None else factor * masks[layer]
