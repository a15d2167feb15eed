"""From a file to a preset that other commands read, with the record of where it came from."""

import hashlib
import io
import json
import tomllib
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from rich.console import Console

from physdfa.devices import STAGES, make_cascade
from physdfa.devices.fitting import MODELS
from physdfa.errors import InputError
from physdfa.report.fit import fit_report, with_error
from physdfa.workflow.fit import fit_file, fit_record
from physdfa.workflow.measured_device import MeasuredOptions, fitted_model
from tests.devices.fitting.synthetic import autoregressive, interferometer
from tests.devices.fitting.test_fit import KNOWN, closed_form
from tests.workflow.tiny import strict_json


def bench_file(folder, model="mach_zehnder", *, noise=0.01):
    """The sweep of a known device as a laboratory writes it down: `drive [V],P [W]`."""
    drive, parameters = KNOWN[model]
    output = closed_form(model, drive, parameters)
    output = output + noise * np.ptp(output) * np.random.default_rng(0).standard_normal(len(drive))
    units = MODELS[model].drive_unit, MODELS[model].output_unit or "W"
    if units[1] == "W":
        output = np.clip(output, 0.0, None)  # light below 0 is refused
    path = folder / f"{model}.csv"
    rows = [f"{a:.9e},{b:.9e}" for a, b in zip(drive, output, strict=True)]
    path.write_text(f"drive [{units[0]}],out [{units[1]}]\n" + "\n".join(rows) + "\n")
    return path


def saved(folder, model="mach_zehnder", **options):
    """The tables of the preset file of a fit, and the fit."""
    path = folder / f"{model}.toml"
    _, found = fit_file(bench_file(folder, model), model, x="drive", y="out", save=path, **options)
    return tomllib.loads(path.read_text()), found


SAVABLE = [name for name, model in MODELS.items() if model.stage in STAGES]


def test_every_model_but_the_laser_can_be_saved():
    assert set(MODELS) - set(SAVABLE) == {"laser_diode"}


@pytest.mark.parametrize("model", SAVABLE)
def test_the_saved_chain_answers_as_the_fitted_curve(tmp_path, model):
    tables, found = saved(tmp_path, model)
    device = dict(tables["device"])
    chain = make_cascade(device.pop("stages"), device)
    drive = jnp.asarray(found.drive, jnp.float32)
    curve = found.curve(found.drive)
    answer = np.asarray(chain[MODELS[model].stage].respond(drive), np.float64)
    assert answer == pytest.approx(curve, rel=2e-5, abs=2e-6 * float(np.ptp(curve)))
    g = np.asarray(chain.respond(drive), np.float64)
    assert np.all(np.isfinite(g))
    assert float(np.max(np.abs(g))) <= 1.0 + 1e-5
    assert g / np.max(np.abs(g)) == pytest.approx(curve / np.max(np.abs(curve)), rel=1e-4, abs=1e-5)


def test_the_residual_spread_is_the_noise_of_the_saved_chain(tmp_path):
    tables, found = saved(tmp_path)
    assert tables["device"]["additive_noise"]["noise_std"] == found.residual_std
    device = dict(tables["device"])
    chain = make_cascade(device.pop("stages"), device)
    u = jnp.full(20_000, 1.0)
    spread = float(jnp.std(chain.respond(u, key=jax.random.key(0))))
    # Of 20000 normal numbers, to 0.5 % (one standard deviation); g = 1 at the largest output.
    assert spread == pytest.approx(found.residual_std / found.values["peak_output"], rel=0.02)


def test_the_provenance_says_what_was_read_fitted_and_assumed(tmp_path):
    tables, found = saved(tmp_path)
    said = tables["provenance"]
    content = (tmp_path / "mach_zehnder.csv").read_bytes()
    assert said["source"] == "mach_zehnder.csv"
    assert said["sha256"] == hashlib.sha256(content).hexdigest()
    assert (said["x"], said["y"]) == ("drive [V]", "out [W]")
    assert (said["model"], said["branch"], said["num_samples"]) == ("mach_zehnder", "mean", 71)
    assert said["r_squared"] == found.r_squared
    assert said["residual_std"] == found.residual_std
    assert said["standard_errors"] == dict(found.standard_errors)
    assert said["values"] == dict(found.values)
    assert len(said["date"].split("-")) == 3
    assert said["physdfa"]
    assert any("loss and laser power act as one" in sentence for sentence in said["assumed"])
    assert str(tmp_path) not in (tmp_path / "mach_zehnder.toml").read_text()


