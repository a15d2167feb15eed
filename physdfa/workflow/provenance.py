"""What the `[provenance]` of a preset file says: where its numbers come from, and how well they are known."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from physdfa.config.tables import flatten
from physdfa.devices import AbstractDevice, Cascade, declared_parameters
from physdfa.report.datasheet.parameters import value_text


def fitted_numbers(provenance: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, float]]:
    """What a fit found, by the names of its model, and the standard errors of what the data hold."""
    tables = (provenance.get(name, {}) for name in ("values", "standard_errors"))
    values, errors = ({name: float(number) for name, number in flatten(table)} for table in tables)
    return values, errors


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
