"""Spiking forward direct feedback alignment, and the same machinery with fixed feedback and with the exact gradient."""

from functools import cache
from typing import cast

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.errors import InputError, unknown_name
from physdfa.feedback import LearnedProjection, UniformProjection, draw_layers
from physdfa.network import NetworkParameters
from physdfa.network.event import EventNetwork, EventRun, ages, event_gradient
from physdfa.rules.base import Batch, LearningRule, RuleState, RuleUpdate, SpikeLosses, output_error
from physdfa.rules.event.sweep import LOCAL_GRADIENTS, Errors, Traces, input_traces, layer_traces

GRADIENTS = ("sfdfa", "dfa", "bp")
"""How the error comes to the hidden layers: through learned feedback, fixed random feedback, or the exact way back."""


@cache
def sfdfa(gradient: str = "sfdfa", local_gradient: str | None = None) -> LearningRule:
    """gradient_ij = mean over the batch of eps_i sum_k dt_i^k/dw_ij

    sfdfa, dfa   eps = (wanted - counted) B^T, B learned or fixed, the same for all spikes of a hidden neuron
    bp           eps_k = dL/dt of each hidden spike, by the chain rule through all later layers

    The output layer has eps = wanted - counted: counts grow when spikes come earlier, and the derivative of the count
    by the spike time is taken as -1 (eq. 12). `Batch.penalty` adds to eps of the hidden layers.

    **Arguments:**

    - `gradient`: "sfdfa", "dfa" or "bp".
    - `local_gradient`: "bounded" or "exact" factor of dt/dw; by default exact for "bp", else bounded.

    **Raises:** `InputError` for another name.

    **Source:** Bacho & Chu, "Forward Direct Feedback Alignment for Online Gradient Estimates of Spiking Neural
    Networks", arXiv:2403.08804, eqs. 5-12, 18.
    """
    local_gradient = local_gradient or ("exact" if gradient == "bp" else "bounded")
    if gradient not in GRADIENTS:
        raise InputError(f"`gradient`: {unknown_name('gradient', gradient, GRADIENTS)}")
    if local_gradient not in LOCAL_GRADIENTS:
        raise InputError(f"`local_gradient`: {unknown_name('local gradient', local_gradient, LOCAL_GRADIENTS)}")
    projection = {"sfdfa": LearnedProjection(), "dfa": UniformProjection(), "bp": None}[gradient]

    def start(key, network, feedback_scale, feedback, /):
        if feedback is None:
            return RuleState(())
        return RuleState(draw_layers(feedback, key, network.layer_sizes[1:-1], network.layer_sizes[-1], feedback_scale))

    def update(network, parameters, batch, device, state, /, *, key):
        del device
        events = batch.stimulus
        perturbations = None
        if gradient == "sfdfa":
            perturbations = tuple(
                jax.random.normal(jax.random.fold_in(key, layer), (events.size.shape[0], size))
                for layer, size in enumerate(network.layer_sizes[1:-1])
            )
        shown = network.run(parameters, events, perturbations)
        if perturbations is not None:
            state = _learned(state, shown, perturbations)
        error = -output_error(batch.objective, shown.outputs)
        gradients = _gradients(network, parameters, batch, shown, state, error, local_gradient)
        share = 1.0 / error.shape[0]
        biases = tuple(jnp.zeros_like(bias) for bias in parameters.biases)
        rates = jnp.stack([jnp.mean(layer.counts) for layer in shown.layers[:-1]]) / network.num_steps
        update = RuleUpdate(
            NetworkParameters(tuple(share * one for one in gradients), biases),
            shown.outputs,
            rates,
            _losses(network, shown),
        )
        return update, state

    return LearningRule("sfdfa", start, update, projection)


def _learned(state: RuleState, shown: EventRun, perturbations: tuple[Float[Array, "batch _"], ...]) -> RuleState:
    """The feedback after the grades of one batch came out."""
    delivered = shown.layers[-1].delivered
    assert delivered is not None  # grades ran
    return state._replace(
        feedback=tuple(
            cast(LearnedProjection, projection).learned(
                perturbation, (layer.counts > 0).astype(perturbation.dtype), delivered
            )
            for projection, perturbation, layer in zip(state.feedback, perturbations, shown.layers[:-1], strict=True)
        )
    )


def _gradients(
    network: EventNetwork,
    parameters: NetworkParameters,
    batch: Batch,
    shown: EventRun,
    state: RuleState,
    error: Float[Array, "batch classes"],
    local_gradient: str,
) -> list[Float[Array, "post pre"]]:
    """Sums over the batch, layer by layer from the output back."""
    decay, found = network.decay, []
    errors: Errors = error
    for layer in range(network.num_hidden, -1, -1):
        spikes, neuron = shown.layers[layer], network.neuron(layer)
        if layer < network.num_hidden:
            if state.feedback:
                errors = state.feedback[layer].project(error)
            if batch.penalty is not None:
                teaching = batch.penalty.teaching(spikes.counts)
                errors = errors + jnp.expand_dims(teaching, tuple(range(errors.ndim - 1)))
        if layer == 0:
            traces = input_traces(spikes, errors, neuron, decay, local_gradient, network.num_levels + 1)
            found.append(event_gradient(traces, batch.stimulus, network.layer_sizes[0]))
            continue
        age = ages(shown.layers[layer - 1], decay)[:-1]  # of each spike of the layer before, when it arrives here
        traces = Traces(*(values[1:] for values in layer_traces(spikes, errors, neuron, decay, local_gradient)))
        found.append(_products(traces.synaptic, age * age) - _products(traces.membrane, age))
        if not state.feedback:
            errors = _errors_of_spikes(traces, age, parameters.weights[layer], network)
    return found[::-1]


def _products(
    traces: Float[Array, "time batch post"], ages: Float[Array, "time batch pre"]
) -> Float[Array, "post pre"]:
    """Sum over time and batch of trace times age: one matrix product."""
    # As a contraction of two axes the whole update took 5 to 7 % longer (one core, 784-800-10).
    return traces.reshape(-1, traces.shape[-1]).T @ ages.reshape(-1, ages.shape[-1])


def _errors_of_spikes(
    traces: Traces, age: Float[Array, "time batch pre"], weight: Float[Array, "post pre"], network: EventNetwork
) -> Float[Array, "steps batch pre"]:
    """dL/dt of each spike of the layer before: sum_i w_ij (C_s,i / tau_syn - C_i / tau_mem) at its time."""
    synaptic = age * age * (traces.synaptic @ weight) / network.hidden.tau_syn
    membrane = age * (traces.membrane @ weight) / network.hidden.tau_mem
    errors = synaptic - membrane
    return jnp.concatenate([errors, jnp.zeros_like(errors[:1])])  # a spike of the last step reaches nothing


def _losses(network: EventNetwork, shown: EventRun) -> SpikeLosses:
    """What the time grid and the limit of spikes did to the exact answer, per sample."""
    batch = shown.outputs.shape[0]
    late = [jnp.sum(layer.late) for layer in shown.layers]
    silenced = [
        jnp.sum((layer.counts >= network.most_spikes(index)).astype(jnp.float32))
        for index, layer in enumerate(shown.layers)
    ]
    return SpikeLosses(jnp.sum(jnp.stack(late)) / batch, jnp.sum(jnp.stack(silenced)) / batch)
