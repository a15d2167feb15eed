"""A measurement on the data sheet: the whole record, the device that it makes, and the fit beside it."""

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
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
