"""Where a device is worth trying, on curves whose answer is known."""

import numpy as np
import pytest

from physdfa.analysis.operating_box import BEYOND, WIDEST, Curve, operating_box

POTENTIALS = np.linspace(-1.0, 1.0, 2001)
"""Evenly filled: without the outliers they span 1.8."""


def spread_at(curve: Curve, gain: float) -> float:
    offsets = np.linspace(*(curve.limits or (-20.0, 20.0)), 401)
    return float(curve.spread(POTENTIALS, np.array([gain]), offsets[None] - 0 * gain).max())


def test_a_periodic_answer_is_tried_from_flat_to_several_periods():
    drive = np.linspace(-1000, 1000, 400001)
    curve = Curve(drive, np.sin(np.pi * drive / 8) ** 2, None, 0.0)  # v_pi = 4
    box = operating_box(curve, POTENTIALS)
    assert box is not None
    assert not box.limited
    # Of a slope, the spread of g over an even span is proportional to the gain; the largest is that of a whole arc.
    assert spread_at(curve, box.gain[0]) == pytest.approx(0.1 * spread_at(curve, 4.0), rel=0.4)
    assert box.gain[0] < 0.5 < 4.0 < box.gain[1] < 40.0
    assert box.offset[0] < -1.0
    assert box.offset[1] > 1.0


def test_a_measured_curve_is_tried_over_what_was_measured_and_no_more():
    drive = np.linspace(0.0, 2.0, 401)
    curve = Curve(drive, np.maximum(drive - 0.5, 0.0), (0.0, 2.0), 0.0)
    box = operating_box(curve, POTENTIALS)
    assert box is not None
    assert box.limited
    assert box.offset == (0.0, 2.0)
    assert box.gain[1] * 1.8 == pytest.approx(WIDEST * 2.0, rel=1e-3)
    assert box.gain[0] < 0.15


def test_a_step_is_alive_at_every_gain_and_its_box_ends_where_it_is_crossed():
    drive = np.concatenate([-np.geomspace(1e-6, 1e3, 4001)[::-1], np.geomspace(1e-6, 1e3, 4001)])
    box = operating_box(Curve(drive, np.tanh(drive), None, 0.0), POTENTIALS)
    assert box is not None
    first = box.gain[1] / BEYOND
    assert 0.5 < first < 4.0  # tanh(gain u) has three quarters of its largest spread there
    assert box.gain[0] < 0.3


def test_the_centre_is_the_offset_that_the_device_has():
    drive = np.linspace(-100, 100, 200001)
    box = operating_box(Curve(drive, np.tanh(drive - 40.0), None, 40.0), POTENTIALS)
    assert box is not None
    assert sum(box.offset) / 2 == pytest.approx(40.0)
    assert box.gain[1] < 40.0


def test_an_answer_that_never_varies_has_no_box():
    drive = np.linspace(-1.0, 1.0, 11)
    assert operating_box(Curve(drive, np.ones(11), None, 0.0), POTENTIALS) is None


def test_outliers_do_not_widen_the_span():
    drive = np.linspace(-1.0, 1.0, 401)
    curve = Curve(drive, drive, (-1.0, 1.0), 0.0)
    spoilt = np.concatenate([POTENTIALS, [500.0, -500.0]])
    plain, with_outliers = operating_box(curve, POTENTIALS), operating_box(curve, spoilt)
    assert plain is not None
    assert with_outliers is not None
    assert with_outliers.gain == pytest.approx(plain.gain, rel=0.01)
