"""How the neurons of a layer are connected to those before it: each to all, or by shared kernels.

Layers are flat, [batch neurons], whatever their connections: those of an image row by row, channels last. A layer's
weights are rows, [units fan_in]: one for each neuron of a fully connected layer, one kernel (height, width, channels)
for each channel of a convolutional one. All that a rule multiplies with them are three linear maps:

    weighted     s W^T              from what comes in to currents
    correlated   sum_b delta s^T    the gradient of the weights
    transposed   delta W            back from a layer to what comes in

The rows of a recurrent layer go on, after the columns of what comes in from before it, with those of what comes from
itself, one step later. All but `units`, `fan_in` and the number of parameters is said of the first ones; `own` are the
connections of the others: both read the same rows, and `correlated` gives the columns of each.
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
    def own(self) -> "OwnConnections | None":
        """Those of a recurrent layer with itself; None for all others."""
        return None

    @property
    def columns(self) -> int:
        """Columns of the weights that the three maps multiply: all, but in a recurrent layer."""
        return self.fan_in

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
    ) -> Float[Array, "units columns"]:
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
    """Each of `num_post` neurons is connected to each of `num_pre`, and if `is_recurrent` to each other."""

    num_pre: int
    num_post: int
    is_recurrent: bool = False

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
        """All that come before, and where it is recurrent its own neurons."""
        return self.num_pre + (self.num_post if self.is_recurrent else 0)

    @property
    def columns(self) -> int:
        """All that come before."""
        return self.num_pre

    @property
    def own(self) -> "OwnConnections | None":
        """Where it is recurrent, the last columns."""
        return OwnConnections(self.num_pre, self.num_post) if self.is_recurrent else None

    @property
    def products(self) -> int:
        """One per pair."""
        return self.num_pre * self.num_post

    @property
    def synapses(self) -> int:
        """One per pair."""
        return self.products

    def weighted(self, weight, presynaptic):
        """s W^T."""
        return presynaptic @ self._of_before(weight).T

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
        return delta @ self._of_before(weight)

    def pairs(self, post, pre):
        """Every one of both."""
        return jnp.sum(post, axis=1) * jnp.sum(pre, axis=1)

    def _of_before(self, weight):
        """W of [W V]."""
        return weight[:, : self.num_pre] if self.is_recurrent else weight


@dataclass(frozen=True)
class OwnConnections(AbstractConnections):
    """Each neuron of a recurrent layer is connected to all others of it, and not to itself.

    What its own spike does to a neuron is the business of its reset, its rest and its threshold. Its place in the rows
    is kept, so that a layer's weights stay one array: it counts for nothing, has the gradient 0, and starts at 0.

    **Arguments:**

    - `num_before`: columns of the weights before these; `num_neurons`: of the layer.

    **Source:** Bellec et al., Nat. Commun. 11, 3625 (2020), eq. 6: the sum over i != j.
    """

    num_before: int
    num_neurons: int

    @property
    def pre(self) -> int:
        """The layer itself."""
        return self.num_neurons

    @property
    def shape(self) -> tuple[int, ...]:
        """A row of neurons."""
        return (self.num_neurons,)

    @property
    def units(self) -> int:
        """Each neuron has its own weights."""
        return self.num_neurons

    @property
    def fan_in(self) -> int:
        """The whole rows."""
        return self.num_before + self.num_neurons

    @property
    def columns(self) -> int:
        """The last ones."""
        return self.num_neurons

    @property
    def products(self) -> int:
        """One per pair, with itself as well."""
        return self.num_neurons**2

    @property
    def synapses(self) -> int:
        """One per pair of different neurons."""
        return self.num_neurons * (self.num_neurons - 1)

    def weighted(self, weight, presynaptic):
        """s V^T."""
        return presynaptic @ self._between(weight[:, self.num_before :]).T

    def spread(self, bias):
        """Each neuron has its own."""
        return bias

    def correlated(self, delta, presynaptic):
        """One matrix product, 0 from a neuron to itself."""
        return self._between(jnp.einsum("bn,bi->ni", delta, presynaptic))

    def gathered(self, delta):
        """Each neuron has its own."""
        return jnp.sum(delta, axis=0)

    def transposed(self, weight, delta):
        """delta V."""
        return delta @ self._between(weight[:, self.num_before :])

    def pairs(self, post, pre):
        """Every one of both, but none with itself."""
        return jnp.sum(post, axis=1) * jnp.sum(pre, axis=1) - jnp.sum(post * pre, axis=1)

    def _between(self, matrix):
        """A matrix between its neurons, 0 from each to itself."""
        return matrix * (1 - jnp.eye(self.num_neurons, dtype=matrix.dtype))
