"""All figures of a working range, in the order of the page."""

import itertools
from collections.abc import Mapping
from typing import Any

from physdfa.analysis.working_range import WorkingRange
from physdfa.report.figures.style import Panel
from physdfa.report.figures.working_range.curves import range_curves
from physdfa.report.figures.working_range.intervals import range_intervals
from physdfa.report.figures.working_range.map import range_map
from physdfa.report.figures.working_range.overview import range_overview
from physdfa.report.figures.working_range.sensitivity import sensitivity_plot
from physdfa.report.figures.working_range.yields import yield_curves
from physdfa.report.range_words import other_level

MOST_MAPS = 6
"""Pairs that are drawn: those of the parameters that matter most."""


def range_panels(record: Mapping[str, Any]) -> list[Panel]:
    """The intervals and the maps, where the surrogate is trusted, the redrawn curves, and the sensitivity."""
    found = WorkingRange.from_dict(record["range"])
    panels: list[Panel | None] = []
    if found.trusted:
        pairs = map_pairs(found, record)
        other = other_level(record)
        if record.get("curve") and pairs:
            panels.append(range_overview(found, record["curve"], pairs[0], other))
        panels.append(range_intervals(found))
        panels += [
            range_map(found, across, up, name=f"range_map_{i}", other=other)
            for i, (across, up) in enumerate(pairs, start=1)
        ]
    panels += [range_curves(record), yield_curves(record)]
    panels += [sensitivity_plot(entry) for entry in record["sensitivity"]]
    return [panel for panel in panels if panel is not None]


def map_pairs(found: WorkingRange, record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Pairs of numbers to draw as maps, the most important first."""
    numbers = [axis.key for axis in found.axes if not axis.is_choice]
    weights = dict.fromkeys(numbers, 0.0)
    for entry in record["sensitivity"]:
        if entry["method"] == "sobol":
            weights |= {index["key"]: index["total"]["value"] for index in entry["indices"]}
    pairs = list(itertools.combinations(numbers, 2))
    return sorted(pairs, key=lambda pair: -weights[pair[0]] - weights[pair[1]])[:MOST_MAPS]
