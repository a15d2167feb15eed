"""Spiking forward direct feedback alignment, and the same machinery with fixed feedback and with the exact gradient."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar, cast

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.arrays import Scalar
from physdfa.feedback import AbstractProjection, LearnedProjection, UniformProjection
from physdfa.network import NetworkParameters
from physdfa.network.event import (
    EventNetwork,
    EventRun,
    LayerSpikes,
    ages,
    as_pieces,
    event_gradient,
    join_blocks,
    split_blocks,
)
from physdfa.parts import ParameterValue, declared_as, option
from physdfa.rules.base import AbstractRule, Batch, RuleState, RuleUpdate, SpikeLosses, output_error
from physdfa.rules.direct_feedback import AbstractRandomFeedback
from physdfa.rules.event.sweep import LOCAL_GRADIENTS, Traces, input_traces, layer_traces

GRADIENTS = ("sfdfa", "dfa", "bp")
"""How the error comes to the hidden layers: through learned feedback, fixed random feedback, or the exact way back."""


class Sfdfa(AbstractRule):
    """gradient_ij = mean over the batch of eps_i sum_k dt_i^k/dw_ij

    sfdfa, dfa   eps = (wanted - counted) B^T, B learned or fixed, the same for all spikes of a hidden neuron
    bp           eps_k = dL/dt of each hidden spike, by the chain rule through all later layers

    The output layer has eps = wanted - counted: counts grow when spikes come earlier, and the derivative of the count
    by the spike time is taken as -1 (eq. 12). `Batch.penalty` adds to eps of the hidden layers.

    **Arguments:**

    - `gradient`: "sfdfa", "dfa" or "bp".
    - `local_gradient`: "bounded" or "exact" factor of dt/dw; by default exact for "bp", else bounded.
    - `feedback_scale`: of the fixed feedback of "dfa", uniform between -scale and scale.
    - `feedback_rate`, `feedback_optimizer`: of the learned feedback of "sfdfa".

    **Source:** Bacho & Chu, "Forward Direct Feedback Alignment for Online Gradient Estimates of Spiking Neural
    Networks", arXiv:2403.08804, eqs. 5-12, 18.
    """

    name: ClassVar[str] = "sfdfa"
    event_neurons: ClassVar[bool] = True
    error: str = option(default="final", choices=("final",), meaning="when the output error is taken: at the end")
    gradient: str = option(
        default="sfdfa",
        choices=GRADIENTS,
        meaning="the way of the error back: learned feedback, fixed random feedback, or the exact gradient",
    )
    local_gradient: str | None = option(
        default=None,
        choices=LOCAL_GRADIENTS,
        meaning="the derivative of a spike time by a weight; by default exact for the gradient bp, else bounded",
    )
    feedback_scale: ParameterValue = declared_as(AbstractRandomFeedback, "feedback_scale")
    feedback_rate: ParameterValue = declared_as(LearnedProjection, "rate")
    feedback_optimizer: str = declared_as(LearnedProjection, "optimizer")

    @property
    def scale(self) -> Scalar:
        """As `feedback_scale` says."""
        return self.feedback_scale

    @property
    def projection(self) -> AbstractProjection | None:
        """Learned, fixed, or none."""
        if self.gradient == "sfdfa":
            return LearnedProjection(self.feedback_rate, self.feedback_optimizer)
        return UniformProjection() if self.gradient == "dfa" else None

    def idle(self) -> dict[str, str]:
        """What belongs to another gradient."""
        found = {}
        if self.gradient != "sfdfa":
            learned = "of the rule sfdfa only the gradient sfdfa learns its feedback"
            found |= {"feedback_rate": learned, "feedback_optimizer": learned}
        if self.gradient != "dfa":
            found["feedback_scale"] = "of the rule sfdfa only the gradient dfa has feedback of a given scale"
        return found

    def floats_fed_back(self, network: Any, spikes: Sequence[float]) -> float:
        """As direct feedback; with the exact gradient each weight behind a hidden neuron once per spike of it."""
        if self.gradient != "bp":
            return super().floats_fed_back(network, spikes)
        behind = (float(pre * post) for pre, post in pairwise(network.layer_sizes[1:]))
        return sum(weights * count for weights, count in zip(behind, spikes, strict=True))

    def update(self, network, parameters, batch, device, state, /, *, key):
        """The feedback learns first, then the weights."""
        del device
        local_gradient = self.local_gradient or ("exact" if self.gradient == "bp" else "bounded")
        events = batch.stimulus
        perturbations = None
        if self.gradient == "sfdfa":
            perturbations = tuple(
                jax.random.normal(jax.random.fold_in(key, layer), (events.size.shape[0], size))
                for layer, size in enumerate(network.layer_sizes[1:-1])
            )
        shown = network.run(parameters, events, perturbations)
        *hidden_counts, outputs = shown.counts
        if perturbations is not None:
            state = _learned(state, shown, perturbations)
        error = -output_error(batch.objective, outputs)
        gradients = _gradients(network, parameters, batch, shown, state, error, local_gradient)
        share = 1.0 / error.shape[0]
        biases = tuple(jnp.zeros_like(bias) for bias in parameters.biases)
        update = RuleUpdate(
            NetworkParameters(tuple(share * one for one in gradients), biases),
            outputs,
            jnp.stack([jnp.mean(counts) for counts in hidden_counts]) / network.num_steps,
            _losses(network, shown),
        )
        return update, state


def _learned(state: RuleState, shown: EventRun, perturbations: tuple[Float[Array, "batch _"], ...]) -> RuleState:
    """The feedback after the grades of one batch came out."""
    assert shown.delivered is not None  # grades ran
    return state._replace(
        feedback=tuple(
            cast(LearnedProjection, projection).learned(
                perturbation, (counts > 0).astype(perturbation.dtype), shown.delivered
            )
            for projection, perturbation, counts in zip(state.feedback, perturbations, shown.counts, strict=False)
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
    """Sums over the batch for every layer, from the output layer back."""
    *hidden, output = shown.layers
    decay, num_blocks, found = network.decay, len(hidden[0].counts), []
    traces = layer_traces(output, error[None], network.output, decay, local_gradient)
    traces = Traces(*(split_blocks(join_blocks(values), num_blocks) for values in traces))
    for layer, spikes in reversed(list(enumerate(hidden))):
        weight = None if state.feedback else parameters.weights[layer + 1]
        gradient, errors = _sent(traces, spikes, weight, network)
        found.append(gradient)
        if state.feedback:
            errors = split_blocks(state.feedback[layer].project(error), num_blocks)
        if batch.penalty is not None:
            teaching = batch.penalty.teaching(join_blocks(spikes.counts))
            errors = errors + jnp.expand_dims(teaching, tuple(range(errors.ndim - 1)))
        if layer > 0:
            traces = layer_traces(spikes, errors, network.hidden, decay, local_gradient)
        else:
            inputs = input_traces(spikes, errors, network.hidden, decay, local_gradient, network.num_levels + 1)
            found.append(event_gradient(inputs, batch.stimulus, network.layer_sizes[0]))
    return found[::-1]


def _sent(
    traces: Traces, spikes: LayerSpikes, weight: Float[Array, "post pre"] | None, network: EventNetwork
) -> tuple[Float[Array, "post pre"], Any]:
    """The gradient of the weights that spikes go through; with these weights also dL/dt of each spike."""

    def one_piece(gradient, piece):
        traces, phases = piece
        age = ages(phases, network.decay)
        gradient = gradient + traces.synaptic.T @ (age * age) - traces.membrane.T @ age
        return gradient, None if weight is None else _errors_of_spikes(traces, age, weight, network)

    start = jnp.zeros((traces.synaptic.shape[-1], spikes.phases.shape[-1]), spikes.phases.dtype)
    gradient, errors = jax.lax.scan(one_piece, start, jax.tree.map(as_pieces, (traces, spikes.phases)))
    return gradient, None if errors is None else errors.reshape(spikes.phases.shape)


def _errors_of_spikes(
    traces: Traces, age: Float[Array, "rows pre"], weight: Float[Array, "post pre"], network: EventNetwork
) -> Float[Array, "rows pre"]:
    """dL/dt of each spike of the layer before: sum_i w_ij (C_s,i / tau_syn - C_i / tau_mem) at its time."""
    synaptic = age * age * (traces.synaptic @ weight) / network.hidden.tau_syn
    membrane = age * (traces.membrane @ weight) / network.hidden.tau_mem
    return synaptic - membrane


def _losses(network: EventNetwork, shown: EventRun) -> SpikeLosses:
    """What the time grid and the limit of spikes did to the exact answer, per sample."""
    batch = len(shown.counts[-1])
    late = [jnp.sum(layer.late) for layer in shown.layers]
    silenced = [
        jnp.sum((layer.counts >= network.most_spikes(index)).astype(jnp.float32))
        for index, layer in enumerate(shown.layers)
    ]
    return SpikeLosses(jnp.sum(jnp.stack(late)) / batch, jnp.sum(jnp.stack(silenced)) / batch)
