"""Hysteresis and contrast of records whose values are known by hand."""

import numpy as np
import pytest

from physdfa.analysis.transfer import branch_means, contrast_db, hysteresis


def make_record(rising, falling, drive=(0.0, 1.0, 2.0)):
    """A sweep up over `drive` and down again."""
    both = np.concatenate([drive, drive[::-1]])
    output = np.concatenate([rising, falling[::-1]]).astype(float)
    return both, output, np.repeat([1, -1], len(drive))


def test_repeats_become_their_mean():
    drive, mean = branch_means(np.array([1.0, 0.0, 1.0]), np.array([2.0, 5.0, 4.0]))
    assert drive.tolist() == [0.0, 1.0]
    assert mean.tolist() == [5.0, 3.0]


def test_the_distance_of_two_parallel_branches_is_their_offset():
    found = hysteresis(*make_record([0.0, 1.0, 4.0], [0.5, 1.5, 4.5]))
    assert found is not None
    assert (found.largest, found.mean) == (0.5, 0.5)
    assert found.share == pytest.approx(0.5 / 4.5)


def test_a_triangle_of_distance_has_half_its_height_as_mean():
    found = hysteresis(*make_record([0.0, 0.0, 0.0], [0.0, -3.0, 0.0]))
    assert found is not None
    assert (found.largest, found.mean, found.drive, found.share) == (3.0, 1.5, 1.0, 1.0)


def test_branches_of_unlike_points_are_compared_where_both_are_known():
    drive = np.array([0.0, 2.0, 3.0, 1.0])
    output = np.array([0.0, 2.0, 4.0, 2.0])  # u on the way up, u + 1 on the way down
    found = hysteresis(drive, output, np.array([1, 1, -1, -1]))
    assert found is not None
    assert (found.largest, found.mean) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("drive", "direction"),
    [([0.0, 1.0, 2.0, 3.0], [1, 1, 1, 1]), ([0.0, 1.0, 3.0, 2.0], [1, 1, -1, -1])],
    ids=["one branch", "no common drive"],
)
def test_without_two_branches_over_a_common_drive_there_is_no_hysteresis(drive, direction):
    assert hysteresis(np.array(drive), np.arange(4.0), np.array(direction)) is None


def test_a_constant_output_has_no_hysteresis():
    assert hysteresis(*make_record([1.0, 1.0, 1.0], [1.0, 1.0, 1.0])) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("output", "expected"),
    [([1.0, 1000.0], 30.0), ([0.0, 1.0], np.inf), ([-1e-9, 1.0], None), ([0.0, 0.0], None), ([2.0, 2.0], 0.0)],
)
def test_contrast_is_the_ratio_of_largest_to_least_power(output, expected):
    assert contrast_db(np.array(output)) == (None if expected is None else pytest.approx(expected))
