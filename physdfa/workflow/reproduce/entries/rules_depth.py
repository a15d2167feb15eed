"""One to four hidden layers under every rule that trains them, with the alignment of each layer."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from physdfa.config import ExperimentConfig
from physdfa.report.figures.style import Panel
from physdfa.workflow.reproduce.entries.rules import RULES, RuleLine, rule_config
from physdfa.workflow.reproduce.entry import Entry, Finished, RateSearch, Row, Table
from physdfa.workflow.reproduce.figures.depth import accuracy_and_angles
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import (
    ANGLES_TEXT,
    accuracy_cell,
    angles_cell,
    not_done_text,
    rate_cell,
    seeds_cell,
)

DEPTHS = (1, 2, 3, 4)
WIDTH, EPOCHS, SEEDS = 400, 8, 3
SEARCH = RateSearch(rates=(1e-3, 2e-3, 4e-3), epochs=3)
DEEP = tuple(line for line in RULES if line.name != "readout-only")
"""Rules whose hidden layers learn; the others have no angle."""

HEADER = (
    *("rule", "hidden layers", "test accuracy", "update and backpropagation", "feedback and weights"),
    *("learning rate", "seeds"),
)
TEXT = f"MNIST, {WIDTH} neurons in each hidden layer, {EPOCHS} epochs. {ANGLES_TEXT}"


def read_row(line: RuleLine, depth: int, scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of one rule at one depth, its learning rate still to be searched."""
    return rule_config(
        line,
        scale,
        data_dir,
        name=f"rules_depth_{line.name}_{depth}".replace("-", "_"),
        dataset="mnist",
        epochs=EPOCHS,
        hidden=[WIDTH] * depth,
        overrides=("analysis.alignment=true",),
    )


def row_of(line: RuleLine, depth: int) -> Row:
    """One rule at one depth."""
    return Row(
        name=f"{line.name}-{depth}",
        cells={"rule": line.title, "hidden layers": str(depth)},
        read=partial(read_row, line, depth),
        seeds=SEEDS,
        search=SEARCH,
        group=line.title,
    )


def tables(finished: Sequence[Finished]) -> list[Table]:
    """Accuracy and angles by rule and depth."""
    rows = [
        [
            *one.row.cells.values(),
            accuracy_cell(one),
            angles_cell(one.record.get("update_angle")),
            angles_cell(one.record.get("feedback_angle")),
            rate_cell(one),
            seeds_cell(one),
        ]
        for one in finished
    ]
    text = " ".join(part for part in (TEXT, not_done_text(finished)) if part)
    return [Table(title="Hidden layers", header=HEADER, rows=rows, text=text, numeric=range(1, len(HEADER)))]


def figures(finished: Sequence[Finished]) -> list[Panel]:
    """Accuracy, and the angles of the first and the last hidden layer, over the depth."""
    panel = accuracy_and_angles(finished)
    return [] if panel is None else [panel]


RULES_DEPTH = Entry(
    name="rules-depth",
    title="Hidden layers: one to four, under every rule",
    source="not as such; the papers leave this comparison to the reader",
    datasets=("mnist",),
    full_time="20 to 30 hours on 2 cores, of which the rules in discrete time 5 (estimated)",
    rows=tuple(row_of(line, depth) for line in DEEP for depth in DEPTHS),
    tables=tables,
    figures=figures,
)
