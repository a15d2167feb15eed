"""Accuracy against one parameter at a time: the line of a sweep, the dots of a search."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from physdfa.report.columns import distinct, identities, numbers
from physdfa.report.figures.hover import name_points
from physdfa.report.figures.parameters import (
    ACCURACY_LABEL,
    VariedParameter,
    average_over_seeds,
    label_axis,
    positions,
    show_range,
)
from physdfa.report.figures.progress import successful
from physdfa.report.figures.references import caption_of, draw_references
from physdfa.report.figures.style import BLACK, BLUE, GREY, MOST_DRAWN_DOTS, VERMILLION, Panel, drawing, svg_text
from physdfa.report.references import ReferenceLine

COLUMNS_OF_PANELS = 3


def sweep_line(evaluations: pd.DataFrame, parameter: VariedParameter, lines: Sequence[ReferenceLine] = ()) -> Panel:
    """Accuracy [%] against one swept parameter: mean over seeds, each seed as a dot, failures as upright lines.

    **Arguments:**

    - `lines`: levels of the references.
    """
    averaged = average_over_seeds(evaluations, [parameter.key])
    place, names = positions(averaged, parameter)
    accuracy = 100.0 * numbers(averaged, "accuracy")
    failed = np.isnan(accuracy)
    with drawing(7.2, 3.6) as figure:
        axes = figure.subplots()
        axes.plot(place, accuracy, color=BLUE, marker="o", markersize=3.5, label="mean over seeds")
        if numbers(averaged, "seeds").max() > 1:
            good = successful(evaluations)
            where = dict(zip(averaged[parameter.key], place, strict=True))
            across = [where[value] for value in good[parameter.key]]
            dots = axes.scatter(across, 100.0 * numbers(good, "validation_accuracy"), s=8, color=GREY, label="one seed")
            name_points(dots, identities(good))
        for i, at in enumerate(place[failed]):
            axes.axvline(float(at), color=GREY, linestyle=":", label="failed" if i == 0 else None)
        if not failed.all():
            best = int(np.nanargmax(accuracy))
            axes.plot([place[best]], [accuracy[best]], "*", color=VERMILLION, markersize=11, label="best")
        draw_references(axes, lines)
        label_axis(axes, "x", parameter, names)
        axes.set_ylabel(ACCURACY_LABEL)
        if lines:
            figure.legend(loc="outside lower center", ncols=3)
        else:
            axes.legend()
        svg = svg_text(figure, "sweep_line")
    caption = "Each point is a network trained with this value; the star marks the best mean." + caption_of(lines)
    return Panel(name="sweep_line", title="Sweep of one parameter", caption=caption, svg=svg, data=evaluations)


def parameter_scatter(
    evaluations: pd.DataFrame,
    varied: Sequence[VariedParameter],
    *,
    by_generation: bool,
    lines: Sequence[ReferenceLine] = (),
) -> Panel | None:
    """Accuracy [%] against each parameter in a panel of its own; None where every evaluation failed.

    **Arguments:**

    - `by_generation`: colour the dots by the generation of the search.
    - `lines`: levels of the references.
    """
    good = successful(evaluations)
    if good.empty or not varied:
        return None
    across = 2 if len(varied) == 4 else min(COLUMNS_OF_PANELS, len(varied))
    down = -(-len(varied) // across)
    by_generation = by_generation and distinct(good, "generation") > 1
    color = numbers(good, "generation") if by_generation else BLUE
    accuracy = 100.0 * numbers(good, "validation_accuracy")
    best = int(accuracy.argmax())
    with drawing(2.5 * across + 0.9, 2.4 * down + 0.2) as figure:
        panels = figure.subplots(down, across, squeeze=False, sharey=True)
        for spare in panels.flat[len(varied) :]:
            spare.set_visible(False)
        for i, (axes, parameter) in enumerate(zip(panels.flat, varied, strict=False)):
            place, names = positions(good, parameter)
            cmap = "cividis" if by_generation else None
            dots = axes.scatter(place, accuracy, c=color, cmap=cmap, s=12, linewidths=0, alpha=0.9)
            dots.set_rasterized(len(varied) * len(good) > MOST_DRAWN_DOTS)
            name_points(dots, identities(good))
            axes.plot(
                [place[best]], [accuracy[best]], "*", color=VERMILLION, markersize=10, markeredgecolor=BLACK,
                markeredgewidth=0.4,
            )  # fmt: skip
            draw_references(axes, lines, labelled=i == 0)
            label_axis(axes, "x", parameter, names)
            show_range(axes, parameter)
            if i % across == 0:
                axes.set_ylabel(ACCURACY_LABEL)
            if by_generation and i == len(varied) - 1:
                figure.colorbar(dots, ax=panels, label="generation", ticks=MaxNLocator(integer=True))
        if lines:
            figure.legend(loc="outside lower center", ncols=len(lines))
        svg = svg_text(figure, "parameters")
    caption = "Every successful evaluation, once per panel; the star is the best one in validation." + caption_of(lines)
    return Panel(name="parameters", title="Accuracy against each parameter", caption=caption, svg=svg, data=evaluations)
