"""README's table: every rule on MNIST and Fashion-MNIST, its settings frozen before the test set was read."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from physdfa.config import ExperimentConfig
from physdfa.workflow.reproduce.entry import Entry, Finished, Row, Table
from physdfa.workflow.reproduce.packaged import packaged_config
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import accuracy_and_seeds_cell, not_done_text

RULES = {
    "bptt": "BPTT (surrogate gradient)",
    "dfa": "DFA (surrogate derivative)",
    "adfa_fourier": "aDFA, random Fourier g",
    "adfa_opto": "aDFA-Opto, Mach–Zehnder g",
    "readout_only": "hidden layer frozen",
}
DATASETS = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}
SEEDS = 5


def read_row(name: str, scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of one cell, from the file of its name."""
    return packaged_config(name, scale=scale, data_dir=data_dir)


def row_of(dataset: str, rule: str) -> Row:
    """One cell of the table."""
    name = f"{dataset}_{rule}"
    cells = {"rule": RULES[rule], "data set": DATASETS[dataset]}
    return Row(name=name, cells=cells, read=partial(read_row, name), seeds=SEEDS, kept=name)


def tables(finished: Sequence[Finished]) -> list[Table]:
    """Test accuracy by rule and data set."""
    known = {(one.row.cells["rule"], one.row.cells["data set"]): accuracy_and_seeds_cell(one) for one in finished}
    rules, datasets = dict.fromkeys(rule for rule, _ in known), dict.fromkeys(dataset for _, dataset in known)
    rows = [[rule, *(known.get((rule, dataset), "not run") for dataset in datasets)] for rule in rules]
    return [Table(title="Test accuracy", header=("rule", *datasets), rows=rows, text=not_done_text(finished))]


RESULTS = Entry(
    name="results",
    title="Every rule on MNIST and Fashion-MNIST, 784-800-10",
    source="Zhang et al., arXiv:2409.07776: 98.10 % on MNIST with aDFA-Opto; no other number stands beside ours",
    datasets=("mnist", "fashion_mnist"),
    full_time="1.5 hours on 2 cores (estimated)",
    rows=tuple(row_of(dataset, rule) for dataset in DATASETS for rule in RULES),
    tables=tables,
)
