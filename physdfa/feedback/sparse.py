"""Sparse feedback: only some of the connections of B are built, in one of four patterns.

    p = e B^T,   B_ij = m_ij b_ij gain_i,   m_ij = 1 where the connection is built, else 0

b is the matrix of `DenseProjection` from the same key, of spread s = feedback_scale / sqrt(classes), and the gain keeps
the mean of B_ij^2 at s^2, so that the projected error has the variance of the dense one. Of a pattern with k_i
connections to neuron i, gain_i = sqrt(classes / k_i); with all connections B is dense bit for bit.

With `entries = "ternary"` the values, too, are reduced, to -s gain_i and +s gain_i with the signs of b: the feedback
matrix then has the three values -1, 0 and 1 but for a factor.

**Source:** Crafton, Parihar, Gebhardt & Raychowdhury, Front. Neurosci. 13, 525 (2019): a fixed number of connections of
each neuron, down to one. The random share, the blocks, the balance of the single entries, and the gains are ours.
"""

import abc
import dataclasses
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.errors import InputError
from physdfa.feedback.base import AbstractProjection, Matrix, drawn_part, normal_matrix
from physdfa.parts import ParameterValue, option, parameter

ENTRIES = ("normal", "ternary")

_MASK = 0x6D61_736B
"""What the key of a matrix is folded with for its mask."""


def _entries() -> Any:
    return option(
        default="normal", choices=ENTRIES, meaning="the value of a kept connection: normal, or one of two signs"
    )


