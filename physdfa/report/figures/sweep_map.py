"""The map of a two-parameter sweep: accuracy as colour, failures hatched, the best point and the level around it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from physdfa.report.columns import identities, numbers
from physdfa.report.figures.cells import cell_edges
from physdfa.report.figures.hover import name_points
from physdfa.report.figures.parameters import (
    ACCURACY_LABEL,
    VariedParameter,
    average_over_seeds,
    label_axis,
    positions,
)
from physdfa.report.figures.references import LOOKS, caption_of, draw_references, reference_handle
from physdfa.report.figures.style import (
    ACCURACY_MAP,
    FAILED_FACE,
    FAILED_HATCH,
    GREY,
    VERMILLION,
    Panel,
    drawing,
    svg_text,
)
from physdfa.report.references import CONSTANT, NAMES, ReferenceLine

LEVEL_BELOW_BEST = 1.0  # percentage points: the level line encloses what is nearly as good as the best
GRID_SHARE = 0.5  # a design that fills less than this share of its rows and columns is no grid


def sweep_map(
    evaluations: pd.DataFrame, across: VariedParameter, up: VariedParameter, lines: Sequence[ReferenceLine] = ()
) -> Panel:
    """Accuracy [%] over two swept parameters: cells for a grid, coloured dots for a design without rows and columns.

    **Arguments:**

    - `lines`: levels of the references: ticks at the colour bar, and on a grid a contour of the constant.
    """
    averaged = average_over_seeds(evaluations, [across.key, up.key])
    x, x_names = positions(averaged, across)
    y, y_names = positions(averaged, up)
    accuracy = 100.0 * numbers(averaged, "accuracy")
    failed = np.isnan(accuracy)
    is_grid = len(accuracy) >= GRID_SHARE * len(np.unique(x)) * len(np.unique(y))
    with drawing(6.8, 4.6) as figure:
        axes = figure.subplots()
        axes.grid(False)
        draw = draw_cells if is_grid else draw_dots
        names = identities(averaged)
        mesh, handles = draw(axes, (x, across.scale), (y, up.scale), accuracy, lines, names)
        if not failed.all():
            best = int(np.nanargmax(accuracy))
            star = axes.plot(
                [x[best]], [y[best]], "*", color=VERMILLION, markeredgecolor="white", markersize=14, linestyle="none",
                label=f"best: {accuracy[best]:.2f} %",
            )  # fmt: skip
            name_points(star[0], [names[best]])
            handles += star
        label_axis(axes, "x", across, x_names)
        label_axis(axes, "y", up, y_names)
        bar = figure.colorbar(mesh, ax=axes, label=ACCURACY_LABEL)
        low, high = colour_limits(accuracy)
        draw_references(bar.ax, [line for line in lines if low <= 100 * line.accuracy <= high], labelled=False)
        handles += [reference_handle(line) for line in lines]
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
        svg = svg_text(figure, "sweep_map")
    caption = (
        "Mean over the seeds of each cell. The level line encloses what lies within one percentage point of the best; "
        "hatched: every seed failed; blank: not evaluated."
        if is_grid
        else "Mean over the seeds of each point; a cross: every seed failed."
    )
    if lines:
        caption += caption_of(lines) + " They stand on the colour bar where they lie within it"
        caption += ", and around the cells that beat the constant." if is_grid else "."
    return Panel(name="sweep_map", title="Map of the sweep", caption=caption, svg=svg, data=evaluations)


Positions = tuple[np.ndarray, str]
"""Positions of the points along one axis, and the scale of that axis."""


def draw_cells(
    axes: Axes,
    across: Positions,
    up: Positions,
    accuracy: np.ndarray,
    lines: Sequence[ReferenceLine] = (),
    names: Sequence[str] = (),
) -> tuple[ScalarMappable, list[Artist]]:
    """Draw the cells of a grid, the level line and the constant's; return the colour mesh and the legend's handles."""
    x, y = np.unique(across[0]), np.unique(up[0])
    columns, rows = np.searchsorted(x, across[0]), np.searchsorted(y, up[0])
    x_edges, y_edges = cell_edges(x, across[1]), cell_edges(y, up[1])
    grid = np.full((len(y), len(x)), np.nan)
    grid[rows, columns] = accuracy
    shown = np.ma.masked_invalid(grid)
    low, high = colour_limits(accuracy)
    mesh = axes.pcolormesh(x_edges, y_edges, shown, cmap=ACCURACY_MAP, vmin=low, vmax=high)
    if names:
        named = np.full(grid.shape, "", dtype=object)
        named[rows, columns] = names
        name_points(mesh, named.ravel().tolist())
    mesh.set_edgecolor("face")  # in the cell's own colour: a viewer's smoothing would show white seams
    mesh.set_linewidth(0.3)
    handles: list[Artist] = []
    level = high - LEVEL_BELOW_BEST
    if min(grid.shape) > 1 and low < level and not np.isnan(accuracy).all():
        axes.contour(x, y, shown, levels=[level], colors="black", linewidths=1.1)
        handles.append(Line2D([], [], color="black", linewidth=1.1, label=f"{level:.1f} %, 1 point below the best"))
    for line in lines:
        if line.name == NAMES[CONSTANT] and min(grid.shape) > 1 and low < 100 * line.accuracy < high:
            color, dashes = LOOKS[line.name]
            axes.contour(x, y, shown, levels=[100 * line.accuracy], colors=color, linestyles=[dashes], linewidths=1.3)
    failed = np.isnan(accuracy)
    style = {"facecolor": FAILED_FACE, "edgecolor": GREY, "hatch": FAILED_HATCH, "linewidth": 0.3}
    for row, column in zip(rows[failed], columns[failed], strict=True):
        left, right = x_edges[column : column + 2]
        bottom, top = y_edges[row : row + 2]
        axes.fill([left, right, right, left], [bottom, bottom, top, top], **style)
    if failed.any():
        handles.append(Patch(**style, label="failed"))
    return mesh, handles


def draw_dots(
    axes: Axes,
    across: Positions,
    up: Positions,
    accuracy: np.ndarray,
    lines: Sequence[ReferenceLine] = (),
    names: Sequence[str] = (),
) -> tuple[ScalarMappable, list[Artist]]:
    """Draw one dot per point of a design, without contours; return the colour mesh and the handles of the legend."""
    del lines  # no contour between scattered points
    x, y, failed = across[0], up[0], np.isnan(accuracy)
    low, high = colour_limits(accuracy)
    dots = axes.scatter(x[~failed], y[~failed], c=accuracy[~failed], cmap=ACCURACY_MAP, vmin=low, vmax=high, s=28)
    if names:
        name_points(dots, [name for name, has_failed in zip(names, failed, strict=True) if not has_failed])
    if not failed.any():
        return dots, []
    return dots, [axes.scatter(x[failed], y[failed], marker="x", color=GREY, s=24, label="failed")]


def colour_limits(accuracy: np.ndarray) -> tuple[float, float]:
    """Least and largest accuracy [%]; 0 to 100 where every point failed."""
    if np.isnan(accuracy).all():
        return 0.0, 100.0
    return float(np.nanmin(accuracy)), float(np.nanmax(accuracy))
