"""Direct feedback with the error after the last step. Its memory does not grow with the number of steps but for
inputs that change.

No sum over time is approximated:

- where the presynaptic factor is the same at every step (first layer, direct coding), sum_t c_t factor(u_t) is
  accumulated and the update is one matrix product; stages of a device that are affine, such as a filter along the
  neurons, answer once, to the mean over time;
- where the input changes, the first layer's factors of all steps are held, beside its inputs and currents: the update
  is one matrix product again. To hold less, the currents would have to be multiplied once more: half of all products;
- in deeper layers, in those of spike counts, and for recurrent weights, the forward pass runs a second time, now
  knowing e, and accumulates the products step by step.

With thresholds, the first pass accumulates the factors of every layer, so that the second knows which neurons write.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray

from physdfa.devices.base import AbstractDevice
from physdfa.network import (
    FirstLayer,
    LayerStep,
    NetworkParameters,
    SpikingNetwork,
    affine,
    first_layer,
    mean_rates,
    no_spikes,
    outputs_from_activity,
    run,
    synaptic_means,
    synaptic_shares,
    weighted_activity,
    with_spikes,
)
from physdfa.rules.base import Batch, RuleState, RuleUpdate, output_error
from physdfa.rules.factors import (
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
from physdfa.rules.hidden_sums import with_own_columns
from physdfa.rules.update_gate import UpdateCounts, feedback_floats, written_weights

Term = Callable[[Int[Array, ""], list[LayerStep]], tuple[Float[Array, "batch post"], Float[Array, "batch pre"]]]
"""(step, layers) -> delta and presynaptic factor of one layer at one step."""


class _Seen(NamedTuple):
    """What the first pass keeps.

    - `activity`: sum_t c_t s_t of the last hidden layer, for linear readouts.
    - `currents`: [time batch classes] input of the output neurons, for `count`: small, and all their gradient needs.
    - `factor_sums`: sum_t c_t factor(u_t) by layer: of the first, where that is enough, and of all with thresholds.
    - `factors`: [time batch neurons] factor(u_t) of the first layer, where its input changes.
    - `firing_rate`: of each hidden layer.
    - `active`: with thresholds, which presynaptic neurons of each hidden layer were active at any step;
      `own_active`: which of a recurrent one its own neurons saw.
    """

    activity: Float[Array, "batch neurons"]
    currents: Float[Array, "time batch classes"] | None
    factor_sums: dict[int, Float[Array, "batch _"]]
    factors: Float[Array, "time batch neurons"] | None
    firing_rate: Float[Array, " layers"]
    active: tuple[Bool[Array, "batch _"], ...]
    own_active: dict[int, Bool[Array, "batch _"]]


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
    sums: dict[int, FactorSum] = {}
    if local_factor is not None:
        summed = range(network.num_hidden if state.gate is not None else int(batch.stimulus.is_static))
        sums = {layer: factor_sum(local_factor, network, device, batch, key, layer) for layer in summed}
    first = first_layer(network, parameters, batch.stimulus)
    seen = _first_pass(network, parameters, batch, first, sums, factor, counts_active=state.gate is not None)
    weights, last = network.readout.step_weights(network.num_steps), network.num_hidden
    connections = network.connections
    gradients: dict[int, LayerGradient] = {}
    terms: dict[int, Term] = {}
    own_terms: dict[int, Term] = {}

    if seen.currents is None:
        outputs = outputs_from_activity(network, parameters, seen.activity)
        error = output_error(batch.objective, outputs)
        gradients[last] = LayerGradient(
            outer_sum(connections[last], error, seen.activity).weight, jnp.sum(weights) * jnp.sum(error, axis=0)
        )
    else:
        outputs, pull_back = jax.vjp(network.readout.read, seen.currents)
        error = output_error(batch.objective, outputs)
        (deltas,) = pull_back(error)  # exact through the output neurons' own dynamics
        terms[last] = lambda step, layers: (deltas[step], layers[-1].spikes)

    projected, counts = _projected_errors(network, state, teaching(batch, error), seen, key)
    for layer in range(network.num_hidden):
        if factor is None:
            gradients[layer] = zero_gradient(parameters, layer)
        elif layer == 0 and batch.stimulus.is_static:
            gradients[0] = outer_sum(connections[0], projected[0] * seen.factor_sums[0], first.inputs)
        elif layer == 0 and seen.factors is not None:
            inputs = synaptic_means(synaptic_shares(network.neuron, network.num_steps), first.inputs)
            of_steps = projected[0][None] * (weights[:, None, None] * seen.factors), inputs
            gradients[0] = outer_sum(connections[0], *(values.reshape(-1, values.shape[-1]) for values in of_steps))
        else:
            terms[layer] = _hidden_term(layer, projected[layer], weights, factor)
        if factor is not None and connections[layer].own is not None:
            own_terms[layer] = _hidden_term(layer, projected[layer], weights, factor, is_own=True)
    if terms or own_terms:
        of_terms, own = _second_pass(network, parameters, batch, first, terms, own_terms)
        gradients = with_own_columns(gradients | of_terms, own)
    gradient = network_gradient(gradients, 1.0 / error.shape[0])
    return RuleUpdate(gradient, outputs, seen.firing_rate, counts=counts)


def _projected_errors(
    network: SpikingNetwork,
    state: RuleState,
    error: Float[Array, "batch classes"],
    seen: _Seen,
    key: PRNGKeyArray,
) -> tuple[list[Float[Array, "batch _"]], UpdateCounts | None]:
    """The error as it arrives at each hidden layer, 0 for neurons that do not write; and what was sent and written."""
    layers, gate = range(len(state.feedback)), state.gate
    if not layers:
        return [], None
    if gate is None:
        floats = feedback_floats(state.feedback, error != 0)  # of a one-hot target the label alone is sent
        return [projected_error(state, layer, error, key) for layer in layers], UpdateCounts(floats)
    sends = gate.sends(error)
    arriving, written, ungated = [], jnp.zeros(()), jnp.zeros(())
    for layer in layers:
        factors, active = seen.factor_sums[layer], (seen.active[layer], seen.own_active.get(layer))
        projected = projected_error(state, layer, jnp.where(sends, error, 0.0), key)
        projected = jnp.where(gate.writes(projected * factors), projected, 0.0)
        arriving.append(projected)
        written += written_weights(network.connections[layer], projected * factors, *active)
        full = projected_error(state, layer, error, key) * factors
        ungated += written_weights(network.connections[layer], full, *active)
    return arriving, UpdateCounts(feedback_floats(state.feedback, sends), written, ungated)


def _hidden_term(
    layer: int,
    projected: Float[Array, "batch neurons"],
    weights: Float[Array, " time"],
    factor: FactorAt,
    *,
    is_own: bool = False,
) -> Term:
    def term(step, layers):
        shown = layers[layer]
        came_in = shown.own if is_own else shown.presynaptic
        return projected * (weights[step] * factor(layer, step, shown)), came_in

    return term


def _first_pass(
    network: SpikingNetwork,
    parameters: NetworkParameters,
    batch: Batch,
    first: FirstLayer,
    sums: Mapping[int, FactorSum],
    factor: FactorAt | None,
    *,
    counts_active: bool,
) -> _Seen:
    is_static = batch.stimulus.is_static
    follows_input = counts_active and not is_static

    def accumulate(kept, step, layers):
        spikes, totals, active, own_active = kept
        totals = {layer: total + sums[layer].term(step, layers[layer]) for layer, total in totals.items()}
        if follows_input:
            active = active | (layers[0].presynaptic != 0)
        own_active = {layer: own | (layers[layer].own != 0) for layer, own in own_active.items()}
        is_linear = network.readout.is_linear
        current = None if is_linear else affine(network, parameters, network.num_hidden, layers[-1].spikes)
        held = None if is_static or factor is None else factor(0, step, layers[0])
        return (with_spikes(network, spikes, step, layers), totals, active, own_active), (current, held)

    size = jax.eval_shape(batch.stimulus.at, jnp.int32(0)).shape[0]
    silent = no_spikes(network, size)
    inactive = jnp.zeros((size, network.layer_sizes[0]), dtype=bool) if follows_input else None
    recurrent = [n for n, layer in enumerate(network.connections) if layer.own is not None] if counts_active else []
    own_inactive = {layer: jnp.zeros(silent.counts[layer].shape, dtype=bool) for layer in recurrent}
    start = (silent, {layer: each.start(silent.counts[layer]) for layer, each in sums.items()}, inactive, own_inactive)
    (spikes, totals, active, own_active), (currents, factors) = run(
        network, parameters, batch.stimulus, accumulate, start, batch.masks, first=first
    )
    totals = {layer: sums[layer].finish(total) for layer, total in totals.items()}
    presynaptic = ()
    if counts_active:
        inputs = active if follows_input else batch.stimulus.at(jnp.int32(0)) != 0
        presynaptic = (inputs, *(count != 0 for count in spikes.counts[:-1]))
    rates = mean_rates(spikes.counts, network.num_steps)
    return _Seen(weighted_activity(network, spikes), currents, totals, factors, rates, presynaptic, own_active)


def _second_pass(
    network: SpikingNetwork,
    parameters: NetworkParameters,
    batch: Batch,
    first: FirstLayer,
    terms: Mapping[int, Term],
    own_terms: Mapping[int, Term],
) -> tuple[dict[int, LayerGradient], dict[int, Float[Array, "neurons neurons"]]]:
    """The gradients of the layers in `terms`, and of recurrent weights: products, summed over the batch and time."""
    connections = network.connections
    own = {layer: among for layer in own_terms if (among := connections[layer].own) is not None}

    def accumulate(kept, step, layers):
        gradients, own_gradients = kept
        gradients = {
            layer: added(gradients[layer], outer_sum(connections[layer], *term(step, layers)))
            for layer, term in terms.items()
        }
        own_gradients = {
            layer: own_gradients[layer] + own[layer].correlated(*term(step, layers))
            for layer, term in own_terms.items()
        }
        return (gradients, own_gradients), None

    sizes = {layer: (connections[layer].units, connections[layer].columns) for layer in terms}
    start = {layer: LayerGradient(jnp.zeros(size), jnp.zeros(size[0])) for layer, size in sizes.items()}
    own_start = {layer: jnp.zeros((connections[layer].post,) * 2) for layer in own_terms}
    sums, _ = run(network, parameters, batch.stimulus, accumulate, (start, own_start), batch.masks, first=first)
    return sums
