"""`physdfa device fit`."""

import tomllib

import numpy as np
import pytest

from tests.cli.command import physdfa, refused
from tests.devices.fitting.synthetic import interferometer, noisy
from tests.workflow.tiny import files_in, strict_json

VOLTS = np.linspace(-7.0, 7.0, 71)
FIT = ("device", "fit", "bench.csv", "--model", "mach_zehnder")


@pytest.fixture
def bench(workplace):
    """A file with one sweep of a modulator of 4 V half-wave voltage, in mW, both directions in columns of their own."""
    columns = [VOLTS, *(1e3 * noisy(interferometer(VOLTS, v_bias=bias), 5e-6) for bias in (1.0, 0.8))]
    rows = "\n".join(",".join(f"{value:.6f}" for value in row) for row in zip(*columns, strict=True))
    (workplace / "bench.csv").write_text(f"bias_V,up_mW,down_mW\n{rows}\n")
    return workplace


def test_a_fit_prints_values_with_errors_and_units_and_how_good_it_is(bench):
    answer = physdfa(*FIT, "--x", "bias_V", "--y", "up_mW")
    assert answer.code == 0
    for words in ("v_pi", "±", "half-wave voltage", "dB", "R² = 0.999", "71 samples", "residuals [W]"):
        assert words in answer.out
    assert answer.err == ""


def test_warnings_go_to_standard_error_and_into_the_json(bench):
    options = ["--x", "bias_V", "--y", "up_mW,down_mW"]
    answer = physdfa(*FIT, *options)
    assert answer.code == 0
    assert "warning: neighbouring residuals are alike" in answer.err
    record = strict_json(physdfa(*FIT, *options, "--json").out)
    assert any("neighbouring residuals are alike" in sentence for sentence in record["warnings"])


def test_a_branch_and_a_seed_are_heeded(bench):
    options = ["--x", "bias_V", "--y", "up_mW,down_mW", "--json"]
    biases = {}
    for branch in ("rising", "falling"):
        for seed in (0, 7):
            record = strict_json(physdfa(*FIT, *options, "--branch", branch, "--seed", seed).out)
            assert record["branch"] == branch
            found = {row["name"]: row["value"] for row in record["parameters"]}
            biases[branch, seed] = found["v_bias"]
    assert biases["rising", 0] == pytest.approx(1.0, abs=0.02)
    assert biases["falling", 0] == pytest.approx(0.8, abs=0.02)
    assert biases["rising", 7] == pytest.approx(biases["rising", 0], rel=1e-6)


def test_a_saved_preset_is_shown_as_a_device_with_its_provenance(bench):
    answer = physdfa(*FIT, "--x", "bias_V", "--y", "up_mW", "--save", "fitted.toml", "--json")
    record = strict_json(answer.out)
    assert record["saved"] == "fitted.toml"
    tables = tomllib.loads((bench / "fitted.toml").read_text())
    assert tables["device"]["stages"] == ["encode", "mach_zehnder", "additive_noise", "decode"]
    assert tables["provenance"]["source"] == "bench.csv"
    sheet = physdfa("device", "show", "fitted.toml")
    assert sheet.code == 0, sheet.err
    assert "bench.csv" in sheet.out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--model", "mach_zender"], "there is no model 'mach_zender'. Did you mean 'mach_zehnder'?"),
        (["--model", "mach_zehnder", "--x", "current"], "up_mW"),  # the columns there are
        (["--model", "mach_zehnder", "--y", "sideways_mW"], "sideways_mW"),
        (["--model", "mach_zehnder", "--y", "up_mW", "--branch", "upwards"], "'upwards'"),
        (["--model", "mach_zehnder", "--y", "up_mW", "--branch", "falling"], "no falling"),
        (["--model", "soa", "--y", "up_mW"], "driven with optical power [W]"),
        (["--model", "mach_zehnder", "--y", "up_mW", "--save", "bench.csv"], "ends in .toml"),
        (["--model", "mach_zehnder", "--y", "up_mW", "--save", "."], "is a folder"),
    ],
)
def test_what_cannot_be_fitted_is_one_sentence(bench, words, complaint):
    x = [] if "--x" in words else ["--x", "bias_V"]
    said = refused("device", "fit", "bench.csv", *x, *words)
    assert complaint in said
    assert len(said.splitlines()) == 1
    assert files_in(bench) == [bench / "bench.csv"]


def test_a_file_that_is_not_there_and_one_that_exists_are_named(bench):
    assert "nowhere.csv" in refused("device", "fit", "nowhere.csv", "--model", "mach_zehnder")
    (bench / "mine.toml").write_text("# mine")
    assert "mine.toml: exists" in refused(*FIT, "--x", "bias_V", "--y", "up_mW", "--save", "mine.toml")
    assert (bench / "mine.toml").read_text() == "# mine"
