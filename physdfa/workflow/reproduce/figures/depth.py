"""Accuracy of a rule over the depth, and the angles of its first and last hidden layer."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from physdfa.report.figures.style import CYCLE, DASHES, GREY, Panel, drawing, literal, svg_text
from physdfa.workflow.reproduce.entry import Finished

PANELS = (
    ("test accuracy [%]", "test accuracy"),
    ("angle [degrees]", "update and backpropagation,\nfirst hidden layer"),
    ("angle [degrees]", "feedback and W_out transposed,\nlast hidden layer"),
)


def accuracy_and_angles(finished: Sequence[Finished]) -> Panel | None:
    """A line per rule over the number of hidden layers; None where nothing is done."""
    done = [one for one in finished if one.is_done]
    if not done:
        return None
    rows = pd.DataFrame([numbers_of(one) for one in done])
    with drawing(10.5, 3.9) as figure:
        panels = figure.subplots(1, 3)
        for axes, (unit, title), column in zip(panels, PANELS, ("accuracy", "update", "feedback"), strict=True):
            for i, rule in enumerate(dict.fromkeys(rows["rule"])):
                ours = rows[rows["rule"] == rule]
                axes.errorbar(
                    ours["hidden layers"] + 0.02 * i,
                    ours[column],
                    yerr=ours["spread"] if column == "accuracy" else None,
                    color=CYCLE[i % len(CYCLE)],
                    linestyle=DASHES[i % len(DASHES)],
                    marker="o",
                    markersize=3,
                    capsize=2,
                    label=literal(str(rule)),
                )
            axes.set_title(title)
            axes.set_xlabel("hidden layers")
            axes.set_ylabel(unit)
            axes.set_xticks(sorted(set(rows["hidden layers"])))
            if column != "accuracy":
                axes.axhline(90.0, color=GREY, linewidth=0.8)
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        svg = svg_text(figure, "depth")
    caption = (
        "Mean over the seeds, after the last epoch; bars: standard deviation. Grey line: 90°, where random directions "
        "lie. Rules without feedback have no third angle."
    )
    return Panel(name="depth", title="Over the number of hidden layers", caption=caption, svg=svg, data=rows)


def numbers_of(finished: Finished) -> dict[str, object]:
    """The drawn numbers of a row; NaN where there is none."""
    record = finished.record
    update, feedback = ((record.get(name) or [np.nan]) for name in ("update_angle", "feedback_angle"))
    return {
        "rule": finished.row.cells["rule"],
        "hidden layers": len(record["hidden"]),
        "accuracy": 100 * record["test_accuracy"],
        "spread": 100 * record["test_accuracy_std"],
        "update": np.nan if update[0] is None else update[0],
        "feedback": np.nan if feedback[-1] is None else feedback[-1],
    }
