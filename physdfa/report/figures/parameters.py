"""The varied parameters of a sweep or search, and their axes in a figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from physdfa.report.columns import is_numeric, numbers
from physdfa.report.figures.progress import successful
from physdfa.report.figures.style import literal
from physdfa.report.formatting import as_number, number

AXIS_MARGIN = 0.05  # of the range, beyond either end
FEW_DECADES = 100.0  # between ends no further apart, powers of ten alone would be too few ticks
ACCURACY_LABEL = "validation accuracy [%]"


@dataclass(frozen=True, kw_only=True)
class VariedParameter:
    """A column of the evaluations that the sweep or search varied.

    **Arguments:**

    - `key`: dotted config path, the column's name.
    - `label`: what stands at the axis, with the unit.
    - `scale`: `linear`, `log` or `choice` (values without an order).
    - `low`, `high`: the ends of its range, where it has any.
    """

    key: str
    label: str
    scale: str = "linear"
    low: float | None = None
    high: float | None = None


def varied_parameters(
    evaluations: pd.DataFrame, ranges: Mapping[str, object], labels: Mapping[str, str]
) -> list[VariedParameter]:
    """The varied parameters among the columns, each with the scale of its range.

    **Arguments:**

    - `ranges`: key path to its range in the sweep or search table; a dotted column without one counts as linear.
    - `labels`: key path to the text at the axis.
    """
    varied = []
    for key in map(str, evaluations.columns):
        if key not in ranges and "." not in key:
            continue
        entry = ranges.get(key)
        entry = entry if isinstance(entry, Mapping) else {}
        scale = str(entry.get("scale") or "linear")
        if not is_numeric(evaluations, key):
            scale = "choice"
        elif scale == "log" and not (numbers(evaluations, key) > 0).all():
            scale = "linear"
        low, high = as_number(entry.get("low")), as_number(entry.get("high"))
        varied.append(VariedParameter(key=key, label=labels.get(key, key), scale=scale, low=low, high=high))
    return varied


def average_over_seeds(evaluations: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """One row per set of parameters: `accuracy`, the mean of its successful seeds (NaN without one), and `seeds`.

    And `candidate`, the id of the first, where there are ids.
    """
    accuracy = pd.Series(numbers(successful(evaluations), "validation_accuracy"), index=successful(evaluations).index)
    grouped = evaluations.assign(accuracy=accuracy).groupby(list(keys), dropna=False)
    wanted = {"accuracy": ("accuracy", "mean"), "seeds": ("accuracy", "count")}
    wanted |= {"candidate": ("candidate", "first")} if "candidate" in evaluations else {}
    return grouped.agg(**wanted).reset_index()


def positions(table: pd.DataFrame, parameter: VariedParameter) -> tuple[np.ndarray, list[str]]:
    """Positions of the rows on the parameter's axis, and for choices the text at each place."""
    if parameter.scale != "choice":
        return numbers(table, parameter.key), []
    texts = [str(value) for value in table[parameter.key]]
    names = sorted(set(texts))
    return np.array([names.index(text) for text in texts], dtype=float), names


def label_axis(axes: Axes, which: Literal["x", "y"], parameter: VariedParameter, names: Sequence[str]) -> None:
    """Label and scale an axis of a figure and, for choices, set its ticks."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axes.set(**{f"{which}label": literal(parameter.label)})
    if parameter.scale == "log":
        axes.set(**{f"{which}scale": "log"})
        axis.set_minor_formatter(NullFormatter())
        least, most = sorted(axis.get_view_interval())
        if most < FEW_DECADES * least:
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    if names:
        axis.set_ticks(range(len(names)), [literal(name) for name in names])
        if which == "x":
            axes.set_xlim(-0.5, len(names) - 0.5)


def show_range(axes: Axes, parameter: VariedParameter) -> None:
    """Show the parameter's whole range with a margin, also where nothing was tried."""
    low, high = parameter.low, parameter.high
    if low is None or high is None or not low < high or parameter.scale == "choice":
        return
    if parameter.scale == "log":
        factor = (high / low) ** AXIS_MARGIN
        axes.set_xlim(low / factor, high * factor)
    else:
        margin = AXIS_MARGIN * (high - low)
        axes.set_xlim(low - margin, high + margin)
