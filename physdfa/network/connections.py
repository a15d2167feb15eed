"""How the neurons of a layer are connected to those before it: each to all, or by shared kernels.

Layers are flat, [batch neurons], whatever their connections: those of an image row by row, channels last. A layer's
weights are rows, [units fan_in]: one for each neuron of a fully connected layer, one kernel (height, width, channels)
for each channel of a convolutional one. All that a rule multiplies with them are three linear maps:

    weighted     s W^T              from what comes in to currents
    correlated   sum_b delta s^T    the gradient of the weights
    transposed   delta W            back from a layer to what comes in
"""

import abc
import math
from dataclasses import dataclass

import jax.numpy as jnp
from jaxtyping import Array, Float


class AbstractConnections(abc.ABC):
    """The connections of one layer; see the head of this file."""

    @property
    @abc.abstractmethod
    def pre(self) -> int:
        """Number of neurons, or inputs, before the layer."""

    @property
    @abc.abstractmethod
    def shape(self) -> tuple[int, ...]:
        """Its own neurons: their number, or height, width and channels of an image of them."""

    @property
    @abc.abstractmethod
    def units(self) -> int:
        """Rows of weights, each with a bias."""

    @property
    @abc.abstractmethod
    def fan_in(self) -> int:
        """Weights of a row."""

    @property
    @abc.abstractmethod
    def products(self) -> int:
        """Multiply-adds of one sample."""

    @property
    @abc.abstractmethod
    def synapses(self) -> int:
        """Pairs of neurons that are connected."""

    @property
    def post(self) -> int:
        """Number of its own neurons."""
        return math.prod(self.shape)

    @property
    def num_parameters(self) -> int:
        """Weights and biases."""
        return self.units * (self.fan_in + 1)

    @abc.abstractmethod
    def weighted(
        self, weight: Float[Array, "units fan_in"], presynaptic: Float[Array, "batch pre"]
    ) -> Float[Array, "batch post"]:
        """What the weights make of what comes in."""

    @abc.abstractmethod
    def spread(self, bias: Float[Array, " units"]) -> Float[Array, " post"]:
        """The bias of each neuron."""

    @abc.abstractmethod
    def correlated(
        self, delta: Float[Array, "batch post"], presynaptic: Float[Array, "batch pre"]
    ) -> Float[Array, "units fan_in"]:
        """The sum over the batch of delta outer presynaptic, by weight."""

    @abc.abstractmethod
    def gathered(self, delta: Float[Array, "batch post"]) -> Float[Array, " units"]:
        """The sum over the batch of delta, by bias."""

    @abc.abstractmethod
    def transposed(
        self, weight: Float[Array, "units fan_in"], delta: Float[Array, "batch post"]
    ) -> Float[Array, "batch pre"]:
        """What the weights bring back of delta."""

    @abc.abstractmethod
    def pairs(self, post: Float[Array, "batch post"], pre: Float[Array, "batch pre"]) -> Float[Array, " batch"]:
        """Connections between neurons that are 1 in `pre` and those that are 1 in `post`, the others being 0."""


@dataclass(frozen=True)
class FullConnections(AbstractConnections):
    """Each of `num_post` neurons is connected to each of `num_pre`."""

    num_pre: int
    num_post: int

    @property
    def pre(self) -> int:
        """As it says."""
        return self.num_pre

    @property
    def shape(self) -> tuple[int, ...]:
        """A row of neurons."""
        return (self.num_post,)

    @property
    def units(self) -> int:
        """Each neuron has its own weights."""
        return self.num_post

    @property
    def fan_in(self) -> int:
        """All that come before."""
        return self.num_pre

    @property
    def products(self) -> int:
        """One per weight."""
        return self.num_pre * self.num_post

    @property
    def synapses(self) -> int:
        """One per weight."""
        return self.products

    def weighted(self, weight, presynaptic):
        """s W^T."""
        return presynaptic @ weight.T

    def spread(self, bias):
        """Each neuron has its own."""
        return bias

    def correlated(self, delta, presynaptic):
        """One matrix product."""
        # A vmapped outer product, then its sum, ran 1.7-3.6 times slower (CPU).
        return jnp.einsum("bn,bi->ni", delta, presynaptic)

    def gathered(self, delta):
        """Each neuron has its own."""
        return jnp.sum(delta, axis=0)

    def transposed(self, weight, delta):
        """delta W."""
        return delta @ weight

    def pairs(self, post, pre):
        """Every one of both."""
        return jnp.sum(post, axis=1) * jnp.sum(pre, axis=1)
