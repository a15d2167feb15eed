"""Direct feedback with the error after the last step, in memory that does not grow with the number of steps.

No sum over time is approximated:

- where the presynaptic factor is the same at every step (first layer, direct coding), sum_t c_t factor(u_t) is
  accumulated and the update is one matrix product; stages of a device that are affine, such as a filter along the
  neurons, answer once, to the mean over time;
- elsewhere the forward pass runs a second time, now knowing e, and accumulates the products step by step.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from physdfa.devices.base import AbstractDevice
from physdfa.network import (
    LayerStep,
    NetworkParameters,
    SpikingNetwork,
    affine,
    mean_rates,
    outputs_from_activity,
    outputs_from_currents,
    run,
)
from physdfa.rules.base import Batch, RuleState, RuleUpdate, output_error
from physdfa.rules.factors import (
    UNROLL_STEPS,
    FactorAt,
    FactorSum,
    LayerGradient,
    LocalFactor,
    Teaching,
    added,
    factor_at,
    factor_sum,
    network_gradient,
    outer_sum,
    projected_error,
    the_error,
    zero_gradient,
)

Term = Callable[[Int[Array, ""], list[LayerStep]], tuple[Float[Array, "batch post"], Float[Array, "batch pre"]]]
"""(step, layers) -> delta and presynaptic factor of one layer at one step."""


class _Seen(NamedTuple):
    """What the first pass keeps.

    - `activity`: sum_t c_t s_t of the last hidden layer, for linear readouts.
    - `currents`: [time batch classes] input of the output neurons, for `count`: small, and all their gradient needs.
    - `factor_sum`: sum_t c_t factor(u_t) of the first layer, where that is enough.
    - `firing_rate`: of each hidden layer.
    """

    activity: Float[Array, "batch neurons"]
    currents: Float[Array, "time batch classes"] | None
    factor_sum: Float[Array, "batch first"] | None
    firing_rate: Float[Array, " layers"]


def final_error_update(
    local_factor: LocalFactor | None,
    network: SpikingNetwork,
    parameters: NetworkParameters,
    batch: Batch,
    device: AbstractDevice | None,
    state: RuleState,
    key: PRNGKeyArray,
    teaching: Teaching = the_error,
) -> RuleUpdate:
    """One update; see the head of this file and of `direct_feedback`."""
    factor = None if local_factor is None else factor_at(local_factor, network, device, batch, key)
    sums = None
    if local_factor is not None and batch.stimulus.is_static:
        sums = factor_sum(local_factor, network, device, batch, key, 0)
    seen = _first_pass(network, parameters, batch, sums)
    weights, last = network.readout.step_weights(network.num_steps), network.num_hidden
    gradients: dict[int, LayerGradient] = {}
    terms: dict[int, Term] = {}

    if seen.currents is None:
        outputs = outputs_from_activity(network, parameters, seen.activity)
        error = output_error(batch.objective, outputs)
        gradients[last] = LayerGradient(
            outer_sum(error, seen.activity).weight, jnp.sum(weights) * jnp.sum(error, axis=0)
        )
    else:
        outputs, pull_back = jax.vjp(lambda currents: outputs_from_currents(network, currents), seen.currents)
        error = output_error(batch.objective, outputs)
        (deltas,) = pull_back(error)  # exact through the output neurons' own dynamics
        terms[last] = lambda step, layers: (deltas[step], layers[-1].spikes)

    taught = teaching(batch, error)
    for layer in range(network.num_hidden):
        if factor is None:
            gradients[layer] = zero_gradient(parameters, layer)
        elif layer == 0 and seen.factor_sum is not None:
            delta = projected_error(state, 0, taught, key) * seen.factor_sum
            gradients[0] = outer_sum(delta, network.input_scale * batch.stimulus.at(jnp.int32(0)))
        else:
            terms[layer] = _hidden_term(layer, projected_error(state, layer, taught, key), weights, factor)
    if terms:
        gradients |= _second_pass(network, parameters, batch, terms)
    return RuleUpdate(network_gradient(gradients, 1.0 / error.shape[0]), outputs, seen.firing_rate)


def _hidden_term(
    layer: int, projected: Float[Array, "batch neurons"], weights: Float[Array, " time"], factor: FactorAt
) -> Term:
    def term(step, layers):
        shown = layers[layer]
        return projected * (weights[step] * factor(layer, step, shown.potential)), shown.presynaptic

    return term


def _first_pass(network: SpikingNetwork, parameters: NetworkParameters, batch: Batch, sums: FactorSum | None) -> _Seen:
    readout, weights = network.readout, network.readout.step_weights(network.num_steps)
    # With the rate readout the weighted activity is the mean rate already: the last layer needs no count of its own.
    num_counted = network.num_hidden - (readout.name == "rate")

    def accumulate(kept, step, layers):
        counts, activity, total = kept
        counts = tuple(count + layer.spikes for count, layer in zip(counts, layers[:num_counted], strict=True))
        if sums is not None:
            total = total + sums.term(step, layers[0].potential)
        spikes = layers[-1].spikes
        if readout.is_linear:
            return (counts, activity + weights[step] * spikes, total), None
        return (counts, activity, total), affine(parameters, network.num_hidden, spikes)

    size = jax.eval_shape(batch.stimulus.at, jnp.int32(0)).shape[0]
    zeros = [jnp.zeros((size, neurons)) for neurons in network.layer_sizes[1:-1]]
    start = (tuple(zeros[:num_counted]), zeros[-1], None if sums is None else zeros[0])
    (counts, activity, total), currents = run(
        network, parameters, batch.stimulus, accumulate, start, batch.masks, unroll=UNROLL_STEPS
    )
    rates = [count / network.num_steps for count in counts] + [activity] * (readout.name == "rate")
    return _Seen(activity, currents, None if sums is None else sums.finish(total), mean_rates(rates, 1))


def _second_pass(
    network: SpikingNetwork, parameters: NetworkParameters, batch: Batch, terms: Mapping[int, Term]
) -> dict[int, LayerGradient]:
    """The gradients of the layers in `terms`: their products, summed over the batch and over time."""

    def accumulate(kept, step, layers):
        return {layer: added(kept[layer], outer_sum(*term(step, layers))) for layer, term in terms.items()}, None

    start = {layer: zero_gradient(parameters, layer) for layer in terms}
    gradients, _ = run(network, parameters, batch.stimulus, accumulate, start, batch.masks, unroll=UNROLL_STEPS)
    return gradients
