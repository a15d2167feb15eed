"""What a network learns: weights and biases, and how they start."""

from itertools import pairwise
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar


class NetworkParameters(NamedTuple):
    """Weights [post pre] and biases [post] of every layer, the readout last."""

    weights: tuple[Float[Array, "post pre"], ...]
    biases: tuple[Float[Array, " post"], ...]


def initial_parameters(key: PRNGKeyArray, layer_sizes: tuple[int, ...], weight_scale: Scalar) -> NetworkParameters:
    """Normal weights of standard deviation weight_scale / sqrt(fan_in), biases 0.

    **Arguments:**

    - `layer_sizes`: inputs, hidden layers, classes.
    - `weight_scale`: 1 keeps the input current's spread at the spread of the activity.
    """
    keys = jax.random.split(key, len(layer_sizes) - 1)
    pairs = pairwise(layer_sizes)
    weights = tuple(
        weight_scale / jnp.sqrt(float(pre)) * jax.random.normal(k, (post, pre))
        for k, (pre, post) in zip(keys, pairs, strict=True)
    )
    return NetworkParameters(weights, tuple(jnp.zeros(weight.shape[0]) for weight in weights))


def affine(
    parameters: NetworkParameters, layer: int, presynaptic: Float[Array, "batch pre"], bias_share: float | Scalar = 1.0
) -> Float[Array, "batch post"]:
    """presynaptic W^T + bias_share * b of one layer, counted from 0."""
    return presynaptic @ parameters.weights[layer].T + bias_share * parameters.biases[layer][None]
