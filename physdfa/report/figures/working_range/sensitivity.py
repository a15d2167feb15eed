"""Sensitivity of the accuracy to each parameter: Sobol's indices or Morris' effects, with their intervals."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from physdfa.report.figures.hover import name_points
from physdfa.report.figures.style import BLUE, ORANGE, Panel, drawing, literal, svg_text
from physdfa.report.formatting import FEW_DIGITS, number, percent

BARS = {
    "sobol": (("first", BLUE, "alone (first order)"), ("total", ORANGE, "with its interactions (total)")),
    "morris": (
        ("mean_absolute", BLUE, "mean size of an effect, mu*"),
        ("spread", ORANGE, "spread of the effects, sigma"),
    ),
}
LABELS = {"sobol": "share of the accuracy's variance", "morris": "change of accuracy over the whole range"}


def sensitivity_plot(entry: Mapping[str, Any]) -> Panel:
    """The bars of one analysis, the most important parameter on top."""
    method, bars = entry["method"], BARS[entry["method"]]
    ranked = sorted(entry["indices"], key=lambda index: -index[bars[-1 if method == "sobol" else 0][0]]["value"])
    rows = np.arange(len(ranked), dtype=float)
    with drawing(7.2, 1.2 + 0.5 * len(ranked)) as figure:
        axes = figure.subplots()
        for i, (name, color, label) in enumerate(bars):
            value, low, high = (np.array([index[name][part] for index in ranked]) for part in ("value", "low", "high"))
            drawn = axes.barh(rows + 0.36 * (i - 0.5), value, height=0.34, color=color, label=label)
            name_points(
                drawn, [f"95 %: {number(least)} … {number(most)}" for least, most in zip(low, high, strict=True)]
            )
            axes.hlines(rows + 0.36 * (i - 0.5), low, high, color="black", linewidth=1.0)
        axes.set_yticks(rows, [literal(index["key"]) for index in ranked])
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(LABELS[method])
        figure.legend(loc="outside lower center", ncols=2)
        svg = svg_text(figure, f"range_{method}_{entry['source']}")
    data = pd.DataFrame(
        [
            {"parameter": index["key"]}
            | {f"{name}_{part}": index[name][part] for name in index if name != "key" for part in index[name]}
            for index in ranked
        ]
    )
    caption = "Lines: 95 % confidence intervals by bootstrap."
    if entry["source"] == "surrogate":
        caption += (
            f" Read from the surrogate, which explains {percent(entry['explained'], FEW_DIGITS)} of the variance of "
            "unseen points; its own error is not in the intervals."
        )
    else:
        caption += " From the evaluated points of the sweep."
    title = f"Which parameter matters ({'Sobol' if method == 'sobol' else 'Morris'}, {entry['source']})"
    return Panel(name=f"range_{method}_{entry['source']}", title=title, caption=caption, svg=svg, data=data)
