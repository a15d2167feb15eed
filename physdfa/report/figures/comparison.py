"""Test accuracies side by side: the network that the search found, and its baselines."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from physdfa.report.columns import numbers, rows_where
from physdfa.report.figures.style import BLUE, ORANGE, Panel, drawing, literal, svg_text


def comparison_table(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """One row per name and seed: `name, seed_index, test_accuracy` beside the row's `mean` and `std`."""
    records = []
    for row in rows:
        name, mean, std = str(row.get("name", "unnamed")), row.get("test_accuracy"), row.get("test_accuracy_std")
        seeds = row.get("test_accuracies")
        values = list(seeds) if isinstance(seeds, Sequence) and not isinstance(seeds, str) and len(seeds) else [mean]
        for index, value in enumerate(values):
            records.append({"name": name, "seed_index": index, "test_accuracy": value, "mean": mean, "std": std})
    table = pd.DataFrame(records, columns=["name", "seed_index", "test_accuracy", "mean", "std"])
    for column in ("test_accuracy", "mean", "std"):
        table[column] = numbers(table, column)
    return table


def comparison_plot(rows: Sequence[Mapping[str, object]]) -> Panel | None:
    """Mean ± standard deviation of the test accuracy [%] of each row, and its seeds as dots; None without rows."""
    table = comparison_table(rows)
    table = rows_where(table, np.isfinite(numbers(table, "mean")))
    if table.empty:
        return None
    names = list(dict.fromkeys(table["name"]))
    with drawing(7.2, 1.2 + 0.45 * len(names)) as figure:
        axes = figure.subplots()
        for i, name in enumerate(names):
            own = rows_where(table, np.asarray(table["name"]) == name)
            place = np.full(len(own), float(i)) + (0.22 if len(own) > 1 else 0.0)
            axes.plot(100.0 * numbers(own, "test_accuracy"), place, "o", color=ORANGE, markersize=4, linestyle="none",
                      label="one seed" if i == 0 else None)  # fmt: skip
            mean, std = numbers(own, "mean")[0], numbers(own, "std")[0]
            axes.errorbar(
                [100.0 * mean], [float(i)], xerr=None if np.isnan(std) else [100.0 * std],
                fmt="D", color=BLUE, markersize=6, capsize=4, label="mean ± standard deviation" if i == 0 else None,
            )  # fmt: skip
        axes.set_yticks(range(len(names)), [literal(name) for name in names])
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlabel("test accuracy [%]")
        axes.grid(axis="y", visible=False)
        figure.legend(loc="outside lower center", ncols=2)
        svg = svg_text(figure, "comparison")
    caption = "Networks trained in full, read once on the test set."
    return Panel(name="comparison", title="Comparison on the test set", caption=caption, svg=svg, data=table)
