"""The surrogate: it meets smooth landscapes, finds the noise, and does not claim to know what it was not shown."""

import numpy as np
import pytest

from physdfa.analysis.working_range import Axis, spread_over_box
from physdfa.analysis.working_range.surrogate import scores
from tests.analysis.working_range.landscapes import BIAS, GAIN, disc_accuracy, fitted, make_points, told


@pytest.fixture(scope="module")
def smooth():
    return fitted(make_points())


def test_a_smooth_landscape_is_met_between_the_points(smooth):
    fresh = spread_over_box((BIAS, GAIN), 256, seed=99)
    said = smooth.predict(fresh)
    assert said.accuracy == pytest.approx(disc_accuracy(fresh), abs=0.01)
    assert said.known.all()
    assert smooth.cross_validation.rmse < 0.01
    assert len(smooth.cross_validation.predicted) == 64


def test_measurement_noise_is_told_from_the_landscape(noisy):
    # Binomial noise of 0.01 at an accuracy of 0.9: 0.01 / (0.9 x 0.1) = 0.11 in z.
    surrogate = noisy.surrogate
    spread = scores(np.array(surrogate.accuracy), 1e-3).std()
    assert np.sqrt(surrogate.noise) * spread == pytest.approx(0.11, rel=0.35)
    middle = surrogate.predict(np.array([[0.5, 0.5]]))
    assert middle.std[0] < 0.01  # of the mean: less than that of one training
    # In the middle, at 0.945, a training's noise is 0.01 / (0.945 x 0.055) = 0.19 in z; over the whole disc, less.
    assert 0.08 < middle.score_std[0] < 0.25
    assert middle.score[0] == pytest.approx(np.log(0.945 / 0.055), abs=0.1)
    assert surrogate.cross_validation.rmse == pytest.approx(0.01, rel=0.3)


def test_far_from_all_points_nothing_is_known():
    left = spread_over_box((BIAS, GAIN), 128, seed=0)
    left = left[left[:, 0] < 0.5]
    surrogate = fitted(make_points(positions=left))
    known = surrogate.predict(np.array([[0.25, 0.5], [0.95, 0.5], [1.2, 0.5]])).known
    assert known.tolist() == [True, False, False]


def test_pure_noise_earns_no_trust_and_a_landscape_does(smooth):
    random = np.random.default_rng(1)
    noise = fitted(make_points(lambda x: random.uniform(0.2, 0.9, len(x))))
    assert not noise.cross_validation.trusted(0.55)
    assert smooth.cross_validation.trusted(0.9)


def test_trust_asks_for_more_than_guessing_the_larger_part():
    measured = (0.9,) * 70 + (0.1,) * 30
    blind = told((0.9,) * 100, measured)
    assert blind.right(0.5) == pytest.approx(0.7)
    assert not blind.trusted(0.5)
    seeing = told((0.9,) * 80 + (0.1,) * 20, measured)
    assert seeing.trusted(0.5)  # 10 % wrong, guessing 30 %


def test_the_explained_share_is_one_without_error_and_none_for_the_mean():
    measured = (0.2, 0.4, 0.9)
    assert told(measured, measured).explained == pytest.approx(1.0)
    assert told((0.5,) * 3, measured).explained == pytest.approx(0.0)


def test_the_right_side_by_luck_earns_no_trust():
    # All on the right side of 0.5, and yet farther off than the mean of all.
    lucky = told((0.51, 0.99, 0.49, 0.01), (0.9, 0.55, 0.1, 0.45))
    assert lucky.right(0.5) == 1.0
    assert lucky.explained < 0
    assert not lucky.trusted(0.5)


def test_the_error_near_the_level_counts_near_points_only():
    said = told((0.9, 0.5), (0.92, 0.1))
    assert said.rmse_near(0.9, 0.05) == pytest.approx(0.02)
    assert said.rmse_near(0.5, 0.05) is None


def test_a_choice_shifts_the_landscape_without_an_order_among_choices():
    reset = Axis(key="network.reset", choices=("a", "b", "c"))
    offset = np.array([0.0, 0.3, 0.1])
    points = make_points(lambda x: 0.4 + 0.2 * x[:, 0] + offset[x[:, 1].astype(int)], axes=(BIAS, reset), num=64)
    said = fitted(points).predict(np.array([[0.5, 0.0], [0.5, 1.0], [0.5, 2.0]]))
    assert said.accuracy == pytest.approx([0.5, 0.8, 0.6], abs=0.02)


def test_each_point_is_held_out_in_one_fold_and_its_doubt_is_that_of_a_measurement(noisy):
    surrogate = noisy.surrogate
    said = surrogate.cross_validation
    assert said.folds == 10
    assert np.bincount(said.fold).tolist() == [20] * 2 + [19] * 8
    # Misses in units of the error that was stated for them: about one, as the noise is normal and found.
    _, misses = surrogate.misses
    assert misses.std() == pytest.approx(1.0, abs=0.15)
    assert misses.mean() == pytest.approx(0.0, abs=0.15)
