"""Redrawn curves of a measurement, and the accuracies of the best point through them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from physdfa.report.figures.style import BLUE, ORANGE, Panel, drawing, svg_text
from physdfa.report.formatting import scaled


def range_curves(record: Mapping[str, Any]) -> Panel | None:
    """The band of the curves beside the accuracies through them; None where none were redrawn."""
    curves = record.get("curves")
    if curves is None:
        return None
    band = curves["band"]
    best = next((place for place in curves["places"] if "measured" in place), {"redrawn": [], "measured": []})
    across, drive_unit = scaled(float(np.max(np.abs(band["drive"]))), band["drive_unit"])
    up, output_unit = scaled(float(np.max(np.abs(band["measured"]))), band["output_unit"])
    drive = across * np.array(band["drive"])
    low, measured, high = (up * np.array(band[name]) for name in ("low", "measured", "high"))
    with drawing() as figure:
        left, right = figure.subplots(1, 2, width_ratios=(3, 2))
        left.fill_between(drive, low, high, color=ORANGE, alpha=0.4, linewidth=0, label="redrawn curves, middle 95 %")
        left.plot(drive, measured, color=BLUE, label="measured curve")
        left.set_xlabel(f"drive [{drive_unit or 'a.u.'}]")
        left.set_ylabel(f"output [{output_unit or 'a.u.'}]")
        for place, (name, colour) in enumerate((("measured", BLUE), ("redrawn", ORANGE))):
            shown = [(i, 100 * one) for i, one in enumerate(best[name]) if one is not None]
            aside = [place + 0.3 * (i / max(len(best[name]) - 1, 1) - 0.5) for i, _ in shown]
            right.plot(aside, [one for _, one in shown], "o", color=colour, markersize=4)
        right.set_xticks((0, 1), ("measured curve", "redrawn curves"))
        right.set_xlim(-0.5, 1.5)
        right.grid(axis="x", visible=False)
        right.set_ylabel("validation accuracy [%]")
        figure.legend(loc="outside lower center", ncols=2)
        svg = svg_text(figure, "range_curves")
    caption = (
        "Left: curves that the same measurement could have been, redrawn from its repeats, branches and noise. Right: "
        "the best point trained through each of them, and as often through the measured one, from the same seeds."
    )
    columns = {name: band[name] for name in ("drive", "measured", "low", "high")}
    accuracies = {f"accuracy_{name}": pd.Series(best[name], dtype=float) for name in ("redrawn", "measured")}
    data = pd.concat([pd.DataFrame(columns), pd.DataFrame(accuracies)], axis=1)
    return Panel(name="range_curves", title="What the measurement leaves open", caption=caption, svg=svg, data=data)
