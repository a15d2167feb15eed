"""Sparse feedback: how many connections, the spread they keep, and the dense limit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.feedback import SparseProjection
from tests.feedback.projections import dense, draw, make_error


def make_matrix(share, neurons=4000, classes=10, scale=1.0):
    return np.asarray(draw(SparseProjection(share), neurons=neurons, classes=classes, scale=scale).arrays()["matrix"])


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_the_share_of_connections_is_kept(share):
    matrix = make_matrix(share)
    kept, count = np.count_nonzero(matrix), matrix.size
    assert kept / count == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / count))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
def test_the_variance_over_all_connections_is_that_of_dense_feedback(share):
    matrix = make_matrix(share, scale=2.0)
    # Var of b^2 m / share, b normal: (3 / share - 1) times the squared variance.
    spread = np.sqrt((3 / share - 1) / matrix.size)
    assert np.mean(matrix**2) == pytest.approx(2.0**2 / 10, rel=5 * spread)


def test_with_all_connections_it_is_dense_bit_for_bit():
    error = make_error()
    np.testing.assert_array_equal(draw(SparseProjection(1.0)).project(error), dense().project(error))


def test_a_smaller_share_keeps_some_of_the_same_connections_louder():
    few, many = make_matrix(0.2), make_matrix(0.6)
    assert np.all(many[few != 0] != 0)
    np.testing.assert_allclose(few[few != 0], many[few != 0] * np.sqrt(0.6 / 0.2), rtol=1e-5)


def test_the_mask_is_independent_of_the_values():
    whole, part = np.asarray(dense(neurons=4000).arrays()["matrix"]), make_matrix(0.5)
    kept = np.abs(whole[part != 0])
    assert kept.mean() == pytest.approx(np.abs(whole).mean(), rel=5 * 0.76 / np.sqrt(kept.size))


def test_a_search_may_vary_the_share_within_one_program():
    draws = jax.vmap(lambda share: draw(SparseProjection(share)).arrays()["matrix"])(jnp.array([0.2, 1.0]))
    np.testing.assert_allclose(draws[1], dense().arrays()["matrix"], rtol=1e-6)
    assert np.count_nonzero(draws[0]) < np.count_nonzero(draws[1])


@pytest.mark.parametrize("share", [0.0, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(InputError, match="`share` is the share of connections kept and must be > 0 and <= 1"):
        SparseProjection(share)
