"""Redrawn curves: their band holds the truth as often as it says, where the truth is known."""

import jax
import numpy as np
import pytest

from physdfa.devices.measured import MeasuredCurve
from physdfa.devices.measured.bootstrap import doubt_of, redrawn
from physdfa.errors import InputError
from tests.devices.curves import make_measurement
from tests.devices.measured.test_curve import make_curve, make_two_branches

DRIVES = np.linspace(-6.0, 6.0, 41)
RUNS, DRAWS = 120, 150


def truth(drive):
    return np.sin(np.pi * drive / 9.4) ** 2


def covered(num_repeats, drift):
    """The share of the drives at which the middle 95 % of redrawn curves hold the truth, over many measurements.

    The noise is 2 % of the swing, `drift` [V] the standard deviation of the shift from repeat to repeat.
    """
    held = []
    for run in range(RUNS):
        random = np.random.default_rng(run)
        shifts = drift * random.normal(size=(num_repeats, 1))
        sweeps = truth(DRIVES + shifts) + 0.02 * random.normal(size=(num_repeats, DRIVES.size))
        repeat = np.repeat(np.arange(num_repeats), DRIVES.size)
        doubt = doubt_of(np.tile(DRIVES, num_repeats), sweeps.ravel(), repeat, DRIVES)
        curves = sweeps.mean(axis=0) + np.stack([redrawn(doubt, random) for _ in range(DRAWS)])
        low, high = np.quantile(curves, [0.025, 0.975], axis=0)
        held.append(np.mean((low <= truth(DRIVES)) & (truth(DRIVES) <= high)))
    return np.mean(held)


@pytest.mark.parametrize(("num_repeats", "drift"), [(1, 0.0), (3, 0.0), (4, 0.2), (8, 0.2)])
def test_the_middle_95_percent_hold_the_truth_at_95_percent_of_the_drives(num_repeats, drift):
    assert covered(num_repeats, drift) == pytest.approx(0.95, abs=0.03)


def test_branches_without_noise_are_drawn_with_replacement():
    rising, falling = make_two_branches(branch="rising").value, make_two_branches(branch="falling").value
    drawn = [make_two_branches(bootstrap=number).value for number in range(1, 41)]
    shares = [float(np.mean((value - rising) / (falling - rising))) for value in drawn]
    assert sorted(set(np.round(shares, 5))) == [0.0, 0.5, 1.0]
    assert 10 <= np.sum(np.round(shares, 5) == 0.5) <= 30  # half of 40, and more than three standard deviations


def test_a_number_is_a_curve_and_all_numbers_are_one_structure():
    curves = [
        MeasuredCurve.from_measurement(make_measurement(), outside="periodic", bootstrap=number) for number in (1, 2, 1)
    ]
    assert jax.tree.structure(curves[0]) == jax.tree.structure(curves[1])
    assert np.array_equal(curves[0].value, curves[2].value)
    assert not np.array_equal(curves[0].value, curves[1].value)


def test_one_sweep_without_noise_has_nothing_to_redraw():
    with pytest.raises(
        InputError, match=r"sweep\.csv: there is nothing to redraw a curve from: one sweep, without noise"
    ):
        make_curve([0, 1, 2, 3], [0, 1, 4, 9], bootstrap=1)
    with pytest.raises(InputError, match="must be a whole number >= 1"):
        make_two_branches(bootstrap=0)
