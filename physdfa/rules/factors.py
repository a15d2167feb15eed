"""The pieces of a direct-feedback update: projected errors, local factors, gradients as sums of outer products."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from physdfa.devices.base import AbstractDevice
from physdfa.network import AbstractConnections, LayerStep, NetworkParameters, SpikingNetwork, synaptic_shares
from physdfa.neurons import where_awake
from physdfa.noise import noise_key
from physdfa.rules.base import Batch, RuleState

PROJECTION = 0x7072_6F6A
"""What the key of an update is folded with for the noise of projections; layers and steps, folded too, stay below."""


def _as_it_is(device: AbstractDevice | None, signal: Float[Array, "batch neurons"]) -> Float[Array, "batch neurons"]:
    del device
    return signal


class LocalFactor(NamedTuple):
    """factor(u) = affine_end(device, before_affine_end(network, device, u, key)), elementwise; 0 for a neuron at rest.

    The second function is affine: a weighted mean of factors is what it makes of the mean of what it is given.
    `needs_device`: whether there is no factor without a device; `reads`: which of the neuron's `surrogate` and
    `surrogate_width` it depends on.
    """

    before_affine_end: Callable[
        [SpikingNetwork, AbstractDevice | None, Float[Array, "batch neurons"], PRNGKeyArray],
        Float[Array, "batch neurons"],
    ]
    affine_end: Callable[[AbstractDevice | None, Float[Array, "batch neurons"]], Float[Array, "batch neurons"]] = (
        _as_it_is
    )
    needs_device: bool = False
    reads: frozenset[str] = frozenset()


def _surrogate(
    network: SpikingNetwork, device: AbstractDevice | None, potential: Float[Array, "batch neurons"], key: PRNGKeyArray
) -> Float[Array, "batch neurons"]:
    del device, key
    return network.neuron.surrogate_derivative(potential)


SURROGATE = LocalFactor(_surrogate, reads=frozenset({"surrogate", "surrogate_width"}))
"""f'(u), the surrogate derivative of the network's own neurons."""

FactorAt = Callable[[int, Int[Array, ""], LayerStep], Float[Array, "batch neurons"]]
"""(layer, step, what the layer shows) -> factor, 0 at rest."""


Teaching = Callable[[Batch, Float[Array, "batch classes"]], Float[Array, "batch classes"]]
"""(batch, output error) -> what is projected to the hidden layers."""


def the_error(batch: Batch, error: Float[Array, "batch classes"]) -> Float[Array, "batch classes"]:
    """The output error itself, as nearly all rules have it."""
    del batch
    return error


class LayerGradient(NamedTuple):
    """The gradient of one layer: `weight` [units fan_in] and `bias` [units]."""

    weight: Float[Array, "units fan_in"]
    bias: Float[Array, " units"]


def factor_at(
    local_factor: LocalFactor, network: SpikingNetwork, device: AbstractDevice | None, batch: Batch, key: PRNGKeyArray
) -> FactorAt:
    """The local factor of a layer at a step, dropout included; noise has a key of its own for each.

    Of neurons with a synaptic current it is multiplied by their share of the inputs, see `network.synapses`.
    """
    shares = synaptic_shares(network.neuron, network.num_steps)
    response = response_at(local_factor, network, device, key)

    def factor(layer, step, shown):
        factors = _dropped(batch, layer, response(layer, step, shown))
        return factors if shares is None else factors * shares[step]

    return factor


def response_at(
    local_factor: LocalFactor, network: SpikingNetwork, device: AbstractDevice | None, key: PRNGKeyArray
) -> FactorAt:
    """The local factor itself: f'(u) or g(u) of a layer at a step."""

    def response(layer, step, shown):
        signal = local_factor.before_affine_end(network, device, shown.potential, noise_key(key, layer, step))
        return where_awake(local_factor.affine_end(device, signal), shown.resting)

    return response


class FactorSum(NamedTuple):
    """sum_t c_t factor(u_t) of one layer: `term(step, what the layer shows)` summed from `start` on, then `finish`.

    The affine end is computed once, in `finish`. Where neurons rest it answers at every step: it may mix neurons (a
    filter along them), and those that are awake change from step to step. So it does where inputs add up in synapses.
    """

    term: Callable[[Int[Array, ""], LayerStep], Float[Array, "*kept batch neurons"]]
    finish: Callable[[Float[Array, "*kept batch neurons"]], Float[Array, "batch neurons"]]
    start: Callable[[Float[Array, "batch neurons"]], Float[Array, "*kept batch neurons"]] = jnp.zeros_like


