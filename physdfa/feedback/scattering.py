"""Feedback through a scattering medium: light does the product, a camera that sees only intensity reads it."""

import dataclasses

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Scalar, as_scalar
from physdfa.feedback.base import (
    FLOAT_BITS,
    AbstractProjection,
    Matrix,
    divided,
    drawn_part,
    largest_error,
    normal_matrix,
)
from physdfa.feedback.rounding import MOST_BITS, rounded_between_0_and_1
from physdfa.noise import standard_normal
from physdfa.parts import ParameterValue, parameter

_QUADRATURE = 0x7175_6164
"""What the key of a matrix is folded with for its imaginary part."""


class ScatteringProjection(AbstractProjection):
    """p = m (I+ - I-) / (4 r),   I+- = camera(|r +- T x|^2),   x = e / m,   m = max_k |e_k| of the sample

    A modulator shows x (between -1 and 1), the medium multiplies by its complex Gaussian transmission matrix T, and a
    static reference beam of amplitude r falls on the camera with it; phases are taken relative to the reference, so
    r > 0. Two frames, of x and of -x, make the intensity linear:

        |r + T x|^2 - |r - T x|^2 = 4 r Re(T x),   so that p = e Re(T)^T exactly, for a perfect camera.

    Without a reference, x and -x have the same intensity and nothing is left: the reference is what keeps the sign.
    B = Re T is the matrix of `DenseProjection` from the same key; Im T has the same spread s = feedback_scale /
    sqrt(classes).

    Intensities are in units of I_0 = 2 s^2 classes, the mean speckle intensity where every pixel is fully lit (all
    |x_j| = 1). The camera clips at `full_scale`, adds shot noise of variance shot_noise^2 full_scale I, and rounds to
    `camera_bits`. Each frame has noise of its own; where nothing is clipped or rounded, the variance of p is

        (m / (4 r))^2 shot_noise^2 full_scale I_0 (I+ + I-) = m^2 shot_noise^2 full_scale I_0 (r^2 + |T x|^2) / (8 r^2)

    **Arguments:**

    - `reference`: r^2 / I_0, intensity of the reference beam, > 0.
    - `full_scale`: largest intensity that the camera can tell [I_0], > 0.
    - `camera_bits`: resolution, a whole number from 1 to 32; from 25 on nothing is rounded.
    - `shot_noise`: standard deviation of a fully lit camera pixel, as a share of full scale, 0 ... 1: one over the
      root of the electrons that a pixel holds.

    **Source:** Saade et al., ICASSP 2016 (arXiv:1510.06664): Gaussian transmission matrix, intensity detection;
    Launay et al., arXiv:2012.06373: such a processor for DFA. The two frames with a reference are derived above.
    """

    reference: ParameterValue = parameter(
        default=1.0,
        unit="",
        low=0.0,
        low_open=True,
        typical=(0.1, 2.0),
        meaning="the intensity of the reference beam, over that of the speckle of a fully lit error",
    )
    full_scale: ParameterValue = parameter(
        default=4.0,
        unit="",
        low=0.0,
        low_open=True,
        typical=(0.5, 8.0),
        meaning="the intensity that saturates the camera, over that of the speckle of a fully lit error",
    )
    camera_bits: ParameterValue = parameter(
        default=8.0,
        unit="",
        low=1.0,
        high=float(MOST_BITS),
        typical=(3.0, 10.0),
        meaning="the number of bits of the camera",
        whole=True,
    )
    shot_noise: ParameterValue = parameter(
        default=0.0,
        unit="",
        low=0.0,
        high=1.0,
        typical=(0.0, 0.03),
        meaning="the shot noise of a fully lit camera pixel, as a share of full scale",
    )
    matrix: Matrix | None = None
    quadrature: Matrix | None = None
    full_intensity: ParameterValue = eqx.field(converter=as_scalar, default=1.0)

    def drawn(self, key: PRNGKeyArray, neurons: int, classes: int, feedback_scale: Scalar) -> "ScatteringProjection":
        """T, its real and its imaginary part each of standard deviation feedback_scale / sqrt(classes)."""
        return dataclasses.replace(
            self,
            matrix=normal_matrix(key, neurons, classes, feedback_scale),
            quadrature=normal_matrix(jax.random.fold_in(key, _QUADRATURE), neurons, classes, feedback_scale),
            full_intensity=2.0 * feedback_scale**2,
        )

    def project(
        self, error: Float[Array, "batch classes"], *, key: PRNGKeyArray | None = None
    ) -> Float[Array, "batch neurons"]:
        """The difference of two camera frames, in units of the projected error."""
        largest = largest_error(error)
        shown = divided(error, largest)
        real, imaginary = shown @ drawn_part(self.matrix).T, shown @ drawn_part(self.quadrature).T
        amplitude = jnp.sqrt(self.reference * self.full_intensity)
        keys = (None, None) if key is None else jax.random.split(key)
        frames = [
            self._frame((amplitude + sign * real) ** 2 + imaginary**2, k)
            for sign, k in zip((1.0, -1.0), keys, strict=True)
        ]
        return largest * ((frames[0] - frames[1]) / (4.0 * amplitude))

    def _frame(
        self, intensity: Float[Array, "batch neurons"], key: PRNGKeyArray | None
    ) -> Float[Array, "batch neurons"]:
        """What the camera reports, in the unit of its input."""
        full_scale = self.full_scale * self.full_intensity
        share = intensity / full_scale
        if key is not None:
            share = share + self.shot_noise * jnp.sqrt(share) * standard_normal(key, share.shape)
        return full_scale * rounded_between_0_and_1(share, self.camera_bits)

    def bits(self, neurons: int, classes: int, *, per_error: float = FLOAT_BITS) -> float:
        """The camera's, too: it takes two frames of all neurons."""
        camera = 2 * float(self.camera_bits) * neurons
        return super().bits(neurons, classes, per_error=per_error) + camera

    def arrays(self) -> dict[str, Array]:
        """Real and imaginary part of T."""
        return {"matrix": drawn_part(self.matrix), "quadrature": drawn_part(self.quadrature)}
