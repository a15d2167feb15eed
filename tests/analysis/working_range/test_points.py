"""Evaluated points: failures never count as anything better than a guess."""

import numpy as np
import pytest

from physdfa.analysis.working_range import least_points
from physdfa.errors import InputError
from tests.analysis.working_range.landscapes import BIAS, GAIN, make_points


def test_a_failed_point_enters_as_a_guess_and_never_works():
    failed = np.zeros(64, bool)
    failed[5] = True
    points = make_points(failed=failed)
    assert points.entered(0.1)[5] == pytest.approx(0.1)
    assert points.entered(0.9)[5] == pytest.approx(np.nanmin(points.accuracy))  # worse than all that trained
    assert not points.works(0.0)[5]
    assert points.works(0.0).sum() == 63


def test_too_few_points_are_refused_with_how_many_are_needed():
    assert least_points([BIAS, GAIN]) == 9
    failed = np.zeros(16, bool)
    failed[:8] = True
    with pytest.raises(InputError, match=r"at least 9 points that trained; this run has 8 \(8 failed\)"):
        make_points(num=16, failed=failed)


def test_a_parameter_that_never_moved_is_refused():
    positions = np.stack([np.linspace(0, 1, 16), np.full(16, 0.5)], axis=1)
    with pytest.raises(InputError, match=r"device.drive_gain took one value only"):
        make_points(positions=positions)
