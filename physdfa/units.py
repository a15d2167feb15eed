"""Conversions between the units a laboratory writes and the SI values that devices compute with."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float

_NEPER_PER_DB = math.log(10.0) / 10.0


def power_ratio_from_db(level_db: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The ratio of two powers, `10^(level_db / 10)`; -inf dB is exactly 0.

    **Arguments:**

    - `level_db`: level [dB], up to 385 dB (float32 holds no larger ratio).
    """
    # exp, because the derivative of 10**x is not finite at x = -inf.
    return jnp.exp(level_db * _NEPER_PER_DB)


def db_from_power_ratio(ratio: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The level of a ratio of two powers, `10 log10(ratio)` [dB]; a ratio of 0 is -inf dB.

    **Arguments:**

    - `ratio`: power over power, >= 0.
    """
    return jnp.log(ratio) / _NEPER_PER_DB
