"""The update of e-prop, whose presynaptic factor is a trace: what a neuron still remembers of each of its inputs.

    q_t = decay_mem q_{t-1} + s^{l-1}_t,   gradient^l = (1/batch) sum_t delta^l_t^T q^{l-1}_t

The network runs twice. The first pass keeps the input currents of the outputs, [time batch classes]: small, and all
that errors need. The second knows every error and accumulates. One trace per input serves all neurons behind it, so no
array per synapse and sample is needed, and no array of neurons per step is stored. Under a constant input the trace is
that input times (1 - decay^(t+1)) / (1 - decay), so that one matrix product at the end serves the first layer.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from physdfa.network import LayerStep, NetworkParameters, SpikingNetwork, affine, mean_rates, run
from physdfa.rules.base import Batch
from physdfa.rules.factors import LayerGradient, added, network_gradient, outer_sum, zero_gradient

Delta = Callable[[int, Int[Array, ""], LayerStep], Float[Array, "batch neurons"]]
"""(layer, step, what the layer shows) -> delta^l_t."""


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
    last, is_static = network.num_hidden, batch.stimulus.is_static
    traced = range(int(is_static), last)
    decay = network.neuron.decay_mem

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


def masked(
    masks: Sequence[Float[Array, "batch _"]] | None, layer: int, factor: Float[Array, "batch neurons"]
) -> Float[Array, "batch neurons"]:
    """A local factor with the dropout of its layer."""
    return factor if masks is None else factor * masks[layer]
