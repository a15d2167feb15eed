"""`physdfa device list` and `show`."""

import pytest

from physdfa.devices import PRESETS
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import files_in, strict_json


def test_a_sheet_names_the_chain_the_parameters_and_the_source():
    answer = physdfa("device", "show", "mach_zehnder", "--set", "v_pi=3.25")
    assert answer.code == 0
    for words in ("mach_zehnder", "v_pi", "3.25", "half-wave voltage", "Source", "g(u)"):
        assert words in answer.out


def test_a_sheet_as_page_and_as_json_is_of_the_same_device(tiny, workplace):
    answer = physdfa("device", "show", tiny, "--html", "sheet.html", "--json")
    sheet = strict_json(answer.out)
    assert sheet["device"] == str(tiny)
    assert len(sheet["potential"]) == len(sheet["g"]) == 401
    assert {row["name"] for row in sheet["parameters"]} >= {"v_pi", "v_bias", "reference"}
    assert sheet["cost"]["energy_j"] > 0
    assert len(sheet["quality"]["layers"]) == 1
    assert "half-wave voltage" in (workplace / "sheet.html").read_text()
    assert (workplace / "sheet_figures" / "backward_function.csv").exists()
    assert physdfa("device", "show", tiny, "--html", "sheet.html").out == "data sheet: sheet.html\n"


def test_every_preset_is_listed_with_what_it_is():
    lines = physdfa("device", "list").out.splitlines()[1:]
    assert [line.split("\t")[0] for line in lines] == list(PRESETS)
    rows = strict_json(physdfa("device", "list", "--json").out)
    assert all(row["description"] and row["source"] for row in rows)


SWEEP = "drive_V,up_mW,down_mW\n" + "".join(f"{v},{v * v},{v * v + 1}\n" for v in range(-7, 8))


def test_a_measurement_is_shown_as_it_was_recorded_and_as_a_device(workplace):
    (workplace / "sweep.csv").write_text(SWEEP)
    options = ["--x", "drive_V", "--y", "up_mW", "--drive-gain", "2", "--offset", "1", "--outside", "hold"]
    sheet = strict_json(physdfa("device", "show", "sweep.csv", *options, "--json").out)
    assert sheet["stages"] == ["encode", "curve", "decode"]
    assert sheet["measurement"]["drive_range"] == [-7.0, 7.0]
    assert sheet["measurement"]["potential_range"] == [-4.0, 3.0]
    assert {row["name"]: row["value"] for row in sheet["parameters"]}["outside"] == "hold"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nonsense"], "there is no device preset 'nonsense'"),
        (["nothing.toml"], "There is no file"),
        (["nothing.csv", "--x", "1"], "there is no such file"),
        (["mach_zehnder", "--x", "1", "--drive-gain", "2"], "--x, --drive-gain: say how a measurement is read"),
        (["mach_zehnder", "--set", "v_pi=0"], "must be > 0 V"),
        (["mach_zehnder", "--html", "."], "--html .: is a folder"),
    ],
)
def test_what_cannot_be_shown_is_refused(workplace, words, complaint):
    assert complaint in refused("device", "show", *words)
    assert files_in(workplace) == []


def test_a_device_is_written_as_a_bundle_and_shown_from_it(workplace):
    (workplace / "sweep.csv").write_text(SWEEP)
    words = ["--x", "drive_V", "--y", "up_mW", "--outside", "hold", "--source", "A. Author", "--license", "CC0-1.0"]
    answer = physdfa("device", "export", "sweep.csv", "mine.zip", *words, "--description", "a parabola")
    assert (answer.code, answer.out.splitlines()[0]) == (0, "bundle: mine.zip"), answer.err
    told = strict_json(physdfa("device", "export", "mine.zip", "mine", *words[6:], "--name", "other", "--json").out)
    assert told["bundle"] == "mine"
    shown = physdfa("device", "show", "mine").out
    assert all(one in shown for one in ("other", "A. Author", "CC0-1.0"))
    assert "'sweep.csv' is none" not in refused("device", "export", "sweep.csv", "mine", *words[6:])
    assert "Missing option '--license'" in refused("device", "export", "sweep.csv", "new", "--source", "me")


RC = "# GHz S RI R 50\n" + "".join(
    f"{f:.6f} 0 0 {2 / (1 + f * f):.9f} {-2 * f / (1 + f * f):.9f} 0 0 0 0\n"
    for f in (1.02**k for k in range(-200, 100))
)
"""An RC low pass of 1 GHz and 6 dB."""


def test_the_bandwidth_in_a_touchstone_file_is_told_with_the_key_that_takes_it(workplace):
    pytest.importorskip("skrf")
    (workplace / "driver.s2p").write_text(RC)
    told = strict_json(physdfa("device", "show", "driver.s2p", "--json").out)
    assert told["f_3db"] == pytest.approx(1e9, rel=1e-3)
    assert told["level_db"] == pytest.approx(6.02, abs=0.01)
    lines = physdfa("device", "show", "driver.s2p", "--y", "S21").out.splitlines()
    assert lines[2].startswith("f_3dB: ")
    assert "filter.bandwidth = " in lines[-1]
    assert "name another parameter by --y" in refused("device", "show", "driver.s2p", "--y", "S31")


def test_a_response_without_a_fall_and_options_of_a_device_are_told(workplace):
    said = refused("device", "show", "driver.s2p", "--outside", "hold", "--set", "v_pi=3")
    assert "--outside, --set: belongs to a device" in said
    pytest.importorskip("skrf")
    (workplace / "driver.s2p").write_text("\n".join(RC.splitlines()[:50]) + "\n")
    assert "f_3dB: above " in physdfa("device", "show", "driver.s2p").out