class AbstractSparseProjection(AbstractProjection):
    """A digital projection of which only some connections are built; see the head of this file."""

    entries: eqx.AbstractVar[str]
    matrix: eqx.AbstractVar[Matrix | None]

    @abc.abstractmethod
    def pattern(
        self, key: PRNGKeyArray, neurons: int, classes: int
    ) -> tuple[Bool[Array, "neurons classes"], Float[Array, "..."]]:
        """The mask m, and the gain, which is one number or one [neurons 1] for each neuron."""

    def drawn(
        self, key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar
    ) -> "AbstractSparseProjection":
        """B, zeros included of mean square feedback_scale^2 / classes."""
        mask, gain = self.pattern(jax.random.fold_in(key, _MASK), neurons, classes)
        values = normal_matrix(key, neurons, classes, feedback_scale)
        if self.entries == "ternary":
            spread = feedback_scale / jnp.sqrt(float(classes))
            values = jnp.where(values < 0, -spread, spread)
        return dataclasses.replace(self, matrix=jnp.where(mask, values * gain, 0.0))

    def project(
        self, error: Float[Array, "batch classes"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "batch neurons"]:
        """e B^T."""
        del key  # noiseless
        return error @ drawn_part(self.matrix).T

    def arrays(self) -> dict[str, Array]:
        """The matrix B."""
        return {"matrix": drawn_part(self.matrix)}


class SparseProjection(AbstractSparseProjection):
    """Each connection is kept with the chance `share`, independently: gain = 1 / sqrt(share).

    A neuron is left without any feedback with the chance (1 - share)^classes.

    **Arguments:**

    - `share`: of the connections that are kept, > 0 and <= 1. It acts when the matrix is drawn.
    - `entries`: "normal" or "ternary".
    """

    share: ParameterValue = parameter(
        default=0.5,
        unit="",
        low=0.0,
        low_open=True,
        high=1.0,
        typical=(0.1, 1.0),
        meaning="the share of connections kept",
    )
    entries: str = _entries()
    matrix: Matrix | None = None

    def pattern(
        self, key: PRNGKeyArray, neurons: int, classes: int
    ) -> tuple[Bool[Array, "neurons classes"], Float[Array, "..."]]:
        """Independent draws."""
        return jax.random.uniform(key, (neurons, classes)) < self.share, 1.0 / jnp.sqrt(self.share)

    def connections(self, neurons: int, classes: int) -> float:
        """On average."""
        return neurons * classes * float(self.share)


class FanInProjection(AbstractSparseProjection):
    """Each neuron has exactly `fan_in` connections, from classes drawn for it: gain = sqrt(classes / fan_in).

    **Arguments:**

    - `fan_in`: connections of a neuron, a whole number from 1 to the number of classes, where it is dense.
    - `entries`: "normal" or "ternary".
    """

    fan_in: ParameterValue = parameter(
        default=1.0,
        unit="",
        low=1.0,
        typical=(1.0, 3.0),
        meaning="the number of connections of each neuron",
        whole=True,
    )
    entries: str = _entries()
    matrix: Matrix | None = None

    def pattern(
        self, key: PRNGKeyArray, neurons: int, classes: int
    ) -> tuple[Bool[Array, "neurons classes"], Float[Array, "..."]]:
        """The `fan_in` first classes of an order drawn for each neuron."""
        places = jax.random.uniform(key, (neurons, classes))
        ranks = jnp.argsort(jnp.argsort(places, axis=1), axis=1)  # so that `fan_in` may be a leaf
        mask = ranks < self.fan_in
        return mask, _gain(mask)

    def connections(self, neurons: int, classes: int) -> float:
        """Exact number of connections."""
        return neurons * float(self.fan_in)

    def check_sizes(self, neurons: int, classes: int) -> None:
        """**Raises:** `InputError`, if a neuron would have more connections than there are classes."""
        if float(self.fan_in) > classes:
            raise InputError(
                f"`fan_in` = {float(self.fan_in):g}: the feedback would be denser than its matrix, in which a neuron "
                f"has {classes} connections, one for each class; set it to {classes} (dense) or less."
            )


class SingleEntryProjection(AbstractSparseProjection):
    """Neuron i has one connection, from the class i modulo classes: gain = sqrt(classes).

    So every class reaches equally many neurons, give or take one, which a fan-in of 1 does on average only.

    **Arguments:**

    - `entries`: "normal" or "ternary".
    """

    entries: str = _entries()
    matrix: Matrix | None = None

    def pattern(
        self, key: PRNGKeyArray, neurons: int, classes: int
    ) -> tuple[Bool[Array, "neurons classes"], Float[Array, "..."]]:
        """Nothing is drawn: which neuron has which class is no matter, as their weights are alike."""
        del key
        mask = jnp.arange(neurons)[:, None] % classes == jnp.arange(classes)[None, :]
        return mask, _gain(mask)

    def connections(self, neurons: int, classes: int) -> float:
        """Exact number of connections."""
        return float(neurons)


class BlockProjection(AbstractSparseProjection):
    """Blocks of neurons see blocks of classes: m_ij = 1 where floor(i blocks / neurons) = floor(j blocks / classes).

    Blocks are equal but for the remainder of the division. gain_i = sqrt(classes / classes in the block of i).

    **Arguments:**

    - `blocks`: a whole number from 1, where it is dense, to the number of classes, and of neurons.
    - `entries`: "normal" or "ternary".
    """

    blocks: ParameterValue = parameter(
        default=2.0,
        unit="",
        low=1.0,
        typical=(1.0, 3.0),
        meaning="the number of blocks of neurons and of classes",
        whole=True,
    )
    entries: str = _entries()
    matrix: Matrix | None = None

    def pattern(
        self, key: PRNGKeyArray, neurons: int, classes: int
    ) -> tuple[Bool[Array, "neurons classes"], Float[Array, "..."]]:
        """Nothing is drawn."""
        del key
        # Whole numbers: a compiler may make a division by a constant a product that falls below the next block.
        blocks = jnp.round(self.blocks).astype(jnp.int32)
        of_neurons, of_classes = (jnp.arange(count) * blocks // count for count in (neurons, classes))
        mask = of_neurons[:, None] == of_classes[None, :]
        return mask, _gain(mask)

    def connections(self, neurons: int, classes: int) -> float:
        """Exact number of connections."""
        return float(jnp.sum(self.pattern(jax.random.key(0), neurons, classes)[0]))

    def check_sizes(self, neurons: int, classes: int) -> None:
        """**Raises:** `InputError`, if a block would have no class or no neuron."""
        most = min(neurons, classes)
        if float(self.blocks) > most:
            raise InputError(
                f"`blocks` = {float(self.blocks):g}: a block would be left without a class or a neuron, of which there "
                f"are {classes} and {neurons}; set it to {most} or less."
            )


def _gain(mask: Bool[Array, "neurons classes"]) -> Float[Array, "neurons 1"]:
    """sqrt(classes / connections) of each neuron: 1 where it has all of them."""
    built = jnp.sum(mask, axis=1, keepdims=True).astype(jnp.float32)
    return jnp.sqrt(mask.shape[1] / jnp.maximum(built, 1.0))
