"""Known devices are found again, with honest errors, from any seed; and as an independent program finds them."""

import lmfit
import numpy as np
import pytest

from physdfa.devices.fitting import MODELS, fit
from physdfa.errors import InputError
from tests.devices.fitting.synthetic import interferometer, make_measurement, noisy

pytestmark = pytest.mark.slow

VOLTS = np.linspace(-7.0, 7.0, 71)
WATTS = np.linspace(0.0, 5e-3, 60)

KNOWN = {
    "mach_zehnder": (VOLTS, {"v_pi": 4.0, "v_bias": 1.0, "extinction_ratio_db": 15.0, "peak_output": 1e-3}),
    "electro_absorption": (np.linspace(-1.0, 5.0, 61), {"v_0": 2.0, "exponent": 1.8, "peak_output": 2e-4}),
    "microring_through": (
        VOLTS,
        {"v_fwhm": 1.5, "v_0": -0.7, "extinction_ratio_db": 12.0, "peak_output": 5e-4},
    ),
    "microring_drop": (VOLTS, {"v_fwhm": 2.5, "v_0": 2.2, "peak_output": 5e-4}),
    "saturable_absorber": (WATTS, {"transmission": 0.2, "modulation_depth": 0.5, "saturation_power": 1e-3}),
    "soa": (WATTS, {"gain_db": 17.0, "saturation_power": 8e-4}),
    "laser_diode": (
        np.linspace(0.0, 0.1, 80),
        {"threshold_current": 0.03, "slope_efficiency": 0.4, "spontaneous_efficiency": 0.01},
    ),
    "tanh_amplifier": (np.linspace(-2.0, 2.0, 61), {"gain": -3.0, "saturation": 1.2, "v_offset": 0.3}),
    "rectifier": (np.linspace(-1.0, 3.0, 61), {"gain": 1.5, "v_th": 0.6, "v_slope": 0.2}),
}


def closed_form(model, x, p):
    """The formulas of `physdfa/devices/stages` and of the docstrings, written out once more."""
    if model == "mach_zehnder":
        return interferometer(
            x, v_pi=p["v_pi"], v_bias=p["v_bias"], extinction_ratio_db=p["extinction_ratio_db"], peak=p["peak_output"]
        )
    if model == "electro_absorption":
        return p["peak_output"] * np.exp(-((np.clip(x, 0.0, None) / p["v_0"]) ** p["exponent"]))
    if model.startswith("microring"):
        lorentz = p["v_fwhm"] ** 2 / (p["v_fwhm"] ** 2 + 4.0 * (x - p["v_0"]) ** 2)
        if model == "microring_drop":
            return p["peak_output"] * lorentz
        return p["peak_output"] * (1.0 - (1.0 - 10.0 ** (-p["extinction_ratio_db"] / 10.0)) * lorentz)
    if model == "saturable_absorber":
        return x * (p["transmission"] + p["modulation_depth"] * x / (x + p["saturation_power"]))
    if model == "soa":
        return 10.0 ** (p["gain_db"] / 10.0) * x / (1.0 + x / p["saturation_power"])
    if model == "laser_diode":
        below = p["spontaneous_efficiency"] * np.minimum(x, p["threshold_current"])
        return below + p["slope_efficiency"] * np.maximum(x - p["threshold_current"], 0.0)
    if model == "tanh_amplifier":
        return p["saturation"] * np.tanh(p["gain"] * (x - p["v_offset"]) / p["saturation"])
    assert model == "rectifier"
    return p["gain"] * p["v_slope"] * np.log(1.0 + np.exp((x - p["v_th"]) / p["v_slope"]))


def measured(model, *, noise=0.01, seed=0):
    """A sweep of the known device, its noise a share of its swing."""
    drive, parameters = KNOWN[model]
    output = closed_form(model, drive, parameters)
    units = {"drive_unit": MODELS[model].drive_unit, "output_unit": MODELS[model].output_unit or "W"}
    return make_measurement(drive, noisy(output, noise * np.ptp(output), seed), **units)


def test_every_model_has_a_known_device():
    assert set(KNOWN) == set(MODELS)


