"""Dense feedback: one fixed random matrix B per hidden layer, drawn once and never trained."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar


def dense_feedback(
    key: PRNGKeyArray, hidden_sizes: Sequence[int], num_classes: int, feedback_scale: Scalar
) -> tuple[Float[Array, "_ classes"], ...]:
    """Normal feedback matrices of standard deviation feedback_scale / sqrt(num_classes), one per hidden layer.

    The projected error is e B^T, so B has the shape of the transposed output weights.

    **Source:** Nøkland, NeurIPS 2016, where B is uniform; normal here.
    """
    keys = jax.random.split(key, len(hidden_sizes))
    spread = feedback_scale / jnp.sqrt(float(num_classes))
    return tuple(spread * jax.random.normal(k, (size, num_classes)) for k, size in zip(keys, hidden_sizes, strict=True))
