"""Forward direct feedback alignment: feedback learned from what perturbed hidden neurons do to the outputs."""

from typing import ClassVar, cast

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.feedback import LearnedProjection
from physdfa.network import NetworkParameters, SpikingNetwork, forward
from physdfa.parts import ParameterValue, declared_as
from physdfa.rules.base import Batch, RuleState
from physdfa.rules.direct_feedback import AbstractDirectFeedback
from physdfa.rules.factors import SURROGATE, LocalFactor

PERTURBATION = 0x7065_7274
"""What the key of an update is folded with for the perturbations; layers and steps, folded too, stay below."""

Perturbations = tuple[Float[Array, "batch _"], ...]


class Fdfa(AbstractDirectFeedback):
    """delta = (e B^T) * f'(u),   B^l <- (1 - rate) B^l + rate <p^l d^T>,   d = sum_l (do/ds^l) p^l / sum_t c_t

    p^l ~ N(0, 1), one number per hidden neuron and sample, added to its spikes at every step; d is the derivative of
    the outputs along all of them at once, by forward-mode differentiation (surrogate derivatives where spikes follow
    from spikes), < > the mean over the batch. The perturbations are independent, so B^l goes to the mean of
    (do/ds^l)^T / sum_t c_t: W_out^T for the last hidden layer of a linear readout, whatever the data. c_t are the
    weights of the steps, so B stands where `dfa` has it. It starts at 0 and learns first in each update. `rate` and the
    form of the mean are those of `LearnedProjection`.

    It costs one forward pass with tangents more than `dfa`, in memory that does not grow with the number of steps.

    **Source:** Bacho & Chu, "Low-variance forward gradients using direct feedback alignment and momentum", Neural
    Networks 169 (2024), arXiv:2212.07282: activity-perturbed forward gradients kept as a running mean. The networks
    there are not spiking; a perturbation constant over the steps, and the mean over the batch, are ours.
    """

    name: ClassVar[str] = "fdfa"
    feedback_rate: ParameterValue = declared_as(LearnedProjection, "rate")
    feedback_optimizer: str = declared_as(LearnedProjection, "optimizer")

    @property
    def projection(self) -> LearnedProjection:
        """Learned feedback."""
        return LearnedProjection(self.feedback_rate, self.feedback_optimizer)

    @property
    def factor(self) -> LocalFactor:
        """The surrogate derivative f'(u)."""
        return SURROGATE

    def update(self, network, parameters, batch, device, state, /, *, key):
        """The feedback learns first, then the weights."""
        state = _learned(network, parameters, batch, state, jax.random.fold_in(key, PERTURBATION))
        return super().update(network, parameters, batch, device, state, key=key)


def response(
    network: SpikingNetwork, parameters: NetworkParameters, batch: Batch, perturbations: Perturbations
) -> Float[Array, "batch classes"]:
    """d: the derivative of the outputs along perturbations of the spikes of each hidden layer, over sum_t c_t."""

    def outputs(nudges):
        return forward(network, parameters, batch.stimulus, batch.masks, nudges=nudges).outputs

    nothing = jax.tree.map(jnp.zeros_like, perturbations)
    _, derivative = jax.jvp(outputs, (nothing,), (perturbations,))
    return derivative / jnp.sum(network.readout.step_weights(network.num_steps))


def _learned(
    network: SpikingNetwork, parameters: NetworkParameters, batch: Batch, state: RuleState, key: PRNGKeyArray
) -> RuleState:
    """The feedback after one batch."""
    size = jax.eval_shape(batch.stimulus.at, jnp.int32(0)).shape[0]
    perturbations = tuple(
        jax.random.normal(jax.random.fold_in(key, layer), (size, neurons))
        for layer, neurons in enumerate(network.layer_sizes[1:-1])
    )
    found = response(network, parameters, batch, perturbations)
    return state._replace(
        feedback=tuple(
            cast(LearnedProjection, projection).learned(one, jnp.ones_like(one), found)
            for projection, one in zip(state.feedback, perturbations, strict=True)
        )
    )
