"""Gradients of hidden layers as they grow step by step: delta_t outer what comes in at t.

It comes from the layer before, and in recurrent layers from the layer itself.

A constant input of the first layer is left out: one matrix product at the end serves all its steps.
"""

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.arrays import Scalar
from physdfa.network import LayerStep, SpikingNetwork, Stimulus
from physdfa.rules.factors import LayerGradient, added, outer_sum


class Arriving(NamedTuple):
    """What comes in to each hidden layer at one step, or what a trace keeps of all steps so far.

    - `before`: by layer, from the one before it, but for a constant input; `own`: of recurrent layers from themselves.
    """

    before: dict[int, Float[Array, "batch _"]]
    own: dict[int, Float[Array, "batch _"]]


class HiddenSums(NamedTuple):
    """The sums so far.

    - `constant`: of the deltas of the first layer, where its input is constant; else None.
    - `before`, `own`: by layer, of the weights from before it and from itself.
    """

    constant: Float[Array, "batch neurons"] | None
    before: dict[int, LayerGradient]
    own: dict[int, Float[Array, "neurons neurons"]]


def arriving(layers: Sequence[LayerStep], *, is_static: bool) -> Arriving:
    """What came in at a step."""
    before = {n: layers[n].presynaptic for n in range(int(is_static), len(layers))}
    return Arriving(before, {n: layer.own for n, layer in enumerate(layers) if layer.own is not None})


def nothing_arrived(network: SpikingNetwork, batch: int, *, is_static: bool) -> Arriving:
    """The start of traces."""
    hidden = list(enumerate(network.connections[:-1]))
    before = {n: jnp.zeros((batch, layer.pre)) for n, layer in hidden[int(is_static) :]}
    return Arriving(before, {n: jnp.zeros((batch, layer.post)) for n, layer in hidden if layer.own is not None})


def no_sums(network: SpikingNetwork, batch: int, *, is_static: bool) -> HiddenSums:
    """The start of the sums."""
    hidden = list(enumerate(network.connections[:-1]))
    return HiddenSums(
        jnp.zeros((batch, hidden[0][1].post)) if is_static else None,
        {
            n: LayerGradient(jnp.zeros((layer.units, layer.columns)), jnp.zeros(layer.units))
            for n, layer in hidden[int(is_static) :]
        },
        {n: jnp.zeros((layer.post, layer.post)) for n, layer in hidden if layer.own is not None},
    )


def with_step(
    network: SpikingNetwork,
    sums: HiddenSums,
    deltas: Sequence[Float[Array, "batch _"]],
    came_in: Arriving,
    bias_share: Scalar | float = 1.0,
) -> HiddenSums:
    """The sums with one more step.

    **Arguments:**

    - `bias_share`: what came in by the biases, whose input is always 1; and by a constant input, times that.
    """
    before, own = dict(sums.before), dict(sums.own)
    for n in before:
        now = outer_sum(network.connections[n], deltas[n], came_in.before[n])
        before[n] = added(before[n], LayerGradient(now.weight, bias_share * now.bias))
    for n in own:
        among = network.connections[n].own
        assert among is not None  # there is a sum for recurrent layers alone
        own[n] = own[n] + among.correlated(deltas[n], came_in.own[n])
    return HiddenSums(None if sums.constant is None else sums.constant + bias_share * deltas[0], before, own)


def hidden_gradients(network: SpikingNetwork, sums: HiddenSums, stimulus: Stimulus) -> dict[int, LayerGradient]:
    """The sums after all steps, by hidden layer: the columns of recurrent weights last."""
    gradients = dict(sums.before)
    if sums.constant is not None:
        inputs = network.input_scale * stimulus.at(jnp.int32(0))
        gradients[0] = outer_sum(network.connections[0], sums.constant, inputs)
    return with_own_columns(gradients, sums.own)


def with_own_columns(
    gradients: dict[int, LayerGradient], own: dict[int, Float[Array, "neurons neurons"]]
) -> dict[int, LayerGradient]:
    """Gradients of weights from before, joined with those of recurrent weights."""
    return {
        n: one if n not in own else one._replace(weight=jnp.concatenate([one.weight, own[n]], axis=1))
        for n, one in gradients.items()
    }