@pytest.mark.parametrize("model", KNOWN)
def test_without_noise_the_parameters_are_found_exactly(model):
    drive, parameters = KNOWN[model]
    found = fit(measured(model, noise=0.0), model)
    # Where half an extinction is lost in 1, eight digits of it remain.
    assert found.values == pytest.approx(parameters, rel=1e-6)
    assert list(found.values) == [each.name for each in MODELS[model].parameters] == list(found.units)
    assert found.r_squared == pytest.approx(1.0, abs=1e-12)
    assert found.curve(drive) == pytest.approx(closed_form(model, drive, parameters), rel=1e-6, abs=1e-12)
    # Of a saturating curve, slope and saturation are correlated by 0.99, however good the data.
    assert [sentence for sentence in found.warnings if "are correlated by" not in sentence] == []


@pytest.mark.parametrize("model", KNOWN)
def test_with_noise_the_parameters_lie_within_four_standard_errors(model):
    found = fit(measured(model), model)
    for name, true in KNOWN[model][1].items():
        assert abs(found.values[name] - true) < 4.0 * found.standard_errors[name], name


@pytest.mark.parametrize(
    "model",
    [pytest.param(model, marks=() if model in ("mach_zehnder", "soa") else pytest.mark.slow) for model in KNOWN],
)
def test_the_standard_errors_are_the_spread_of_repeated_measurements(model):
    # 100 repeats give the spread to 7 % (one standard deviation).
    repeats = [fit(measured(model, seed=seed, noise=0.005), model, starts=2) for seed in range(100)]
    for name in KNOWN[model][1]:
        spread = np.std([found.values[name] for found in repeats], ddof=1)
        typical = np.median([found.standard_errors[name] for found in repeats])
        assert typical == pytest.approx(spread, rel=0.2), name


def test_the_residual_deviation_is_the_noise_that_was_put_in():
    noise = 0.01 * np.ptp(closed_form("mach_zehnder", *KNOWN["mach_zehnder"]))
    deviations = [fit(measured("mach_zehnder", seed=seed), "mach_zehnder", starts=2).residual_std for seed in range(25)]
    # The mean of 25 deviations of 67 degrees of freedom: 1.7 % (one standard deviation).
    assert np.mean(deviations) == pytest.approx(noise, rel=0.07)


def test_r_squared_and_residuals_belong_to_the_curve():
    sweep = measured("mach_zehnder")
    found = fit(sweep, "mach_zehnder")
    np.testing.assert_allclose(found.residuals, sweep.output - found.curve(sweep.drive), atol=1e-18)
    unexplained = np.sum(found.residuals**2) / np.sum((sweep.output - sweep.output.mean()) ** 2)
    assert found.r_squared == pytest.approx(1.0 - unexplained)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e6])
def test_units_of_any_size_give_the_same_fit(scale):
    drive, p = KNOWN["mach_zehnder"]
    output = noisy(closed_form("mach_zehnder", drive, p), 1e-5)
    usual = fit(make_measurement(drive, output), "mach_zehnder")
    other = fit(make_measurement(drive * scale, output / scale), "mach_zehnder")
    assert other.values["v_pi"] == pytest.approx(usual.values["v_pi"] * scale, rel=1e-6)
    assert other.standard_errors["v_pi"] == pytest.approx(usual.standard_errors["v_pi"] * scale, rel=1e-4)
    assert other.values["extinction_ratio_db"] == pytest.approx(usual.values["extinction_ratio_db"], rel=1e-5)


@pytest.mark.parametrize("v_bias", [-11.0, -3.9, 0.0, 3.9, 5.0, 13.0])
def test_of_all_equal_bias_voltages_the_one_nearest_to_zero_is_reported(v_bias):
    output = noisy(interferometer(VOLTS, v_bias=v_bias), 1e-6)
    found = fit(make_measurement(VOLTS, output), "mach_zehnder").values["v_bias"]
    assert abs(found) <= 4.01
    assert (found - v_bias) / 8.0 == pytest.approx(round((found - v_bias) / 8.0), abs=0.01)


@pytest.mark.parametrize("fringes", [0.6, 12.0])
def test_few_and_many_fringes_are_found_from_every_seed(fringes):
    drive = np.linspace(10.0, 20.0, 120)
    half_wave = 10.0 / (2.0 * fringes)
    sweep = make_measurement(drive, noisy(interferometer(drive, v_pi=half_wave, v_bias=12.0), 1e-5))
    for seed in range(20):
        found = fit(sweep, "mach_zehnder", starts=8, seed=seed)
        assert abs(found.values["v_pi"] - half_wave) < 4.0 * found.standard_errors["v_pi"]


