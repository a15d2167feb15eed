"""One to three convolutional layers under BPTT, DFA and aDFA: what direct feedback loses with depth."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from physdfa.config import ExperimentConfig
from physdfa.workflow.reproduce.entries.rules import RULES, RuleLine
from physdfa.workflow.reproduce.entry import Entry, Finished, RateSearch, Row, Table
from physdfa.workflow.reproduce.packaged import packaged_config, packaged_tables
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import (
    accuracy_cell,
    beside_cell,
    edges_text,
    not_done_text,
    rate_cell,
    seeds_cell,
)

SHARED = "convolution"
LAYERS = ("8c5 stride 2", "16c3 pool 2", "32c3")
SMOKE_LAYERS = ("4c3", "4c3", "4c3")
"""They fit the embedded digits."""
EXACT = "bptt"
"""The rule that the others are set beside."""
SEEDS = 5
CELLS = ("convolutions", "rule")
HEADER = (*CELLS, "test accuracy", "points over BPTT", "learning rate", "seeds")

OF_RULES = {line.name: line for line in RULES}
OPTO = OF_RULES["adfa-opto"]
REPEATED = RuleLine(
    "adfa-opto-broadcast",
    f"{OPTO.title}, feedback the same at every position",
    {**OPTO.tables, "feedback": {"kind": "broadcast"}},
)
LINES = (OF_RULES[EXACT], OF_RULES["dfa"], OPTO, REPEATED, OF_RULES["readout-only"])


def read_row(line: RuleLine, depth: int, scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of one rule at one depth, its learning rate still to be searched."""
    return packaged_config(
        SHARED,
        name=f"{SHARED}_{depth}_{line.name}".replace("-", "_"),
        tables={**line.tables, "network": {"hidden": list(LAYERS[:depth])}},
        scale=scale,
        smoke=(f"network.hidden={_quoted(SMOKE_LAYERS[:depth])}",),
        data_dir=data_dir,
    )


def _quoted(layers: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{layer}"' for layer in layers) + "]"


def row_of(line: RuleLine, depth: int) -> Row:
    """One rule at one depth."""
    return Row(
        name=f"{depth}-{line.name}",
        cells=dict(zip(CELLS, (str(depth), line.title), strict=True)),
        read=partial(read_row, line, depth),
        seeds=SEEDS,
        search=RateSearch(rates=(1e-3, 2e-3, 4e-3, 8e-3), epochs=packaged_tables(SHARED)["training"]["epochs"]),
        group=str(depth),
    )


def tables(finished: Sequence[Finished]) -> list[Table]:
    """Accuracy by depth and rule, and how far it lies from that of BPTT."""
    exact = {one.row.group: one for one in finished if one.row.name == f"{one.row.group}-{EXACT}"}
    rows = [
        [
            *one.row.cells.values(),
            accuracy_cell(one),
            beside_cell(one, exact.get(one.row.group)),
            rate_cell(one),
            seeds_cell(one),
        ]
        for one in finished
    ]
    text = " ".join(part for part in (settings_text(), edges_text(finished, *CELLS), not_done_text(finished)) if part)
    return [Table(title="Convolutional layers", header=HEADER, rows=rows, text=text, numeric=range(2, len(HEADER)))]


def settings_text() -> str:
    """Sentences on what all rows share."""
    shared: dict[str, Any] = packaged_tables(SHARED)
    names = " | ".join(f"`{layer}`" for layer in LAYERS)
    return (
        f"{shared['data']['train_size']:,} training images of MNIST, {shared['training']['epochs']} epochs, "
        f"{shared['network']['num_steps']} steps. Layers, the first one to three of {names}, then the output. Learning "
        "rates from as many epochs on a validation split of the training data."
    )


CONVOLUTION = Entry(
    name="convolution",
    title="Convolutional layers: one to three, under BPTT, DFA and aDFA",
    source="not as such",
    datasets=("mnist",),
    full_time="an hour on 2 cores (estimated)",
    rows=tuple(row_of(line, depth) for depth in range(1, len(LAYERS) + 1) for line in LINES),
    tables=tables,
)
