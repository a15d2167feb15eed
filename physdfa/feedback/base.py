"""What every projection promises: it draws what is random once, then brings output errors to a hidden layer."""

import abc
import math
from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.errors import InputError
from physdfa.parts import check_declared

FLOAT_BITS = 32.0
"""Bits of an error that is projected as it is."""

Matrix = Float[Array, "*population neurons classes"]
"""B: its row i brings the error of each class to hidden neuron i."""


class AbstractProjection(eqx.Module):
    """The way back from the output error e to one hidden layer. Ideally it is e B^T, B fixed, random and never trained.

    What is learned, or made of the forward weights, says so.

    The numbers of a projection are leaves declared with `parameter(...)`, as those of a device. A projection is made
    without its matrix; `drawn` returns one that has it, for one layer of one run.

    **Raises:** `InputError` (a `ValueError`) at construction, if a declared number leaves its range.
    """

    def __check_init__(self):
        check_declared(self)

    def for_neurons(self, shape: tuple[int, ...]) -> "AbstractProjection":
        """The projection to neurons that form this shape, asked before it is drawn: itself, unless it matters.

        **Arguments:**

        - `shape`: their number; or height, width and channels of a convolutional layer.
        """
        del shape
        return self

    @abc.abstractmethod
    def drawn(self, key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar) -> "AbstractProjection":
        """The projection with its random parts drawn from `key`; B has the spread feedback_scale / sqrt(classes)."""

    @abc.abstractmethod
    def project(
        self, error: Float[Array, "batch classes"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "batch neurons"]:
        """The projected error; noiseless without a key, the same noise for the same key."""

    def following(self, paths: Float[Array, "neurons classes"]) -> "AbstractProjection":
        """The projection at the present weights: itself, unless B is made of them.

        **Arguments:**

        - `paths`: (W^L ... W^{l+1})^T, the weights of all paths from each neuron of its layer to each output, summed.
        """
        del paths
        return self

    @abc.abstractmethod
    def arrays(self) -> dict[str, Array]:
        """What was drawn, by name: what a checkpoint keeps. "matrix" is the B that the ideal projection has."""

    def connections(self, neurons: int, classes: int) -> float:
        """Entries of B that are built: all of them, unless the projection is a sparse one."""
        return float(neurons * classes)

    def bits(self, neurons: int, classes: int, *, per_error: float = FLOAT_BITS) -> float:
        """Bits moved to bring the error of one sample to so many neurons: each error once per connection.

        **Arguments:**

        - `per_error`: bits of one error as it is shown to the projection.
        """
        return per_error * self.connections(neurons, classes)

    def check_sizes(self, neurons: int, classes: int) -> None:
        """**Raises:** `InputError`, if it cannot bring the errors of so many classes to so many neurons."""
        del neurons, classes


def draw_layers(
    projection: AbstractProjection,
    key: PRNGKeyArray,
    shapes: Sequence[tuple[int, ...]],
    num_classes: int,
    feedback_scale: Scalar,
) -> tuple[AbstractProjection, ...]:
    """One projection per hidden layer, each drawn from a key of its own; `shapes` of their neurons."""
    keys = jax.random.split(key, len(shapes))
    return tuple(
        projection.for_neurons(shape).drawn(k, math.prod(shape), num_classes, feedback_scale)
        for k, shape in zip(keys, shapes, strict=True)
    )


def normal_matrix(
    key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar
) -> Float[Array, "{neurons} {classes}"]:
    """Independent normal entries of mean 0 and standard deviation feedback_scale / sqrt(classes)."""
    spread = feedback_scale / jnp.sqrt(float(classes))
    return spread * jax.random.normal(key, (neurons, classes))


def drawn_part(values: Array | None) -> Array:
    """What `drawn` has set.

    **Raises:** `InputError`, if it has not been called.
    """
    if values is None:
        raise InputError("this projection has no matrix yet: call `drawn(key, neurons, classes, scale)` first.")
    return values


def largest_error(error: Float[Array, "batch classes"]) -> Float[Array, "batch 1"]:
    """max_j |e_j| of each sample: what makes the errors shown to hardware fill its range -1 ... 1."""
    return jnp.max(jnp.abs(error), axis=1, keepdims=True)


def divided(error: Float[Array, "batch classes"], largest: Float[Array, "batch 1"]) -> Float[Array, "batch classes"]:
    """e / max |e|, between -1 and 1; 0 where all errors of the sample are 0."""
    return error / jnp.where(largest >= jnp.finfo(jnp.float32).tiny, largest, 1.0)