def test_the_order_of_the_samples_does_not_matter():
    sweep = measured("mach_zehnder")
    order = np.random.default_rng(3).permutation(len(VOLTS))
    shuffled = make_measurement(sweep.drive[order], sweep.output[order])
    first, second = fit(sweep, "mach_zehnder"), fit(shuffled, "mach_zehnder")
    assert second.values == pytest.approx(first.values, rel=1e-7)
    assert second.warnings == first.warnings


def test_a_record_too_long_for_the_search_is_fitted_with_all_its_samples():
    drive = np.linspace(-7.0, 7.0, 50_000)
    found = fit(make_measurement(drive, noisy(interferometer(drive), 1e-5)), "mach_zehnder", starts=4)
    assert len(found.residuals) == 50_000
    assert found.residual_std == pytest.approx(1e-5, rel=0.02)
    assert abs(found.values["v_pi"] - 4.0) < 4.0 * found.standard_errors["v_pi"]
    assert found.standard_errors["v_pi"] < 2e-4


def test_a_branch_is_fitted_alone_and_the_mean_has_the_hysteresis_in_its_residuals():
    rising, falling = interferometer(VOLTS, v_bias=1.2), interferometer(VOLTS, v_bias=0.8)
    sweep = make_measurement(
        np.concatenate([VOLTS, VOLTS[::-1]]),
        np.concatenate([noisy(rising, 1e-6), noisy(falling, 1e-6)[::-1]]),
        direction=np.repeat(np.array([1, -1], np.int8), len(VOLTS)),
    )
    found = {branch: fit(sweep, "mach_zehnder", branch=branch) for branch in ("rising", "falling", "mean")}
    assert found["rising"].values["v_bias"] == pytest.approx(1.2, abs=1e-3)
    assert found["falling"].values["v_bias"] == pytest.approx(0.8, abs=1e-3)
    assert found["mean"].values["v_bias"] == pytest.approx(1.0, abs=1e-2)
    assert len(found["mean"].drive) == 2 * len(found["rising"].drive)
    assert found["mean"].residual_std > 10 * found["rising"].residual_std


def reference_fit(drive, output, *, floor_at_zero):
    """lmfit's Levenberg-Marquardt fit of b + a sin^2(pi V / (2 V_pi) + p), the best of a grid of starts."""

    def curve(x, a, b, p, v_pi):
        return b + a * np.sin(0.5 * np.pi * x / v_pi + p) ** 2

    model = lmfit.Model(curve)
    best = None
    for v_pi in (2.0, 4.0, 6.0, 9.0):
        for phase in (0.0, 1.0, 2.0):
            start = model.make_params(a=np.ptp(output), b=0.0, p=phase, v_pi=v_pi)
            start["b"].set(vary=not floor_at_zero)
            result = model.fit(output, start, x=drive)
            if result.params["a"].value > 0 and (best is None or result.chisqr < best.chisqr):
                best = result
    return best


def error_with_a_free_floor(sweep, reference):
    """Of V_pi, from the closed derivatives of the curve at a floor of 0 that could go either way."""
    a, p, v_pi = (reference.params[name].value for name in ("a", "p", "v_pi"))
    angle = 0.5 * np.pi * sweep.drive / v_pi + p
    by_phase = a * np.sin(2.0 * angle)
    by_v_pi = -by_phase * 0.5 * np.pi * sweep.drive / v_pi**2
    slopes = np.stack([np.sin(angle) ** 2, np.ones_like(angle), by_phase, by_v_pi], axis=1)
    return np.sqrt(reference.redchi * np.linalg.inv(slopes.T @ slopes)[-1, -1])


def labtel(measured_devices, column):
    table = np.genfromtxt(measured_devices / "mzm_single_drive_labtel.csv", delimiter=",", names=True)
    return make_measurement(table["bias_V"], 1e-3 * 10.0 ** (table[column] / 10.0))


