"""Yield against spread: the share of devices of one make that still reach the level."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from physdfa.report.columns import distinct
from physdfa.report.figures.style import CYCLE, Panel, drawing, literal, svg_text

ASIDE = 0.012
"""Of the axis, by which the places stand apart, so that their intervals do not cover each other."""


def yield_curves(record: Mapping[str, Any]) -> Panel | None:
    """A curve for each place of which two or more relative spreads were tried; None where there is none.

    Devices whose biases drifted, too, and those with deviations of single parameters alone, are left to the table.
    """
    asked = pd.DataFrame([each for each in record["yields"] if each["spread"] is not None and not each["drift"]])
    if asked.empty:
        return None
    places = [(str(place), own.sort_values("spread")) for place, own in asked.groupby("place", sort=False)]
    places = [(place, own) for place, own in places if distinct(own, "spread") > 1]
    if not places:
        return None
    with drawing(7.2, 3.8) as figure:
        axes = figure.subplots()
        for i, (place, own) in enumerate(places):
            color, share = CYCLE[i % len(CYCLE)], 100 * own["share"].to_numpy()
            spread = 100 * own["spread"].to_numpy() * (1 + ASIDE * (2 * i - len(places) + 1))
            ends = np.abs(100 * own[["low", "high"]].to_numpy().T - share)
            axes.errorbar(
                spread, share, yerr=ends, color=color, marker="o", markersize=4, capsize=3, label=literal(place)
            )
            predicted = 100 * own["predicted"].to_numpy(dtype=float)
            axes.plot(spread, predicted, color=color, linestyle=":", label="predicted" if i == 0 else None)
        axes.set_ylim(-3, 103)
        axes.set_xlabel("relative standard deviation from device to device [%]")
        axes.set_ylabel("devices at the level [%]")
        figure.legend(loc="outside lower center", ncols=2)
        svg = svg_text(figure, "range_yields")
    caption = "Trained devices that reach the level, with 95 % intervals; dotted: as the surrogate predicts it."
    data = pd.concat([own.drop(columns=["values", "deviations", "parameters"], errors="ignore") for _, own in places])
    return Panel(name="range_yields", title="Yield against spread", caption=caption, svg=svg, data=data)
