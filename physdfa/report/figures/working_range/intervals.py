"""Accuracy along each parameter: as predicted with the others at the best, and the share of the box that works."""

import numpy as np
import pandas as pd

from physdfa.analysis.working_range import Axis, AxisRange, WorkingRange, positions_of
from physdfa.analysis.working_range.intervals import moved, places_on
from physdfa.report.figures.parameters import label_axis
from physdfa.report.figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILLION, Panel, drawing, svg_text
from physdfa.report.figures.working_range.map import labelled
from physdfa.report.formatting import percent

COLUMNS = 3
NUM_PLACES = 121
DEVIATIONS = 2.0


def range_intervals(found: WorkingRange) -> Panel | None:
    """A figure with a panel per number; None where all parameters are choices."""
    numbers = [(i, axis) for i, axis in enumerate(found.axes) if not axis.is_choice]
    if not numbers:
        return None
    across = min(COLUMNS, len(numbers))
    down = -(-len(numbers) // across)
    tables = []
    with drawing(3.0 * across + 0.8, 2.6 * down + 0.6) as figure:
        panels = figure.subplots(down, across, squeeze=False, sharey=True)
        for spare in panels.flat[len(numbers) :]:
            spare.set_visible(False)
        for place, (panel, (index, axis)) in enumerate(zip(panels.flat, numbers, strict=False)):
            table = along(found, index)
            tables.append(table)
            values, known = np.array(table["value"]), np.array(table["verdict"]) != "unknown"
            accuracy, std = 100 * np.array(table["predicted_accuracy"]), 100 * np.array(table["std"])
            shown = np.where(known, accuracy, np.nan)
            panel.fill_between(
                values, shown - DEVIATIONS * std, np.minimum(shown + DEVIATIONS * std, 100), color=BLUE, alpha=0.2,
                linewidth=0,
            )  # fmt: skip
            panel.plot(values, shown, color=BLUE, label="predicted, the others at the best (± 2 std)")
            panel.axhline(100 * found.level, color=BLACK, linestyle="--", linewidth=1, label="level")
            axis_range = found.ranges[index]
            for i, interval in enumerate(axis_range.conditional):
                label = "works" if i == 0 else None
                panel.axvspan(interval.low, interval.high, color=GREEN, alpha=0.12, linewidth=0, label=label)
            for i, interval in enumerate(axis_range.confident):
                label = f"works, {percent(found.confidence)} sure" if i == 0 else None
                panel.axvspan(interval.low, interval.high, color=GREEN, alpha=0.18, linewidth=0, label=label)
            panel.axvline(float(axis_range.best), color=VERMILLION, linestyle=":", label="best point")
            if not known.all():
                panel.plot(values, np.where(known, np.nan, accuracy), color=GREY, linestyle=":", label="not known")
            panel.plot(
                axis_range.marginal_values, 100 * np.array(axis_range.marginal_share), color=ORANGE, linestyle="-.",
                label="share of the others' box that works [%]",
            )  # fmt: skip
            label_axis(panel, "x", labelled(axis), ())
            panel.set_ylim(0, 101)
            if place % across == 0:
                panel.set_ylabel("accuracy, share [%]")
        handles, labels = panels.flat[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        svg = svg_text(figure, "range_intervals")
    caption = (
        "Green: where the device works while all other parameters stand at the best point; light green: where the "
        "level is too close to be sure of it. Orange: with the parameter at this value, the share of all values of the "
        "others that works."
    )
    data = pd.concat(tables, ignore_index=True)
    return Panel(name="range_intervals", title="Working range of each parameter", caption=caption, svg=svg, data=data)


def along(found: WorkingRange, index: int) -> pd.DataFrame:
    """Predictions of the surrogate along one axis, the others at the best."""
    axis = found.axes[index]
    places = places_on(axis, NUM_PLACES)
    said = found.surrogate.predict(moved(positions_of(found.axes, found.best), index, places))
    probability, states = found.judged(said)
    return pd.DataFrame(
        {
            "parameter": axis.key,
            "value": [float(axis.value(float(place))) for place in places],
            "predicted_accuracy": said.accuracy,
            "std": said.std,
            "probability": probability,
            "verdict": states,
            "marginal_share": np.interp(places, *marginal(found.ranges[index], axis)),
        }
    )


def marginal(axis_range: AxisRange, axis: Axis) -> tuple[np.ndarray, np.ndarray]:
    """Positions and shares of the marginal curve."""
    places = np.array([axis.position(value) for value in axis_range.marginal_values])
    return places, np.array(axis_range.marginal_share)
