"""Coverage: counted by hand, and a trial whose truth is known."""

import pytest

from physdfa.analysis.range_coverage import LANDSCAPES, Outcome, coverage_of, run_trial
from physdfa.analysis.working_range import wilson

pytestmark = pytest.mark.slow


def outcome(low, high, true=0.3, **odds):
    return Outcome(true=true, share=(low + high) / 2, low=low, high=high, holds_best=True, **odds)


def test_answers_are_counted_and_refusals_beside_them():
    found = coverage_of([outcome(0.2, 0.4), outcome(0.35, 0.4), Outcome(true=0.3)])
    assert (found.num, found.held, found.refused, found.holds_best) == (3, 1, 1, 2)
    assert (found.held_low, found.held_high) == wilson(1, 2)
    assert found.width == pytest.approx((0.2 + 0.05) / 2)
    nothing = coverage_of([Outcome(true=0.3)])
    assert (nothing.refused, nothing.width, nothing.held_low, nothing.held_high) == (1, None, 0.0, 1.0)


def test_odds_are_sorted_into_bands():
    odds = {
        "probability": (0.1, 0.15, 0.97, 1.0),
        "inside": (False, True, True, True),
        "reached": (True, False, True, False),
    }
    bands = coverage_of([outcome(0.2, 0.4, **odds)]).bands
    (low,) = (band for band in bands if band.low == 0.05)
    assert (low.num, low.inside, low.reached, low.stated) == (2, 1, 1, pytest.approx(0.25))
    assert (bands[-1].num, bands[-1].inside, bands[-1].reached) == (2, 2, 1)


def test_the_interval_of_a_quiet_dome_holds_its_area():
    outcomes = run_trial(LANDSCAPES["dome"], 5000, 1)
    level = outcomes["level"]
    assert level.held
    assert level.high - level.low < 0.25
    assert outcomes["best"].held
    # Points called surely are so.
    sure = [inside for p, inside in zip(level.probability, level.inside, strict=True) if p > 0.95]
    assert sum(sure) >= 0.95 * len(sure) > 0


@pytest.mark.slow
def test_a_valley_narrower_than_the_points_lie_apart_is_refused_or_right():
    for number in range(3):
        answer = run_trial(LANDSCAPES["narrow valley"], 5000, number)["best"]
        assert answer.refused or answer.held
