"""The experiment of a device: a file that says what it is, and a box around where its answer varies."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from physdfa.config import read_config, to_toml
from physdfa.devices import PRESETS
from physdfa.errors import InputError
from physdfa.workflow.bundle import export_bundle
from physdfa.workflow.measured_device import MeasuredOptions
from physdfa.workflow.propose import propose, rounded_end
from tests.workflow.tiny import TINY

NOTHING = MeasuredOptions()


@pytest.fixture
def curve(tmp_path):
    drive = np.linspace(0.0, 4.0, 81)
    rows = "\n".join(f"{x:.3f},{np.sin(np.pi * x / 4) ** 2:.5f}" for x in drive)
    path = tmp_path / "modulator.csv"
    path.write_text(f"drive_V,power_mW\n{rows}\n")
    return path


def test_the_text_says_the_config_and_nothing_that_is_a_default(curve):
    found = propose(str(curve), measured=NOTHING)
    assert to_toml(read_config(tomllib.loads(found.text), source=str(curve))) == to_toml(found.config)
    assert "seed" not in found.text
    assert 'outside = "hold"' in found.text
    for sentence in found.words:
        assert f"# - {sentence}." in found.text


def test_a_measured_curve_is_swept_over_its_drives(curve):
    ranges = propose(str(curve), measured=NOTHING).config.sweep.parameters
    assert list(ranges) == ["device.drive_gain", "device.offset"]
    gain, offset = ranges.values()
    assert (offset.low, offset.high) == (0.0, 4.0)
    assert gain.scale == "log"
    assert 0 < gain.low < gain.high


def test_it_says_how_the_measurement_was_read_so_that_a_wrong_unit_is_seen(curve):
    assert propose(str(curve), measured=NOTHING).words[0] == (
        "read from modulator.csv: drive_V 0 to 4 V → power_mW 0 to 1 mW, 81 samples"
    )
    words = propose(str(curve), measured=MeasuredOptions(x_unit="mA")).words
    assert "drive_V 0 to 4 mA → power_mW 0 to 1 mW" in words[0]
    assert "`drive_V` read in mA, as x_unit says" in words


def test_the_ends_of_a_narrow_range_far_from_zero_stay_apart():
    ends = (1.93100123e14, 1.93100789e14)
    assert [rounded_end(ends, place) for place in (0, 1)] == list(ends)
    ends = (1.31000041e-6, 1.31002083e-6)
    low, high = (rounded_end(ends, place) for place in (0, 1))
    assert low == pytest.approx(ends[0], abs=1e-3 * (ends[1] - ends[0]))
    assert high == pytest.approx(ends[1], abs=1e-3 * (ends[1] - ends[0]))


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_box_that_can_be_swept(name):
    found = propose(name, measured=NOTHING)
    for key, entry in found.config.sweep.parameters.items():
        assert entry.low < entry.high, key
    assert read_config(tomllib.loads(found.text), kind="sweep").sweep == found.config.sweep


def test_an_experiment_without_a_sweep_is_given_one_and_keeps_the_rest(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(TINY)
    found = propose(str(path), measured=NOTHING, overrides=("training.epochs=3",))
    assert found.config.experiment.name == "tiny"
    assert found.config.training.epochs == 3
    assert "device.drive_gain" in found.config.sweep.parameters
    path.write_text(TINY + '[sweep]\n[sweep.parameters]\n"device.v_bias" = { low = 0.0, high = 9.4, num = 3 }\n')
    assert list(propose(str(path), measured=NOTHING).config.sweep.parameters) == ["device.v_bias"]


def test_what_is_set_of_the_sweep_changes_the_one_that_is_proposed(curve):
    found = propose(str(curve), measured=NOTHING, overrides=("sweep.seeds=2", "training.epochs=3"))
    assert (found.config.sweep.seeds, found.config.training.epochs) == (2, 3)
    assert "device.drive_gain" in found.config.sweep.parameters
    assert "seeds = 2" in found.text


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("mach_zender", {}, "Did you mean 'mach_zehnder'"),
        ("mach_zehnder", {"x": "1"}, "--x: say how a measurement is read, and 'mach_zehnder' is none"),
        ("nowhere.csv", {}, "there is no such file"),
    ],
)
def test_what_cannot_be_studied_is_refused_with_the_next_step(name, options, said):
    with pytest.raises(InputError, match=said):
        propose(name, measured=MeasuredOptions(**options))


def test_an_experiment_without_a_device_and_one_with_other_data_are_refused(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(TINY.partition("[device]")[0].replace('"adfa"', '"dfa"'))
    with pytest.raises(InputError, match=r"its rule 'dfa' has no backward device to study"):
        propose(str(path), measured=NOTHING)
    path.write_text(TINY)
    with pytest.raises(InputError, match=r"--set data\.name=mnist"):
        propose(str(path), measured=NOTHING, dataset="mnist")


def test_a_curve_that_does_not_vary_is_refused_before_anything_is_trained(tmp_path):
    path = tmp_path / "flat.csv"
    path.write_text("drive_V,power_mW\n" + "\n".join(f"{x},1.0" for x in range(10)))
    with pytest.raises(InputError, match=r"nothing varies|does not vary|constant"):
        propose(str(path), measured=NOTHING)


def test_the_experiment_of_a_bundle_finds_its_curve_again(curve, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = {"name": "mine", "source": "A. Author", "license": "CC0-1.0"}
    export_bundle(str(curve), Path("mine.zip"), words, measured=MeasuredOptions(outside="hold"))
    found = propose("mine.zip", measured=NOTHING)
    assert found.config.device.source.measured == "mine.zip/modulator.csv"
    again = read_config(tomllib.loads(found.text), source=str(tmp_path / "study.toml"))
    assert again.device == found.config.device
    with pytest.raises(InputError, match=r"--x: say how a measurement is read, and 'mine\.zip' is none"):
        propose("mine.zip", measured=MeasuredOptions(x="1"))
