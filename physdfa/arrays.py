"""Array types shared by every room, and the one way a Python number becomes an array leaf."""

import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Float

Signal = Float[Array, "*shape"]
"""What flows through a device: any shape, elementwise."""

Scalar = Float[Array, ""]
"""A physical parameter: an array leaf, so that a search may map over it without a recompilation."""


def as_scalar(value: ArrayLike) -> Array:
    """`value` as a float32 array leaf; a population of values keeps its leading axes."""
    return jnp.asarray(value, dtype=jnp.float32)
