"""The contract of a learning rule, and the words that all rules share."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.devices.base import AbstractDevice
from physdfa.feedback import AbstractProjection
from physdfa.network import NetworkParameters, SpikingNetwork
from physdfa.network.event import EventNetwork
from physdfa.rules.rate_penalty import RatePenalty
from physdfa.rules.update_gate import UpdateCounts, UpdateGate

ERRORS = ("final", "online")
"""When the error is taken: once after the last step, or at every step from the output as it stands."""

Objective = Callable[[Float[Array, "batch classes"]], Float[Array, " batch"]]
"""The loss of each sample, from the network's outputs; the labels are bound by the caller."""


class Batch(NamedTuple):
    """One batch as a rule sees it.

    - `stimulus`: the encoded inputs as the network takes them: a `Stimulus`, or an `EventBatch` of input spikes.
    - `objective`: the loss of each sample as a function of the outputs.
    - `masks`: dropout masks per hidden layer, or None.
    - `penalty`: what draws the firing rates of an event network, or None.
    - `labels`: the class of each sample, for rules whose teaching signal is the target itself.
    """

    stimulus: Any
    objective: Objective
    masks: tuple[Float[Array, "batch neurons"], ...] | None = None
    penalty: RatePenalty | None = None
    labels: Int[Array, " batch"] | None = None


class RuleState(NamedTuple):
    """What a rule keeps between updates: a projection per hidden layer, none for rules without feedback.

    `gate`: the thresholds of rules that have them.
    """

    feedback: tuple[AbstractProjection, ...]
    gate: UpdateGate | None = None


class SpikeLosses(NamedTuple):
    """What an event network could not show exactly, per sample, over all layers.

    - `late`: spikes that came a step too late, because a neuron fires at most once per step of the time grid.
    - `silenced`: neurons that reached the largest number of spikes and then were silent.
    """

    late: Float[Array, ""]
    silenced: Float[Array, ""]


class RuleUpdate(NamedTuple):
    """One update: `gradient` as optax wants it (subtracted), `outputs` at the end, `firing_rate` of each layer.

    `spike_losses`: of an event network; None for networks in discrete time. `counts`: of rules with direct feedback.
    """

    gradient: NetworkParameters
    outputs: Float[Array, "batch classes"]
    firing_rate: Float[Array, " layers"]
    spike_losses: SpikeLosses | None = None
    counts: UpdateCounts | None = None


@runtime_checkable
class StartRule(Protocol):
    """(key, network, feedback_scale, feedback) -> state; the projection is as yet without its matrices."""

    def __call__(
        self,
        key: PRNGKeyArray,
        network: SpikingNetwork | EventNetwork,
        feedback_scale: Scalar,
        feedback: AbstractProjection | None,
        /,
    ) -> RuleState: ...


@runtime_checkable
class UpdateRule(Protocol):
    """(network, parameters, batch, device, state, key) -> (update, state); the device is never closed over."""

    def __call__(
        self,
        network: SpikingNetwork | EventNetwork,
        parameters: NetworkParameters,
        batch: Batch,
        device: AbstractDevice | None,
        state: RuleState,
        /,
        *,
        key: PRNGKeyArray,
    ) -> tuple[RuleUpdate, RuleState]: ...


class LearningRule(eqx.Module):
    """A learning rule: pure functions, as optax has them, and how the error gets back.

    **Arguments:**

    - `name`, `start`, `update`: structure.
    - `feedback`: the projection that `start` draws for each hidden layer, None for rules without feedback. Its numbers
      are leaves, so that a search may vary them; `dataclasses.replace(adfa(), feedback=...)` puts in another one.
    - `error`: one of `ERRORS`, when `update` takes the error; structure.
    - `gate`: thresholds, leaves as well, below which updates are skipped; with them weight updates are counted.
    - `needs_device`: whether `update` cannot do without a backward device; structure.
    """

    name: str = eqx.field(static=True)
    start: StartRule = eqx.field(static=True)
    update: UpdateRule = eqx.field(static=True)
    feedback: AbstractProjection | None = None
    error: str = eqx.field(static=True, default="final")
    gate: UpdateGate | None = None
    needs_device: bool = eqx.field(static=True, default=False)

    def init(self, key: PRNGKeyArray, network: SpikingNetwork | EventNetwork, feedback_scale: Scalar) -> RuleState:
        """The state before the first update, its feedback drawn from `key`."""
        return self.start(key, network, feedback_scale, self.feedback)._replace(gate=self.gate)


def output_error(objective: Objective, outputs: Float[Array, "batch classes"]) -> Float[Array, "batch classes"]:
    """e = dL/do of each sample's own loss."""
    return jax.grad(lambda values: jnp.sum(objective(values)))(outputs)


def following(state: RuleState, parameters: NetworkParameters) -> RuleState:
    """The state at these parameters: feedback that is made of the forward weights is made anew."""
    weights = parameters.weights
    return state._replace(
        feedback=tuple(one.following(weights[layer + 1 :]) for layer, one in enumerate(state.feedback))
    )
