"""One feedback value per channel of a convolutional layer, repeated over its positions."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.feedback.base import AbstractProjection, drawn_part, normal_matrix


class BroadcastProjection(AbstractProjection):
    """p = e B^T with rows of B that are the same at every position of a channel: one row per channel is drawn.

    Fewer numbers to hold and to send: channels * classes in the place of neurons * classes; each neuron still has its
    own f' or g. In a fully connected layer each neuron is a channel of its own, and B is dense, bit for bit.

    **Source:** ours; feedback of one matrix per layer is that of Nøkland, NeurIPS 2016.
    """

    channels: int | None = eqx.field(static=True, default=None)
    matrix: Float[Array, "*population channels classes"] | None = None
    positions: int = eqx.field(static=True, default=1)

    def for_neurons(self, shape: tuple[int, ...]) -> "BroadcastProjection":
        """One that repeats over all but the last axis."""
        return dataclasses.replace(self, channels=shape[-1])

    def drawn(self, key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar) -> "BroadcastProjection":
        """A row per channel, of standard deviation feedback_scale / sqrt(classes)."""
        channels = self.channels or neurons
        matrix = normal_matrix(key, channels, classes, feedback_scale)
        return dataclasses.replace(self, matrix=matrix, positions=neurons // channels)

    def project(
        self, error: Float[Array, "batch classes"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "batch neurons"]:
        """e B^T, repeated."""
        del key  # noiseless
        return jnp.tile(error @ drawn_part(self.matrix).T, (1, self.positions))

    def arrays(self) -> dict[str, Array]:
        """The matrix B, a row for each neuron."""
        matrix = drawn_part(self.matrix)
        return {"matrix": jnp.concatenate([matrix] * self.positions, axis=-2)}
