"""Landscapes that agree with points: what is known of them holds, and the two accounts are pooled as they say."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import beta

from physdfa.analysis.working_range import LevelRule
from physdfa.analysis.working_range.agreeing import Landscapes, Pool, Sample, agreeing_landscapes
from tests.analysis.working_range.landscapes import make_points

STATED = LevelRule(kind="absolute", value=0.9)


def counted(noise_images, accuracy, num=64, **more):
    """Points of a landscape counted on so many images."""
    random = np.random.default_rng(0)
    return make_points(lambda x: random.binomial(noise_images, accuracy(x)) / noise_images, num=num, **more)


class Said(Sample):
    """Stands for what draws the landscapes: this probability is said of every point that was not seen."""

    def __init__(self, probability):
        object.__setattr__(self, "probability", probability)

    def unseen_probability(self, levels):
        return self.probability


def made(surfaces, at_points, *, mass=True, said=0.5):
    """Landscapes whose draws are all alike."""
    surfaces, at_points = (np.tile(np.array(row, dtype=float), (400, 1)) for row in (surfaces, at_points))
    parts = np.ones(at_points.shape[1]) if mass else None
    return Landscapes(
        accuracy=surfaces,
        at_points=at_points,
        measured=at_points[0],
        mass=parts,
        num_images=100.0,
        dispersion=1.0,
        seed=0,
        sample=Said(np.full(at_points.shape[1], said)),
    )


def test_quantiles_go_by_weight():
    pool = Pool(np.array([3.0, 1.0, 2.0]), np.array([1.0, 8.0, 1.0]))
    assert pool.quantiles([0.5, 0.85, 0.95]).tolist() == [1.0, 2.0, 3.0]


def test_a_quarter_of_the_weight_counts_errors_at_unseen_points():
    found = made([0.95, 0.5], [0.95] * 10 + [0.5] * 10)
    low, middle, high = found.share(found.levels(STATED, None)).interval()
    # The surfaces are all at one half; 2.5 % of the pool are 10 % of the counted. Said is one half of every point: five
    # of 20 were missed, five claimed in vain.
    assert middle == 0.5
    missed, vain = np.random.default_rng(1).beta(5.5, 15.5, (2, 10**6))
    assert (low, high) == pytest.approx(np.quantile(0.5 + missed - vain, [0.1, 0.9]), abs=0.03)
    alone = made([0.95, 0.5], [0.95] * 10 + [0.5] * 10, mass=False)
    assert alone.share(alone.levels(STATED, None)).interval() == (0.5, 0.5, 0.5)


def test_surfaces_that_claim_in_vain_are_put_right_by_what_is_counted():
    found = made([0.95], [0.95] * 100 + [0.5] * 100, said=1.0)
    low, middle, high = found.share(found.levels(STATED, None)).interval()
    assert (middle, high) == (1.0, 1.0)
    # Half of what was claimed is vain; 2.5 % of the pool are 10 % of the counted.
    assert low == pytest.approx(1 - beta.ppf(0.9, 100.5, 100.5), abs=0.02)


def test_beyond_the_best_point_may_be_as_much_as_the_distance_of_the_next():
    found = made([0.9], [0.9, 0.895] + [0.5] * 18)
    low, middle, high = found.best().interval()
    assert (low, middle) == pytest.approx((0.9, 0.9))  # all draws agree there
    # Half of the counted, a fifth of all: 1/8 of them lie further beyond than (1 - 1/8) / (1/8) of that distance.
    assert high == pytest.approx(0.9 + 7 * 0.005, abs=0.01)


def test_the_best_of_a_flat_landscape_is_not_the_luckiest_point():
    points = counted(239, lambda x: np.full(len(x), 0.95))
    low, middle, high = agreeing_landscapes(points, 1 / 239).best().interval()
    assert points.accuracy.max() > 0.97
    assert low < 0.95 < high
    assert middle < 0.965
    assert high - low < 0.03


@pytest.mark.slow
def test_the_share_of_a_half_is_held_and_is_narrower_with_more_points():
    def half(positions):
        return np.where(positions[:, 0] < 0.43, 0.95, 0.7)

    widths = []
    for num in (32, 128):
        found = agreeing_landscapes(counted(1000, half, num=num), 1e-3)
        low, _, high = found.share(found.levels(STATED, None)).interval()
        assert low < 0.43 < high
        widths.append(high - low)
    assert widths[1] < 0.8 * widths[0]


def test_where_training_fails_nothing_works():
    points = counted(1000, lambda x: np.full(len(x), 0.95))
    failed = points.positions[:, 0] > 0.6
    some = make_points(lambda x: points.accuracy, failed=failed)
    found = agreeing_landscapes(some, 1e-3)
    low, middle, high = found.share(found.levels(STATED, None)).interval()
    assert low < 0.6 < high
    assert middle == pytest.approx(0.6, abs=0.06)


def test_a_level_below_the_best_is_as_uncertain_as_that():
    found = agreeing_landscapes(counted(239, lambda x: 0.9 + 0.05 * x[:, 0]), 1 / 239)
    best, levels = found.best(), found.levels(LevelRule(kind="best", value=1.0), None)
    assert levels.draws == pytest.approx(best.draws - 0.01)
    assert np.ptp(levels.draws) > 0


def test_a_point_far_above_its_surroundings_stands_alone():
    # Of 100 images at 0.6, one measurement scatters by 0.05.
    smooth = made([0.6], [0.6] * 20)
    measured = 0.6 + 0.05 * np.linspace(-1, 1, 20)
    assert dataclasses.replace(smooth, measured=measured).num_alone(0.55) == 0
    measured[7] = 0.95
    spiky = dataclasses.replace(smooth, measured=measured)
    assert (spiky.num_alone(0.9), spiky.num_alone(0.96)) == (1, 0)


def test_the_scatter_of_a_measurement_is_that_of_counting():
    assert made([0.9], [0.9, 0.9]).scatter(0.9) == pytest.approx(0.03)
