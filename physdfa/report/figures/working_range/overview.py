"""A measured device at a glance: its curve, the map of the accuracy, and the range."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from physdfa.analysis.working_range import WorkingRange
from physdfa.report.figures.hover import name_points
from physdfa.report.figures.style import GREEN, GREY, VERMILLION, Panel, drawing, svg_text
from physdfa.report.figures.transfer import draw_samples
from physdfa.report.figures.working_range.map import draw_map
from physdfa.report.formatting import engineering, interval, number, percent, scaled
from physdfa.report.range_words import OtherLevel

NAME = "range_overview"
LIGHT, DARK = 0.3, 0.75
"""Opacity of the green of what works, and of what surely does."""
MARKER = 2.5


def range_overview(
    found: WorkingRange, curve: Mapping[str, Any], pair: tuple[str, str], other: OtherLevel | None
) -> Panel:
    """The curve of a measured device, the map over two parameters, and the range of every number.

    **Arguments:**

    - `curve`: as `physdfa.workflow.range.curve.curve_record` makes it.
    """
    samples = pd.DataFrame({name: curve[name] for name in ("drive", "output", "direction")})
    with drawing(11.0, 3.9) as figure:
        left, middle, right = figure.subplots(1, 3, width_ratios=(1.0, 1.35, 1.0))
        handles = draw_curve(left, samples, curve)
        handles += draw_map(middle, found, found.map_of(*pair), other)
        handles += draw_ranges(right, found)
        left.set_title("measured device")
        middle.set_title("accuracy of the network it trains")
        right.set_title(title_of(found))
        figure.legend(handles=handles, loc="outside lower center", ncols=5)
        svg = svg_text(figure, NAME)
    drives = interval(tuple(curve["drives"]), curve["units"][0])
    caption = (
        f"Left: the measurement, and the drives that occur at the best point (nine of ten: {drives}). Middle: "
        "predicted accuracy over two parameters; the line encloses the working range. Right: the values of each "
        "parameter that work while the others stand at the best point, over its box."
    )
    return Panel(name=NAME, title="From the device to its working range", caption=caption, svg=svg, data=samples)


def title_of(found: WorkingRange) -> str:
    """The share of the box that works."""
    share = found.predicted
    if share is None:
        return "what works"
    low, high = (percent(end) for end in (share.low, share.high))
    return f"{percent(share.share)} of the box works\n({low} … {high})"


def draw_curve(axes: Axes, samples: pd.DataFrame, curve: Mapping[str, Any]) -> list[Artist]:
    """The samples of each direction over the drives that occur."""
    factors, labels = [], []
    for column, name, unit in zip(("drive", "output"), curve["quantities"], curve["units"], strict=True):
        factor, shown = scaled(float(np.abs(samples[column]).max()), unit)
        factors.append(factor)
        labels.append(f"{name} [{shown or 'a. u.'}]")
    draw_samples(axes, samples, "output", (factors[0], factors[1]), MARKER)
    low, high = (factors[0] * end for end in curve["drives"])
    measured = axes.get_xlim()
    axes.axvspan(low, high, color=GREEN, alpha=0.15, linewidth=0)
    axes.set_xlim(measured)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    drives = Patch(color=GREEN, alpha=0.15, label="drives at the best point (9 of 10)")
    return [*axes.get_legend_handles_labels()[0], drives]


def draw_ranges(axes: Axes, found: WorkingRange) -> list[Artist]:
    """A bar per number over its box, from its low end to its high one, on its own scale."""
    sure = f"works, {percent(found.confidence)} sure"
    shown = [(axis, found.ranges[index]) for index, axis in enumerate(found.axes) if not axis.is_choice]
    for place, (axis, own) in enumerate(shown):
        name = axis.key.rpartition(".")[2]
        box = axes.barh(place, 1.0, height=0.3, color="none", edgecolor=GREY, linewidth=0.8)
        name_points(box, [f"{name}, the box: {interval((axis.low, axis.high), axis.unit)}"])
        for intervals, alpha, what in ((own.conditional, LIGHT, "works"), (own.confident, DARK, sure)):
            for each in intervals:
                low, high = (axis.position(end) for end in (each.low, each.high))
                bar = axes.barh(place, high - low, left=low, height=0.3, color=GREEN, alpha=alpha, linewidth=0)
                name_points(bar, [f"{name}, {what}: {interval((each.low, each.high), axis.unit)}"])
        (best,) = axes.plot(
            [axis.position(own.best)], [place], "*", color=VERMILLION, markeredgecolor="white", markersize=12
        )
        name_points(best, [f"{name}, best: {engineering(float(own.best), axis.unit)}"])
        around = next((one for one in own.conditional if one.low <= own.best <= one.high), None)
        works = "none" if around is None else interval((around.low, around.high), axis.unit)
        more = len(own.conditional) - (around is not None)
        words = f"{name}: {works}{f', and {more} more' if more else ''}"
        axes.annotate(words, (0, place), (0, 16), textcoords="offset points", va="bottom")
        for end, value, side in ((0.0, axis.low, "left"), (1.0, axis.high, "right")):
            axes.annotate(
                number(value), (end, place), (0, -16), textcoords="offset points", va="top", ha=side, color=GREY
            )
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(len(shown) - 0.3, -0.7)
    axes.set_axis_off()
    return [
        Patch(color=GREEN, alpha=LIGHT, label="works"),
        Patch(color=GREEN, alpha=DARK, label=sure),
        Line2D([], [], color=GREY, linewidth=0.8, label="the box"),
    ]
