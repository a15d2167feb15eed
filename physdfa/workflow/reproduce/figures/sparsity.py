"""Accuracy over sparse feedback and over skipped weight updates."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from physdfa.report.columns import rows_where
from physdfa.report.figures.style import CYCLE, DASHES, Panel, drawing, svg_text
from physdfa.workflow.reproduce.entry import Finished

SPARSITY, SKIPPING, SMOOTH_CURVE, DEVICE_CURVE = "sparsity", "skipping", "smooth", "device"
"""Groups of rows: each is a line."""

PANELS = (
    ("feedback connections [%]", {SPARSITY: "triangle"}),
    ("weight updates per sample", {SKIPPING: "triangle", SMOOTH_CURVE: "fast sigmoid", DEVICE_CURVE: "Mach–Zehnder g"}),
)
"""The horizontal axis of each panel, and its lines: the local factor of each group."""


def accuracy_over_savings(finished: Sequence[Finished], shares: Mapping[str, float]) -> Panel | None:
    """Accuracy over the share of connections, and over the weight updates per sample; None where nothing is done.

    `shares`: of the connections that are built, by name of the row.
    """
    drawn = [one for one in finished if one.is_done and one.row.group]
    if not drawn:
        return None
    rows = pd.DataFrame([numbers_of(one, shares[one.row.name]) for one in drawn])
    with drawing(8.0, 3.2) as figure:
        for axes, (label, curves) in zip(figure.subplots(1, 2, sharey=True), PANELS, strict=True):
            placed = rows.sort_values(by=[label])
            axes.set_xlabel(label)
            for number, (curve, title) in enumerate(curves.items()):
                # A row that writes nothing has no place on a logarithmic axis; the data keep it.
                ours = rows_where(placed, np.asarray((placed["curve"] == curve) & (placed[label] > 0)))
                if not ours.empty:
                    style = {"color": CYCLE[number], "linestyle": DASHES[number], "label": title}
                    places, means, spreads = (ours[name] for name in (label, "accuracy", "spread"))
                    axes.errorbar(places, means, yerr=spreads, marker="o", markersize=3, capsize=3, **style)
            if axes.has_data():
                axes.set_xscale("log")  # not before: a single point would have no range
        figure.axes[0].set_ylabel("test accuracy [%]")
        legends = [axes.get_legend_handles_labels() for axes in figure.axes]
        lines = {title: line for handles, titles in legends for line, title in zip(handles, titles, strict=True)}
        figure.legend(lines.values(), lines.keys(), loc="outside lower center", ncols=3)
        svg = svg_text(figure, "sparsity")
    caption = (
        "Mean over the seeds, after the last epoch; bars: standard deviation. Left: dense feedback, fixed fan-ins and "
        "a random share. Right: single entries under thresholds; lines: the local factor."
    )
    title = "Test accuracy over feedback connections and over weight updates"
    return Panel(name="sparsity", title=title, caption=caption, svg=svg, data=rows)


def numbers_of(finished: Finished, share: float) -> dict[str, object]:
    """The drawn numbers of a row."""
    record = finished.record
    return {
        "feedback": finished.row.cells["feedback"],
        "curve": finished.row.group,
        "feedback connections [%]": 100 * share,
        "weight updates per sample": record["weight_updates_per_sample"],
        "accuracy": 100 * record["test_accuracy"],
        "spread": 100 * record["test_accuracy_std"],
    }
