"""Dense feedback: one fixed random matrix B per hidden layer, drawn once and never trained."""

import dataclasses

from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.feedback.base import AbstractProjection, Matrix, drawn_part, normal_matrix


class DenseProjection(AbstractProjection):
    """p = e B^T with normal B: exact, digital arithmetic, the limit of every other projection.

    **Source:** Nøkland, NeurIPS 2016, where B is uniform; normal here.
    """

    matrix: Matrix | None = None

    def drawn(self, key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar) -> "DenseProjection":
        """B of standard deviation feedback_scale / sqrt(classes)."""
        return dataclasses.replace(self, matrix=normal_matrix(key, neurons, classes, feedback_scale))

    def project(
        self, error: Float[Array, "batch classes"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "batch neurons"]:
        """e B^T."""
        del key  # noiseless
        return error @ drawn_part(self.matrix).T

    def arrays(self) -> dict[str, Array]:
        """The matrix B."""
        return {"matrix": drawn_part(self.matrix)}
