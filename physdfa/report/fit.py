"""A fit for a terminal: values with errors, quality of the fit, data and curve, and doubts."""

import numpy as np
from rich.console import Group, RenderableType
from rich.text import Text

from physdfa.analysis.transfer import branch_means
from physdfa.devices.fitting import Fit
from physdfa.devices.measured import Measurement
from physdfa.report.formatting import engineering, with_error
from physdfa.report.table import Table, folding
from physdfa.report.text_plot import text_plot


def fit_report(measurement: Measurement, found: Fit) -> RenderableType:
    """The table of parameters, R² and residual spread, measured output and curve over the drive, the residuals."""
    rows = [
        (
            each.name,
            with_error(found.values[each.name], found.standard_errors[each.name]),
            found.units[each.name],
            each.meaning,
        )
        for each in found.model.parameters
    ]
    table = Table(header=("parameter", "value ± standard error", "unit", "meaning"), rows=rows, numeric=(1,))
    unit = measurement.output_unit
    drive, output = branch_means(found.drive, found.output)
    facts = [
        f"R² = {found.r_squared:.6f}, residual standard deviation {engineering(found.residual_std, unit)}",
        f"{len(found.drive)} samples, {found.starts_at_optimum} of {found.starts} searches ended at this optimum",
    ]
    if found.residual_correlation > 0:
        facts.append(correlation_words(found))
    axis = f"{measurement.quantities[0]} [{measurement.drive_unit or 'arbitrary units'}]"
    shown_unit = f"[{unit or 'arbitrary units'}]"
    return Group(
        Text(f"{found.model.name} fitted to {measurement.source}, {measurement.y} over {measurement.x}", style="bold"),
        Text(f"branch {found.branch}; {found.model.formula}"),
        *(Text(remark, style="dim") for remark in measurement.remarks),
        Text(""),
        folding(table),
        Text(""),
        *(Text(fact) for fact in facts),
        Text(""),
        Text(f"measured and fitted output {shown_unit} over {axis}"),
        Text(text_plot(drive, output, second=found.curve(drive))),
        Text(f"residuals {shown_unit}: measured less fitted, least and largest at each drive"),
        Text(_residual_plot(found)),
    )


def correlation_words(found: Fit) -> str:
    """A sentence on standard errors that allow for residuals whose neighbours are alike."""
    return (
        f"standard errors for errors that correlate by {found.residual_correlation:.2f} from sample to sample: up to "
        f"{found.error_factor:.1f} times those of independent ones"
    )


def _residual_plot(found: Fit) -> str:
    """Plot the least and the largest residual at each drive; they differ where branches or repeats do."""
    drive, place = np.unique(found.drive, return_inverse=True)
    least, largest = np.full(len(drive), np.inf), np.full(len(drive), -np.inf)
    np.minimum.at(least, place, found.residuals)
    np.maximum.at(largest, place, found.residuals)
    return text_plot(drive, least, second=largest, height=6)
