"""Exact against bounded gradient of spike times near critical points."""

from collections.abc import Sequence

import numpy as np

from physdfa.analysis.local_gradient import GradientPlane, gradient_plane, hair_trigger
from physdfa.report.figures.style import Panel
from physdfa.report.formatting import number
from physdfa.workflow.reproduce.entry import Entry, Finished, Record, Row, Table
from physdfa.workflow.reproduce.figures.critical_points import hair_trigger_panel, plane_panel
from physdfa.workflow.reproduce.scale import Scale

TAU_SYN, THRESHOLD = 0.13, 0.2
"""Synaptic time constant [s] and threshold [s times weight] of the published networks' hidden neurons."""

KAPPA = (1.0, 1e-2, 1e-4, 1e-6, 1e-10)
HAIR_TRIGGER_EXPECTED = {
    "exact": (8.75e-3, 0.379, 4.18, 42.2, 4.2e3),
    "bounded": (7.2e-3, 0.0685, 0.0828, 0.0843, 0.0845),
}
PLANE_EXPECTED = {"exact": (0.207, 1.86, 30.7), "bounded": (0.128, 0.330, 0.378)}
"""Median, 99th percentile, largest norm where there is a spike, 121 x 121 weights. Both: an independent computation."""

PLANE_SIDE: dict[Scale, int] = {"full": 121, "smoke": 13}
QUANTITIES = ("median", "99th percentile", "largest")
HEADER = ("quantity", "expected, exact", "ours, exact", "expected, bounded", "ours, bounded")
TEXT = (
    "The paper shows fields and no numbers; the expected ones are those of an independent computation of its equations "
    "17 and 18. [s per unit of the weights]"
)


def compute_hair_trigger(scale: Scale) -> tuple[Record, list[Panel]]:
    """Compute |dt/dw| towards the hair trigger, which is as cheap at one scale as at the other."""
    del scale
    drawn = hair_trigger(np.logspace(0, -10, 101), TAU_SYN, THRESHOLD)
    found = hair_trigger(np.array(KAPPA), TAU_SYN, THRESHOLD)
    record = {"kappa": list(KAPPA), "exact": found.exact.tolist(), "bounded": found.bounded.tolist()}
    return record, [hair_trigger_panel(drawn)]


def compute_plane(scale: Scale) -> tuple[Record, list[Panel]]:
    """Compute the norm of the gradient over the plane of two weights."""
    plane = gradient_plane(PLANE_SIDE[scale], TAU_SYN, THRESHOLD)
    record: Record = {"side": PLANE_SIDE[scale], "exact": quantiles(plane, "exact")}
    return record | {"bounded": quantiles(plane, "bounded")}, [plane_panel(plane)]


def quantiles(plane: GradientPlane, local_gradient: str) -> list[float]:
    """Median, 99th percentile and largest norm where there is a spike."""
    values = getattr(plane, local_gradient)[plane.spikes > 0]
    return [float(np.median(values)), float(np.quantile(values, 0.99)), float(values.max())]


def tables(finished: Sequence[Finished]) -> list[Table]:
    """Our numbers beside the expected ones."""
    shown = []
    for one in finished:
        record = one.record
        is_plane = one.row.name == "plane"
        expected = PLANE_EXPECTED if is_plane else HAIR_TRIGGER_EXPECTED
        names = QUANTITIES if is_plane else [f"kappa = {kappa:g}" for kappa in KAPPA]
        has_expected = not is_plane or record["side"] == PLANE_SIDE["full"]
        rows = [
            [
                name,
                *(
                    number(value)
                    for kind in ("exact", "bounded")
                    for value in (expected[kind][index], record[kind][index])
                ),
            ]
            for index, name in enumerate(names)
        ]
        if not has_expected:  # of another grid
            rows = [[name, "–", exact, "–", bounded] for name, _, exact, _, bounded in rows]
        shown.append(Table(title=one.row.title, header=HEADER, rows=rows, text=TEXT, numeric=(1, 2, 3, 4)))
    return shown


SFDFA_CRITICAL_POINTS = Entry(
    name="sfdfa-critical-points",
    title="Exact against bounded gradient near critical points",
    source="Bacho & Chu, arXiv:2403.08804, figures 2 and 3",
    datasets=(),
    full_time="10 seconds",
    rows=(
        Row(
            name="hair-trigger",
            cells={"what": "|dt/dw| of one spike of one input, w = 4 c (1 + kappa)"},
            compute=compute_hair_trigger,
        ),
        Row(
            name="plane",
            cells={"what": "norm of the summed gradient, two inputs, spikes at 0, 50, 100 and 150 ms"},
            compute=compute_plane,
        ),
    ),
    tables=tables,
)
