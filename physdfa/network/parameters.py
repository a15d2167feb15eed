"""What a network learns: weights and biases, and how they start."""

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.network.connections import AbstractConnections

RECURRENT = 0x7265_6375
"""What the key of a layer's weights is folded with for its recurrent ones, so that the others are as without them."""


class NetworkParameters(NamedTuple):
    """Weights [units fan_in] and biases [units] of every layer, the readout last; a unit is a neuron or a channel.

    The last columns of a recurrent layer are its recurrent weights.
    """

    weights: tuple[Float[Array, "units fan_in"], ...]
    biases: tuple[Float[Array, " units"], ...]


def initial_parameters(
    key: PRNGKeyArray,
    connections: Sequence[AbstractConnections],
    weight_scale: Scalar,
    recurrent_scale: Scalar | float = 1.0,
) -> NetworkParameters:
    """Normal weights of standard deviation weight_scale / sqrt(inputs), biases 0.

    Recurrent weights have the standard deviation recurrent_scale / sqrt(neurons), those of a neuron to itself are 0.

    **Arguments:**

    - `connections`: of all layers, the readout last.
    - `weight_scale`: 1 keeps the input current's spread at the spread of the activity.
    """
    weights = []
    for k, layer in zip(jax.random.split(key, len(connections)), connections, strict=True):
        weight = weight_scale / jnp.sqrt(float(layer.columns)) * jax.random.normal(k, (layer.units, layer.columns))
        if layer.own is not None:
            own = jax.random.normal(jax.random.fold_in(k, RECURRENT), (layer.units, layer.post))
            own = recurrent_scale / jnp.sqrt(float(layer.post)) * own * (1 - jnp.eye(layer.post))
            weight = jnp.concatenate([weight, own], axis=1)
        weights.append(weight)
    return NetworkParameters(tuple(weights), tuple(jnp.zeros(weight.shape[0]) for weight in weights))


def paths_to_outputs(
    connections: Sequence[AbstractConnections], parameters: NetworkParameters
) -> tuple[Float[Array, "_ classes"], ...]:
    """(W^L ... W^{l+1})^T of each hidden layer l: the weights of all paths from its neurons to each output, summed.

    Paths lead forward: recurrent weights are on none.
    """
    behind, paths = jnp.eye(connections[-1].post), []
    for layer, weight in zip(connections[:0:-1], parameters.weights[:0:-1], strict=True):
        behind = layer.transposed(weight, behind)
        paths.append(behind.T)
    return tuple(reversed(paths))
