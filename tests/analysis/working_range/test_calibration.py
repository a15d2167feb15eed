"""How often verdicts are right: counted by hand, and on landscapes whose noise is known."""

import dataclasses

import numpy as np
import pytest

from physdfa.analysis.working_range import fit_surrogate
from physdfa.analysis.working_range.calibration import calibration_of, compared, unseen_probabilities
from tests.analysis.working_range.landscapes import LEVEL, fitted, noisy_points


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


def test_verdicts_are_right_as_often_as_they_say_where_the_noise_is_normal(noisy):
    found = noisy.calibration
    called = [found.inside, found.outside]
    num, right = sum(told.num for told in called), sum(told.right for told in called)
    stated = sum(told.num * told.stated for told in called) / num
    assert num + found.too_close.num + found.unknown == 512
    # Three standard deviations of so many independent trials.
    assert right / num == pytest.approx(stated, abs=3 * np.sqrt(stated * (1 - stated) / num))
    assert right / num > 0.9
    assert found.too_close.right / found.too_close.num < 0.8


def test_one_point_in_eight_that_fails_by_chance_lowers_what_is_stated():
    # A normal distribution of their mean square would be wide in the middle; what is claimed inside must still hold.
    points = noisy_points(num=512, std=0.004)
    fails = np.random.default_rng(5).random(512) < 1 / 8
    lucky = dataclasses.replace(points, accuracy=np.where(fails, points.accuracy - 0.03, points.accuracy))
    found = calibration_of(fit_surrogate(lucky, chance=0.1, resolution=1e-3), LEVEL, 0.8)
    assert found.inside.num > 50
    assert found.inside.right_low <= found.inside.stated <= found.inside.right_high


def test_a_point_is_judged_by_other_folds_than_its_own():
    surrogate = fitted(noisy_points(num=128))
    said = surrogate.cross_validation
    before, fold = unseen_probabilities(surrogate, LEVEL), np.array(said.fold)
    spoilt = np.where(fold == 3, 0.5, said.measured)
    changed = dataclasses.replace(said, measured=tuple(spoilt.tolist()))
    after = unseen_probabilities(dataclasses.replace(surrogate, cross_validation=changed), LEVEL)
    assert after[fold == 3].tolist() == before[fold == 3].tolist()
    assert np.any(after[fold != 3] != before[fold != 3])
