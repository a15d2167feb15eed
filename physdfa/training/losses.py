"""Losses per sample, from the outputs and the labels."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from physdfa.arrays import Scalar

Loss = Callable[[Float[Array, "batch classes"], Int[Array, " batch"], float], Float[Array, " batch"]]
"""(outputs, labels, target) -> loss of each sample; `target` is the output wanted of the true class."""


def cross_entropy(
    outputs: Float[Array, "batch classes"], labels: Int[Array, " batch"], target: float
) -> Float[Array, " batch"]:
    """-log softmax(o)_label, the outputs taken as logits; `target` is not used."""
    del target
    log_shares = jax.nn.log_softmax(outputs, axis=-1)
    return -jnp.take_along_axis(log_shares, labels[:, None], axis=-1)[:, 0]


def mean_squared_error(
    outputs: Float[Array, "batch classes"], labels: Int[Array, " batch"], target: float
) -> Float[Array, " batch"]:
    """mean over the classes of (o - target * onehot(label))^2."""
    wanted = target * jax.nn.one_hot(labels, outputs.shape[-1], dtype=outputs.dtype)
    return jnp.mean((outputs - wanted) ** 2, axis=-1)


def spike_count(
    outputs: Float[Array, "batch classes"],
    labels: Int[Array, " batch"],
    wanted_true: Scalar | float,
    wanted_false: Scalar | float,
) -> Float[Array, " batch"]:
    """half the sum over the classes of (o - wanted)^2, o spike counts: `wanted_true` of the label, else `wanted_false`.

    **Source:** Bacho & Chu, arXiv:2403.08804, eq. 10; the factor 1/2 as in the authors' programs.
    """
    is_label = labels[:, None] == jnp.arange(outputs.shape[-1])[None]
    return 0.5 * jnp.sum((outputs - jnp.where(is_label, wanted_true, wanted_false)) ** 2, axis=-1)


LOSSES: dict[str, Loss] = {"cross_entropy": cross_entropy, "mse": mean_squared_error}
