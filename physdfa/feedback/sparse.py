"""Sparse feedback: only a share of the connections of B is built."""

import dataclasses

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.devices.parameter import ParameterValue, parameter
from physdfa.feedback.base import AbstractProjection, Matrix, drawn_part, normal_matrix

_MASK = 0x6D61_736B
"""What the key of a matrix is folded with for its mask."""


class SparseProjection(AbstractProjection):
    """p = e B^T,   B_ij = m_ij b_ij / sqrt(share),   m_ij = 1 with the chance `share`, else 0

    b is the matrix of `DenseProjection` from the same key, and share = 1 is that projection bit for bit. The factor
    keeps the variance of B_ij, so that the projected error has the spread of the dense one. A neuron is left without
    any feedback with the chance (1 - share)^classes.

    **Arguments:**

    - `share`: of the connections that are kept, > 0 and <= 1. It acts when the matrix is drawn.

    **Source:** Crafton, Parihar, Gebhardt & Raychowdhury, Front. Neurosci. 13, 525 (2019), where the number of
    connections of each neuron is fixed; independent chances here.
    """

    share: ParameterValue = parameter(
        default=0.5,
        unit="",
        low=0.0,
        low_open=True,
        high=1.0,
        typical=(0.1, 1.0),
        meaning="the share of connections kept",
    )
    matrix: Matrix | None = None

    def drawn(self, key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar) -> "SparseProjection":
        """B of standard deviation feedback_scale / sqrt(classes), zeros included."""
        places = jax.random.uniform(jax.random.fold_in(key, _MASK), (neurons, classes))
        kept = normal_matrix(key, neurons, classes, feedback_scale) / jnp.sqrt(self.share)
        return dataclasses.replace(self, matrix=jnp.where(places < self.share, kept, 0.0))

    def project(
        self, error: Float[Array, "batch classes"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "batch neurons"]:
        """e B^T."""
        del key  # noiseless
        return error @ drawn_part(self.matrix).T

    def arrays(self) -> dict[str, Array]:
        """B."""
        return {"matrix": drawn_part(self.matrix)}
