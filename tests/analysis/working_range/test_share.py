"""Shares of the box: against areas known in closed form, and Wilson's interval against published values."""

import math
from dataclasses import replace

import numpy as np
import pytest

from physdfa.analysis.working_range import LevelRule, spread_over_box, wilson, working_range
from physdfa.analysis.working_range.share import counted_share
from tests.analysis.working_range.landscapes import LEVEL, RADIUS, disc_accuracy, fitted, make_points, noisy_points

AREA = math.pi * RADIUS**2


@pytest.mark.parametrize(
    ("working", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_are_the_published_ones(working, total, low, high):
    # Newcombe, Stat. Med. 17, 857 (1998), table I, method 3.
    assert wilson(working, total) == pytest.approx((low, high), abs=6e-5)


def test_no_share_is_below_none_or_above_all():
    assert wilson(0, 5)[0] == 0.0
    assert wilson(5, 5)[1] == 1.0
    with pytest.raises(ValueError, match="0 <= working <= total"):
        wilson(6, 5)


def test_a_uniform_design_counts_the_area_of_a_disc_within_its_interval():
    share = counted_share(make_points(num=512), LEVEL)
    assert share.share == pytest.approx(AREA, abs=0.01)
    assert share.low < AREA < share.high


def test_the_border_of_a_grid_owns_half_cells():
    side = np.linspace(0, 1, 21)
    positions = np.stack([axis.ravel() for axis in np.meshgrid(side, side)], axis=1)
    # A box of half the range along one axis: points at 0, 0.05 ... 0.5, of which the first and last own half cells.
    share = counted_share(
        make_points(lambda x: np.where(x[:, 0] <= 0.476, 0.95, 0.5), design="grid", positions=positions), LEVEL
    )
    assert share.share == pytest.approx(0.475)  # 11/21 = 0.524 without the weights


def test_the_points_of_a_search_are_not_counted():
    assert counted_share(make_points(design="uneven"), LEVEL) is None


def predicted(points):
    return working_range(points, fitted(points), LevelRule(kind="absolute", value=LEVEL)).predicted


def test_the_area_of_the_disc_is_met_and_less_surely_with_fewer_points(disc):
    many, few = disc.predicted, predicted(make_points(num=16))
    assert many.share == pytest.approx(AREA, abs=0.01)
    assert many.low < AREA < many.high
    assert few.low < AREA < few.high
    assert few.high - few.low > 1.5 * (many.high - many.low)
    assert many.unknown == 0.0


def test_the_parts_of_the_box_by_verdict_are_all_of_it_and_more_doubt_is_more_too_close(noisy):
    sure, unsure = predicted(noisy_points(num=64, std=0.001)), noisy.predicted
    for share in (sure, unsure):
        assert share.inside + share.outside + share.too_close + share.unknown == pytest.approx(1.0)
        assert share.inside <= share.share <= share.inside + share.too_close
    assert unsure.too_close > 3 * sure.too_close > 0
    # Normal noise of 0.01: too close within 0.0084, 80 % of it to one side, |0.3^2 - r^2| < 0.0168, an area of 0.106.
    assert unsure.too_close == pytest.approx(0.106, abs=0.03)


def test_points_that_were_added_where_they_tell_most_are_not_counted():
    points = make_points(num=64)
    inside = spread_over_box(points.axes, 64, seed=9) * 0.2 + 0.4
    both = replace(
        points,
        positions=np.concatenate([points.positions, inside]),
        accuracy=np.concatenate([points.accuracy, disc_accuracy(inside)]),
        failed=np.zeros(128, bool),
        even=np.arange(128) < 64,
    )
    assert counted_share(both, LEVEL) == counted_share(points, LEVEL)
    assert counted_share(replace(both, even=None), LEVEL).share > counted_share(points, LEVEL).share
