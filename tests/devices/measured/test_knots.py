import numpy as np
import pytest

from physdfa.devices.measured.knots import MOST_KNOTS, merged
from physdfa.errors import InputError


def test_equal_drives_become_their_mean_in_ascending_order():
    drive, output, _ = merged(np.array([2.0, 0.0, 1.0, 1.0]), np.array([5.0, 1.0, 2.0, 4.0]))
    assert drive.tolist() == [0.0, 1.0, 2.0]
    assert output.tolist() == [1.0, 3.0, 5.0]


def test_the_spread_of_repeats_is_their_standard_deviation():
    drive = np.repeat([0.0, 1.0, 2.0], 2)
    _, _, spread = merged(drive, np.array([0.0, 2.0, 0.0, 2.0, 0.0, 2.0]))
    assert spread == pytest.approx(np.sqrt([2.0, 2.0, 2.0]))  # of two numbers two apart, ddof 1


def test_repeated_sweeps_with_jitter_become_one():
    rng = np.random.default_rng(0)
    sweep = np.linspace(0.0, 10.0, 101)
    drive = np.concatenate([sweep + rng.normal(0.0, 0.005, 101) for _ in range(5)])
    knots, output, _ = merged(drive, 3.0 * drive)
    assert len(knots) == pytest.approx(101, abs=2)
    assert output == pytest.approx(3.0 * knots)


def test_an_uneven_single_sweep_keeps_every_drive():
    drive = np.geomspace(1e-6, 1.0, 60)
    assert merged(drive, drive)[0] == pytest.approx(drive)


def test_more_samples_than_knots_are_averaged():
    drive = np.linspace(0.0, 1.0, 100_000)
    knots, output, _ = merged(drive, 2.0 * drive)
    assert len(knots) <= MOST_KNOTS
    assert output == pytest.approx(2.0 * knots)


def test_one_drive_is_refused():
    with pytest.raises(InputError, match="fewer than two different drives"):
        merged(np.array([1.0, 1.0]), np.array([1.0, 2.0]))


def test_a_sweep_recorded_in_random_order_keeps_every_sample():
    drive, order = np.linspace(-5.0, 5.0, 51), np.random.default_rng(0).permutation(51)
    output = np.cos(np.pi * drive / 4.7)
    knots, means, _ = merged(drive[order], output[order])
    np.testing.assert_allclose(knots, drive, atol=1e-12)
    np.testing.assert_allclose(means, output, atol=1e-12)
