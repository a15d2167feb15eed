"""What the `[provenance]` of a preset file says: where its numbers come from, and how well they are known."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from physdfa.config.tables import flatten
from physdfa.devices import AbstractDevice, Cascade, declared_parameters
from physdfa.errors import InputError
from physdfa.report.datasheet.parameters import value_text


def fitted_numbers(provenance: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, float]]:
    """What a fit found, by the names of its model, and the standard errors of what the data hold.

    **Raises:** `InputError` for what is no number.
    """
    found: list[dict[str, float]] = []
    for entry in ("values", "standard_errors"):
        table = provenance.get(entry, {})
        flat = dict(flatten(table)) if isinstance(table, Mapping) else {entry: table}
        numbers = {name: float(number) for name, number in flat.items() if isinstance(number, int | float)}
        if len(numbers) < len(flat):
            raise InputError(f"[provenance.{entry}] must hold numbers alone, by the names of what was fitted.")
        found.append(numbers)
    return found[0], found[1]


def provenance_rows(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what, words) of each entry. A list has a row for each of its members, a fitted number its standard error."""
    rows = []
    for name, value in provenance.items():
        if not isinstance(value, Mapping):
            rows += [(name, value_text(member)) for member in (value if isinstance(value, list) else [value])]
    values, errors = fitted_numbers(provenance)
    for name, number in values.items():
        rows.append((name, value_text(number) + (f" ± {errors[name]:.2g}" if name in errors else "")))
    return rows


def errors_by_path(
    device: AbstractDevice, values: Mapping[str, float], errors: Mapping[str, float]
) -> dict[str, float]:
    """The standard errors under the dotted names of the device's parameters, of those still at their fitted value."""
    found = {}
    for path, current in parameter_values(device).items():
        bare = path.rpartition(".")[2]
        if bare in errors and bare in values and np.isclose(current, values[bare], rtol=1e-5):
            found[path] = errors[bare]
    return found


def parameter_values(device: AbstractDevice) -> dict[str, float]:
    """The numbers of a device by dotted name, those left out that are not set."""
    found = {}
    for path in declared_parameters(device):
        part, _, name = path.rpartition(".")
        stage = device[part] if isinstance(device, Cascade) else device
        if (value := getattr(stage, name)) is not None:
            found[path] = float(value)
    return found
