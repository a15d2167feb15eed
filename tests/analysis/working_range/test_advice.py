"""What is said where no range can be drawn, on points whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from physdfa.analysis.working_range import LevelRule, spread_over_box, working_range
from physdfa.analysis.working_range.advice import advise, answerable_levels
from tests.analysis.working_range.landscapes import BIAS, GAIN, disc_accuracy, fitted, make_points

pytestmark = pytest.mark.slow

IMAGES = 1000


def counted(mean, seed=0):
    """Accuracies as `IMAGES` validation images count them."""
    random = np.random.default_rng(seed)
    return lambda positions: random.binomial(IMAGES, mean(positions)) / IMAGES


def advice_on(points, level):
    found = working_range(points, fitted(points), LevelRule(kind="absolute", value=level))
    return found, advise(points, found, chance=0.1)


def test_points_of_one_accuracy_are_called_alike_and_told_as_a_finding():
    points = make_points(counted(lambda positions: np.full(len(positions), 0.9)), num=96)
    found, advice = advice_on(points, 0.9)
    assert not found.trusted
    assert advice.alike
    assert advice.points is None
    assert advice.spread == pytest.approx(np.sqrt(0.9 * 0.1 / IMAGES), rel=0.25)
    assert advice.scatter == pytest.approx(np.sqrt(0.9 * 0.1 / IMAGES), rel=0.5)


def test_devices_that_differ_are_not_called_alike():
    points = make_points(counted(disc_accuracy), num=96)
    _, advice = advice_on(points, 0.9)
    assert not advice.alike
    assert advice.spread > 2 * advice.scatter


def test_failed_points_are_a_difference():
    points = make_points(counted(lambda positions: np.full(len(positions), 0.9)), num=96)
    failed = np.arange(96) < 10
    points = replace(points, failed=failed, accuracy=np.where(failed, np.nan, points.accuracy))
    assert not advice_on(points, 0.9)[1].alike


def test_a_step_that_noise_hides_at_its_top_can_be_answered_below():
    # Two plateaus, 0.6 and 0.9: which one a point is on is clear, which of the upper ones is better is not.
    def step(positions):
        return np.where(positions[:, 0] < 0.5, 0.6, 0.9)

    points = make_points(counted(step), axes=(BIAS, GAIN), num=96)
    found, advice = advice_on(points, 0.902)
    assert not found.trusted
    ((low, high),) = [ends for ends in advice.answerable if ends[0] < 0.75 < ends[1]]
    assert low < 0.7
    assert high > 0.8
    assert answerable_levels(found, points.accuracy) == list(advice.answerable)


@pytest.mark.slow
def test_more_points_are_advised_where_the_error_still_falls():
    # A narrow ridge that few points cannot tell: with more of them it is told.
    def ridge(positions):
        return 0.5 + 0.45 * np.exp(-(((positions[:, 0] - positions[:, 1]) / 0.12) ** 2))

    advised = []
    for num in (32, 48, 64):
        points = make_points(counted(ridge), positions=spread_over_box((BIAS, GAIN), num, seed=1))
        found, advice = advice_on(points, 0.85)
        if not found.trusted and advice.points is not None:
            advised.append(advice.points)
    enough = make_points(counted(ridge), positions=spread_over_box((BIAS, GAIN), 512, seed=1))
    assert working_range(enough, fitted(enough), LevelRule(kind="absolute", value=0.85)).trusted
    assert all(0 < number < 16 * 64 for number in advised)