def test_an_output_that_is_no_light_says_what_its_numbers_stand_for(tmp_path):
    path, save = bench_file(tmp_path), tmp_path / "volts.toml"
    fit_file(path, "mach_zehnder", x="drive", y="out", y_unit="V", save=save)
    assumed = tomllib.loads(save.read_text())["provenance"]["assumed"]
    assert "the output was measured in V: its numbers stand for W" in assumed


def test_a_record_is_json_with_null_for_what_is_not_known(tmp_path):
    measurement, found = fit_file(bench_file(tmp_path), "mach_zehnder", x="drive", y="out")
    unknown = dict.fromkeys(found.values, float("nan")) | {"v_pi": 0.25}
    record = fit_record(measurement, replace(found, standard_errors=unknown))
    assert strict_json(json.dumps(record)) == record
    errors = {row["name"]: row["standard_error"] for row in record["parameters"]}
    assert errors == {"v_pi": 0.25, "v_bias": None, "extinction_ratio_db": None, "peak_output": None}


def test_a_file_that_exists_is_not_overwritten(tmp_path):
    path = tmp_path / "kept.toml"
    path.write_text("# mine")
    with pytest.raises(InputError, match=r"kept.toml: exists"):
        fit_file(bench_file(tmp_path), "mach_zehnder", x="drive", y="out", save=path)
    assert path.read_text() == "# mine"


@pytest.mark.parametrize(
    ("model", "save", "complaint"),
    [
        ("laser_diode", "laser.toml", "laser_diode has no stage"),
        ("mach_zehnder", "preset.yaml", r"ends in \.toml"),
    ],
)
def test_what_cannot_be_saved_leaves_no_file(tmp_path, model, save, complaint):
    path = bench_file(tmp_path, model)
    with pytest.raises(InputError, match=complaint):
        fit_file(path, model, x="drive", y="out", save=tmp_path / save)
    assert list(tmp_path.iterdir()) == [path]


def test_states_that_a_fit_would_average_are_among_its_warnings(tmp_path):
    drive, parameters = KNOWN["mach_zehnder"]
    light = closed_form("mach_zehnder", drive, parameters)
    path = tmp_path / "states.csv"
    rows = [f"{v},{scale * p}" for scale in (1.0, 0.5) for v, p in zip(drive, light, strict=True)]
    path.write_text("drive [V],out [W]\n" + "\n".join(rows) + "\n")
    warned = fit_record(*fit_file(path, "mach_zehnder"))["warnings"]
    assert "the 2 rising repeats of `out [W]` disagree" in warned[0]
    measurement, found = fit_file(path, "mach_zehnder", repeat="2")
    assert not any("repeats" in sentence for sentence in fit_record(measurement, found)["warnings"])
    assert found.output == pytest.approx(0.5 * light)


def test_every_place_says_the_errors_that_allow_for_residuals_in_order(tmp_path):
    drive = np.linspace(-7.0, 7.0, 71)
    output = interferometer(drive) + autoregressive(71, 0.8, 0, 1e-5)
    path, save = tmp_path / "slow.csv", tmp_path / "slow.toml"
    path.write_text("drive [V],out [W]\n" + "".join(f"{a:.9e},{b:.9e}\n" for a, b in zip(drive, output, strict=True)))
    measurement, found = fit_file(path, "mach_zehnder", save=save)
    corrected, plain = found.standard_errors["v_pi"], found.independent_errors["v_pi"]
    assert corrected > 1.5 * plain
    said = tomllib.loads(save.read_text())["provenance"]
    assert (said["standard_errors"]["v_pi"], said["residual_correlation"]) == (corrected, found.residual_correlation)
    row = fit_record(measurement, found)["parameters"][0]
    assert (row["standard_error"], row["independent_error"]) == (corrected, plain)
    page = io.StringIO()
    Console(file=page, width=200).print(fit_report(measurement, found))
    assert with_error(found.values["v_pi"], corrected) in page.getvalue()
    assert f"errors that correlate by {found.residual_correlation:.2f} from sample to sample" in page.getvalue()
    sheet = fitted_model(measurement, MeasuredOptions(model="mach_zehnder"))
    assert sheet is not None
    assert sheet.rows[0][2] == f"{corrected:.2g}"
    assert "standard errors" in dict(sheet.facts)
