"""Optimisers from optax whose numbers are array leaves, so that a search may vary them without a recompilation."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int

from physdfa.arrays import Scalar, as_scalar
from physdfa.errors import InputError, unknown_name
from physdfa.network import NetworkParameters

OPTIMIZERS = ("adam", "adamw", "sgd")
SCHEDULES = ("constant", "cosine")


class Optimizer(eqx.Module):
    """w <- w - rate(step) * direction, the direction from optax.

    adam: Kingma & Ba 2015, beta = 0.9, 0.999, eps = 1e-8. adamw: Loshchilov & Hutter 2019, plus weight_decay * w.
    sgd: with momentum. schedule "cosine": rate = learning_rate (1 + cos(pi step / total_steps)) / 2.

    **Arguments:**

    - `name`: "adam", "adamw" or "sgd"; `schedule`: "constant" or "cosine".
    - `learning_rate`: >= 0; `momentum` (sgd): 0 ... 1; `weight_decay` (adamw): >= 0.
    """

    name: str = eqx.field(static=True, default="adam")
    schedule: str = eqx.field(static=True, default="constant")
    learning_rate: Scalar = eqx.field(converter=as_scalar, default=1e-3)
    momentum: Scalar = eqx.field(converter=as_scalar, default=0.9)
    weight_decay: Scalar = eqx.field(converter=as_scalar, default=0.0)

    def __check_init__(self):
        if self.name not in OPTIMIZERS:
            raise InputError(f"`optimizer`: {unknown_name('optimizer', self.name, OPTIMIZERS)}")
        if self.schedule not in SCHEDULES:
            raise InputError(f"`schedule`: {unknown_name('schedule', self.schedule, SCHEDULES)}")

    def _transform(self) -> optax.GradientTransformation:
        if self.name == "sgd":
            return optax.trace(decay=self.momentum)  # pyright: ignore[reportArgumentType]  (an array works, and is a leaf)
        if self.name == "adamw":
            return optax.chain(optax.scale_by_adam(), optax.add_decayed_weights(self.weight_decay))
        return optax.scale_by_adam()

    def init(self, parameters: NetworkParameters) -> optax.OptState:
        """The optimiser's state before the first step."""
        return self._transform().init(parameters)

    def rate(self, step: Int[Array, ""], total_steps: Int[Array, ""]) -> Scalar:
        """The learning rate at `step` (from 0) of `total_steps`."""
        if self.schedule == "constant":
            return self.learning_rate
        progress = jnp.minimum(step / jnp.maximum(total_steps, 1), 1.0)
        return self.learning_rate * (1 + jnp.cos(jnp.pi * progress)) / 2

    def update(
        self,
        gradient: NetworkParameters,
        state: optax.OptState,
        parameters: NetworkParameters,
        step: Int[Array, ""],
        total_steps: Int[Array, ""],
    ) -> tuple[NetworkParameters, optax.OptState]:
        """The parameters and the state after one step."""
        direction, state = self._transform().update(gradient, state, parameters)
        rate = self.rate(step, total_steps)
        return jax.tree.map(lambda value, change: value - rate * change, parameters, direction), state
