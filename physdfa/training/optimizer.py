"""How a gradient changes the parameters: by a named optimiser, or by any transformation of optax."""

import abc
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, ArrayLike, Int

from physdfa.arrays import Scalar, as_scalar
from physdfa.errors import InputError, unknown_name
from physdfa.network import NetworkParameters
from physdfa.parts import ParameterValue, check_declared, parameter
from physdfa.parts.objects import check_object
from physdfa.training.directions import OPTIMIZERS, AbstractDirection
from physdfa.training.transformations import Transformation

SCHEDULES = ("constant", "cosine")


class AbstractOptimizer(eqx.Module):
    """What a training asks of its optimiser: a state, and the parameters after one step."""

    @abc.abstractmethod
    def init(self, parameters: NetworkParameters) -> optax.OptState:
        """The optimiser's state before the first step."""

    @abc.abstractmethod
    def update(
        self,
        gradient: NetworkParameters,
        state: optax.OptState,
        parameters: NetworkParameters,
        step: Int[Array, ""],
        total_steps: Int[Array, ""],
    ) -> tuple[NetworkParameters, optax.OptState]:
        """The parameters and the state after the step `step` (from 0) of `total_steps`."""

    def averaged(self, parameters: NetworkParameters, state: optax.OptState) -> NetworkParameters:
        """The parameters to test, keep and hand on, after updates that left these: the same, unless it averages."""
        del state
        return parameters


class Averaging(NamedTuple):
    """The state of an optimiser that averages the parameters: that of its direction, and the mean so far."""

    direction: optax.OptState
    mean: NetworkParameters


