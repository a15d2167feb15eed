"""The declared parameters and options of a device, in words."""

from dataclasses import dataclass
from typing import Any

import equinox as eqx
import numpy as np

from physdfa.devices import AbstractDevice, Cascade, HardwareCost, Option, cost_mistakes
from physdfa.devices.parameter import declarations
from physdfa.report.formatting import parameter_value

AUTOMATIC = "automatic"  # a level that the device finds itself


@dataclass(frozen=True, kw_only=True)
class ParameterRow:
    """One line of the sheet, in words."""

    stage: str
    name: str
    value: str
    unit: str
    allowed: str
    meaning: str


def parameter_rows(device: AbstractDevice) -> list[ParameterRow]:
    """One row per declared parameter and option, stage after stage."""
    parts = zip(device.names, device.stages, strict=True) if isinstance(device, Cascade) else [("", device)]
    return [row for part, stage in parts for row in rows_of(stage, part)]


def rows_of(module: eqx.Module, stage: str = "") -> list[ParameterRow]:
    """One row per number or option that a module declares."""
    rows = []
    for name, declared in declarations(type(module)).items():
        is_option = isinstance(declared, Option)
        rows.append(
            ParameterRow(
                stage=stage,
                name=name,
                value=value_text(getattr(module, name)),
                unit="" if is_option else declared.unit,
                allowed=option_range(declared) if is_option else declared.allowed,
                meaning=declared.meaning,
            )
        )
    return rows


def hardware_rows(device: AbstractDevice, cost: HardwareCost) -> list[ParameterRow]:
    """One row per number of the hardware that counts for this device."""
    return [row for row in rows_of(cost) if not cost_mistakes(device, [row.name])]


def value_text(value: Any) -> str:
    """A value in a few characters: numbers short, a list of numbers by its length, an unset level as `automatic`."""
    if value is None:
        return AUTOMATIC
    if isinstance(value, str):
        return value
    array = np.asarray(value)
    if array.ndim == 0:
        number = array.item()
        return "infinite" if number == np.inf else parameter_value(number)
    return f"{array.size} numbers"


def option_range(declared: Option) -> str:
    """What an option may be."""
    if declared.choices:
        return ", ".join(declared.choices)
    return f"{declared.low} to {declared.high}" if isinstance(declared.default, int) else "numbers"
