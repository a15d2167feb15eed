"""Common code of the DAC and the ADC: clipping to full scale, and rounding to equidistant levels."""

import jax.numpy as jnp

from physdfa.arrays import Signal, as_scalar
from physdfa.parts import ParameterValue


def quantised(signal: Signal, num_bits: ParameterValue, full_scale: ParameterValue, *, is_bipolar: bool) -> Signal:
    """The level nearest to `signal`, halves to the even code.

    unipolar:  k full_scale / (2^bits - 1),         k = 0 .. 2^bits - 1
    bipolar:   k full_scale / (2^(bits - 1) - 1),   |k| <= 2^(bits - 1) - 1:  2^bits - 1 levels, mid-tread

    0 and full scale are levels. Symmetric codes leave one of the 2^bits unused. A bipolar converter of one bit would be
    left with 0 alone: it tells the sign, +-full_scale.

    **Arguments:**

    - `num_bits`: whole, 1 to 16.
    - `full_scale`: largest level, > 0, in the unit of `signal`.
    """
    # exp2 rounds; the count of codes is a whole number.
    codes = jnp.round(jnp.exp2(num_bits))
    if is_bipolar:
        largest = jnp.where(codes == 2, 0.5, 0.5 * codes - 1.0)
        half_code = jnp.where(codes == 2, 0.5, 0.0)
        share = jnp.clip(signal * (1.0 / full_scale), -1.0, 1.0)
        return (jnp.round(share * largest - half_code) + half_code) * (full_scale / largest)
    largest = codes - 1.0
    share = jnp.clip(signal * (1.0 / full_scale), 0.0, 1.0)
    return jnp.round(share * largest) * (full_scale / largest)


def reach_of(low: ParameterValue, high: ParameterValue) -> ParameterValue:
    """The largest magnitude from `low` to `high`; 1 where all is 0."""
    reach = jnp.maximum(jnp.abs(low), jnp.abs(high))
    return jnp.where(reach > 0, reach, as_scalar(1.0))
