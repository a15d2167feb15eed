"""What a network learns: weights and biases, and how they start."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.network.connections import AbstractConnections


class NetworkParameters(NamedTuple):
    """Weights [units fan_in] and biases [units] of every layer, the readout last; a unit is a neuron or a channel."""

    weights: tuple[Float[Array, "units fan_in"], ...]
    biases: tuple[Float[Array, " units"], ...]


def initial_parameters(
    key: PRNGKeyArray, connections: Sequence[AbstractConnections], weight_scale: Scalar
) -> NetworkParameters:
    """Normal weights of standard deviation weight_scale / sqrt(fan_in), biases 0.

    **Arguments:**

    - `connections`: of all layers, the readout last.
    - `weight_scale`: 1 keeps the input current's spread at the spread of the activity.
    """
    keys = jax.random.split(key, len(connections))
    weights = tuple(
        weight_scale / jnp.sqrt(float(layer.fan_in)) * jax.random.normal(k, (layer.units, layer.fan_in))
        for k, layer in zip(keys, connections, strict=True)
    )
    return NetworkParameters(weights, tuple(jnp.zeros(weight.shape[0]) for weight in weights))


def paths_to_outputs(
    connections: Sequence[AbstractConnections], parameters: NetworkParameters
) -> tuple[Float[Array, "_ classes"], ...]:
    """(W^L ... W^{l+1})^T of each hidden layer l: the weights of all paths from its neurons to each output, summed."""
    behind, paths = jnp.eye(connections[-1].post), []
    for layer, weight in zip(connections[:0:-1], parameters.weights[:0:-1], strict=True):
        behind = layer.transposed(weight, behind)
        paths.append(behind.T)
    return tuple(reversed(paths))
