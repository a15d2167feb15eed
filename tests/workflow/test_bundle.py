"""`device export`: what it writes is a bundle that gives the same device to whoever has it."""

import re
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.config.bundle import read_bundle
from physdfa.config.device_table import build_device
from physdfa.errors import InputError
from physdfa.workflow.bundle import export_bundle
from physdfa.workflow.device import NOTHING_SAID, device_section, device_subject
from physdfa.workflow.measured_device import MeasuredOptions
from tests.workflow.test_device import PRESET_FILE
from tests.workflow.tiny import TINY, files_in

ABOUT = {"name": "mine", "source": "A. Author", "license": "CC0-1.0"}
SWEEP = "bias_V,power_mW,note\n" + "".join(f"{volts},{volts * volts},0\n" for volts in range(5))
READ = MeasuredOptions(x="bias_V", y="power_mW", outside="hold", drive_gain=2.0)


@pytest.fixture(autouse=True)
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sweep.csv").write_text(SWEEP)
    (tmp_path / "fitted.toml").write_text(PRESET_FILE)
    (tmp_path / "tiny.toml").write_text(TINY)
    return tmp_path


def export(name, out, *overrides, measured=NOTHING_SAID):
    return export_bundle(name, Path(out), ABOUT, overrides=overrides, measured=measured)


def g_of(table):
    u = jnp.linspace(-1.0, 3.0, 33)
    return np.asarray(build_device(device_section(table, "here", None)).respond(u))


@pytest.mark.parametrize("out", ["mine", "mine.zip"])
def test_a_measured_device_is_the_same_in_its_bundle_elsewhere(workplace, out, monkeypatch):
    expected = g_of(READ.table(workplace / "sweep.csv"))
    export("sweep.csv", out, measured=READ)
    (workplace / "away").mkdir()
    (workplace / out).rename(workplace / "away" / out)
    (workplace / "sweep.csv").unlink()
    monkeypatch.chdir(workplace / "away")
    np.testing.assert_array_equal(g_of({"preset": out}), expected)


def test_a_bundle_holds_the_measurement_as_it_was_recorded(workplace):
    export("sweep.csv", "mine", measured=READ)
    assert [path.name for path in files_in(workplace / "mine")] == ["device.toml", "sweep.csv"]
    assert (workplace / "mine" / "sweep.csv").read_text() == SWEEP


def test_a_fitted_device_keeps_where_its_numbers_come_from():
    export("fitted.toml", "mine")
    shown = device_subject("mine")
    assert shown.provenance[:4] == (*ABOUT.items(), ("source", "sweep.csv"))
    assert shown.standard_errors == {"mach_zehnder.v_pi": 0.01}
    export("mine", "again.zip")
    assert device_subject("again.zip").provenance == shown.provenance


@pytest.mark.parametrize("name", ["mach_zehnder", "tiny.toml"])
def test_a_preset_and_an_experiment_are_written_with_what_was_changed(name):
    export(name, "mine", "device.v_pi=3.5" if name == "tiny.toml" else "v_pi=3.5")
    values = {"reference": "balanced"} if name == "tiny.toml" else {}
    np.testing.assert_array_equal(g_of({"preset": "mine"}), g_of({"preset": "mach_zehnder", "v_pi": 3.5, **values}))


def test_equal_devices_are_equal_archives(workplace):
    for out in ("one.zip", "two.zip"):
        export("sweep.csv", out, measured=READ)
    assert (workplace / "one.zip").read_bytes() == (workplace / "two.zip").read_bytes()


@pytest.mark.parametrize(
    ("name", "measured", "said"),
    [
        ("mach_zender", MeasuredOptions(), "Did you mean 'mach_zehnder"),
        ("bench:SquareLaw", MeasuredOptions(), "bench:SquareLaw: is a class"),
        ("mach_zehnder", READ, "--x, --y, --outside, --drive-gain: say how a measurement is read"),
        ("dfa.toml", MeasuredOptions(), r"has no \[device\] to export"),
        ("own.toml", MeasuredOptions(), "'physdfa.devices.stages:Driver' is a class"),
        (
            "unitless.csv",
            MeasuredOptions(outside="hold"),
            "column `drive` states no unit",
        ),
    ],
)
def test_what_no_bundle_can_hold_is_refused_and_nothing_is_written(workplace, name, measured, said):
    (workplace / "dfa.toml").write_text(re.sub(r"\[device\][^[]*", "", TINY).replace("adfa", "dfa"))
    (workplace / "own.toml").write_text(
        '[device]\nstages = ["encode", "physdfa.devices.stages:Driver", "decode"]\n[provenance]\nsource = "x"\n'
    )
    (workplace / "unitless.csv").write_text("drive,out\n0,0\n1,1\n2,4\n")
    before = files_in(workplace)
    with pytest.raises(InputError, match=said):
        export(name, "mine", measured=measured)
    assert files_in(workplace) == before


def test_arbitrary_units_can_be_stated(workplace):
    (workplace / "unitless.csv").write_text("drive,out\n0,0\n1,1\n2,4\n")
    export("unitless.csv", "mine", measured=MeasuredOptions(outside="hold", x_unit="V", y_unit=""))
    assert read_bundle(workplace / "mine").device["y_unit"] == ""


def test_what_is_there_stays(workplace):
    (workplace / "mine").mkdir()
    with pytest.raises(InputError, match="mine: exists; name another folder"):
        export("mach_zehnder", "mine")
    assert files_in(workplace / "mine") == []


def test_words_that_are_missing_are_asked_for(workplace):
    with pytest.raises(InputError, match=r"bundle\.license must be text"):
        export_bundle("mach_zehnder", workplace / "mine", {**ABOUT, "license": ""}, measured=MeasuredOptions())


def test_a_sheet_of_a_bundle_refuses_a_provenance_that_is_no_number(workplace):
    export("fitted.toml", "mine")
    path = workplace / "mine" / "device.toml"
    path.write_text(path.read_text().replace("v_pi = 0.01", 'v_pi = "small"'))
    with pytest.raises(InputError, match=r"\[provenance.standard_errors\] must hold numbers alone"):
        device_subject("mine")
