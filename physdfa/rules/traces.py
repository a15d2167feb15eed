"""The update of e-prop, whose presynaptic factor is a trace: what a neuron still remembers of each of its inputs.

    q_t = decay_mem q_{t-1} + s^{l-1}_t,   gradient^l = (1/batch) sum_t delta^l_t^T q^{l-1}_t

The network runs twice. The first pass keeps the input currents of the outputs, [time batch classes]: small, and all
that errors need. The second knows every error and accumulates. One trace per input serves all neurons behind it, so no
array per synapse and sample is needed, and no array of neurons per step is stored. Under a constant input the trace is
that input times (1 - decay^(t+1)) / (1 - decay), so that one matrix product at the end serves the first layer.

Neurons that rest forget their inputs, each at its own time, so that the trace is one per synapse:

    q_ij,t = decay_mem q_ij,t-1 + s_j,t   where neuron i is awake, else 0

The same sum from behind needs one number per neuron: r_k = delta_k + decay_mem r_{k+1} where i is awake, else 0, is
what an input of step k still does, and gradient^l = (1/batch) sum_k r_k^T s_k. The second pass then keeps delta and
what is sent, [time batch neurons], and a third goes back over them.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from physdfa.arrays import Scalar
from physdfa.network import LayerStep, NetworkParameters, SpikingNetwork, affine, mean_rates, run
from physdfa.neurons import Lif, where_awake
from physdfa.rules.base import Batch
from physdfa.rules.factors import LayerGradient, added, network_gradient, outer_sum, zero_gradient

Delta = Callable[[int, Int[Array, ""], LayerStep], Float[Array, "batch neurons"]]
"""(layer, step, what the layer shows) -> delta^l_t of neurons that are awake."""


class Seen(NamedTuple):
    """What the first pass keeps: the input `currents` of the outputs, and the `firing_rate` of each hidden layer."""

    currents: Float[Array, "time batch classes"]
    firing_rate: Float[Array, " layers"]


def seen_by_outputs(network: SpikingNetwork, parameters: NetworkParameters, batch: Batch) -> Seen:
    """The first pass."""

    def accumulate(counts, step, layers):
        del step
        counts = tuple(count + layer.spikes for count, layer in zip(counts, layers, strict=True))
        return counts, affine(parameters, network.num_hidden, layers[-1].spikes)

    size = jax.eval_shape(batch.stimulus.at, jnp.int32(0)).shape[0]
    start = tuple(jnp.zeros((size, neurons)) for neurons in network.layer_sizes[1:-1])
    counts, currents = run(network, parameters, batch.stimulus, accumulate, start, batch.masks)
    return Seen(currents, mean_rates(counts, network.num_steps))


def decay_of(network: SpikingNetwork) -> Scalar:
    """The leak per step of the hidden neurons, which a rule that follows traces asks to be `Lif`."""
    assert isinstance(network.neuron, Lif)
    return network.neuron.decay_mem


def traced_gradient(
    network: SpikingNetwork,
    parameters: NetworkParameters,
    batch: Batch,
    output_deltas: Float[Array, "time batch classes"],
    delta: Delta,
) -> NetworkParameters:
    """The second pass: the gradient of all layers.

    **Arguments:**

    - `output_deltas`: dL/dI of the outputs at each step, I their input current: their layer needs no trace.
    - `delta`: of the hidden layers.
    """
    if network.neuron.rest_steps:
        return _gradient_with_rests(network, parameters, batch, output_deltas, delta)
    last, is_static = network.num_hidden, batch.stimulus.is_static
    traced = range(int(is_static), last)
    decay = decay_of(network)

    def accumulate(kept, step, layers):
        traces, bias_trace, delta_sum, gradients = kept
        bias_trace = decay * bias_trace + 1.0  # the bias is an input that is always 1
        traces = {layer: decay * traces[layer] + layers[layer].presynaptic for layer in traced}
        gradients = dict(gradients)
        gradients[last] = added(gradients[last], outer_sum(output_deltas[step], layers[-1].spikes))
        for layer in traced:
            error = delta(layer, step, layers[layer])
            share = LayerGradient(outer_sum(error, traces[layer]).weight, bias_trace * jnp.sum(error, axis=0))
            gradients[layer] = added(gradients[layer], share)
        if is_static:
            delta_sum = delta_sum + bias_trace * delta(0, step, layers[0])
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
        gradients[0] = outer_sum(delta_sum, network.input_scale * batch.stimulus.at(jnp.int32(0)))
    return network_gradient(gradients, 1.0 / size)


def _gradient_with_rests(
    network: SpikingNetwork,
    parameters: NetworkParameters,
    batch: Batch,
    output_deltas: Float[Array, "time batch classes"],
    delta: Delta,
) -> NetworkParameters:
    """The second pass, then one back over what it kept: sum_k r_k outer s_k, r the traces seen from the neuron."""
    last, is_static = network.num_hidden, batch.stimulus.is_static
    multiplied = range(int(is_static), last)
    decay = decay_of(network)

    def keep(gradient, step, layers):
        kept = [(delta(n, step, layer), layer.resting) for n, layer in enumerate(layers)]
        sent = [layer.presynaptic for layer in layers[1:]]
        return added(gradient, outer_sum(output_deltas[step], layers[-1].spikes)), (step, kept, sent)

    of_outputs, entering = run(network, parameters, batch.stimulus, keep, zero_gradient(parameters, last), batch.masks)

    def back(carry, entering):
        left, total, gradients = carry
        step, kept, sent = entering
        left = [where_awake(one + decay * r, resting) for r, (one, resting) in zip(left, kept, strict=True)]
        sent = [network.input_scale * batch.stimulus.at(step), *sent]
        gradients = {n: added(gradients[n], outer_sum(left[n], sent[n])) for n in multiplied}
        return (left, total + left[0] if is_static else total, gradients), None

    rest = [jnp.zeros((output_deltas.shape[1], neurons)) for neurons in network.layer_sizes[1:-1]]
    start = (rest, rest[0], {layer: zero_gradient(parameters, layer) for layer in multiplied})
    (_, total, gradients), _ = jax.lax.scan(back, start, entering, reverse=True)
    if is_static:
        gradients[0] = outer_sum(total, network.input_scale * batch.stimulus.at(jnp.int32(0)))
    return network_gradient({**gradients, last: of_outputs}, 1.0 / output_deltas.shape[1])


def masked(
    masks: Sequence[Float[Array, "batch _"]] | None, layer: int, factor: Float[Array, "batch neurons"]
) -> Float[Array, "batch neurons"]:
    """A local factor with the dropout of its layer."""
    return factor if masks is None else factor * masks[layer]
