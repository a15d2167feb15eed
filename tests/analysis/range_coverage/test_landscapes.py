"""The landscapes of the study: their truth against areas and integrals that are known."""

import math

import numpy as np
import pytest

from physdfa.analysis.range_coverage import LANDSCAPES, Landscape, drawn_points
from physdfa.analysis.range_coverage.landscapes import TOP, hard_step, narrow_valley, true_best, true_share


def disc(positions):
    return 0.9 + (0.09 - np.sum((positions - 0.5) ** 2, axis=1)) / 2


def drawn(name, number=0):
    landscape = LANDSCAPES[name]
    return landscape, landscape.make(np.random.default_rng(number), landscape.num_axes)


def test_the_true_share_and_best_of_a_disc_are_its_area_and_its_middle():
    assert true_share(disc, 2, 0.9) == pytest.approx(math.pi * 0.09, abs=0.002)
    assert true_best(disc, 2) == pytest.approx(0.945, abs=1e-5)


def test_what_fails_does_not_work():
    def half(positions):
        return np.where(positions[:, 0] < 0.5, 0.95, np.nan)

    assert true_share(half, 2, 0.9) == pytest.approx(0.5, abs=0.002)
    assert true_best(half, 2) == 0.95


@pytest.mark.parametrize("name", list(LANDSCAPES))
def test_accuracies_lie_between_none_and_all_and_some_of_the_box_works(name):
    landscape, accuracy = drawn(name)
    values = accuracy(np.random.default_rng(1).random((2000, landscape.num_axes)))
    known = values[~np.isnan(values)]
    assert np.all((known >= 0) & (known <= 1))
    assert 0 < true_share(accuracy, landscape.num_axes, landscape.level) < 0.9
    assert true_best(accuracy, landscape.num_axes) > landscape.level


def test_only_three_of_six_axes_act_on_the_landscape_that_says_so():
    _, accuracy = drawn("plateau, 6 axes (3 active)")
    positions = np.random.default_rng(0).random((50, 6))
    moved = positions.copy()
    moved[:, 3:] = 0.1
    assert accuracy(positions).tolist() == accuracy(moved).tolist()


def test_a_step_has_two_values_and_a_valley_its_top_where_it_runs():
    random = np.random.default_rng(3)
    assert set(hard_step(random, 2)(random.random((500, 2))).tolist()) == {TOP, 0.6}
    valley = narrow_valley(random, 2)
    across = np.stack([np.full(20001, 0.5), np.linspace(0, 1, 20001)], axis=1)
    # Above 0.6 + 0.36 exp(-1/2) within one width on either side, of 0.008 to 0.02.
    share = np.mean(valley(across) >= 0.6 + 0.36 * math.exp(-0.5))
    assert share + 1e-4 >= 2 * 0.008
    assert share <= 2 * 0.02 + 1e-4


def test_measurements_scatter_as_counts_and_seeds_do():
    flat = Landscape(
        make=lambda random, num_axes: lambda x: np.full(len(x), 0.9), num_points=4096, scatter=0.02, seeds=4
    )
    random = np.random.default_rng(0)
    points = drawn_points(flat, flat.make(random, 2), 400, random)
    # (0.09 / 400 + 0.02^2) / 4 seeds; the standard error of a standard deviation is 1.1 %.
    assert points.accuracy.std() == pytest.approx(math.sqrt((0.09 / 400 + 0.0004) / 4), rel=0.05)
    assert points.accuracy.mean() == pytest.approx(0.9, abs=0.001)
    assert points.seeds == 4
