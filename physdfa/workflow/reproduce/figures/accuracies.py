"""Accuracies of rules: beside the published ones, and seed by seed beside each other."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from physdfa.report.figures.style import BLUE, GREY, VERMILLION, Panel, drawing, literal, svg_text
from physdfa.workflow.reproduce.entry import Finished

OFFSET = 0.12
"""Distance of a mark from the middle of its rule, in units of the distance between rules."""


def beside_published(finished: Sequence[Finished]) -> Panel | None:
    """The published accuracy, ours after the last epoch, and our best test epoch, by data set; None without ours."""
    done = [one for one in finished if one.is_done]
    if not done:
        return None
    groups = list(dict.fromkeys(one.row.group for one in done))
    series = (
        ("published", "published", "published_spread", GREY, "s"),
        ("ours, last epoch", "test_accuracy", "test_accuracy_std", BLUE, "o"),
        ("ours, best test epoch", "best_test_epoch_accuracy", "best_test_epoch_accuracy_std", VERMILLION, "D"),
    )
    with drawing(1.0 + 2.6 * len(groups), 3.2) as figure:
        for axes, group in zip(figure.subplots(1, len(groups), squeeze=False)[0], groups, strict=True):
            ours = [one for one in done if one.row.group == group]
            for number, (label, value, spread, color, marker) in enumerate(series):
                places = np.arange(len(ours)) + (number - 1) * OFFSET
                draw_points(axes, places, ours, value, spread, color=color, marker=marker, label=label)
            axes.set_xticks(range(len(ours)), [literal(one.row.cells["rule"]) for one in ours])
            axes.set_xlim(-0.5, len(ours) - 0.5)
            axes.set_title(literal(group))
        first = figure.axes[0]
        first.set_ylabel("test accuracy [%]")
        figure.legend(*first.get_legend_handles_labels(), loc="outside lower center", ncols=3)
        svg = svg_text(figure, "accuracies")
    caption = (
        "Mean and standard deviation over the seeds. Grey squares: published. Circles: ours after the last epoch. "
        "Diamonds: ours, the mean of the best test epoch of each seed, which has chosen nothing."
    )
    data = pd.DataFrame([as_columns(one, [name for entry in series for name in entry[1:3]]) for one in done])
    return Panel(name="accuracies", title="Ours beside the published accuracies", caption=caption, svg=svg, data=data)


def draw_points(
    axes: Axes,
    places: np.ndarray,
    finished: Sequence[Finished],
    value: str,
    spread: str,
    *,
    color: str,
    marker: str,
    label: str,
) -> None:
    """Marks with error bars, in percent; a row without the number has none."""
    values, spreads = (
        100 * np.array([one.record.get(name) for one in finished], dtype=float) for name in (value, spread)
    )
    axes.errorbar(
        places,
        values,
        yerr=np.nan_to_num(spreads),
        fmt=marker,
        color=color,
        markersize=4.5,
        capsize=3,
        linestyle="none",
        label=label,
    )


def rules_side_by_side(finished: Sequence[Finished]) -> Panel | None:
    """The test accuracy of every seed of every rule, a panel per data set; None without any."""
    done = [one for one in finished if one.is_done]
    if not done:
        return None
    groups = list(dict.fromkeys(one.row.group for one in done))
    rules = list(dict.fromkeys(one.row.cells["rule"] for one in done))
    rows = []
    with drawing(3.2 + 2.8 * len(groups), 1.2 + 0.32 * len(rules)) as figure:
        panels = figure.subplots(1, len(groups), squeeze=False, sharey=True)[0]
        for axes, group in zip(panels, groups, strict=True):
            for one in (one for one in done if one.row.group == group):
                place = rules.index(one.row.cells["rule"])
                accuracies = 100 * np.array(one.record["test_accuracies"])
                axes.plot(accuracies, [place] * len(accuracies), "o", color=BLUE, markersize=4, alpha=0.45)
                axes.plot([accuracies.mean()] * 2, [place - 0.3, place + 0.3], color=VERMILLION)
                rows += [
                    {"data set": group, "rule": rules[place], "seed": seed, "test_accuracy": accuracy}
                    for seed, accuracy in zip(one.record["seeds"], one.record["test_accuracies"], strict=True)
                ]
            axes.set_title(literal(group))
            axes.set_xlabel("test accuracy [%]")
        panels[0].set_yticks(range(len(rules)), [literal(rule) for rule in rules])
        panels[0].invert_yaxis()
        svg = svg_text(figure, "rules")
    caption = "Every seed after the last epoch (circles), and their mean (line)."
    data = pd.DataFrame(rows)
    return Panel(name="rules", title="Test accuracy of every seed", caption=caption, svg=svg, data=data)


def as_columns(finished: Finished, names: Sequence[str]) -> dict[str, object]:
    """The cells of a row and some of its numbers."""
    return {**finished.row.cells, **{name: finished.record.get(name) for name in names}}
