"""Axes: positions and values are each other's inverse, and a design spreads evenly over whole numbers and choices."""

import math

import numpy as np
import pytest

from physdfa.analysis.working_range import Axis, positions_of, spread_over_box, values_at
from physdfa.analysis.working_range.axes import distances, features, inside_box
from physdfa.errors import InputError

STEPS = Axis(key="network.num_steps", low=2.0, high=5.0, integer=True)
RESET = Axis(key="network.reset", choices=("zero", "subtract", "none"))
GAIN = Axis(key="device.drive_gain", low=0.1, high=10.0, scale="log")


def test_the_middle_of_a_log_axis_is_the_geometric_mean():
    assert GAIN.position(1.0) == pytest.approx(0.5)
    assert GAIN.value(0.25) == pytest.approx(10**-0.5)


@pytest.mark.parametrize(
    ("axis", "values"), [(STEPS, [2, 3, 4, 5]), (RESET, ["zero", "none"]), (GAIN, [0.1, 0.7, 10.0])]
)
def test_a_value_comes_back_from_its_position(axis, values):
    assert [axis.value(axis.position(value)) for value in values] == pytest.approx(values) if axis is GAIN else values


def test_whole_numbers_and_choices_own_equal_shares_of_a_design():
    points = spread_over_box([STEPS, RESET], 1200, seed=0)
    counts = {
        value: sum(values_at([STEPS, RESET], p)["network.num_steps"] == value for p in points) for value in range(2, 6)
    }
    assert all(count == pytest.approx(300, abs=20) for count in counts.values())
    assert [int(np.sum(points[:, 1] == place)) for place in range(3)] == pytest.approx([400] * 3, abs=20)


def test_beyond_the_range_is_outside_of_the_box_and_no_value_is_no_position():
    assert not inside_box([GAIN], np.array([[GAIN.position(11.0)]]))[0]
    assert inside_box([GAIN], np.array([[GAIN.position(10.0)]]))[0]
    assert math.isnan(GAIN.position("much"))
    assert math.isnan(RESET.position("other"))
    assert GAIN.position(-1.0) == -math.inf


def test_choices_are_as_far_apart_as_the_ends_of_a_range_whichever_they_are():
    apart = distances([GAIN, RESET], np.array([[0.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0], [1.0, 2.0]]))
    assert apart[0] == pytest.approx([1.0, 1.0, 1.0, math.sqrt(2)])
    assert features([GAIN, RESET], np.array([[0.25, 2.0]])).tolist() == [[0.25, 0.0, 0.0, 1.0]]


def test_a_point_without_a_value_and_an_axis_without_a_range_are_refused():
    with pytest.raises(InputError, match=r"missing: network\.reset"):
        positions_of([GAIN, RESET], {"device.drive_gain": 1.0})
    with pytest.raises(InputError, match="must be below"):
        Axis(key="a", low=1.0, high=1.0)
    with pytest.raises(InputError, match="log scale needs low > 0"):
        Axis(key="a", low=0.0, high=1.0, scale="log")