def factor_sum(
    local_factor: LocalFactor,
    network: SpikingNetwork,
    device: AbstractDevice | None,
    batch: Batch,
    key: PRNGKeyArray,
    layer: int,
) -> FactorSum:
    """The sum over time of `factor_at(...)(layer, step, shown)`, weighted as the readout weighs the steps."""
    weights = network.readout.step_weights(network.num_steps)
    step_sum, all_weights = network.readout.step_sum(network.num_steps), jnp.sum(weights)
    if network.neuron.rest_steps or network.neuron.synaptic_decay is not None:
        factor = factor_at(local_factor, network, device, batch, key)
        return FactorSum(lambda step, shown: step_sum.term(step, factor(layer, step, shown)), step_sum.finish)

    if device is not None and local_factor.needs_device and device.answers_in_blocks:
        return _factor_sum_in_a_block(local_factor, network, device, batch, key, layer)

    def term(step, shown):
        signal = local_factor.before_affine_end(network, device, shown.potential, noise_key(key, layer, step))
        return step_sum.term(step, signal)

    def finish(total):
        mean = step_sum.finish(total) / all_weights
        return _dropped(batch, layer, all_weights * local_factor.affine_end(device, mean))

    return FactorSum(term, finish)


def _factor_sum_in_a_block(
    local_factor: LocalFactor,
    network: SpikingNetwork,
    device: AbstractDevice,
    batch: Batch,
    key: PRNGKeyArray,
    layer: int,
) -> FactorSum:
    """As `factor_sum`: the potentials of all steps are kept, and the device is asked for them once, in `finish`."""
    weights, steps = network.readout.step_weights(network.num_steps), network.num_steps

    def start(like):
        return jnp.zeros((steps, *like.shape), like.dtype)

    def term(step, shown):
        return start(shown.potential).at[step].set(shown.potential)

    def finish(potentials):
        asked = jnp.reshape(potentials, (-1, potentials.shape[-1]))
        signal = local_factor.before_affine_end(network, device, asked, noise_key(key, layer, 0))
        mean = jnp.einsum("t,tbn->bn", weights, jnp.reshape(signal, potentials.shape)) / jnp.sum(weights)
        return _dropped(batch, layer, jnp.sum(weights) * local_factor.affine_end(device, mean))

    return FactorSum(term, finish, start)


def _dropped(batch: Batch, layer: int, factor: Float[Array, "batch neurons"]) -> Float[Array, "batch neurons"]:
    return factor if batch.masks is None else factor * batch.masks[layer]


def projected_error(
    state: RuleState, layer: int, error: Float[Array, "batch classes"], key: PRNGKeyArray
) -> Float[Array, "batch neurons"]:
    """The error as it arrives at a hidden layer; noise has a key of its own for each."""
    layer_key = jax.random.fold_in(jax.random.fold_in(key, PROJECTION), layer)
    return state.feedback[layer].project(error, key=layer_key)


def outer_sum(
    connections: AbstractConnections, delta: Float[Array, "batch post"], presynaptic: Float[Array, "batch pre"]
) -> LayerGradient:
    """sum over the batch of delta outer presynaptic, by weight and by bias."""
    return LayerGradient(connections.correlated(delta, presynaptic), connections.gathered(delta))


def zero_gradient(parameters: NetworkParameters, layer: int) -> LayerGradient:
    """The start of a sum."""
    return LayerGradient(jnp.zeros_like(parameters.weights[layer]), jnp.zeros_like(parameters.biases[layer]))


def added(left: LayerGradient, right: LayerGradient) -> LayerGradient:
    """Sum of two gradients of one layer."""
    return LayerGradient(left.weight + right.weight, left.bias + right.bias)


def network_gradient(layers: dict[int, LayerGradient], share: float) -> NetworkParameters:
    """The gradient of all layers, from 0 on, times `share`."""
    ordered = [layers[layer] for layer in range(len(layers))]
    return NetworkParameters(
        tuple(share * gradient.weight for gradient in ordered), tuple(share * gradient.bias for gradient in ordered)
    )
