"""Noise taken out of measured accuracies: distributions that are known are found again."""

import numpy as np
import pytest

from physdfa.analysis.working_range.deconvolved import deconvolved


def counted(true, images, seed=0):
    return np.random.default_rng(seed).binomial(images, true) / images


def found(measured, images, *, draws=1):
    return deconvolved(measured, np.ones(len(measured)), 1 / images, np.random.default_rng(1), draws)


def share(taken_out, level):
    return taken_out.weights[taken_out.atoms >= level].sum()


def test_a_flat_landscape_has_one_accuracy_and_no_lucky_best():
    measured = counted(np.full(200, 0.95), 239)
    taken_out = found(measured, 239, draws=15)
    assert measured.max() > 0.98
    assert np.mean(measured >= 0.945) < 0.75
    assert share(taken_out, 0.935) > 0.95
    # One measurement scatters by 0.014.
    assert np.median(taken_out.best) == pytest.approx(0.95, abs=0.01)


def test_two_accuracies_are_told_apart_where_the_noise_is_half_their_distance():
    true = np.repeat([0.95, 0.9], 150)
    assert share(found(counted(true, 239), 239), 0.925) == pytest.approx(0.5, abs=0.08)


def test_what_failed_reaches_no_level_and_has_its_part():
    measured = np.concatenate([counted(np.full(60, 0.9), 5000), np.zeros(40)])
    taken_out = found(measured, 5000)
    assert [share(taken_out, level) for level in (0.1, 0.88, 0.93)] == pytest.approx([0.6, 0.6, 0.0], abs=0.01)


def test_a_point_that_owns_more_of_the_box_counts_more():
    measured = np.repeat([0.9, 0.5], 10)
    mass = np.repeat([3.0, 1.0], 10)
    taken_out = deconvolved(measured, mass, 1e-4, np.random.default_rng(0), 5)
    assert share(taken_out, 0.7) == pytest.approx(0.75, abs=1e-3)
