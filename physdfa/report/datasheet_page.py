"""The data sheet of a device as one HTML file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from physdfa.devices import AbstractDevice
from physdfa.errors import InputError
from physdfa.report.datasheet import device_sheet
from physdfa.report.figures.backward import backward_function
from physdfa.report.page import render, show
from physdfa.report.sections import Grid
from physdfa.store import write_atomic


def write_datasheet_html(
    path: Path,
    name: str,
    device: AbstractDevice,
    potentials: Sequence[float] | np.ndarray,
    *,
    threshold: float | None = None,
) -> Path:
    """Write the data sheet of `device` to `path` and return it; the arguments are those of `datasheet`.

    - `threshold`: firing threshold in units of the potential, drawn as an upright line.

    **Raises:** `InputError` if the file cannot be written.
    """
    sheet = device_sheet(name, device, potentials)
    curve = pd.DataFrame({"potential": sheet.potentials, "g": sheet.response})
    panel = backward_function(curve, threshold)
    parameters = Grid(
        header=[*(["stage"] if sheet.stages else []), "parameter", "value", "unit", "allowed", "meaning"],
        rows=[
            [*([row.stage] if sheet.stages else []), row.name, row.value, row.unit, row.allowed, row.meaning]
            for row in sheet.rows
        ],
        numeric=frozenset({2 if sheet.stages else 1}),
    )
    page = render(
        "datasheet.html",
        sheet=sheet,
        panel=None if panel is None else show(panel, "device"),
        parameters=parameters,
    )
    try:
        write_atomic(path, page.encode())
    except OSError as error:
        raise InputError(
            f"The data sheet cannot be written to '{path}': {error.strerror}. Name another file."
        ) from None
    return path
