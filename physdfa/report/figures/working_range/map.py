"""The map of a working range over two parameters: predicted accuracy, level line, doubt, and unknown places."""

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from physdfa.analysis.working_range import Axis, WorkingRange, values_at
from physdfa.analysis.working_range.region import RangeMap
from physdfa.report.figures.cells import cell_edges
from physdfa.report.figures.parameters import VariedParameter, label_axis
from physdfa.report.figures.style import (
    ACCURACY_MAP,
    FAILED_FACE,
    FAILED_HATCH,
    GREY,
    PURPLE,
    VERMILLION,
    Panel,
    drawing,
    svg_text,
)
from physdfa.report.formatting import accuracy as accuracy_text
from physdfa.report.formatting import parameter_value, percent
from physdfa.report.range_words import OtherLevel

WHITENED = 0.6
"""Share of the colour that is taken where the level is too close."""


def range_map(found: WorkingRange, across: str, up: str, *, name: str, other: OtherLevel | None = None) -> Panel:
    """Predicted accuracy [%] over two parameters with the others at the best.

    Whitened where the level is too close to tell inside from outside, hatched where nothing is claimed.

    **Arguments:**

    - `other`: a second level, such as that of a constant g, drawn as a broken line.
    """
    drawn = found.map_of(across, up)
    others = {axis.key: found.best[axis.key] for axis in found.axes if axis.key not in (across, up)}
    with drawing(6.8, 4.6) as figure:
        axes = figure.subplots()
        handles = draw_map(axes, found, drawn, other)
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
        svg = svg_text(figure, name)
    x, y = np.meshgrid(drawn.across_values, drawn.up_values)
    data = pd.DataFrame(
        {
            across: x.ravel(),
            up: y.ravel(),
            "predicted_accuracy": drawn.accuracy.ravel(),
            "std": drawn.std.ravel(),
            "probability": drawn.probability.ravel(),
            "verdict": drawn.state.ravel(),
        }
    )
    at = ", ".join(f"{key} = {parameter_value(value)}" for key, value in others.items())
    caption = (
        "Accuracy between the evaluated points, as the surrogate predicts it. The line encloses the working range; in "
        "the pale band along it, a device is too close to the level to be called inside or outside."
        + (f" The other parameters stand at the best point: {at}." if others else " Dots: evaluated points.")
        + (
            ""
            if other is None
            else f" Broken: {other.word}, {other.meaning}; without it in the map, all or none of it is above."
        )
        + f" Error of the surrogate for unseen points: {100 * found.surrogate.cross_validation.rmse:.2f} points."
    )
    return Panel(name=name, title=f"Working range: {across}, {up}", caption=caption, svg=svg, data=data)


def draw_map(axes: Axes, found: WorkingRange, drawn: RangeMap, other: OtherLevel | None) -> list[Artist]:
    """Draw the map with its bar of colours; return what the legend says. Points only where there are no other axes."""
    across, up = drawn.across.key, drawn.up.key
    accuracy = np.ma.masked_where(~drawn.known, 100 * drawn.accuracy)
    level = 100 * found.level
    axes.grid(False)
    axes.set_facecolor(FAILED_FACE)
    edges = [
        cell_edges(values, axis.scale)
        for values, axis in ((drawn.across_values, drawn.across), (drawn.up_values, drawn.up))
    ]
    mesh = axes.pcolormesh(*edges, accuracy, cmap=ACCURACY_MAP)
    mesh.set_rasterized(True)
    handles: list[Artist] = []
    if accuracy.count() and accuracy.min() < level < accuracy.max():
        axes.contour(drawn.across_values, drawn.up_values, accuracy, levels=[level], colors="black", linewidths=1.3)
        handles.append(Line2D([], [], color="black", linewidth=1.3, label=f"level: {level:.2f} %"))
    if other is not None and accuracy.count() and accuracy.min() < 100 * other.accuracy < accuracy.max():
        style = {"colors": PURPLE, "linestyles": "--", "linewidths": 1.3}
        axes.contour(drawn.across_values, drawn.up_values, accuracy, levels=[100 * other.accuracy], **style)
    if other is not None:
        label = f"{other.word}: {100 * other.accuracy:.2f} %"
        handles.append(Line2D([], [], color=PURPLE, linestyle="--", linewidth=1.3, label=label))
    too_close = drawn.known & (np.maximum(drawn.probability, 1 - drawn.probability) < found.confidence)
    if too_close.any():
        axes.contourf(
            drawn.across_values, drawn.up_values, drawn.probability,
            levels=[1 - found.confidence, found.confidence], colors=["white"], alpha=WHITENED,
        )  # fmt: skip
        label = f"too close to the level to be {percent(found.confidence)} sure"
        handles.append(Patch(facecolor="white", edgecolor=GREY, linewidth=0.6, label=label))
    if not drawn.known.all():
        style = {"facecolor": FAILED_FACE, "edgecolor": GREY, "hatch": FAILED_HATCH, "linewidth": 0.3}
        unknown = (~drawn.known).astype(float)
        axes.contourf(
            drawn.across_values, drawn.up_values, unknown, levels=[0.5, 1.5], colors=[FAILED_FACE],
            hatches=[FAILED_HATCH],
        )  # fmt: skip
        handles.append(Patch(**style, label="not known"))
    if len(found.axes) == 2:
        handles += draw_points(axes, found, across, up)
    handles += axes.plot(
        [found.best[across]], [found.best[up]], "*", color=VERMILLION, markeredgecolor="white", markersize=14,
        linestyle="none", label=f"best: {accuracy_text(found.best_accuracy)} predicted",
    )  # fmt: skip
    axes.set_xlim(edges[0][0], edges[0][-1])
    axes.set_ylim(edges[1][0], edges[1][-1])
    label_axis(axes, "x", labelled(drawn.across), ())
    label_axis(axes, "y", labelled(drawn.up), ())
    bar = axes.get_figure(root=True)
    assert bar is not None, "axes of a figure"
    bar.colorbar(mesh, ax=axes, label="predicted validation accuracy [%]")
    return handles


def draw_points(axes: Axes, found: WorkingRange, across: str, up: str) -> list[Artist]:
    """The evaluated points of a range of two parameters."""
    points = [values_at(found.axes, position) for position in found.surrogate.positions]
    inside = np.array(found.surrogate.accuracy) >= found.level
    x, y = (np.array([point[key] for point in points], dtype=float) for key in (across, up))
    style = {"linestyle": "none", "markersize": 3, "markeredgecolor": "black", "markeredgewidth": 0.4}
    return [
        *axes.plot(x[inside], y[inside], "o", color="white", label="measured inside", **style),
        *axes.plot(x[~inside], y[~inside], "o", color="black", label="measured outside", **style),
    ]


def labelled(axis: Axis) -> VariedParameter:
    """An axis of the working range as an axis of a figure."""
    label = f"{axis.key} [{axis.unit}]" if axis.unit else axis.key
    return VariedParameter(key=axis.key, label=label, scale=axis.scale, low=axis.low, high=axis.high)
