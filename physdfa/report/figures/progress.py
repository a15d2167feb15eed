"""The course of a search: every evaluation, each generation's best, median and worst, and the best so far."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from physdfa.report.columns import identities, numbers, rows_where
from physdfa.report.figures.hover import name_points
from physdfa.report.figures.references import caption_of, draw_references
from physdfa.report.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    MOST_DRAWN_DOTS,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    Panel,
    drawing,
    literal,
    svg_text,
)
from physdfa.report.references import ReferenceLine

DOT_SPREAD = 0.6  # the dots of one generation share this much of the distance to the next
REFERENCE_COLORS = (GREEN, PURPLE, SKY)


def search_progress(
    generations: pd.DataFrame,
    evaluations: pd.DataFrame,
    comparison: Sequence[Mapping[str, object]] = (),
    lines: Sequence[ReferenceLine] = (),
) -> Panel | None:
    """Validation accuracy [%] against the generation; None where the search recorded neither generation nor evaluation.

    **Arguments:**

    - `generations`: `generation, best, median, worst` (fractions); computed from the evaluations where it is empty.
    - `evaluations`: `generation, validation_accuracy, status`.
    - `comparison`: rows of the summary; each becomes a horizontal line at its accuracy.
    - `lines`: levels of the references, measured as the candidates are.
    """
    good = successful(evaluations)
    if generations.empty:
        generations = generations_from(good)
    if generations.empty:
        return None
    generations = generations.sort_values("generation")
    index = numbers(generations, "generation")
    best = 100.0 * numbers(generations, "best")
    with drawing(7.2, 4.0) as figure:
        axes = figure.subplots()
        if not good.empty:
            dots = axes.scatter(
                spread_within_generation(numbers(good, "generation")),
                100.0 * numbers(good, "validation_accuracy"),
                s=9, color=GREY, alpha=0.55, linewidths=0, label="one evaluation",
            )  # fmt: skip
            dots.set_rasterized(len(good) > MOST_DRAWN_DOTS)
            name_points(dots, identities(good))
        axes.step(index, np.fmax.accumulate(best), where="mid", color=BLACK, label="best so far")
        for column, color, marker in (("best", BLUE, "^"), ("median", VERMILLION, "s"), ("worst", ORANGE, "v")):
            if column in generations:
                values = 100.0 * numbers(generations, column)
                axes.plot(
                    index,
                    values,
                    color=color,
                    marker=marker,
                    markersize=4,
                    linewidth=0.9,
                    label=f"{column} of generation",
                )
        for i, (name, value, kind) in enumerate(references(comparison)):
            color = REFERENCE_COLORS[i % len(REFERENCE_COLORS)]
            axes.axhline(100.0 * value, color=color, linestyle=":", linewidth=1.0, label=literal(f"{name} ({kind})"))
        draw_references(axes, lines)
        axes.set_xlabel("generation (0: random)")
        axes.set_ylabel("validation accuracy [%]")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        figure.legend(loc="outside lower center", ncols=3)
        svg = svg_text(figure, "search_progress")
    caption = (
        "Validation accuracy after the short training of a candidate. Dotted lines are networks trained in full and "
        "read on the set named in brackets: a level to aim at, not the same measurement. "
        "The dots are the rows of evaluations.parquet."
    )
    caption += caption_of(lines)
    return Panel(name="search_progress", title="Progress of the search", caption=caption, svg=svg, data=generations)


def successful(evaluations: pd.DataFrame) -> pd.DataFrame:
    """The evaluations that ended with a number."""
    if evaluations.empty or "validation_accuracy" not in evaluations:
        return evaluations.iloc[:0]
    good = np.isfinite(numbers(evaluations, "validation_accuracy"))
    if "status" in evaluations:
        good &= np.asarray(evaluations["status"]) == "ok"
    return rows_where(evaluations, good)


def generations_from(good: pd.DataFrame) -> pd.DataFrame:
    """Best, median and worst of each generation, from its evaluations."""
    if good.empty or "generation" not in good:
        return pd.DataFrame()
    grouped = good.groupby("generation")["validation_accuracy"].agg(best="max", median="median", worst="min")
    return grouped.reset_index()


def spread_within_generation(generation: np.ndarray) -> np.ndarray:
    """Horizontal places that set the dots of one generation side by side, in the order of evaluation."""
    place = generation.copy()
    for value in np.unique(generation[np.isfinite(generation)]):
        own = generation == value
        size = np.count_nonzero(own)
        place[own] += DOT_SPREAD * ((np.arange(size) + 0.5) / size - 0.5)
    return place


def references(comparison: Sequence[Mapping[str, object]]) -> list[tuple[str, float, str]]:
    """Name, accuracy and set of each comparison row: the validation accuracy where recorded, else the test one."""
    rows = []
    for row in comparison:
        for key, kind in (("validation_accuracy", "validation"), ("test_accuracy", "test")):
            value = row.get(key)
            if isinstance(value, (int, float)) and np.isfinite(value):
                rows.append((str(row.get("name", "unnamed")), float(value), kind))
                break
    return rows
