"""The numbers of a figure's points and maps, for a page to show under the pointer."""

import json
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter

MOST_POINTS = 40_000
"""Points of a figure beyond which its further marks are left out, so that a page stays small."""
DIGITS = 5
POINTS_PER_INCH = 72

_NAMES: weakref.WeakKeyDictionary[Artist, list[str]] = weakref.WeakKeyDictionary()


def name_points(artist: Artist | BarContainer, names: Sequence[object]) -> None:
    """Give each point or bar of a drawing a name that a page shows, such as an id."""
    _NAMES[keeper(artist)] = [str(name) for name in names]


def keeper(drawn: Artist | BarContainer) -> Artist:
    """The artist that holds the names: of bars, which are a tuple, the first."""
    return drawn.patches[0] if isinstance(drawn, BarContainer) else drawn


def hover_data(figure: Figure) -> str:
    """What a page needs to tell the numbers under the pointer, as JSON; empty without points or maps.

    `names`: lists of the names of points. `panels`: an entry for each axes: `box`, its left, top, width and height
    [points of the SVG]; `x` and `y`, with label, scale, ends, names of the ticks of choices, and whether they are
    `hidden`; `marks`, each with a label, its numbers `x`, `y` and the place of its names in `names`, a map with its
    `values`, row by row. Bars have `bars` instead, each `[place, low, high, thickness]`, and are `flat` or upright.
    To be called after the figure was saved, which lays it out.
    """
    left, found, names = MOST_POINTS, [], []
    width, height = (float(side) * POINTS_PER_INCH for side in figure.get_size_inches())
    for axes in figure.axes:
        marks = [] if axes.get_label() == "<colorbar>" or not axes.get_visible() else marks_of(axes)
        left -= sum(size_of(mark) for mark in marks)
        if not marks or left < 0:
            continue
        for mark in marks:
            if (own := mark.get("names")) is not None:
                names += [own] if own not in names else []
                mark["names"] = names.index(own)
        place = axes.get_position()
        box = [place.x0 * width, (1 - place.y1) * height, place.width * width, place.height * height]
        found.append({"box": rounded(box), "x": axis_of(axes.xaxis), "y": axis_of(axes.yaxis), "marks": marks})
    return json.dumps({"names": names, "panels": found}, separators=(",", ":")) if found else ""


def axis_of(axis: Axis) -> dict[str, Any]:
    """Label, scale and ends of an axis, and the names at its ticks where they are choices."""
    said = {
        "label": axis.get_label_text(),
        "log": axis.get_scale() == "log",
        "ends": [float(end) for end in axis.get_view_interval()],
    }
    if not axis.axes.axison:
        said["hidden"] = True
    formatter, locator = axis.get_major_formatter(), axis.get_major_locator()
    if isinstance(formatter, FixedFormatter | FuncFormatter) and isinstance(locator, FixedLocator):
        places = [float(place) for place in axis.get_majorticklocs()]
        names = [formatter(place, i).replace(r"\$", "$") for i, place in enumerate(places)]
        said["names"] = dict(zip(rounded(places), names, strict=True))
    return said


def marks_of(axes: Axes) -> list[dict[str, Any]]:
    """The lines, dots, maps and bars of an axes, without lines that only mark a level."""
    marks = [bars_of(bars) for bars in axes.containers if isinstance(bars, BarContainer) and bars.patches]
    for line in axes.lines:
        if line.get_transform() is axes.transData:
            marks.append(points(line, line.get_xdata(), line.get_ydata()))
    for artist in axes.collections:
        if isinstance(artist, PathCollection):
            offsets = np.ma.getdata(artist.get_offsets())
            marks.append(points(artist, offsets[:, 0], offsets[:, 1]))
        elif isinstance(artist, QuadMesh):
            marks.append(map_of(artist))
    return [mark for mark in marks if size_of(mark)]


def size_of(mark: Mapping[str, Any]) -> int:
    """How many values a mark tells."""
    return len(mark.get("values", mark.get("bars", mark.get("x"))))


def bars_of(bars: BarContainer) -> dict[str, Any]:
    """The bars that were drawn together: `[place, low, high, thickness]` of each, in the units of the axes."""
    flat = bars.orientation == "horizontal"
    found = []
    for each in bars.patches:
        along, across = (each.get_x(), each.get_width()), (each.get_y(), each.get_height())
        if not flat:
            along, across = across, along
        found.append(rounded((across[0] + across[1] / 2, along[0], along[0] + along[1], abs(across[1]))))
    return {**words_of(bars), "flat": flat, "bars": [bar for bar in found if None not in bar]}


def words_of(drawn: Artist | BarContainer) -> dict[str, Any]:
    """The label of a mark, empty where the legend has none, and the names of its values, if given."""
    label, names = str(drawn.get_label()), _NAMES.get(keeper(drawn))
    return {"label": "" if label.startswith("_") else label, **({} if names is None else {"names": names})}


def points(artist: Artist, x: Any, y: Any) -> dict[str, Any]:
    """The points of an artist that are numbers, with the names that they were given."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    known = np.isfinite(x) & np.isfinite(y)
    said = words_of(artist) | {"x": rounded(x[known]), "y": rounded(y[known])}
    if "names" in said:
        said["names"] = [name for name, is_known in zip(said["names"], known, strict=True) if is_known]
    return said


def map_of(mesh: QuadMesh) -> dict[str, Any]:
    """The edges of a map's cells and the values in them; null where there is none."""
    edges: np.ndarray = np.array(mesh.get_coordinates(), dtype=float)
    bar = mesh.colorbar
    values = np.ma.filled(np.ma.asarray(mesh.get_array(), dtype=float), np.nan)
    return {
        **({"names": _NAMES[mesh]} if mesh in _NAMES else {}),
        "label": "" if bar is None else bar.ax.get_ylabel(),
        "x": rounded(edges[0, :, 0]),
        "y": rounded(edges[:, 0, 1]),
        "values": rounded(values.ravel()),
    }


def rounded(values: Any) -> list[float | None]:
    """Numbers to the digits that a page shows; None for those that are not finite."""
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in np.asarray(values, dtype=float)]
