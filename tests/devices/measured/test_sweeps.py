from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physdfa.devices.measured.sweeps import directions, repeats_of, sweeps_of


@given(turns=st.integers(1, 6), points=st.integers(40, 200), seed=st.integers(0, 2**16), start=st.sampled_from([1, -1]))
@settings(max_examples=30, deadline=None)
def test_the_pieces_of_a_noisy_triangle_are_found(turns, points, seed, start):
    corners = start * np.array([(-1.0) ** k for k in range(turns + 2)])
    clean = np.concatenate([np.linspace(a, b, points, endpoint=False) for a, b in pairwise(corners)])
    # Noise of half a step: about one step in six then goes the wrong way.
    noisy = clean + np.random.default_rng(seed).normal(0.0, 1.0 / points, len(clean))
    direction, num_sweeps = directions(noisy)
    expected = np.repeat(np.sign(np.diff(corners)), points)
    near_a_corner = np.abs(clean) > 0.8
    assert num_sweeps == turns + 1
    assert (direction == expected)[~near_a_corner].all()


@pytest.mark.parametrize(
    ("drive", "expected", "num_sweeps"),
    [
        ([0, 1, 2], [1, 1, 1], 1),
        ([2, 1, 1, 0], [-1, -1, -1, -1], 1),
        ([0, 1, 2, 1, 0], [1, 1, 1, -1, -1], 2),
        ([0, 1, 2, 3, 0, 1, 2, 3], [1] * 8, 2),  # the fly-back is no sweep
        ([3, 0, 2, 1], [1, 1, 1, 1], 0),  # no order
    ],
)
def test_short_sweeps_are_told_apart(drive, expected, num_sweeps):
    direction, found = directions(np.array(drive, float))
    assert direction.tolist() == expected
    assert found == num_sweeps


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("num_samples", [17, 51, 400])
def test_drives_in_random_order_have_no_direction(num_samples, seed):
    drive = np.random.default_rng(seed).permutation(np.linspace(-5.0, 5.0, num_samples))
    direction, num_sweeps = directions(drive)
    assert num_sweeps == 0
    assert np.all(direction == 1)


def test_a_noisy_ramp_is_still_one_sweep():
    drive = np.linspace(5.0, -5.0, 200) + 0.1 * np.random.default_rng(0).normal(size=200)
    direction, num_sweeps = directions(drive)
    assert num_sweeps == 1
    assert np.all(direction == -1)


@pytest.mark.parametrize(
    ("drive", "expected"),
    [
        ([0, 1, 2, 1, 0, 1, 2], [1, 1, 1, 1, 1, 2, 2]),  # rising, falling, rising
        ([0, 1, 2, 3, 0, 1, 2, 3], [1, 1, 1, 1, 2, 2, 2, 2]),
        ([0, 0, 1, 1, 1, 2], [1, 2, 1, 2, 3, 1]),  # one sweep that stays at its drives
        ([3, 0, 2, 1, 0], [1, 1, 1, 1, 2]),  # no order
    ],
)
def test_repeats_of_a_direction_are_numbered(drive, expected):
    values = np.array(drive, float)
    assert repeats_of(values, *sweeps_of(values)).tolist() == expected
