"""A working range through redrawn curves of its measurement, in words."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from physdfa.analysis.working_range import WorkingRange
from physdfa.report.formatting import FEW_DIGITS, accuracy, number, parameter_value, percent
from physdfa.report.table import Table

CERTAIN = 0.05
"""Probability below which a scatter is not left to the seeds."""


def curve_facts(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The accuracy of the best point through the curves, and what they add to seeds: (name, words) each."""
    curves = record.get("curves")
    if curves is None:
        return []
    band = curves["band"]
    half = np.median(np.array(band["high"]) - band["low"]) / 2 / np.ptp(band["measured"])
    within = f"at half of the drives, 95 % of them lie within ± {percent(half, FEW_DIGITS)} of the swing"
    facts = [("Redrawn curves", f"{curves['num']}; {within}")]
    best = curves["best"]
    if best is None:
        return [*facts, ("Best point through them", "not known: it has not been trained through two of them")]
    through, beside = (_scatter(best[name]) for name in ("redrawn", "measured"))
    failed = f", {best['failed']} failed" if best["failed"] else ""
    facts.append(("Best point through them", f"{through}{failed}; through the measured one, same seeds, {beside}"))
    std, p = (best["added"][name] for name in ("std", "p"))
    told = "more than seeds do" if p < CERTAIN else "which seeds alone could have done"
    words = f"± {number(100 * std)} points of scatter, {told} (paired variances, p = {number(p, FEW_DIGITS)})"
    if (apart := best["difference"]) is not None:
        mean, low, high = (100 * apart[name] for name in ("mean", "low", "high"))
        words += f"; their mean differs by {mean:+.2f} points ({low:+.2f} … {high:+.2f})"
    return [*facts, ("Added by the measurement", words), ("Range through them", _range_words(curves))]


def _range_words(curves: Mapping[str, Any]) -> str:
    bands = curves["range"]
    if bands is None:
        return "not known: that takes points near the level by a trusted surrogate, all of them trained"
    moved = bands["everywhere"] or bands["along"]
    words = "moves as the table says" if moved else "stays: they change nothing beyond the scatter of trainings"
    if without := max((axis["without"] for axis in bands["axes"]), default=0):
        words += f"; through {without} of them the best point itself does not work"
    return words


def _scatter(one: Mapping[str, float]) -> str:
    ends = f"{number(100 * one['low'])} … {percent(one['high'])}"
    return f"{accuracy(one['mean'], one['std'])} (95 %: {ends})"


def curve_table(record: Mapping[str, Any]) -> Table | None:
    """Best point, interval ends and share with the measured curve and over the redrawn ones; None where not known."""
    curves = record.get("curves")
    if curves is None or curves["range"] is None:
        return None
    found, bands = WorkingRange.from_dict(record["range"]), curves["range"]
    units = {axis.key: axis.unit for axis in found.axes}
    share = bands["share"]
    rows = [
        ["share of the box, by the surrogate", "%", *(number(100 * share[end]) for end in ("measured", "low", "high"))]
    ]
    for axis in bands["axes"]:
        for name, words in (("best", "best point"), ("low", "works from"), ("high", "works to")):
            if (band := axis[name]) is not None:
                ends = (parameter_value(band[end]) for end in ("measured", "low", "high"))
                rows.append([f"{axis['key']}: {words}", units[axis["key"]], *ends])
    text = (
        f"From {len(curves['places'])} points, the best one and others near the level, trained through each curve: "
        "what the curves change beyond the scatter of trainings, carried to all points."
    )
    header = ["", "unit", "measured curve", "redrawn curves from", "to (middle 95 %)"]
    title = f"Working range through {curves['num']} redrawn curves of the measurement"
    return Table(header=header, rows=rows, numeric=(2, 3, 4), title=title, text=text)
