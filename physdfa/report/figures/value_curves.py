"""Accuracy against each value of a parameter that takes few, such as bits: mean, and the best that was reached."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from physdfa.report.columns import distinct
from physdfa.report.figures.parameters import ACCURACY_LABEL, VariedParameter, average_over_seeds, label_axis
from physdfa.report.figures.style import BLUE, GREEN, Panel, drawing, svg_text

MOST_VALUES = 25
COLUMNS = 3
MIDDLE = (0.1, 0.9)
"""Quantiles between which the band lies."""


def value_curves(evaluations: pd.DataFrame, varied: Sequence[VariedParameter]) -> Panel | None:
    """A panel for each number with few values, of two or more parameters; None where there is none.

    A parameter has few values if there are at most 25 and, on average, three points or more share one.
    """
    if len(varied) < 2:
        return None
    averaged = average_over_seeds(evaluations, [parameter.key for parameter in varied]).dropna(subset=["accuracy"])
    most = min(MOST_VALUES, len(averaged) / 3)
    shown = [one for one in varied if one.scale != "choice" and 1 < distinct(averaged, one.key) <= most]
    if not shown:
        return None
    tables = []
    across = min(COLUMNS, len(shown))
    down = -(-len(shown) // across)
    with drawing(max(3.0 * across, 5.0), 2.6 * down + 0.4) as figure:
        panels = figure.subplots(down, across, squeeze=False, sharey=True)
        for spare in panels.flat[len(shown) :]:
            spare.set_visible(False)
        for i, (axes, parameter) in enumerate(zip(panels.flat, shown, strict=False)):
            grouped = (100 * averaged.set_index(parameter.key)["accuracy"]).groupby(level=0)
            table = pd.DataFrame({"best": grouped.max(), "mean": grouped.mean(), "low": grouped.quantile(MIDDLE[0]),
                                  "high": grouped.quantile(MIDDLE[1]), "points": grouped.size()})  # fmt: skip
            value = np.asarray(table.index, dtype=float)
            axes.fill_between(value, table["low"], table["high"], color=BLUE, alpha=0.18, linewidth=0)
            axes.plot(
                value, table["mean"], color=BLUE, marker="o", markersize=3, label="mean over the other parameters"
            )
            axes.plot(value, table["best"], color=GREEN, marker="^", markersize=4, linestyle="--", label="best of them")
            label_axis(axes, "x", parameter, ())
            if i % across == 0:
                axes.set_ylabel(ACCURACY_LABEL)
            tables.append(table.reset_index(names="value").assign(parameter=parameter.key))
        figure.legend(*panels.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        svg = svg_text(figure, "value_curves")
    caption = (
        "All points with this value, whatever the others are; the band holds the middle eight of ten. A search visits "
        "good points more often, so that its means say where it went, too."
    )
    data = pd.concat(tables, ignore_index=True)
    return Panel(name="value_curves", title="Accuracy against each value", caption=caption, svg=svg, data=data)
