"""Rounding to a number of bits that is a leaf. Another number of bits needs no other program."""

import jax.numpy as jnp

from physdfa.arrays import Signal
from physdfa.devices.stages.converter import quantised
from physdfa.parts import ParameterValue

MOST_BITS = 32
"""The most bits that may be declared; from 25 on nothing is rounded, since float32 holds 24."""


def rounded_between_0_and_1(values: Signal, bits: ParameterValue) -> Signal:
    """The nearest of the 2^bits levels 0, 1 / (2^bits - 1), ..., 1; beyond the ends, the end."""
    return _unless_exact(quantised(values, bits, jnp.float32(1.0), is_bipolar=False), jnp.clip(values, 0.0, 1.0), bits)


def rounded_around_0(values: Signal, bits: ParameterValue) -> Signal:
    """The nearest of the 2^bits - 1 levels -1, ..., 0, ..., 1, at equal distances. Beyond the ends it is the end.

    One word of the 2^bits is not used, so that 0 is a level and both signs are treated alike; bits >= 2.
    """
    return _unless_exact(quantised(values, bits, jnp.float32(1.0), is_bipolar=True), jnp.clip(values, -1.0, 1.0), bits)


def _unless_exact(rounded: Signal, values: Signal, bits: ParameterValue) -> Signal:
    return jnp.where(bits > 24.0, values, rounded)
