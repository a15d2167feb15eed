"""The declared parameters and options of a device, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import numpy as np

from physdfa.devices import AbstractDevice, Cascade, HardwareCost, cost_mistakes
from physdfa.devices.cascade import resolved_units
from physdfa.parts import Option, declarations
from physdfa.report.formatting import DIGITS_TO_COPY, engineering, number, parameter_value
from physdfa.report.table import Table

NO_UNITS: Mapping[str, str] = {}
NOT_SET = "not set"  # left to the device: a level that it finds itself, or an effect that is off


@dataclass(frozen=True, kw_only=True)
class ParameterRow:
    """One line of the sheet, in words.

    - `value`: as a config holds it, in `unit`; `shown`: with the prefix that suits it.
    """

    stage: str
    name: str
    value: str
    unit: str
    shown: str
    allowed: str
    meaning: str


def parameter_rows(device: AbstractDevice) -> list[ParameterRow]:
    """One row per declared parameter and option, stage after stage."""
    parts = zip(device.names, device.stages, strict=True) if isinstance(device, Cascade) else [("", device)]
    units = resolved_units(device)
    return [row for part, stage in parts for row in rows_of(stage, part, units=units)]


def rows_of(module: eqx.Module, stage: str = "", *, units: Mapping[str, str] = NO_UNITS) -> list[ParameterRow]:
    """One row per number or option that a module declares; `units` by full name where they are not the declared."""
    rows = []
    for name, declared in declarations(type(module)).items():
        is_option = isinstance(declared, Option)
        value = getattr(module, name)
        known = "" if is_option else units.get(f"{stage}.{name}" if stage else name, declared.unit)
        unit = "" if value is None else known
        rows.append(
            ParameterRow(
                stage=stage,
                name=name,
                value=value_text(value),
                unit=unit,
                shown=value_text(value)
                if value is None or not unit
                else engineering(float(value), unit, DIGITS_TO_COPY),
                allowed=option_range(declared) if is_option else declared.allowed,
                meaning=declared.meaning,
            )
        )
    return rows


def hardware_rows(device: AbstractDevice, cost: HardwareCost) -> list[ParameterRow]:
    """One row per number of the hardware that matters for this device."""
    return [row for row in rows_of(cost) if not cost_mistakes(device, [row.name])]


def with_its_error(row: ParameterRow, errors: Mapping[str, float]) -> str:
    """The value of a row, with its standard error where one is known under its dotted name."""
    error = errors.get(f"{row.stage}.{row.name}" if row.stage else row.name)
    return row.shown if error is None else f"{row.value} ± {number(error, 2)} {row.unit}".rstrip()


def hardware_table(device: AbstractDevice, cost: HardwareCost) -> Table:
    """The numbers of the hardware around a device."""
    rows = [[row.name, row.shown, row.allowed, row.meaning] for row in hardware_rows(device, cost)]
    return Table(header=["name", "value", "allowed", "meaning"], rows=rows, numeric=(1,))


def fit_table(rows: Sequence[Sequence[str]]) -> Table:
    """Fitted parameters with their standard errors."""
    return Table(header=["parameter", "value", "standard error", "unit"], rows=rows, numeric=(1, 2))


def value_text(value: Any) -> str:
    """A value in a few characters. A list of numbers shows its length, and None shows as not set."""
    if value is None:
        return NOT_SET
    if isinstance(value, str):
        return value
    array = np.asarray(value)
    if array.ndim == 0:
        number = array.item()
        return "infinite" if number == np.inf else parameter_value(number)
    return f"{array.size} numbers"


def option_range(declared: Option) -> str:
    """The values that an option may take."""
    if declared.choices:
        return ", ".join(declared.choices)
    return f"{declared.low} to {declared.high}" if isinstance(declared.default, int) else "numbers"
