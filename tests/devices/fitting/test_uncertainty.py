"""Standard errors where the truth is known: errors in order, parameters at their bound."""

import numpy as np
import pytest

from physdfa.devices.fitting import fit
from tests.devices.fitting.synthetic import autoregressive, interferometer, make_measurement, noisy

VOLTS = np.linspace(-7.0, 7.0, 71)
V_PI = 4.0


def fits(outputs, drive=VOLTS):
    return [fit(make_measurement(drive, output), "mach_zehnder", starts=2) for output in outputs]


def misses(found, errors="standard_errors"):
    """How far v_pi lies from the truth, in its standard errors."""
    return np.array([(each.values["v_pi"] - V_PI) / getattr(each, errors)["v_pi"] for each in found])


def test_errors_without_order_are_those_of_independent_residuals():
    (found,) = fits([noisy(interferometer(VOLTS), 1e-5)])
    assert found.residual_correlation == 0.0
    assert found.standard_errors == found.independent_errors


def test_under_errors_in_order_the_standard_errors_are_the_scatter_of_repeated_measurements():
    found = fits([interferometer(VOLTS) + autoregressive(71, 0.8, seed, 1e-5) for seed in range(30)])
    # The root mean square of 30 normal numbers, to 13 % (one standard deviation).
    assert np.sqrt(np.mean(misses(found) ** 2)) == pytest.approx(1.0, abs=0.4)
    assert np.sqrt(np.mean(misses(found, "independent_errors") ** 2)) > 1.8
    assert np.median([each.residual_correlation for each in found]) == pytest.approx(0.8, abs=0.07)


def test_order_within_each_of_two_repeats_is_seen_between_whose_samples_there_is_none():
    drive, curve = np.tile(VOLTS, 2), np.tile(interferometer(VOLTS), 2)
    errors = np.concatenate([autoregressive(71, 0.8, 0, 1e-5), autoregressive(71, 0.8, 1, 1e-5)])
    (found,) = fits([curve + errors], drive)
    assert found.residual_correlation == pytest.approx(0.8, abs=0.15)
    assert found.standard_errors["v_pi"] > 1.8 * found.independent_errors["v_pi"]


def test_a_floor_at_its_bound_does_not_make_the_other_errors_too_small():
    # Half a fringe and a bit: v_pi and the floor are correlated by 0.9, the floor is 0.6 of its own error above 0.
    drive = np.linspace(0.0, 4.5, 71)
    curve = interferometer(drive, extinction_ratio_db=18.0)
    found = fits([noisy(curve, 3e-5, seed) for seed in range(60)], drive)
    at_bound = [each for each in found if np.isinf(each.values["extinction_ratio_db"])]
    assert len(at_bound) >= 10
    # With the floor held at 0, 22 % of them miss by 1.96 standard errors.
    assert np.mean(np.abs(misses(at_bound)) < 1.96) >= 0.94
    assert np.mean(np.abs(misses(found)) < 1.96) >= 0.88
    assert all(np.isnan(each.standard_errors["extinction_ratio_db"]) for each in at_bound)


def test_where_the_data_do_not_hold_a_parameter_at_its_bound_the_others_have_errors_with_it_held():
    # A threshold at the first current: the two slopes cannot be told apart, their sum can.
    drive = np.linspace(1e-3, 2e-2, 60)
    sweep = make_measurement(drive, noisy(0.3 * drive, 1e-6), drive_unit="A")
    found = fit(sweep, "laser_diode", starts=4)
    assert np.isfinite(found.standard_errors["slope_efficiency"])


@pytest.mark.slow
@pytest.mark.parametrize(("num_samples", "r", "least"), [(71, 0.4, 0.88), (71, 0.8, 0.86), (300, 0.8, 0.9)])
def test_the_intervals_cover_the_truth_under_errors_in_order(num_samples, r, least):
    drive = np.linspace(-7.0, 7.0, num_samples)
    curve = interferometer(drive)
    found = fits([curve + autoregressive(num_samples, r, seed, 1e-5) for seed in range(400)], drive)
    assert least <= np.mean(np.abs(misses(found)) < 1.96) <= 0.98
