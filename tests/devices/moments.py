"""Mean and variance of noise, told from their formulas by their standard errors."""

import numpy as np

STANDARD_ERRORS = 4.5  # a chance of 7e-6 per comparison, and the keys are fixed


def assert_normal_moments(values, mean, variance):
    """The values have this mean and variance, as far as that many independent normal numbers can tell."""
    values = np.asarray(values, np.float64).ravel()
    count = values.size
    assert abs(values.mean() - mean) < STANDARD_ERRORS * np.sqrt(variance / count) + 1e-7 * abs(mean)
    assert abs(values.var() / variance - 1) < STANDARD_ERRORS * np.sqrt(2 / count) + 1e-6


def assert_independent(left, right):
    """The correlation of two draws is that of independent numbers."""
    left, right = np.ravel(left).astype(np.float64), np.ravel(right).astype(np.float64)
    assert abs(np.corrcoef(left, right)[0, 1]) < STANDARD_ERRORS / np.sqrt(left.size)
