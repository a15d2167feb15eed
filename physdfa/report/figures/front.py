"""The Pareto front of a search: accuracy against each further objective."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from physdfa.report.columns import identities, numbers
from physdfa.report.figures.hover import name_points
from physdfa.report.figures.progress import successful
from physdfa.report.figures.references import caption_of, draw_references
from physdfa.report.figures.style import BLUE, GREY, Panel, drawing, svg_text
from physdfa.report.references import ReferenceLine

AXES = {
    "energy": "energy per training sample [J]",
    "feedback_bits": "bits moved per training sample",
    "robustness": "accuracy under the stated drift, noise or spread [%]",
}
"""The text at the axis of each objective beside the accuracy."""

LOGARITHMIC = ("energy", "feedback_bits")


def front_table(front: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """One row per candidate of the front: its id and objectives."""
    rows = []
    for entry in front:
        objectives = entry.get("objectives")
        rows.append({"candidate": entry.get("candidate"), **(objectives if isinstance(objectives, Mapping) else {})})
    return pd.DataFrame(rows)


def front_plot(
    front: Sequence[Mapping[str, object]], evaluations: pd.DataFrame, lines: Sequence[ReferenceLine] = ()
) -> Panel | None:
    """Validation accuracy [%] against each other objective, every evaluation a dot; None without a front.

    **Arguments:**

    - `front`: of the summary, the most accurate first.
    - `evaluations`: with a column per objective.
    - `lines`: levels of the references.
    """
    table = front_table(front)
    others = [name for name in AXES if name in table]
    if table.empty or "accuracy" not in table or not others:
        return None
    good = successful(evaluations)
    with drawing(7.2, 3.4) as figure:
        for column, name in enumerate(others, start=1):
            axes = figure.add_subplot(1, len(others), column)
            scale = 1.0 if name in LOGARITHMIC else 100.0
            if name in good:
                dots = axes.scatter(
                    scale * numbers(good, name), 100.0 * numbers(good, "validation_accuracy"),
                    s=9, color=GREY, alpha=0.55, linewidths=0, label="one evaluation" if column == 1 else None,
                )  # fmt: skip
                name_points(dots, identities(good))
            order = np.argsort(numbers(table, name))
            (front_line,) = axes.plot(
                scale * numbers(table, name)[order], 100.0 * numbers(table, "accuracy")[order],
                color=BLUE, marker="D", markersize=4, linestyle="-" if len(others) == 1 else "none",
                label="front: no other is better in all" if column == 1 else None,
            )  # fmt: skip
            name_points(front_line, identities(table.iloc[order]))
            draw_references(axes, lines, labelled=column == 1)
            if name in LOGARITHMIC and bool(np.all(numbers(table, name) > 0)):
                axes.set_xscale("log")
            axes.set_xlabel(AXES[name])
            if column == 1:
                axes.set_ylabel("validation accuracy [%]")
        figure.legend(loc="outside lower center", ncols=3 if lines else 2)
        svg = svg_text(figure, "front")
    caption = (
        "Candidates of which no other is better in all objectives at once; with a broken constraint it is left out. "
        "Seen along one objective alone, a candidate of the front may lie among the others."
    )
    caption += caption_of(lines)
    return Panel(name="front", title="What no other candidate beats", caption=caption, svg=svg, data=table)
