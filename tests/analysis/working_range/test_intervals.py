"""Intervals along a parameter: against edges known in closed form."""

import numpy as np
import pytest

from physdfa.analysis.working_range import Axis, agreeing_landscapes
from physdfa.analysis.working_range.intervals import axis_range
from tests.analysis.working_range.landscapes import BIAS, LEVEL, RADIUS, fitted, make_points

pytestmark = pytest.mark.slow

MIDDLE = np.array([0.5, 0.5])


def line(accuracy, axis=BIAS, num=33):
    """Points of one parameter."""
    return make_points(accuracy, axes=(axis,), positions=np.linspace(0, 1, num)[:, None])


def found_along(points, best, index, level, confidence=0.8):
    """The range along an axis, with the odds of landscapes that agree with the points."""
    odds = agreeing_landscapes(points, 1e-3).odds
    return axis_range(
        fitted(points), best, index, level, confidence, odds=lambda said: odds.probability(said.positions, (level,))
    )


def along(found, index, confidence=0.8):
    """The same of a range that was found."""
    return axis_range(found.surrogate, MIDDLE, index, LEVEL, confidence, odds=found.probability)


def test_the_interval_of_a_disc_is_its_diameter_and_the_margins_its_radius(disc):
    bias, gain = (along(disc, index) for index in (0, 1))
    (interval,) = bias.conditional
    assert (interval.low, interval.high) == pytest.approx((2.0, 8.0), abs=0.05)  # 5 +- 10 x 0.3
    assert (interval.low_end, interval.high_end) == ("level", "level")
    assert (bias.below.absolute, bias.below.relative) == pytest.approx((10 * RADIUS, 0.6), abs=0.05)
    (interval,) = gain.conditional
    assert (interval.low, interval.high) == pytest.approx((100**-RADIUS, 100**RADIUS), rel=0.02)
    assert gain.above.relative == pytest.approx(100**RADIUS - 1, rel=0.02)


def test_the_marginal_share_of_a_disc_is_its_chord(disc):
    found = along(disc, 0)
    values, share = np.array(found.marginal_values), np.array(found.marginal_share)
    chord = 2 * np.sqrt(np.maximum(RADIUS**2 - (values / 10 - 0.5) ** 2, 0))
    assert share == pytest.approx(chord, abs=0.05)


def test_a_range_that_falls_apart_is_reported_as_several():
    # 0.9 + 0.05 cos(4 pi x) is above 0.9 for x in 0 ... 1/8, 3/8 ... 5/8 and 7/8 ... 1.
    points = line(lambda x: 0.9 + 0.05 * np.cos(4 * np.pi * x[:, 0]))
    found = found_along(points, np.array([0.5]), 0, 0.9)
    edges = [(interval.low, interval.high) for interval in found.conditional]
    assert np.ravel(edges) == pytest.approx([0, 1.25, 3.75, 6.25, 8.75, 10], abs=0.03)
    assert [(i.low_end, i.high_end) for i in found.conditional] == [
        ("box", "level"),
        ("level", "level"),
        ("level", "box"),
    ]
    assert found.below.absolute == pytest.approx(1.25, abs=0.03)


def test_an_interval_ends_where_the_surrogate_stops_knowing():
    points = make_points(
        lambda x: np.full(len(x), 0.95) - 0.1 * x[:, 0], axes=(BIAS,), positions=np.linspace(0, 0.4, 20)[:, None]
    )
    found = found_along(points, np.array([0.2]), 0, 0.9)
    (interval,) = found.conditional
    assert (interval.low_end, interval.high_end) == ("box", "unknown")
    assert 4.0 <= interval.high < 5.0
    assert found.unknown > 0.5


def test_whole_numbers_end_at_a_whole_number_that_works():
    steps = Axis(key="network.num_steps", low=1.0, high=16.0, integer=True)
    positions = np.array([[steps.position(value)] for value in range(1, 17)])
    points = make_points(lambda x: 0.8 + 0.2 * x[:, 0], axes=(steps,), positions=positions)
    found = found_along(points, np.array([steps.position(12)]), 0, 0.9)
    # 0.8 + 0.2 (v - 1/2) / 16 >= 0.9 from v = 8.5 on.
    (interval,) = found.conditional
    assert (interval.low, interval.high, interval.high_end) == (9, 16, "box")


def test_choices_that_work_are_listed():
    reset = Axis(key="network.reset", choices=("zero", "subtract"))
    points = make_points(lambda x: 0.95 - 0.2 * x[:, 1] + 0.02 * x[:, 0], axes=(BIAS, reset), num=32)
    found = found_along(points, np.array([0.5, 0.0]), 1, 0.9)
    assert found.working_choices == ("zero",)
    assert found.confident_choices == ("zero",)
    assert (found.conditional, found.confident, found.below) == ((), (), None)
    assert found.marginal_share == (1.0, 0.0)


def test_what_works_for_sure_lies_within_what_works_and_shrinks_with_the_confidence(noisy):
    likely, surely = (along(noisy, 0, confidence) for confidence in (0.8, 0.95))
    (works,), (eighty,), (ninety_five,) = likely.conditional, likely.confident, surely.confident
    assert surely.conditional == likely.conditional
    assert works.low < eighty.low < ninety_five.low < ninety_five.high < eighty.high < works.high
    # Normal noise of 0.01: 80 % sure 0.0084 above the level, where 10 sqrt(0.3^2 - 2 x 0.0084) = 2.71 V off the middle.
    assert (eighty.high - eighty.low) / 2 == pytest.approx(2.71, abs=0.12)
    assert (eighty.low_end, eighty.high_end) == ("level", "level")


def test_a_choice_whose_side_is_a_coin_toss_works_but_not_surely():
    reset = Axis(key="network.reset", choices=("zero", "subtract"))
    random = np.random.default_rng(0)
    points = make_points(
        lambda x: np.where(x[:, 1] == 0, 0.95, 0.902) + random.normal(0, 0.01, len(x)), axes=(BIAS, reset), num=64
    )
    found = found_along(points, np.array([0.5, 0.0]), 1, 0.9)
    assert (found.working_choices, found.confident_choices) == (("zero", "subtract"), ("zero",))