@pytest.mark.parametrize(("column", "v_pi"), [("rising_dBm", 4.69), ("falling_dBm", 4.67)])
def test_a_measured_modulator_has_the_half_wave_voltage_that_lmfit_finds(measured_devices, column, v_pi):
    sweep = labtel(measured_devices, column)
    found = fit(sweep, "mach_zehnder")
    is_bare = column == "rising_dBm"  # its least output is best described by no floor at all
    assert np.isinf(found.values["extinction_ratio_db"]) == is_bare
    reference = reference_fit(sweep.drive, sweep.output, floor_at_zero=is_bare)
    a, b, p, half_wave = (reference.params[name] for name in ("a", "b", "p", "v_pi"))
    assert found.values["v_pi"] == pytest.approx(v_pi, abs=0.005)
    assert found.values["v_pi"] == pytest.approx(half_wave.value, rel=1e-5)
    error = error_with_a_free_floor(sweep, reference) if is_bare else half_wave.stderr
    assert found.independent_errors["v_pi"] == pytest.approx(error, rel=1e-3)
    # Its residuals are those of another curve, in order: by 2.8 and more, as AR(1) errors of 0.74 and more make them.
    assert found.standard_errors["v_pi"] > 2.5 * error
    assert found.values["peak_output"] == pytest.approx(a.value + b.value, rel=1e-5)
    bias = half_wave.value - 2.0 * half_wave.value * p.value / np.pi
    turns = (found.values["v_bias"] - bias) / (2.0 * half_wave.value)
    assert turns == pytest.approx(round(turns), abs=1e-5)
    if not is_bare:
        extinction = 10.0 * np.log10((a.value + b.value) / b.value)
        assert found.values["extinction_ratio_db"] == pytest.approx(extinction, rel=1e-4)
    assert found.residual_std == pytest.approx(np.sqrt(reference.redchi), rel=1e-6)
    assert found.r_squared >= (0.999 if is_bare else 0.997)
    assert found.r_squared == pytest.approx(reference.rsquared, abs=1e-8)


@pytest.mark.slow
def test_the_measured_modulator_is_found_from_twenty_of_twenty_seeds(measured_devices):
    sweep = labtel(measured_devices, "rising_dBm")
    found = [fit(sweep, "mach_zehnder", seed=seed) for seed in range(20)]
    assert [each.values["v_pi"] for each in found] == pytest.approx([found[0].values["v_pi"]] * 20, rel=1e-6)
    assert found[0].values["v_pi"] == pytest.approx(4.69, abs=0.005)
    assert min(each.starts_at_optimum for each in found) > 16


@pytest.mark.parametrize(
    ("changes", "options", "complaint"),
    [
        ({}, {"model": "mach_zender"}, "Did you mean 'mach_zehnder'"),
        ({}, {"branch": "upwards"}, "there is no branch 'upwards'"),
        ({}, {"branch": "falling"}, "`y` has no falling samples"),
        ({}, {"starts": 0}, "must be >= 1; got 0"),
        ({"drive_unit": "m"}, {}, "is driven with a voltage \\[V\\], but `x` is in m"),
        ({}, {"model": "soa"}, "is driven with optical power \\[W\\], but `x` is in V"),
        ({"output_unit": "W"}, {"model": "tanh_amplifier"}, "answers with a voltage \\[V\\], but `y` is in W"),
        ({"setting": np.arange(71.0)}, {}, "several settings"),
    ],
)
def test_what_cannot_be_fitted_is_refused(changes, options, complaint):
    sweep = make_measurement(VOLTS, interferometer(VOLTS), **changes)
    with pytest.raises(InputError, match=complaint):
        fit(sweep, **({"model": "mach_zehnder"} | options))


def test_too_few_drive_values_are_refused_with_the_number_needed():
    few = np.repeat(np.linspace(0.0, 4.0, 5), 10)
    with pytest.raises(InputError, match="5 different drive values; mach_zehnder has 4 parameters and needs 6"):
        fit(make_measurement(few, interferometer(few)), "mach_zehnder")


def test_a_constant_output_is_refused():
    with pytest.raises(InputError, match="`y` is constant"):
        fit(make_measurement(VOLTS, np.full(71, 1e-3)), "mach_zehnder")


def test_the_wrong_model_is_refused_with_what_it_leaves_unexplained():
    with pytest.raises(InputError, match=r"electro_absorption leaves .* % of the variation of `y` unexplained"):
        fit(make_measurement(VOLTS, interferometer(VOLTS)), "electro_absorption")


def test_reverse_voltages_written_as_negative_are_named():
    with pytest.raises(InputError, match="takes the reverse voltage as positive"):
        fit(make_measurement(-np.abs(VOLTS), interferometer(VOLTS)), "electro_absorption")
