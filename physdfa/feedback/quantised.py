"""Output errors of few levels, before any matrix: what a mirror array or a converter can show to it."""

import abc
import dataclasses

import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.feedback.base import FLOAT_BITS, AbstractProjection, divided, largest_error
from physdfa.feedback.dense import DenseProjection
from physdfa.feedback.rounding import MOST_BITS, rounded_around_0
from physdfa.parts import ParameterValue, parameter


class AbstractCoarseError(AbstractProjection):
    """Any `projection` of an error that is first reduced to few levels, sample by sample."""

    projection: AbstractProjection = DenseProjection()

    @abc.abstractmethod
    def shown(self, error: Float[Array, "batch classes"]) -> Float[Array, "batch classes"]:
        """The error as the projection sees it."""

    def for_neurons(self, shape: tuple[int, ...]) -> "AbstractCoarseError":
        """The inner projection to such neurons."""
        return dataclasses.replace(self, projection=self.projection.for_neurons(shape))

    def drawn(self, key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar) -> "AbstractCoarseError":
        """The inner projection, drawn."""
        return dataclasses.replace(self, projection=self.projection.drawn(key, neurons, classes, feedback_scale))

    def project(
        self, error: Float[Array, "batch classes"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "batch neurons"]:
        """The projection of the error shown."""
        return self.projection.project(self.shown(error), key=key)

    def arrays(self) -> dict[str, Array]:
        """Those of the inner projection."""
        return self.projection.arrays()

    def connections(self, neurons: int, classes: int) -> float:
        """Those of the inner projection."""
        return self.projection.connections(neurons, classes)

    @property
    @abc.abstractmethod
    def error_resolution(self) -> float:
        """Bits of the error that is shown."""

    def bits(self, neurons: int, classes: int, *, per_error: float = FLOAT_BITS) -> float:
        """Those of the inner projection, of errors with fewer bits."""
        return self.projection.bits(neurons, classes, per_error=min(per_error, self.error_resolution))

    def check_sizes(self, neurons: int, classes: int) -> None:
        """As the inner projection does."""
        self.projection.check_sizes(neurons, classes)


class TernaryError(AbstractCoarseError):
    """t_j = a sign(e_j) where |e_j| > threshold * max_k |e_k|, else 0; then any projection of t.

    a, one number per sample, is the mean |e_j| over the errors kept: of all multiples of the signs, the nearest to
    the kept errors (least squares). It is a factor of the sample and applied behind the optics. An error whose non-zero
    entries have one magnitude passes unchanged.

    A fresh network that tells K classes apart has errors of 1 / (K - 1) of the largest on every wrong class: a
    threshold below that keeps them all, and the ternary error is then far from the exact one.

    **Arguments:**

    - `projection`: what the ternary error goes through.
    - `error_threshold`: share of the sample's largest error up to which an error counts as 0, >= 0 and < 1.

    **Source:** Launay et al., arXiv:2012.06373 (ternary errors for an optical processor); the threshold relative to
    the sample's largest error and the amplitude are ours.
    """

    error_threshold: ParameterValue = parameter(
        default=0.3,
        unit="",
        low=0.0,
        high=1.0,
        high_open=True,
        typical=(0.0, 0.9),
        meaning="the share of the sample's largest error below which an error counts as 0",
    )

    @property
    def error_resolution(self) -> float:
        """-1, 0 and 1."""
        return 2.0

    def shown(self, error: Float[Array, "batch classes"]) -> Float[Array, "batch classes"]:
        """t, the error as the projection sees it."""
        largest = largest_error(error)
        signs = jnp.where(jnp.abs(error) > self.error_threshold * largest, jnp.sign(error), 0.0)
        share = divided(error, largest)  # so that no sum overflows
        mean = jnp.sum(share * signs, axis=1, keepdims=True) / jnp.maximum(
            jnp.sum(jnp.abs(signs), axis=1, keepdims=True), 1.0
        )
        return (largest * mean) * signs


class RoundedError(AbstractCoarseError):
    """q_j = m round(L e_j / m) / L,   m = max_k |e_k| of the sample,   L = 2^(bits - 1) - 1; then any projection of q.

    |q_j - e_j| <= m / (2 L). From 25 bits on, q = e bit for bit.

    **Arguments:**

    - `projection`: what the rounded error goes through.
    - `error_bits`: resolution of the converter, sign included, a whole number from 2 (levels -m, 0, m) to 32.
    """

    error_bits: ParameterValue = parameter(
        default=8.0,
        unit="",
        low=2.0,
        high=float(MOST_BITS),
        typical=(2.0, 6.0),
        meaning="the number of bits of the error that is projected, sign included",
        whole=True,
    )

    @property
    def error_resolution(self) -> float:
        """As `error_bits` says."""
        return float(self.error_bits)

    def shown(self, error: Float[Array, "batch classes"]) -> Float[Array, "batch classes"]:
        """q, the error as the projection sees it."""
        largest = largest_error(error)
        rounded = largest * rounded_around_0(divided(error, largest), self.error_bits)
        return jnp.where(self.error_bits > 24.0, error, rounded)  # dividing and multiplying back is not exact
