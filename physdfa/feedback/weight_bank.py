"""Feedback through a bank of microrings: one ring per weight, one balanced detector per neuron."""

import dataclasses

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar, as_scalar
from physdfa.feedback.base import AbstractProjection, Matrix, drawn_part, largest_error, normal_matrix
from physdfa.feedback.rounding import MOST_BITS, rounded_around_0
from physdfa.noise import standard_normal
from physdfa.parts import ParameterValue, parameter


class WeightBankProjection(AbstractProjection):
    """p_i = m G (sum_j w_ij x_j + product_noise n_i),   x = e / m,   m = max_k |e_k| of the sample,   n_i normal

    w = round(clip(b / G, -1, 1)) is what the rings can be tuned to: through minus drop port of each, between -1 and
    1, with `weight_bits`. b is the matrix of `DenseProjection` from the same key, of spread s = feedback_scale /
    sqrt(classes), and G = weight_range * s the gain after the detectors. The matrix in effect is B = G w.

    The noise is that of one inner product, before the gain, for weights and errors that fill -1 ... 1: its effective
    number of bits is log2(2 / product_noise). The spread of p_i is m G product_noise. A large `weight_range` clips
    nothing but wastes levels and signal; a small one clips the tails of B.

    **Arguments:**

    - `weight_range`: the largest |B_ij|, in units of s, > 0; at 3, 0.3 % of the weights are clipped.
    - `weight_bits`: resolution of a weight, sign included, a whole number from 2 to 32; from 25 on no rounding.
    - `product_noise`: standard deviation of an inner product, >= 0; the paper measures 0.098 with detectors off the
      chip (4.35 bits) and 0.202 with detectors on it (3.31 bits).

    **Source:** Filipovich et al., Optica 9, 1323 (2022). Normal weights, their range and their rounding are ours.
    """

    weight_range: ParameterValue = parameter(
        default=3.0,
        unit="",
        low=0.0,
        low_open=True,
        typical=(1.0, 4.0),
        meaning="the largest weight, over the standard deviation of the weights",
    )
    weight_bits: ParameterValue = parameter(
        default=8.0,
        unit="",
        low=2.0,
        high=float(MOST_BITS),
        typical=(2.0, 8.0),
        meaning="the number of bits of a weight, sign included",
        whole=True,
    )
    product_noise: ParameterValue = parameter(
        default=0.0,
        unit="",
        low=0.0,
        typical=(0.0, 0.2),
        meaning="the noise of an inner product of weights and errors that fill -1 to 1",
    )
    matrix: Matrix | None = None
    gain: ParameterValue = eqx.field(converter=as_scalar, default=1.0)

    def drawn(self, key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar) -> "WeightBankProjection":
        """The weights as the rings are tuned, times the gain."""
        gain = self.weight_range * feedback_scale / jnp.sqrt(float(classes))
        weights = normal_matrix(key, neurons, classes, feedback_scale) / gain
        return dataclasses.replace(self, matrix=gain * rounded_around_0(weights, self.weight_bits), gain=gain)

    def project(
        self, error: Float[Array, "batch classes"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "batch neurons"]:
        """The inner products of the error with each row of weights, read by noisy detectors."""
        projected = error @ drawn_part(self.matrix).T
        if key is None:
            return projected
        strength = largest_error(error) * (self.gain * self.product_noise)
        return projected + strength * standard_normal(key, projected.shape)

    def arrays(self) -> dict[str, Array]:
        """B = G w."""
        return {"matrix": drawn_part(self.matrix)}
