"""The largest joint tolerance box of a region that is known."""

import numpy as np
import pytest

from physdfa.analysis.working_range import Axis
from physdfa.analysis.working_range.tolerance import Around

VOLTS = Axis(key="device.offset", low=0.0, high=10.0, unit="V")
GAIN = Axis(key="device.drive_gain", low=0.1, high=10.0, scale="log", unit="V")


def around(best, scales, works):
    """A best point around which all is known: `works` takes a row of values."""
    axes = [axis for axis in (VOLTS, GAIN) if axis.key in best]

    def expected(positions):
        values = [[axis.value(place) for axis, place in zip(axes, row, strict=True)] for row in positions]
        return float(np.mean([works(row) for row in values]))

    return Around(axes, best, scales, expected)


def test_the_box_ends_where_the_wanted_share_of_it_works():
    point = around({VOLTS.key: 5.0}, {VOLTS.key: 4.0}, lambda row: abs(row[0] - 5) < 1.0)
    # Of ± 4 V x, the middle ± 1 V works: 1 / (4 x) of it.
    box = point.largest_box(0.8)
    assert box.share == pytest.approx(1 / (4 * 0.8), rel=0.03)
    assert box.ends[VOLTS.key] == pytest.approx((5 - 4 * box.share, 5 + 4 * box.share))
    assert box.predicted >= 0.8
    assert box.clipped == ()


def test_all_parameters_move_together_by_shares_of_their_scales():
    best = {VOLTS.key: 5.0, GAIN.key: 2.0}
    scales = {VOLTS.key: 4.0, GAIN.key: 2.0}
    point = around(best, scales, lambda row: abs(row[0] - 5) < 1.0 and abs(row[1] - 2) < 0.5)
    # Of ± 4 V x by ± 2 V x, ± 1 V by ± 0.5 V works: 1 / (4 x)^2 of it, uniform in volts on the log axis, too.
    box = point.largest_box(0.81)
    assert box.share == pytest.approx(1 / (4 * 0.9), rel=0.03)


def test_a_parameter_without_a_scale_stays_at_the_best():
    best = {VOLTS.key: 5.0, GAIN.key: 2.0}
    point = around(best, {VOLTS.key: 4.0}, lambda row: row[1] == pytest.approx(2.0))
    assert list(point.largest_box(0.9).ends) == [VOLTS.key]


def test_the_declared_range_clips_the_box_and_ends_it():
    point = around({VOLTS.key: 1.0}, {VOLTS.key: 4.0}, lambda row: True)
    box = point.box(0.5)
    assert (box.ends[VOLTS.key], box.clipped) == ((0.0, 3.0), (VOLTS.key,))
    whole = point.largest_box(0.9)
    assert whole.share == pytest.approx(9 / 4)
    assert whole.ends[VOLTS.key] == pytest.approx((0.0, 10.0))


def test_where_the_best_does_worse_there_is_no_box():
    assert around({VOLTS.key: 5.0}, {VOLTS.key: 4.0}, lambda row: row[0] > 5.0).largest_box(0.8) is None
