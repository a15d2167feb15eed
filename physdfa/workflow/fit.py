"""`device fit`: a measurement's file -> a fitted model, its record, and a preset file with its provenance."""

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w

from physdfa.devices.fitting import Fit, fit, preset_table
from physdfa.devices.fitting.models import model_called
from physdfa.devices.measured import Measurement, disagreements, read_measurement
from physdfa.errors import InputError
from physdfa.store import write_output
from physdfa.store.environment import versions


def fit_file(
    path: Path,
    model: str,
    *,
    x: str | None = None,
    y: str | None = None,
    x_unit: str | None = None,
    y_unit: str | None = None,
    branch: str = "mean",
    repeat: str | None = None,
    seed: int = 0,
    save: Path | None = None,
) -> tuple[Measurement, Fit]:
    """Read a measurement, fit a model to it, and write the preset file `save` if one is named.

    **Arguments:** those of `read_measurement` and `fit`.

    **Raises:** `InputError` if one of the two refuses, if no stage has the model's parameters, or if `save` exists.
    """
    model_called(model)  # a misspelt name is told before a long file is read
    if save is not None:
        _refuse(save)
    measurement = read_measurement(path, x=x, y=y, x_unit=x_unit, y_unit=y_unit, repeat=repeat)
    found = fit(measurement, model, branch=branch, seed=seed)
    if save is not None:
        text = tomli_w.dumps({"device": preset_table(found), "provenance": provenance(measurement, found)})
        write_output(save, text.encode())
    return measurement, found


def fit_warnings(measurement: Measurement, found: Fit) -> list[str]:
    """What not to trust: sweeps that disagree, and what the fit itself says."""
    return [*disagreements(measurement, found.branch), *found.warnings]


def fit_record(measurement: Measurement, found: Fit) -> dict[str, Any]:
    """The fit as JSON can hold it: null for an error that is not known and for an infinite value.

    `standard_error` allows for the `residual_correlation` of neighbours, `independent_error` does not.
    """
    parameters = [
        {
            "name": each.name,
            "value": _finite(found.values[each.name]),
            "standard_error": _finite(found.standard_errors[each.name]),
            "independent_error": _finite(found.independent_errors[each.name]),
            "unit": found.units[each.name],
            "meaning": each.meaning,
        }
        for each in found.model.parameters
    ]
    return {
        "source": measurement.source,
        "sha256": measurement.sha256,
        "x": measurement.x,
        "y": measurement.y,
        "branch": found.branch,
        "model": found.model.name,
        "formula": found.model.formula,
        "parameters": parameters,
        "r_squared": found.r_squared,
        "residual_std": found.residual_std,
        "residual_correlation": found.residual_correlation,
        "output_unit": measurement.output_unit,
        "num_samples": len(found.drive),
        "starts": found.starts,
        "starts_at_optimum": found.starts_at_optimum,
        "warnings": fit_warnings(measurement, found),
        "remarks": list(measurement.remarks),
    }


def provenance(measurement: Measurement, found: Fit) -> dict[str, Any]:
    """Where a preset's numbers come from: what was read, what was fitted, how well, when, with which version."""
    record = fit_record(measurement, found)
    kept = ("source", "sha256", "x", "y", "branch", "model", "formula", "num_samples", "r_squared", "residual_std")
    kept += ("residual_correlation",)
    known = {name: error for name, error in found.standard_errors.items() if math.isfinite(error)}
    return {
        **{name: record[name] for name in kept},
        "output_unit": measurement.output_unit,
        "assumed": _assumed(measurement, found),
        "warnings": record["warnings"],
        "remarks": record["remarks"],
        "date": datetime.now(UTC).date().isoformat(),
        "physdfa": versions()["physdfa"] or "",
        "values": dict(found.values),
        "standard_errors": known,
    }


def _assumed(measurement: Measurement, found: Fit) -> list[str]:
    """What a preset says beyond what was measured."""
    said = ["the residual spread is taken for noise: additive_noise.noise_std; 0 switches it off"]
    if "peak_output" in found.values:
        said.append("loss and laser power act as one: insertion_loss_db is 0, optical_power the largest output")
        if measurement.output_unit != "W":
            unit = measurement.output_unit or "arbitrary units"
            said.append(f"the output was measured in {unit}: its numbers stand for W")
    if found.model.drive_unit == "W":
        said.append(
            "the membrane potential stands for the optical power in W: put a laser or modulator before the stage"
        )
    return said


def _refuse(save: Path) -> None:
    """What cannot be written to is told before anything is computed."""
    if save.suffix != ".toml":
        raise InputError(f"--save {save}: a preset file ends in .toml.")
    if save.exists():
        raise InputError(f"--save {save}: exists; name another file, or remove it first.")


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
