"""The odds of a device: against the normal distribution, and against misses of any other kind."""

import numpy as np
import pytest
from scipy.stats import norm

from physdfa.analysis.working_range import checked_confidence
from physdfa.analysis.working_range.odds import odds_near, states_of
from physdfa.errors import InputError

AWAY = np.linspace(-2, 2, 9)


def odds_of(misses, predicted=None, level=0.0):
    predicted = np.full(len(misses), level) if predicted is None else predicted
    return odds_near(level, predicted, np.asarray(misses))


def normal_misses(num):
    """The quantiles of a standard normal sample, in mixed order."""
    return np.random.default_rng(0).permutation(norm.ppf((np.arange(num) + 0.5) / num))


def test_normal_misses_give_the_normal_distribution():
    odds = odds_of(normal_misses(4000))
    # Of a thousand misses, the standard error of a share is 0.016 at most.
    assert odds.probability(AWAY * 0.3, np.full(9, 0.3)) == pytest.approx(norm.cdf(AWAY), abs=0.04)
    assert odds.scale == pytest.approx(1.0, abs=0.06)


def test_misses_that_are_all_above_lift_the_odds():
    # Measured one standard deviation above what is predicted: at the level by prediction, Phi(1) = 0.841 reach it.
    odds = odds_of(1.0 + normal_misses(4000))
    assert odds.probability(np.zeros(1), np.ones(1))[0] == pytest.approx(0.841, abs=0.03)


def test_a_tail_that_no_normal_distribution_has_is_seen():
    # One in ten is 20 standard deviations below: far above the level, still nine in ten only.
    odds = odds_of(np.where(np.arange(1000) % 10 == 0, -20.0, 0.01 * normal_misses(1000)))
    assert odds.probability(np.array([5.0]), np.ones(1))[0] == pytest.approx(0.9, abs=0.002)


def test_the_odds_rise_with_the_prediction_and_are_never_certain():
    odds = odds_of(normal_misses(128))
    probability = odds.probability(np.linspace(-50, 50, 101), np.ones(101))
    assert np.all(np.diff(probability) >= 0)
    # The 32 misses nearest to the level say no more than 1 / 2(32 + 1).
    assert (probability[0], probability[-1]) == pytest.approx((1 / 66, 65 / 66))


def test_misses_far_from_the_level_do_not_count():
    predicted = np.concatenate([np.zeros(100), np.full(300, 5.0)])
    misses = np.concatenate([normal_misses(100), 40 * normal_misses(300)])
    assert odds_of(misses, predicted).scale == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("num", [1, 2, 6])
def test_a_few_misses_and_misses_all_alike_are_enough_to_compute_with(num):
    probability = odds_of(np.zeros(num)).probability(np.array([-1.0, 0.0, 1.0]), np.ones(3))
    assert probability == pytest.approx([0.5 / (num + 1), 0.5, 1 - 0.5 / (num + 1)])
    assert len(odds_of(np.zeros(num)).probability(np.empty(0), np.empty(0))) == 0


def test_states_follow_the_probability_and_what_is_known():
    probability = np.array([0.9, 0.8, 0.79, 0.5, 0.21, 0.2, 0.1, 0.99])
    known = np.array([True] * 7 + [False])
    told = ["inside", "inside", "too_close", "too_close", "too_close", "outside", "outside", "unknown"]
    assert states_of(probability, known, 0.8).tolist() == told


@pytest.mark.parametrize("confidence", [0.5, 1.0, 0.2, 80.0, -1.0, float("nan")])
def test_what_is_no_confidence_is_refused(confidence):
    with pytest.raises(InputError, match=r"above 0.5 and below 1; got .* Write 0.8 for 80 %"):
        checked_confidence(confidence)
    assert checked_confidence(0.51) == 0.51
