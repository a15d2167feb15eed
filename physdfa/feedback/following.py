"""Feedback that is made of the forward weights as they are now: their transpose, or their signs alone."""

import dataclasses

import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar
from physdfa.feedback.base import AbstractProjection, Matrix, drawn_part


class AbstractFollowingProjection(AbstractProjection):
    """p = e B^T with B made of the forward weights at every update; 0 until they are known."""

    matrix: Matrix | None = None

    def project(
        self, error: Float[Array, "batch classes"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "batch neurons"]:
        """e B^T."""
        del key  # noiseless
        return error @ drawn_part(self.matrix).T

    def arrays(self) -> dict[str, Array]:
        """B, as it was at the last update."""
        return {"matrix": drawn_part(self.matrix)}


class TransposedProjection(AbstractFollowingProjection):
    """p = e B^T with B^l = (W^L ... W^{l+1})^T at every update: W_out^T for the last hidden layer.

    **Source:** "symmetric" feedback, as in Bellec et al., Nat. Commun. 11, 3625 (2020), whose networks have one hidden
    layer; the product of the weights for deeper ones is ours.
    """

    def drawn(self, key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar) -> "TransposedProjection":
        """Nothing is drawn: B is 0 until the weights are known."""
        del key, feedback_scale
        return dataclasses.replace(self, matrix=jnp.zeros((neurons, classes)))

    def following(self, paths: Matrix) -> "TransposedProjection":
        """B of the present weights."""
        return dataclasses.replace(self, matrix=paths)


class SignConcordantProjection(AbstractFollowingProjection):
    """p = e B^T with B^l = a sign((W^L ... W^{l+1})^T) at every update, a = feedback_scale / sqrt(classes).

    Only the signs of the weights are brought back, so a is the spread that random feedback would have.

    **Source:** Liao, Leibo & Poggio, AAAI 2016, "How important is weight symmetry in backpropagation?": uniform
    sign-concordant feedback. They go back layer by layer; the direct form, with the signs of the products, is ours.
    """

    magnitude: Float[Array, "*population"] | None = None

    def drawn(
        self, key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar
    ) -> "SignConcordantProjection":
        """The magnitude; nothing is drawn, and B is 0 until the weights are known."""
        del key
        magnitude = jnp.asarray(feedback_scale / jnp.sqrt(float(classes)))
        return dataclasses.replace(self, magnitude=magnitude, matrix=jnp.zeros((neurons, classes)))

    def following(self, paths: Matrix) -> "SignConcordantProjection":
        """B of the present weights."""
        return dataclasses.replace(self, matrix=drawn_part(self.magnitude) * jnp.sign(paths))
