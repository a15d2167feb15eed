"""Rounding: its levels, its largest error, and where it ends."""

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.feedback.rounding import rounded_around_0, rounded_between_0_and_1

FINE = jnp.linspace(-1.5, 1.5, 4001)


@pytest.mark.parametrize("bits", [2, 3, 8, 12])
def test_signed_levels_are_all_but_one_of_the_words_and_hold_zero_and_both_ends(bits):
    levels = np.unique(rounded_around_0(FINE, jnp.asarray(float(bits))))
    steps = 2 ** (bits - 1) - 1
    expected = np.arange(-steps, steps + 1) / steps
    assert set(np.round(levels * steps)) <= set(np.round(expected * steps))
    assert {-1.0, 0.0, 1.0} <= set(levels.tolist())
    if bits <= 8:
        np.testing.assert_allclose(levels, expected, atol=1e-6)


@pytest.mark.parametrize("bits", [1, 2, 8])
def test_unsigned_levels_are_all_the_words(bits):
    levels = np.unique(rounded_between_0_and_1(FINE, jnp.asarray(float(bits))))
    np.testing.assert_allclose(levels, np.arange(2**bits) / (2**bits - 1), atol=1e-6)


@pytest.mark.parametrize("bits", [2, 5, 16, 24])
def test_no_value_moves_by_more_than_half_a_step(bits):
    values = jnp.clip(FINE, -1.0, 1.0)
    moved = jnp.abs(rounded_around_0(values, jnp.asarray(float(bits))) - values)
    assert float(moved.max()) <= 0.5 / (2 ** (bits - 1) - 1) + 2.0**-24


@pytest.mark.parametrize("bits", [25, 32])
def test_beyond_the_digits_of_float32_nothing_is_rounded_but_the_ends_stay(bits):
    many = jnp.asarray(float(bits))
    np.testing.assert_array_equal(rounded_around_0(FINE, many), jnp.clip(FINE, -1.0, 1.0))
    np.testing.assert_array_equal(rounded_between_0_and_1(FINE, many), jnp.clip(FINE, 0.0, 1.0))
