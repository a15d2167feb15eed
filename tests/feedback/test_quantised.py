"""Errors of few levels: what is shown, how far it is from the error, and the limits."""

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.feedback import RoundedError, ScatteringProjection, SparseProjection, TernaryError, WeightBankProjection
from tests.feedback.projections import dense, draw, make_error

TERNARY = jnp.array([[0.5, 0.0, -0.5, 0.5], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
SCALES = (1e-30, 1e-6, 1.0, 1e6, 1e30)


def test_errors_up_to_the_threshold_are_zero_and_the_others_have_their_mean_magnitude():
    error = jnp.array([[1.0, -0.6, 0.3, -0.2, 0.0]])
    shown = TernaryError(error_threshold=0.25).shown(error)
    mean = (1.0 + 0.6 + 0.3) / 3
    np.testing.assert_allclose(shown, [[mean, -mean, mean, 0.0, 0.0]], rtol=1e-6)


@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.5, 0.9])
def test_no_other_magnitude_is_nearer_to_the_errors_that_are_kept(threshold):
    error = make_error()
    shown = TernaryError(error_threshold=threshold).shown(error)
    # Least squares: what is left over has no component along the signs.
    left_over = np.where(shown != 0, error - shown, 0.0)
    np.testing.assert_allclose(np.sum(left_over * np.sign(shown), axis=1), 0.0, atol=1e-6)


@pytest.mark.parametrize("threshold", [0.0, 0.5, 0.9])
def test_an_error_that_is_ternary_already_passes_unchanged(threshold):
    ternary = draw(TernaryError(error_threshold=threshold), classes=4)
    np.testing.assert_allclose(ternary.project(TERNARY), dense(classes=4).project(TERNARY), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("bits", [2, 4, 8, 16])
def test_no_error_moves_by_more_than_half_a_step_of_its_sample(bits):
    error = make_error() * jnp.logspace(-4, 1, 6)[:, None]
    moved = jnp.abs(RoundedError(error_bits=bits).shown(error) - error)
    largest = jnp.max(jnp.abs(error), axis=1, keepdims=True)
    assert (moved <= largest * (0.5 / (2 ** (bits - 1) - 1) + 1e-6)).all()


def test_evenly_spread_errors_move_by_a_step_over_the_root_of_twelve():
    bits = 6
    error = jnp.linspace(-1.0, 1.0, 20001)[None, :]  # the largest is 1
    moved = np.asarray(RoundedError(error_bits=bits).shown(error) - error) * (2 ** (bits - 1) - 1)
    assert moved.mean() == pytest.approx(0.0, abs=1e-4)
    assert np.mean(moved**2) == pytest.approx(1 / 12, rel=1e-3)


def test_two_bits_are_the_three_levels_that_a_largest_error_has():
    shown = RoundedError(error_bits=2).shown(jnp.array([[1.0, 0.6, 0.4, -0.7]]))
    np.testing.assert_allclose(shown, [[1.0, 1.0, 0.0, -1.0]])


def test_more_bits_than_float32_has_are_the_exact_error_bit_for_bit():
    error = make_error()
    np.testing.assert_array_equal(draw(RoundedError(error_bits=25)).project(error), dense().project(error))


@pytest.mark.parametrize("coarse", [TernaryError(error_threshold=0.3), RoundedError(error_bits=3)], ids=["t", "r"])
@pytest.mark.parametrize("scale", SCALES)
def test_a_factor_of_the_error_is_a_factor_of_what_is_shown(coarse, scale):
    error = make_error()
    np.testing.assert_allclose(coarse.shown(error * scale), coarse.shown(error) * scale, rtol=1e-5)


@pytest.mark.parametrize("coarse", [TernaryError(), RoundedError()], ids=["ternary", "rounded"])
def test_no_error_at_all_shows_nothing(coarse):
    assert not np.any(coarse.shown(jnp.zeros((3, 4))))


@pytest.mark.parametrize("inner", [SparseProjection(), ScatteringProjection(camera_bits=4), WeightBankProjection()])
@pytest.mark.parametrize("coarse", [TernaryError, RoundedError])
def test_it_composes_with_any_matrix(coarse, inner):
    error = make_error()
    composed = coarse(inner)
    shown = composed.shown(error)
    np.testing.assert_array_equal(draw(composed).project(error), draw(inner).project(shown))
    assert set(draw(composed).arrays()) == set(draw(inner).arrays())
