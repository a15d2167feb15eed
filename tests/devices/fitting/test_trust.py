"""Each reason to doubt a fit is told where it exists, and only there."""

from dataclasses import replace

import numpy as np
import pytest

from physdfa.devices.fitting import fit
from physdfa.devices.fitting.model import sweep_of
from physdfa.devices.fitting.trust import Evidence, durbin_watson, warnings_of
from physdfa.devices.fitting.uncertainty import uncertainty
from tests.devices.fitting.synthetic import interferometer, make_measurement, noisy

VOLTS = np.linspace(-7.0, 7.0, 71)
NOISE = 2e-6


def warnings_for(output, *, drive=VOLTS, model="mach_zehnder", **options):
    return fit(make_measurement(drive, output), model, **options).warnings


def only(warnings, words):
    """The one warning there is, if these words are in it."""
    assert len(warnings) == 1, warnings
    assert words in warnings[0]
    return warnings[0]


def test_a_good_fit_has_no_warning():
    # Of 40 honest sweeps, the Durbin-Watson limit (three standard deviations) takes none or one for ordered.
    doubted = sum(bool(warnings_for(noisy(interferometer(VOLTS), NOISE, seed), starts=4)) for seed in range(40))
    assert doubted <= 1


def test_a_sweep_shorter_than_a_half_wave_is_told_with_both_lengths():
    drive = np.linspace(0.0, 3.0, 300)
    warnings = warnings_for(noisy(interferometer(drive, v_pi=5.0, v_bias=-1.0), 1e-7), drive=drive)
    assert any("the sweep of 3 V is shorter than the half wave of" in sentence for sentence in warnings)


def test_parameters_that_the_data_hold_together_only_are_named():
    drive = np.linspace(0.0, 1.0, 400)
    warnings = warnings_for(noisy(interferometer(drive, v_pi=4.0, v_bias=-1.5), 1e-7), drive=drive)
    assert any("are correlated by" in sentence for sentence in warnings)


def test_a_nearly_singular_fit_is_told_by_its_condition_number():
    found = fit(make_measurement(VOLTS, noisy(interferometer(VOLTS), NOISE)), "mach_zehnder")
    assert found.warnings == ()
    known = uncertainty(found.problem, found.drive, found.optimum)
    doubtful = Evidence(
        values=found.values,
        units=found.units,
        known=known._replace(condition=2e5),
        sweep=sweep_of(VOLTS),
        swing=1e-3,
        others=(),
        residuals=(found.residuals,),
        floor=None,
        num_at_best=2,
        starts=32,
    )
    condition, rarely = warnings_of(doubtful)
    assert "condition number 2e+05" in condition
    assert "only 2 of 32 searches" in rarely
    undetermined = replace(doubtful, known=known._replace(condition=np.inf), num_at_best=32)
    assert "do not determine all parameters" in only(warnings_of(undetermined), "standard errors")


def test_a_floor_below_the_noise_makes_the_extinction_a_lower_limit():
    warnings = warnings_for(noisy(interferometer(VOLTS, extinction_ratio_db=40.0), 2e-5, seed=1))
    sentence = only(warnings, "take extinction_ratio_db as a lower limit of about")
    # The floor plus two noise deviations: 10 log10(1e-3 / 4e-5) = 14 dB; the deviation is known to 12 %.
    limit = float(sentence.partition("about ")[2].split()[0])
    assert 13.0 <= limit <= 15.0


def test_a_floor_at_its_bound_is_said_with_what_the_other_errors_are_worth():
    # Of five such sweeps about half end at a floor of 0: the noise is 200 times the floor.
    sweeps = [noisy(interferometer(VOLTS, extinction_ratio_db=40.0), 2e-5, seed) for seed in range(5)]
    found = [fit(make_measurement(VOLTS, output), "mach_zehnder", starts=4) for output in sweeps]
    at_bound = [each for each in found if np.isinf(each.values["extinction_ratio_db"])]
    assert at_bound
    for each in at_bound:
        sentence = only(each.warnings, "take extinction_ratio_db as a lower limit of about")
        assert "it ended at its bound, and the standard errors of the others allow for its lying elsewhere" in sentence


