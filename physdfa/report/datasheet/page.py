"""The data sheet of a device as one HTML file. Its figures, and the numbers behind them, lie in a folder beside it."""

from pathlib import Path

import numpy as np
import pandas as pd

from physdfa.errors import InputError
from physdfa.report.datasheet.facts import fact_groups
from physdfa.report.datasheet.parameters import fit_table, hardware_table, with_its_error
from physdfa.report.datasheet.sheet import DeviceSheet
from physdfa.report.figures.backward import backward_function
from physdfa.report.figures.style import Panel
from physdfa.report.figures.transfer import transfer_curve
from physdfa.report.page import render, show, write_beside
from physdfa.report.table import Table
from physdfa.store import write_output


def write_datasheet_html(path: Path, sheet: DeviceSheet) -> Path:
    """Write the sheet to `path` and return it; its figures go to `<path without suffix>_figures/`, SVG and CSV.

    **Raises:** `InputError` if a file cannot be written.
    """
    panels = [panel for panel in (_transfer_panel(sheet), _backward_panel(sheet)) if panel is not None]
    try:
        page = render(
            "datasheet.html",
            sheet=sheet,
            panels=[show(panel, "device", files=write_beside(path, panel)) for panel in panels],
            groups=fact_groups(sheet),
            fit=None if sheet.subject.fit is None else fit_table(sheet.subject.fit.rows),
            parameters=_parameter_table(sheet),
            hardware=None if sheet.cost is None else hardware_table(sheet.subject.device, sheet.subject.cost),
        )
        write_output(path, page.encode())
    except OSError as error:
        raise InputError(
            f"The data sheet cannot be written to '{path}': {error.strerror}. Name another file."
        ) from None
    return path


def _backward_panel(sheet: DeviceSheet) -> Panel | None:
    curve = pd.DataFrame({"potential": sheet.potentials, "g": sheet.response})
    if sheet.noise is not None:
        curve["noise_std"] = sheet.noise.std
    if sheet.outside.any():
        curve["outside"] = sheet.outside
    network = sheet.subject.network
    if network is not None:
        curve["density_initial"] = _density(np.ravel(network.potentials[0]), sheet.potentials)
        curve["surrogate_derivative"] = network.surrogate_derivative
    return backward_function(curve, sheet.subject.threshold)


def _density(values: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Share of the values per unit of u around each of the evenly spaced `centres`."""
    width = centres[1] - centres[0]
    edges = np.append(centres - width / 2, centres[-1] + width / 2)
    counts, _ = np.histogram(values, edges)
    return counts / (values.size * width)


def _transfer_panel(sheet: DeviceSheet) -> Panel | None:
    measurement, fit = sheet.subject.measurement, sheet.subject.fit
    if measurement is None:
        return None
    samples = pd.DataFrame(
        {"drive": measurement.drive, "output": measurement.output, "direction": measurement.direction}
    )
    if measurement.setting is not None:
        samples["setting"] = measurement.setting
    model = None
    if fit is not None:
        samples["residual"] = fit.residuals
        model = pd.DataFrame({"drive": fit.drive, "output": fit.output})
    drive, output = measurement.quantities
    return transfer_curve(
        samples, drive=(drive, measurement.drive_unit), output=(output, measurement.output_unit), model=model
    )


def _parameter_table(sheet: DeviceSheet) -> Table:
    is_chain, errors = bool(sheet.stages), sheet.subject.standard_errors
    rows = []
    for row in sheet.rows:
        value = with_its_error(row, errors)
        rows.append([*([row.stage] if is_chain else []), row.name, value, row.allowed, row.meaning])
    header = [*(["stage"] if is_chain else []), "parameter", "value", "allowed", "meaning"]
    return Table(header=header, rows=rows, numeric=(2 if is_chain else 1,))
