"""What features of the network do: a panel for each, the rules as lines over its values."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any, NamedTuple

import pandas as pd

from physdfa.report.figures.style import CYCLE, DASHES, Panel, drawing, svg_text

RULES = {"bptt": "BPTT", "dfa": "DFA", "adfa": "aDFA, Mach–Zehnder"}
LARGEST_DROP = 12.0
"""Points below the best network that the figure has room for; what fell deeper stands at its edge as a number."""

CAPTION = (
    "Mean and standard deviation over the seeds, on the validation split. What fell deeper than the figure reaches "
    "stands at its lower edge as a number."
)


class Line(NamedTuple):
    """One value of a feature: whether the base network has it, and the evaluations by rule."""

    feature: str
    value: str
    is_base: bool
    results: Mapping[str, Sequence[Mapping[Any, Any]]]


def over_features(lines: Sequence[Line]) -> Panel:
    """Validation accuracy over the values of each feature, mean and standard deviation over the seeds."""
    drawn = [numbers_of(line, rule, rows) for line in lines for rule, rows in line.results.items()]
    floor = max((one["mean"] for one in drawn if one["seeds"]), default=0.0) - LARGEST_DROP
    names = list(dict.fromkeys(line.feature for line in lines))
    columns = min(4, len(names))
    with drawing(2.5 * columns, 2.5 * math.ceil(len(names) / columns)) as figure:
        panels = figure.subplots(math.ceil(len(names) / columns), columns, sharey=True, squeeze=False)
        for axes, name in zip(panels.ravel(), names, strict=False):
            values = [line.value for line in lines if line.feature == name]
            for number, rule in enumerate(RULES):
                own = [one for one in drawn if (one["feature"], one["rule"]) == (name, rule)]
                if not own:
                    continue
                places = [place + 0.08 * (number - 1) for place in range(len(values))]
                axes.errorbar(
                    places,
                    [max(one["mean"], floor) for one in own],
                    yerr=[one["spread"] if one["mean"] > floor else 0.0 for one in own],
                    color=CYCLE[number],
                    linestyle=DASHES[number],
                    marker="o",
                    markersize=3,
                    capsize=3,
                    label=RULES[rule],
                )
                for place, one in zip(places, own, strict=True):
                    if one["mean"] < floor:
                        text = f"{one['mean']:.0f} ↓"
                        axes.annotate(text, (place, floor), xytext=(-6, 2), ha="right", textcoords="offset points")
            axes.set_xticks(range(len(values)), values)
            axes.set_title(name)
        for axes in panels.ravel()[len(names) :]:
            axes.set_axis_off()
        for axes in panels[:, 0]:
            axes.set_ylabel("validation accuracy [%]")
        figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        svg = svg_text(figure, "network_features")
    return Panel(
        name="features",
        title="Validation accuracy by feature and rule",
        caption=CAPTION,
        svg=svg,
        data=pd.DataFrame(drawn),
    )


def numbers_of(line: Line, rule: str, rows: Sequence[Mapping[Any, Any]]) -> dict[str, Any]:
    """What is drawn of one network; NaN where no seed of it trained."""
    values = [100 * row["validation_accuracy"] for row in rows if row["status"] == "ok"]
    return {
        "feature": line.feature,
        "value": line.value,
        "rule": rule,
        "mean": fmean(values) if values else math.nan,
        "spread": stdev(values) if len(values) > 1 else 0.0,
        "seeds": len(values),
    }