class Optimizer(AbstractOptimizer):
    """w <- w - rate(step) * direction, the direction from one of `OPTIMIZERS`; every number is an array leaf.

    schedule "constant": rate = learning_rate; "cosine": rate = learning_rate (1 + cos(pi step / total_steps)) / 2.
    With warm-up, the rate is also multiplied by min(1, (step + 1) / (warmup total_steps)).
    With averaging, m <- m + (w - m) / min(step + 1, max(1, average total_steps)) after each step: the plain mean of all
    weights so far, and later an exponential one. Training goes on from w; m is what is tested and kept.

    **Arguments:**

    - `direction`: one of these, or its name, with the defaults of its numbers.
    - `learning_rate`: >= 0.
    - `clip`: the largest norm of the gradient over all layers, > 0: a longer one is shortened to it; None for no limit.
    - `warmup`: share of all steps over which the rate rises to its course, 0 ... 1.
    - `average`: share of all steps over which the weights are averaged, above 0 ... 1; None for no average.

    **Raises:** `InputError` for an unknown name, or a number out of its range.

    **Source:** averaging: Polyak & Juditsky, SIAM J. Control Optim. 30, 838 (1992); its exponential end is ours.
    """

    direction: AbstractDirection
    schedule: str = eqx.field(static=True, default="constant")
    learning_rate: Scalar = eqx.field(converter=as_scalar, default=1e-3)
    clip: ParameterValue | None = parameter(
        default=None, unit="", low=0.0, low_open=True, typical=(0.01, 10.0), meaning="the largest norm of the gradient"
    )
    warmup: ParameterValue = parameter(
        default=0.0, unit="", low=0.0, high=1.0, typical=(0.0, 0.2), meaning="the share of all steps that warm up"
    )
    average: ParameterValue | None = parameter(
        default=None,
        unit="",
        low=0.0,
        low_open=True,
        high=1.0,
        typical=(0.01, 0.3),
        meaning="the share of all steps over which the weights are averaged",
    )

    def __init__(
        self,
        direction: str | AbstractDirection = "adam",
        schedule: str = "constant",
        learning_rate: ArrayLike = 1e-3,
        *,
        clip: ArrayLike | None = None,
        warmup: ArrayLike = 0.0,
        average: ArrayLike | None = None,
    ):
        self.direction = OPTIMIZERS.find(direction)() if isinstance(direction, str) else direction
        check_object("direction", self.direction, AbstractDirection, 'training.Adam(), or a name such as "adam"')
        self.schedule = schedule
        self.learning_rate = as_scalar(learning_rate)
        # The fields convert them.
        self.clip, self.warmup, self.average = clip, warmup, average  # pyright: ignore[reportAttributeAccessIssue]

    def __check_init__(self):
        if self.schedule not in SCHEDULES:
            raise InputError(f"`schedule`: {unknown_name('schedule', self.schedule, SCHEDULES)}")
        check_declared(self)

    def _transformation(self) -> optax.GradientTransformation:
        direction = self.direction.transformation()
        if self.clip is None:
            return direction
        return optax.chain(optax.clip_by_global_norm(self.clip), direction)  # pyright: ignore[reportArgumentType]

    def init(self, parameters: NetworkParameters) -> optax.OptState:
        """The optimiser's state before the first step."""
        state = self._transformation().init(parameters)
        return state if self.average is None else Averaging(state, parameters)

    def averaged(self, parameters: NetworkParameters, state: optax.OptState) -> NetworkParameters:
        """The mean of the parameters over the last steps, or without averaging these."""
        return state.mean if isinstance(state, Averaging) else parameters

    def rate(self, step: Int[Array, ""], total_steps: Int[Array, ""]) -> Scalar:
        """The learning rate at `step` (from 0) of `total_steps`."""
        rate = self.learning_rate
        if self.schedule == "cosine":
            progress = jnp.minimum(step / jnp.maximum(total_steps, 1), 1.0)
            rate = rate * (1 + jnp.cos(jnp.pi * progress)) / 2
        # Of 0 steps the first is already beyond the last.
        return rate * jnp.minimum((step + 1) / jnp.maximum(self.warmup * total_steps, 1.0), 1.0)

    def update(
        self,
        gradient: NetworkParameters,
        state: optax.OptState,
        parameters: NetworkParameters,
        step: Int[Array, ""],
        total_steps: Int[Array, ""],
    ) -> tuple[NetworkParameters, optax.OptState]:
        """The parameters and the state after one step."""
        mean, before = (state.mean, state.direction) if isinstance(state, Averaging) else (None, state)
        direction, after = self._transformation().update(gradient, before, parameters)
        rate = self.rate(step, total_steps)
        parameters = jax.tree.map(lambda value, change: value - rate * change, parameters, direction)
        if self.average is None:
            return parameters, after
        share = 1 / jnp.minimum(step + 1.0, jnp.maximum(self.average * total_steps, 1.0))
        return parameters, Averaging(after, jax.tree.map(lambda m, w: m + share * (w - m), mean, parameters))


class OptaxOptimizer(AbstractOptimizer):
    """Any transformation of optax, learning rate and schedules included: w <- w + its update.

    Its numbers are constants of the compiled program, which is shared with every training that has the same ones: see
    `Transformation`. To vary numbers within one program, take `Optimizer`.
    """

    transformation: Transformation = eqx.field(static=True)

    def init(self, parameters: NetworkParameters) -> optax.OptState:
        """The transformation's own state."""
        return self.transformation.functions.init(parameters)

    def update(
        self,
        gradient: NetworkParameters,
        state: optax.OptState,
        parameters: NetworkParameters,
        step: Int[Array, ""],
        total_steps: Int[Array, ""],
    ) -> tuple[NetworkParameters, optax.OptState]:
        """The parameters and the state after one step; schedules of optax count their steps themselves."""
        del step, total_steps
        updates, state = self.transformation.functions.update(gradient, state, parameters)
        return jax.tree.map(jnp.add, parameters, updates), state


def as_optimizer(value: AbstractOptimizer | optax.GradientTransformation) -> AbstractOptimizer:
    """An optimiser as it is, or a transformation of optax as one."""
    return OptaxOptimizer(Transformation(value)) if isinstance(value, optax.GradientTransformation) else value
