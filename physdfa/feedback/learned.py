"""Feedback that is learned from what a perturbation of the hidden neurons does to the outputs; and its fixed twin."""

import dataclasses
from typing import Any, cast

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.feedback.base import AbstractProjection, Matrix, drawn_part
from physdfa.parts import ParameterValue, option, parameter

FEEDBACK_OPTIMIZERS = ("average", "adam")


class UniformProjection(AbstractProjection):
    """p = e B^T with B uniform between -feedback_scale and feedback_scale, drawn once and never trained.

    **Source:** Bacho & Chu, arXiv:2403.08804, whose DFA has the scale 1.
    """

    matrix: Matrix | None = None

    def drawn(self, key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar) -> "UniformProjection":
        """B, uniform."""
        matrix = feedback_scale * jax.random.uniform(key, (neurons, classes), minval=-1.0, maxval=1.0)
        return dataclasses.replace(self, matrix=matrix)

    def project(
        self, error: Float[Array, "batch classes"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "batch neurons"]:
        """e B^T."""
        del key  # noiseless
        return error @ drawn_part(self.matrix).T

    def arrays(self) -> dict[str, Array]:
        """The matrix B."""
        return {"matrix": drawn_part(self.matrix)}


class LearnedProjection(AbstractProjection):
    """p = e B^T with B a running mean of what the outputs make of a perturbation p_i of each hidden neuron i.

    average   B_io <- (1 - rate) B_io + rate <Gamma_o p_i>       < >: over the samples in which i fired
    adam      an Adam step of size `rate` with the gradient B_io - <Gamma_o p_i>

    It starts at 0. With p of variance 1, <Gamma_o p_i> is on average the weight from i to o (through hidden layers, of
    all paths), times the share of the presentations in which the perturbation reaches a spike of o at all.

    **Arguments:**

    - `rate`: 0 ... 1; at 0 nothing is learned.
    - `optimizer`: "average" or "adam".

    **Source:** Bacho & Chu, arXiv:2403.08804, eq. 7 (the exponential average, as in the authors' programs; their text
    speaks of Adam). The mean over the batch is ours.
    """

    rate: ParameterValue = parameter(
        default=1e-4,
        unit="",
        low=0.0,
        high=1.0,
        typical=(1e-5, 1e-2),
        meaning="the share of the feedback that each update renews",
    )
    optimizer: str = option(default="average", choices=FEEDBACK_OPTIMIZERS, meaning="how the feedback moves")
    matrix: Matrix | None = None
    moments: Any = None

    def drawn(self, key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar) -> "LearnedProjection":
        """B = 0: what it becomes is not drawn, but learned."""
        del key, feedback_scale
        matrix = jnp.zeros((neurons, classes))
        moments = optax.scale_by_adam().init(matrix) if self.optimizer == "adam" else None
        return dataclasses.replace(self, matrix=matrix, moments=moments)

    def project(
        self, error: Float[Array, "batch classes"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "batch neurons"]:
        """e B^T."""
        del key  # noiseless
        return error @ drawn_part(self.matrix).T

    def arrays(self) -> dict[str, Array]:
        """B, as it is now."""
        return {"matrix": drawn_part(self.matrix)}

    def learned(
        self,
        perturbation: Float[Array, "batch neurons"],
        fired: Float[Array, "batch neurons"],
        delivered: Float[Array, "batch classes"],
    ) -> "LearnedProjection":
        """The feedback after one batch; that of neurons which did not fire in it stays.

        **Arguments:**

        - `perturbation`: p_i; `fired`: 1 where neuron i fired, else 0; `delivered`: Gamma_o, the grades that came out.
        """
        matrix = drawn_part(self.matrix)
        times_fired = jnp.sum(fired, axis=0)[:, None]
        mean = (perturbation * fired).T @ delivered / jnp.maximum(times_fired, 1.0)
        gradient = jnp.where(times_fired > 0, matrix - mean, 0.0)
        if self.optimizer == "average":
            return eqx.tree_at(lambda one: one.matrix, self, matrix - self.rate * gradient)
        direction, moments = optax.scale_by_adam().update(gradient, self.moments)
        matrix = matrix - self.rate * jnp.where(times_fired > 0, cast(Array, direction), 0.0)
        return eqx.tree_at(lambda one: (one.matrix, one.moments), self, (matrix, moments))
