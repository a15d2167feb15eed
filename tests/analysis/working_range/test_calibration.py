"""How often verdicts are right: counted by hand, and on landscapes whose noise is known."""

import dataclasses

import numpy as np
import pytest

from physdfa.analysis.working_range import agreeing_landscapes
from physdfa.analysis.working_range.calibration import compared
from tests.analysis.working_range.landscapes import LEVEL, noisy_points

pytestmark = pytest.mark.slow


def test_points_are_counted_by_their_verdict_and_by_what_was_stated():
    probability = np.array([0.97, 0.85, 0.85, 0.65, 0.45, 0.1, 0.02, 0.99])
    works = np.array([True, True, False, True, True, False, True, True])
    known = np.array([True] * 7 + [False])
    found = compared(probability, works, known, 0.8)
    counts = [(told.num, told.right) for told in (found.inside, found.outside, found.too_close)]
    assert counts == [(3, 2), (2, 1), (2, 1)]
    assert found.unknown == 1
    assert found.inside.stated == pytest.approx((0.97 + 0.85 + 0.85) / 3)
    assert found.outside.stated == pytest.approx((0.9 + 0.98) / 2)
    bands = [(told.low, told.num, told.right) for told in found.bands]
    assert bands == [(0.5, 1, 0), (0.6, 1, 1), (0.7, 0, 0), (0.8, 2, 1), (0.9, 1, 1), (0.95, 2, 1)]
    assert found.bands[2].stated is None


@pytest.mark.slow
def test_verdicts_are_right_as_often_as_they_say_where_the_noise_is_normal(noisy):
    found = noisy.calibration
    called = [found.inside, found.outside]
    num, right = sum(told.num for told in called), sum(told.right for told in called)
    stated = sum(told.num * told.stated for told in called) / num
    assert num + found.too_close.num + found.unknown == len(noisy_points().accuracy)
    # Three standard deviations of so many independent trials.
    assert right / num == pytest.approx(stated, abs=3 * np.sqrt(stated * (1 - stated) / num))
    assert right / num > 0.9
    assert found.too_close.right / found.too_close.num < 0.8


def test_a_measurement_counts_for_other_points_and_not_for_its_own():
    points = noisy_points(num=64, std=0.003)
    spoilt = points.accuracy.copy()
    middle = int(np.argmin(np.sum((points.positions - 0.5) ** 2, axis=1)))
    spoilt[middle] = 0.7
    lucky = dataclasses.replace(points, accuracy=spoilt)
    before, after = (agreeing_landscapes(each, 1e-3).unseen_probability((LEVEL,)) for each in (points, lucky))
    # In the middle of the disc its neighbours say that it works, and go on saying so.
    assert before[middle] > 0.95
    assert after[middle] > 0.7
