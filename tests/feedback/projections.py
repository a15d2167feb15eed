"""Errors as a softmax leaves them, and drawn projections, with nominal values."""

import jax
import jax.numpy as jnp

from physdfa.feedback import AbstractProjection, DenseProjection

KEY = jax.random.key(3)
NEURONS, CLASSES = 40, 10


def make_error(batch: int = 6, classes: int = CLASSES, seed: int = 0):
    """Shares of a softmax less the wanted class: rows that sum to 0."""
    shares = jax.nn.softmax(2.0 * jax.random.normal(jax.random.key(seed), (batch, classes)))
    return shares - jnp.eye(classes)[jnp.arange(batch) % classes]


def draw(projection: AbstractProjection, *, neurons: int = NEURONS, classes: int = CLASSES, scale: float = 1.0):
    return projection.drawn(KEY, neurons, classes, jnp.asarray(scale))


def dense(**values) -> DenseProjection:
    """The ideal projection from the same key."""
    return draw(DenseProjection(), **values)
