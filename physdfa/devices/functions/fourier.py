"""A random smooth backward function without relation to the neuron, as the aDFA papers use it."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Float, PRNGKeyArray

from physdfa.arrays import Signal, as_scalar
from physdfa.devices.base import AbstractDevice
from physdfa.devices.waveform import sin_and_cos_pi
from physdfa.errors import InputError
from physdfa.parts import ParameterValue, is_traced, option, parameter

Coefficients = Float[Array, "... terms"]


class RandomFourierSeries(AbstractDevice):
    """A random Fourier series, normalised by the sum of its coefficients' magnitudes.

    g(u) = sum_{k=1..K} [p_k sin(k pi u / half_period) + q_k cos(k pi u / half_period)] / sum_k (|p_k| + |q_k|).

    **Arguments:**

    - `half_period`: omega, from a maximum of the slowest term to its next minimum [units of the potential], > 0.
    - `num_terms`: K, 1..64, for drawn coefficients; of given ones their number counts.
    - `sin_coefficients`, `cos_coefficients`: p and q; without them both are drawn from U(-1, 1).
    - `key`: for that draw.

    **Raises:** `InputError` at construction, if a value leaves its range, only one of p and q is given, their lengths
    differ, all are zero, or neither they nor a key is given.

    **Source:** Zhang et al., arXiv:2409.07776, and M. Nakajima et al., Nat. Commun. 13, 7847 (2022).
    """

    half_period: ParameterValue = parameter(
        default=4.0, unit="", low=0.0, low_open=True, typical=(1.0, 16.0), meaning="half the period of the slowest term"
    )
    num_terms: int = option(default=4, meaning="the number of harmonics drawn")
    sin_coefficients: Coefficients = option(default=None, static=False, meaning="the coefficients p_k of the sines")
    cos_coefficients: Coefficients = option(default=None, static=False, meaning="the coefficients q_k of the cosines")

    def __init__(
        self,
        half_period: ArrayLike = 4.0,
        num_terms: int = 4,
        sin_coefficients: ArrayLike | list[float] | None = None,
        cos_coefficients: ArrayLike | list[float] | None = None,
        *,
        key: PRNGKeyArray | None = None,
    ):
        if (sin_coefficients is None) != (cos_coefficients is None):
            raise InputError("a Fourier series needs both `sin_coefficients` and `cos_coefficients`, or neither.")
        if sin_coefficients is None:
            if key is None:
                raise InputError("a random Fourier series needs a `key` to draw from, or its coefficients.")
            drawn = jax.random.uniform(key, (2, num_terms), jnp.float32, minval=-1.0, maxval=1.0)
            sin_coefficients, cos_coefficients = drawn[0], drawn[1]
        p, q = jnp.asarray(sin_coefficients, jnp.float32), jnp.asarray(cos_coefficients, jnp.float32)
        if p.shape != q.shape:
            raise InputError(f"`sin_coefficients` and `cos_coefficients` must be as many; got {p.size} and {q.size}.")
        if not is_traced(p) and not is_traced(q) and not np.all(np.sum(np.abs(p) + np.abs(q), axis=-1) > 0):
            raise InputError("`sin_coefficients` and `cos_coefficients` must not all be 0.")
        self.half_period = half_period  # pyright: ignore[reportAttributeAccessIssue]  (the field converts it)
        self.sin_coefficients, self.cos_coefficients = p, q
        self.num_terms = p.shape[-1]

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """g, between -1 and 1, at the membrane potential `signal`."""
        del key  # noiseless
        norm = 1.0 / jnp.sum(jnp.abs(self.sin_coefficients) + jnp.abs(self.cos_coefficients))
        p, q = self.sin_coefficients * norm, self.cos_coefficients * norm
        # One sine and cosine, then Clenshaw's recurrence: 2 K library calls cost more than the rest of a training step.
        sine, cosine = sin_and_cos_pi(signal * (1.0 / self.half_period))
        twice = 2.0 * cosine
        # Numbers as long as they can be: the compiler would multiply zeros of the signal's shape.
        p_next, q_next, p_after, q_after = p[-1], q[-1], 0.0, 0.0
        for k in reversed(range(self.num_terms - 1)):
            p_next, p_after = (p[k] - p_after) + twice * p_next, p_next
            q_next, q_after = (q[k] - q_after) + twice * q_next, q_next
        return p_next * sine + (q_next * cosine - q_after)

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """(-1, 1), which the normalisation guarantees: an outer bound, seldom reached."""
        del low, high
        return as_scalar(-1.0), as_scalar(1.0)