def test_a_parameter_at_the_end_of_its_range_is_held_and_has_no_error():
    # Absorption that grows with the root of the voltage: below the least exponent, 1.
    drive = np.linspace(0.0, 5.0, 80)
    sweep = make_measurement(drive, noisy(1e-3 * np.exp(-np.sqrt(drive / 2.0)), 1e-6))
    found = fit(sweep, "electro_absorption")
    assert found.values["exponent"] == pytest.approx(1.0, abs=1e-6)
    assert np.isnan(found.standard_errors["exponent"])
    assert np.isfinite(found.standard_errors["v_0"])
    assert any("`exponent` ended at the end of its range (1)" in sentence for sentence in found.warnings)


def test_a_curve_that_the_model_misses_shows_in_the_order_of_its_residuals():
    lobe = 1.0 + 0.1 * np.cos(2.0 * np.pi * VOLTS / 3.1)
    *_, sentence = warnings_for(noisy(interferometer(VOLTS) * lobe, NOISE))
    assert "neighbouring residuals are alike" in sentence
    assert "The standard errors allow for errors that correlate by 0.9" in sentence


def test_errors_that_allow_for_a_parameter_at_its_bound_say_so_and_others_too():
    drive = np.linspace(0.0, 5.0, 80)
    output = noisy(1e-3 * np.exp(-np.sqrt(drive / 2.0)), 1e-6)
    found = fit(make_measurement(drive, output), "electro_absorption")
    assert any("the others allow for its lying elsewhere" in sentence for sentence in found.warnings)
    known = uncertainty(found.problem, found.drive, found.optimum)
    evidence = Evidence(
        values=found.values,
        units=found.units,
        known=known._replace(is_held=True),
        sweep=sweep_of(drive),
        swing=1e-3,
        others=(),
        residuals=(found.residuals,),
        floor=None,
        num_at_best=32,
        starts=32,
    )
    assert any("the others hold only if it lies there" in sentence for sentence in warnings_of(evidence))


def test_residuals_of_rounding_alone_are_no_reason_to_doubt():
    assert warnings_for(interferometer(VOLTS)) == ()


def test_hysteresis_is_told_of_the_mean_of_both_branches_only():
    both = np.concatenate([interferometer(VOLTS, v_bias=1.2), interferometer(VOLTS, v_bias=0.8)])
    sweep = make_measurement(
        np.concatenate([VOLTS, VOLTS]), noisy(both, NOISE), direction=np.repeat(np.array([1, -1], np.int8), 71)
    )
    mean = fit(sweep, "mach_zehnder", branch="mean").warnings
    assert any("neighbouring residuals are alike" in sentence for sentence in mean)
    assert fit(sweep, "mach_zehnder", branch="rising").warnings == ()


def test_a_second_optimum_that_is_as_good_is_told():
    # Nine samples at random drives, with a fifth of the swing as noise: one such sweep in fifty has a second fringe.
    generator = np.random.default_rng(80)
    drive = np.sort(generator.uniform(-7.0, 7.0, 9))
    output = interferometer(drive, v_pi=3.0) + 2e-4 * generator.standard_normal(9)
    assert any("other parameters fit as well: v_pi =" in sentence for sentence in warnings_for(output, drive=drive))


@pytest.mark.parametrize(
    ("residuals", "statistic"),
    [([1.0, -1.0, 1.0, -1.0], 3.0), ([1.0, 1.0, 1.0], 0.0), ([1.0, 2.0, 3.0], 1.0 / 7.0), ([0.0, 0.0], 2.0)],
)
def test_the_durbin_watson_statistic_of_a_few_numbers(residuals, statistic):
    assert durbin_watson([np.array(residuals)]) == pytest.approx(statistic)


def test_the_statistic_takes_no_step_from_one_sweep_to_the_next():
    assert durbin_watson([np.array([1.0, 1.0]), np.array([-1.0, -1.0])]) == 0.0
