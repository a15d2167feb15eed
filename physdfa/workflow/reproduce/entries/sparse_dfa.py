"""MNIST over the sparsity of feedback and over skipped weight updates, with the savings of both."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from physdfa.config import ExperimentConfig
from physdfa.report.figures.style import Panel
from physdfa.report.formatting import ABSENT, count, percent
from physdfa.workflow.reproduce.entry import Entry, Finished, Row, Table
from physdfa.workflow.reproduce.figures.sparsity import (
    DEVICE_CURVE,
    SKIPPING,
    SMOOTH_CURVE,
    SPARSITY,
    accuracy_over_savings,
)
from physdfa.workflow.reproduce.packaged import packaged_config, packaged_tables
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import accuracy_cell, not_done_text, seeds_cell

SEEDS = 3
DENSE = "dense"
OPTO = packaged_tables("mnist_adfa_opto")

Tables = Mapping[str, Mapping[str, Any]]
DENSE_FEEDBACK: Tables = {"feedback": {"kind": "dense"}}
SMOOTH: Tables = {"network": {"surrogate": "fast_sigmoid"}}
"""A derivative that is 0 nowhere, so that no neuron stops learning."""

HEADER = (
    *("feedback", "connections", "test accuracy", "seeds", "floats sent back per sample"),
    *("weight updates per sample", "in all, of dense DFA's", "of its own without thresholds"),
)
TEXT = (
    "Single entries are balanced, with values from a normal distribution, where nothing else is said. Weight updates "
    "are those of the hidden layers; in all: of the whole training of one network. Settings were chosen on a "
    "validation split of MNIST's training samples."
)


class Line(NamedTuple):
    """One row: its name in `--only`, its title, the share of connections that it builds, and its changes.

    `curve`: the line of the figure that it belongs to; empty for none.
    """

    name: str
    title: str
    share: float
    tables: Tables
    curve: str = ""


def fan_in(number: int) -> Line:
    """Connections from `number` of the 10 classes to each neuron."""
    tables = {"feedback": {"kind": "fan_in", "fan_in": number}}
    return Line(f"fan-in-{number}", f"fan-in {number}", number / 10, tables, SPARSITY)


def skipping(threshold: str, value: float) -> Line:
    """Single entries, with a threshold on errors or on updates."""
    title = f"single entry, {threshold} threshold {value:g}"
    return Line(f"{threshold}-{value:g}", title, 0.1, {"rule": {f"{threshold}_threshold": value}}, SKIPPING)


def smooth(name: str, title: str, **tables: Mapping[str, Any]) -> Line:
    """Single entries, with the smooth surrogate."""
    return Line(f"smooth-{name}", title, 0.1, {**SMOOTH, **tables}, SMOOTH_CURVE)


def device(name: str, title: str, **rule: float) -> Line:
    """Single entries, with the Mach-Zehnder modulator of `adfa-mnist` and its learning rate."""
    tables = {
        "rule": {"local_factor": "device", **rule},
        "device": OPTO["device"],
        "training": {"learning_rate": OPTO["training"]["learning_rate"]},
    }
    return Line(f"device-{name}", title, 0.1, tables, DEVICE_CURVE)


LINES: tuple[Line, ...] = (
    Line(DENSE, "dense: DFA", 1.0, DENSE_FEEDBACK, SPARSITY),
    fan_in(5),
    fan_in(3),
    fan_in(2),
    fan_in(1),
    Line("share-5", "random share of 5 %", 0.05, {"feedback": {"kind": "sparse", "share": 0.05}}, SPARSITY),
    Line("single-entry", "single entry, balanced", 0.1, {}, SKIPPING),
    Line("single-entry-ternary", "single entry, ternary", 0.1, {"feedback": {"entries": "ternary"}}),
    skipping("error", 0.01),
    skipping("error", 0.05),
    skipping("error", 0.2),
    skipping("update", 0.01),
    Line("smooth-dense", "dense, fast sigmoid", 1.0, {**SMOOTH, **DENSE_FEEDBACK}),
    smooth("single-entry", "single entry, fast sigmoid"),
    smooth("error-0.01", "single entry, fast sigmoid, error threshold 0.01", rule={"error_threshold": 0.01}),
    device("single-entry", "single entry, Mach–Zehnder g"),
    device("error-0.01", "single entry, Mach–Zehnder g, error threshold 0.01", error_threshold=0.01),
)
"""Every row; a new one is a line here."""


def read_row(line: Line, scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of one row."""
    name = f"sparse_dfa_{line.name}".replace("-", "_")
    return packaged_config("sparse_dfa", name=name, tables=line.tables, scale=scale, data_dir=data_dir)


def row_of(line: Line) -> Row:
    """One row of the table."""
    return Row(
        name=line.name,
        cells={"feedback": line.title, "connections": percent(line.share)},
        read=partial(read_row, line),
        seeds=SEEDS,
        group=line.curve,
    )


def tables(finished: Sequence[Finished]) -> list[Table]:
    """Accuracy, feedback and weight updates; the latter beside those of dense DFA, too."""
    dense = next((one.record["weight_updates"] for one in finished if one.row.name == DENSE and one.is_done), None)
    rows = [
        [*one.row.cells.values(), accuracy_cell(one), seeds_cell(one), *savings_cells(one, dense)] for one in finished
    ]
    text = " ".join(part for part in (TEXT, not_done_text(finished)) if part)
    title = "Accuracy over sparsity and thresholds"
    return [Table(title=title, header=HEADER, rows=rows, text=text, numeric=range(1, len(HEADER)))]


def savings_cells(finished: Finished, dense: float | None) -> list[str]:
    """Feedback and updates in words; `dense`: weight updates of one training of dense DFA, None where not done."""
    if not finished.is_done:
        return [ABSENT] * 4
    record = finished.record
    return [
        count(record["feedback_floats_per_sample"]),
        count(record["weight_updates_per_sample"]),
        percent(record["weight_updates"] / dense) if dense else ABSENT,
        percent(record["weight_updates_share"]),
    ]


def figures(finished: Sequence[Finished]) -> list[Panel]:
    """Accuracy over the connections, and over the weight updates."""
    panel = accuracy_over_savings(finished, {line.name: line.share for line in LINES})
    return [] if panel is None else [panel]


SPARSE_DFA_MNIST = Entry(
    name="sparse-dfa-mnist",
    title="MNIST by DFA with sparse feedback and skipped weight updates",
    source="doi:10.19304/J.ISSN1000-7180.2025.0212, of which we know the abstract only: no number stands beside ours",
    datasets=("mnist",),
    full_time="half an hour on 2 cores",
    rows=tuple(map(row_of, LINES)),
    tables=tables,
    figures=figures,
)
