"""The data sheet of a device: its parameters with unit and range, its curve g(u), its sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from physdfa.devices import PRESETS, AbstractDevice, Cascade, Option
from physdfa.devices.parameter import declarations
from physdfa.report.formatting import parameter_value
from physdfa.report.text_plot import text_plot

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


@dataclass(frozen=True, kw_only=True)
class DeviceSheet:
    """What a data sheet says, however it is shown.

    **Arguments:**

    - `name`: of the preset or file.
    - `stages`: the chain, in the order of the signal; empty for a single device.
    - `rows`: every parameter and option.
    - `potentials`, `response`: u in units of the potential, and g(u) there, without noise.
    - `remarks`: (what, text): description, source, assumptions; empty where no preset says them.
    """

    name: str
    stages: tuple[str, ...]
    rows: tuple[ParameterRow, ...]
    potentials: np.ndarray
    response: np.ndarray
    remarks: tuple[tuple[str, str], ...]

    @property
    def statistics(self) -> str:
        """Least, mean and largest g over the potentials shown."""
        g, u = self.response, self.potentials
        words = f"min {g.min():.4g}, mean {g.mean():.4g}, max {g.max():.4g}"
        return f"{words} for u from {u.min():.4g} to {u.max():.4g}"


def device_sheet(name: str, device: AbstractDevice, potentials: Sequence[float] | np.ndarray) -> DeviceSheet:
    """Read a device's declarations and its answer at `potentials` (increasing, units of the membrane potential)."""
    u = np.asarray(potentials, dtype=np.float32)
    preset = PRESETS.get(name)
    remarks = ()
    if preset is not None:
        remarks = (("g(u)", preset.description), ("Source", preset.source), ("Assumed", preset.assumed))
    return DeviceSheet(
        name=name,
        stages=device.names if isinstance(device, Cascade) else (),
        rows=tuple(parameter_rows(device)),
        potentials=u.astype(float),
        response=np.asarray(device.respond(jnp.asarray(u)), dtype=float),
        remarks=remarks,
    )


def parameter_rows(device: AbstractDevice) -> list[ParameterRow]:
    """One row per declared parameter and option, stage after stage."""
    parts = zip(device.names, device.stages, strict=True) if isinstance(device, Cascade) else [("", device)]
    rows = []
    for part, stage in parts:
        for name, declared in declarations(type(stage)).items():
            is_option = isinstance(declared, Option)
            rows.append(
                ParameterRow(
                    stage=part,
                    name=name,
                    value=value_text(getattr(stage, name)),
                    unit="" if is_option else declared.unit,
                    allowed=option_range(declared) if is_option else declared.allowed,
                    meaning=declared.meaning,
                )
            )
    return rows


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


def datasheet(name: str, device: AbstractDevice, potentials: Sequence[float] | np.ndarray) -> RenderableType:
    """The data sheet for a terminal: parameters, a small plot of g(u), least, mean and largest g, the source.

    **Arguments:**

    - `name`: a preset's name, whose description and source are then shown, or any other title.
    - `device`: as built.
    - `potentials`: where g is drawn, increasing, in units of the membrane potential (-1 to 3 thresholds is usual).
    """
    sheet = device_sheet(name, device, potentials)
    table = Table(box=None, pad_edge=False, header_style="bold")
    header = [*(["stage"] if sheet.stages else []), "parameter", "value", "unit", "allowed", "meaning"]
    for title in header:
        table.add_column(
            title, justify="right" if title == "value" else "left", no_wrap=title in ("stage", "parameter")
        )
    shown_stage = ""
    for row in sheet.rows:
        lead = [row.stage if row.stage != shown_stage else ""] if sheet.stages else []
        shown_stage = row.stage
        table.add_row(*(Text(cell) for cell in (*lead, row.name, row.value, row.unit, row.allowed, row.meaning)))
    chain = [Text(" → ".join(("u", *sheet.stages, "g")))] if sheet.stages else []
    parameters = table if sheet.rows else Text("no parameters")
    return Group(
        Text(sheet.name, style="bold"),
        *(Text(f"{what}: {words}") for what, words in sheet.remarks),
        *chain,
        Text(""),
        parameters,
        Text(""),
        Text("g(u)"),
        Text(text_plot(sheet.potentials, sheet.response)),
        Text(sheet.statistics),
    )
