"""The contract of a learning rule, and the words that all rules share."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.devices.base import AbstractDevice
from physdfa.network import NetworkParameters, SpikingNetwork, Stimulus

ERRORS = ("final", "online")
"""When the error is taken: once after the last step, or at every step from the output as it stands."""

Objective = Callable[[Float[Array, "batch classes"]], Float[Array, " batch"]]
"""The loss of each sample, from the network's outputs; the labels are bound by the caller."""


class Batch(NamedTuple):
    """One batch as a rule sees it.

    - `stimulus`: the encoded inputs.
    - `objective`: the loss of each sample as a function of the outputs.
    - `masks`: dropout masks per hidden layer, or None.
    """

    stimulus: Stimulus
    objective: Objective
    masks: tuple[Float[Array, "batch neurons"], ...] | None = None


class RuleState(NamedTuple):
    """What a rule keeps between updates: the feedback matrices [neurons classes], empty for rules without feedback."""

    feedback: tuple[Float[Array, "neurons classes"], ...]


class RuleUpdate(NamedTuple):
    """One update: `gradient` as optax wants it (subtracted), `outputs` at the end, `firing_rate` of each layer."""

    gradient: NetworkParameters
    outputs: Float[Array, "batch classes"]
    firing_rate: Float[Array, " layers"]


class InitRule(Protocol):
    """(key, network, feedback_scale) -> state."""

    def __call__(self, key: PRNGKeyArray, network: SpikingNetwork, feedback_scale: Scalar, /) -> RuleState: ...


class UpdateRule(Protocol):
    """(network, parameters, batch, device, state, key) -> (update, state); the device is never closed over."""

    def __call__(
        self,
        network: SpikingNetwork,
        parameters: NetworkParameters,
        batch: Batch,
        device: AbstractDevice | None,
        state: RuleState,
        /,
        *,
        key: PRNGKeyArray,
    ) -> tuple[RuleUpdate, RuleState]: ...


class LearningRule(NamedTuple):
    """A learning rule: pure functions, as optax has them."""

    name: str
    init: InitRule
    update: UpdateRule


def output_error(objective: Objective, outputs: Float[Array, "batch classes"]) -> Float[Array, "batch classes"]:
    """e = dL/do of each sample's own loss."""
    return jax.grad(lambda values: jnp.sum(objective(values)))(outputs)
