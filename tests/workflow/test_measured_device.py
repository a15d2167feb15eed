"""A measurement on the data sheet: the whole record, the device that it makes, and the fit beside it."""

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.report.datasheet import device_sheet
from physdfa.report.datasheet.facts import fact_groups
from physdfa.workflow.device import device_subject
from physdfa.workflow.measured_device import MeasuredOptions

DRIVE = np.linspace(-7.0, 7.0, 71)


def cosine(shift: float) -> np.ndarray:
    """Power of a modulator with V_pi = 4 V, full transmission at `shift`, 1 mW, 20 dB [mW]."""
    return 0.01 + 0.99 * np.cos(np.pi * (DRIVE - shift) / 8.0) ** 2


@pytest.fixture
def sweep(tmp_path):
    """A rising and a falling branch, 0.5 V apart."""
    path = tmp_path / "sweep.csv"
    table = np.column_stack([DRIVE, cosine(1.0), cosine(1.5)])
    np.savetxt(path, table, delimiter=",", header="bias_V,rising_mW,falling_mW", comments="", fmt="%.9g")
    return str(path)


def shown(path, *changes, **options):
    return device_subject(path, changes, measured=MeasuredOptions(**{"x": "bias_V", **options}))


def test_both_branches_are_kept_whichever_makes_the_device(sweep):
    for branch in ("rising", "falling"):
        subject = shown(sweep, y="mW", branch=branch)
        assert subject.measurement is not None
        assert subject.measurement.has_both_branches
        # full transmission at 1 V on the way up, at 1.5 V on the way down
        peak = {"rising": 1.0, "falling": 1.5}[branch]
        assert float(subject.device.respond(jnp.float32(peak))) == pytest.approx(1.0, abs=1e-4)


def test_gain_and_offset_lead_the_potential_to_the_drive(sweep):
    subject = shown(sweep, "reference=balanced", y="rising_mW", drive_gain=2.0, offset=1.0)
    assert float(subject.device.respond(jnp.float32(0.0))) == pytest.approx(1.0, abs=1e-4)  # 1 V: full transmission
    assert float(subject.device.respond(jnp.float32(2.0))) == pytest.approx(-1.0, abs=1e-4)  # 5 V: the least


def test_a_model_is_fitted_beside_the_points(sweep):
    fit = shown(sweep, y="mW", branch="rising", model="mach_zehnder").fit
    assert fit is not None
    values = {name: float(value) for name, value, _, _ in fit.rows}
    assert values["v_pi"] == pytest.approx(4.0, rel=1e-4)
    assert values["extinction_ratio_db"] == pytest.approx(20.0, abs=0.01)
    assert np.isnan(fit.residuals).sum() == DRIVE.size  # the falling branch took no part
    np.testing.assert_allclose(fit.residuals[: DRIVE.size], 0.0, atol=1e-9)


def test_the_light_of_a_measured_device_can_be_stated(sweep):
    assert shown(sweep, "cost.optical_power=0.002", y="mW").cost.optical_power == pytest.approx(2e-3)


@pytest.mark.parametrize(
    ("changes", "options", "complaint"),
    [
        ((), {"y": "mW", "branch": "sideways"}, "sideways"),
        ((), {"y": "mW", "outside": "guess"}, "outside` is .* must be one of hold, periodic, refuse"),
        ((), {"y": "mW", "model": "mach_zender"}, "mach_zehnder"),
        ((), {"y": "nothing"}, "nothing"),
        (("v_pi=3",), {"y": "mW"}, "there is no device parameter 'v_pi'"),
        (("cost.driver_power=1",), {"y": "mW"}, "has no driver"),
    ],
)
def test_what_cannot_be_used_is_refused(sweep, changes, options, complaint):
    with pytest.raises(InputError, match=complaint):
        shown(sweep, *changes, **options)


def test_options_of_a_measurement_are_refused_with_anything_else():
    with pytest.raises(InputError, match="--setting-column, --model: say how a measurement is read"):
        device_subject("mach_zehnder", measured=MeasuredOptions(setting_column="T", model="mach_zehnder"))


@pytest.fixture
def states(tmp_path):
    """A memristor on the way up and down: 1 S, then 0.1 S."""
    path = tmp_path / "states.csv"
    volts = [0, 1, 2, 1, 0, 1, 2, 1, 0]
    amperes = [v * (1.0 if n < 4 else 0.1) for n, v in enumerate(volts)]
    path.write_text("v (V),i (A)\n" + "".join(f"{v},{i}\n" for v, i in zip(volts, amperes, strict=True)))
    return str(path)


def test_states_are_named_on_the_sheet_until_one_is_chosen(states):
    sheet = device_sheet(device_subject(states, measured=MeasuredOptions(branch="rising")))
    warnings = [words for group in fact_groups(sheet) for what, words in group.rows if what == "warning"]
    assert len(warnings) == 1
    assert "rising repeats of `i (A)` disagree" in warnings[0]
    for repeat, amperes in (("1", 2.0), ("2", 0.2)):
        subject = device_subject(states, measured=MeasuredOptions(branch="rising", repeat=repeat))
        assert not subject.warnings
        assert subject.measurement is not None
        assert subject.measurement.output.max() == pytest.approx(amperes)


def test_a_labview_file_is_a_measurement(tmp_path):
    path = tmp_path / "sweep.lvm"
    path.write_text("X_Value\tbias (V)\tpower (mW)\tComment\n" + "".join(f"\t{v}\t{v + 1}\n" for v in range(5)))
    assert device_subject(str(path)).measurement is not None
