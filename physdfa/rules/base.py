"""The contract of a learning rule, and the words that all rules share."""

import abc
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.devices.base import AbstractDevice
from physdfa.feedback import AbstractProjection, draw_layers
from physdfa.network import NetworkParameters, SpikingNetwork, paths_to_outputs
from physdfa.network.event import EventNetwork
from physdfa.neurons import AbstractNeuron
from physdfa.parts import check_declared, option
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


class AbstractRule(eqx.Module):
    """A learning rule: how the weights of a network change after a batch.

    The numbers of a rule are declared with `parameter(...)` and `option(...)`, as those of a device: parameters are
    leaves, which a search may vary within one compiled program; options are structure.

    What a rule says of itself, so that nobody else has to know it by name:

    - `name`: what it is called; `error`: when it takes the output error, one of `ERRORS`.
    - `projection`: what brings the error to each hidden layer, as yet without its matrices; None without feedback.
    - `chooses_projection`: whether that may be any other; then it is the field `feedback`.
    - `needs_device`: whether `update` cannot do without a backward device.
    - `reads`: which of the neuron's `surrogate` and `surrogate_width` its hidden layers depend on.
    - `neurons`: what its hidden neurons have to be: any, or those whose numbers its equations use.
    - `takes_convolutions`: whether its update multiplies by the `connections` of the network, as convolutional layers
      need, and not by its weights alone.
    - `takes_recurrence`: whether its update has a gradient for recurrent weights.
    - `event_neurons`: whether its network is an `EventNetwork`; `learns_hidden`: whether hidden layers change at all.
    - `kept_per_step`: what an update holds of every step; `step_over_products`: time of a training step over that of
      its matrix products, good to a factor of two (`benchmarks/`).

    **Raises:** `InputError` at construction, if a declared number leaves its range.
    """

    name: ClassVar[str] = "own"
    error: str = option(
        default="final", choices=ERRORS, meaning="when the output error is taken: after the last step, or at each step"
    )
    neurons: ClassVar[type[AbstractNeuron]] = AbstractNeuron
    takes_convolutions: ClassVar[bool] = False
    takes_recurrence: ClassVar[bool] = False
    event_neurons: ClassVar[bool] = False
    learns_hidden: ClassVar[bool] = True
    step_over_products: ClassVar[float] = 2.5

    def __check_init__(self):
        check_declared(self)

    @abc.abstractmethod
    def update(
        self,
        network: Any,
        parameters: NetworkParameters,
        batch: Batch,
        device: AbstractDevice | None,
        state: RuleState,
        /,
        *,
        key: PRNGKeyArray,
    ) -> tuple[RuleUpdate, RuleState]:
        """The update for one batch, and the state after it."""

    def init(self, key: PRNGKeyArray, network: SpikingNetwork | EventNetwork) -> RuleState:
        """The state before the first update: one projection per hidden layer, drawn from keys of their own."""
        if self.projection is None:
            return RuleState((), self.gate)
        *hidden, outputs = network.connections
        shapes = [layer.shape for layer in hidden]
        return RuleState(draw_layers(self.projection, key, shapes, outputs.post, self.scale), self.gate)

    @property
    def projection(self) -> AbstractProjection | None:
        """What brings the output error to each hidden layer; None for rules without feedback."""
        return None

    @property
    def chooses_projection(self) -> bool:
        """Whether the field `feedback` says what the projection is."""
        return False

    @property
    def scale(self) -> Scalar:
        """Spread of the drawn feedback times sqrt(classes)."""
        return jnp.float32(1.0)

    @property
    def gate(self) -> UpdateGate | None:
        """Thresholds below which updates are skipped; None where all are made and none is counted."""
        return None

    @property
    def needs_device(self) -> bool:
        """Whether there is no update without a backward device."""
        return False

    @property
    def reads(self) -> frozenset[str]:
        """Which of "surrogate" and "surrogate_width" of the neurons the hidden layers' updates depend on."""
        return frozenset()

    def remark(self) -> str | None:
        """What its user should know of a rule made like this, in one sentence."""
        return None

    def idle(self) -> dict[str, str]:
        """Why a declared number changes nothing beside the others as they are, by name."""
        return {}

    def kept_per_step(self, network: Any) -> float:
        """Numbers of 4 bytes held of every step and sample, to a factor of two."""
        del network
        return 0.0

    def floats_fed_back(self, network: Any, spikes: Sequence[float]) -> float:
        """Values that arrive over feedback connections per training sample, by the definition of the rule.

        As it stands, of direct feedback: each connection once per error.

        **Arguments:**

        - `spikes`: of a hidden neuron per sample, the mean of each hidden layer; read for event neurons only.
        """
        del spikes
        if self.projection is None:
            return 0.0
        _, *hidden, classes = network.layer_sizes
        errors = network.num_steps if self.error == "online" else 1
        return errors * sum(self.projection.connections(neurons, classes) for neurons in hidden)


def output_error(objective: Objective, outputs: Float[Array, "batch classes"]) -> Float[Array, "batch classes"]:
    """e = dL/do of each sample's own loss."""
    return jax.grad(lambda values: jnp.sum(objective(values)))(outputs)


def following(network: SpikingNetwork, parameters: NetworkParameters, state: RuleState) -> RuleState:
    """The state at these parameters: feedback that is made of the forward weights is made anew."""
    if not state.feedback:
        return state
    paths = paths_to_outputs(network.connections, parameters)
    return state._replace(
        feedback=tuple(one.following(behind) for one, behind in zip(state.feedback, paths, strict=True))
    )
