"""Residuals in order, against dense matrices and processes whose correlation is known."""

import numpy as np
import pytest
from scipy.linalg import block_diag, toeplitz

from physdfa.devices.fitting.order import correlated, correlation_of, orders_of
from tests.devices.fitting.synthetic import autoregressive


def correlations(r, *lengths):
    """The dense matrix of r^|i - j| within sweeps of these lengths."""
    return block_diag(*(toeplitz(r ** np.arange(length)) for length in lengths))


def fringe(num_samples):
    """Orthonormal columns: a constant, a fringe, and a phase that grows along it."""
    x = np.linspace(0.0, 1.0, num_samples)
    wave = 2.0 * np.pi * 1.75 * x
    return np.linalg.qr(np.stack([np.ones_like(x), np.cos(wave), np.sin(wave), x * np.sin(wave)], axis=1))[0]


def left_by_a_fit(errors):
    columns = fringe(len(errors))
    return errors - columns @ (columns.T @ errors), columns


@pytest.mark.parametrize("r", [0.0, 0.5, 0.95])
def test_the_product_with_the_correlations_is_that_of_the_dense_matrix(r):
    columns = np.random.default_rng(0).normal(size=(30, 3))
    sweeps = [np.arange(18), np.arange(18, 30)]
    np.testing.assert_allclose(correlated(columns, r, sweeps), correlations(r, 18, 12) @ columns, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_the_correlation_is_where_the_restricted_likelihood_of_dense_matrices_is_largest(seed):
    errors = np.concatenate([autoregressive(25, 0.7, seed), autoregressive(25, 0.7, seed + 100)])
    residuals, columns = left_by_a_fit(errors)
    sweeps = [np.arange(25), np.arange(25, 50)]
    rest = np.linalg.svd(columns)[0][:, 4:]  # of everything that the fit cannot reach
    grid = np.arange(0.0, 0.84, 0.002)

    def unlikeliness(r):
        spread = rest.T @ correlations(r, 25, 25) @ rest
        seen = rest.T @ residuals
        return 46 * np.log(seen @ np.linalg.solve(spread, seen)) + np.linalg.slogdet(spread)[1]

    best = grid[np.argmin([unlikeliness(r) for r in grid])]
    assert correlation_of(residuals, columns, sweeps) == pytest.approx(best, abs=0.003)


def test_errors_without_order_have_none_but_by_chance():
    seen = [
        correlation_of(*left_by_a_fit(np.random.default_rng(seed).standard_normal(60)), [np.arange(60)])
        for seed in range(100)
    ]
    assert np.count_nonzero(seen) <= 6  # 2 % each


@pytest.mark.parametrize("r", [0.5, 0.8])
def test_the_correlation_of_a_process_is_found_in_what_a_fit_leaves(r):
    seen = [correlation_of(*left_by_a_fit(autoregressive(200, r, seed)), [np.arange(200)]) for seed in range(20)]
    # One such estimate scatters by sqrt((1 - r^2) / 200), 0.06 and 0.04.
    assert np.median(seen) == pytest.approx(r, abs=0.04)


def test_no_residuals_have_no_order():
    assert correlation_of(np.zeros(40), fringe(40), [np.arange(40)]) == 0.0


def test_repeats_have_an_order_along_the_drive_and_one_as_recorded():
    drive = np.tile(np.linspace(0.0, 1.0, 20), 2)
    along, recorded = orders_of(drive, np.ones(40, np.int8))
    assert [place.tolist() for place in recorded] == [list(range(20)), list(range(20, 40))]
    assert along[0].tolist()[:4] == [0, 20, 1, 21]


def test_one_sweep_each_way_has_neighbours_within_each_only():
    drive = np.concatenate([np.linspace(0.0, 1.0, 20), np.linspace(1.0, 0.0, 20)])
    (sweeps,) = orders_of(drive, np.repeat(np.int8([1, -1]), 20))
    assert sorted(map(sorted, (place.tolist() for place in sweeps))) == [list(range(20)), list(range(20, 40))]


def test_drives_in_any_order_have_neighbours_along_the_drive_only():
    drive = np.random.default_rng(0).permutation(np.linspace(0.0, 1.0, 80))
    (sweeps,) = orders_of(drive, np.ones(80, np.int8))
    assert np.all(np.diff(drive[sweeps[0]]) > 0)
