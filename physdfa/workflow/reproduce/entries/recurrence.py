"""What recurrent weights give: rules and neurons on the digits, with and without them."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from physdfa.config import ExperimentConfig
from physdfa.report.formatting import ABSENT
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

CONFIG = "recurrence"
SEARCH = RateSearch(rates=(4e-3, 8e-3, 1.6e-2, 3.2e-2, 6.4e-2, 0.128, 0.256, 0.512), epochs=6)
SEEDS = 5
RECURRENT = {False: "feedforward", True: "recurrent"}
HEADER = ("rule", "neuron", *RECURRENT.values(), "difference [points]", "seeds", "learning rates")


class Line(NamedTuple):
    """A rule: its title, and its additions to the common config."""

    title: str
    tables: Mapping[str, Mapping[str, Any]]


LINES = {
    "bptt": Line("BPTT (surrogate gradient)", {"rule": {"name": "bptt"}}),
    "eprop": Line("e-prop, symmetric feedback", {"rule": {"name": "eprop", "error": "online", "symmetric": True}}),
    "eprop-opto": Line(
        "e-prop, Mach–Zehnder g, random feedback",
        {
            "rule": {"name": "eprop", "error": "online", "local_factor": "device"},
            "device": packaged_tables("mnist_adfa_opto")["device"],
        },
    ),
    "dfa": Line("DFA (surrogate derivative)", {"rule": {"name": "dfa"}}),
}


class Task(NamedTuple):
    """What the network has to do with the digits.

    - `tables`: its additions to the common config; `neurons`: that are compared.
    """

    title: str
    tables: Mapping[str, Mapping[str, Any]]
    neurons: Sequence[str]


TASKS = {
    "rates": Task("Spikes by chance at every step, read as their mean rate", {}, ("lif", "cuba_lif", "alif")),
    "memory": Task(
        "One spike an input, its time the brightness, read at the last step alone",
        {
            "data": {"encoding": "latency"},
            "network": {
                "decay_mem": 0.5,
                "readout": "membrane",
                "membrane_reduction": "last",
                "readout_decay": 0.0,
            },
        },
        ("lif",),
    ),
}


def read_row(
    task: str, rule: str, neuron: str, is_recurrent: bool, scale: Scale, data_dir: Path | None = None
) -> ExperimentConfig:
    """The config of one network, its learning rate still to be searched."""
    of_task, of_rule = TASKS[task].tables, LINES[rule].tables
    network = {**of_task.get("network", {}), "neuron": neuron, "recurrent": is_recurrent}
    return packaged_config(
        CONFIG,
        name=name_of("recurrence", task, rule, neuron, is_recurrent).replace("-", "_"),
        tables={**of_task, **of_rule, "network": network},
        scale=scale,
        data_dir=data_dir,
    )


def name_of(*words: str | bool) -> str:
    """Words with dashes between them; the last says whether there are recurrent weights."""
    *first, is_recurrent = words
    return "-".join([*map(str, first), RECURRENT[bool(is_recurrent)]])


def row_of(task: str, rule: str, neuron: str, is_recurrent: bool) -> Row:
    """One rule on one task, with or without recurrent weights."""
    return Row(
        name=name_of(task, rule, neuron, is_recurrent),
        cells={"task": TASKS[task].title, "rule": LINES[rule].title, "neuron": neuron, "": RECURRENT[is_recurrent]},
        read=partial(read_row, task, rule, neuron, is_recurrent),
        seeds=SEEDS,
        search=SEARCH,
        group=TASKS[task].title,
    )


def tables(finished: Sequence[Finished]) -> list[Table]:
    """The rules on each task, with and without recurrent weights side by side."""
    shown = []
    for group in dict.fromkeys(one.row.group for one in finished):
        ours = [one for one in finished if one.row.group == group]
        pairs: dict[tuple[str, str], dict[str, Finished]] = {}
        for one in ours:
            cells = one.row.cells
            pairs.setdefault((cells["rule"], cells["neuron"]), {})[cells[""]] = one
        rows = [[*names, *cells_of(pair)] for names, pair in pairs.items()]
        text = " ".join(part for part in (edges_text(ours, "rule", "neuron", ""), not_done_text(ours)) if part)
        shown.append(Table(title=group, header=HEADER, rows=rows, text=text, numeric=(2, 3, 4, 5, 6)))
    return shown


def cells_of(pair: Mapping[str, Finished]) -> list[str]:
    """Accuracies without and with recurrent weights, their difference, and what they were made with."""
    both = [pair[kind] for kind in RECURRENT.values() if kind in pair]
    accuracies = [accuracy_cell(pair[kind]) if kind in pair else ABSENT for kind in RECURRENT.values()]
    difference = beside_cell(both[-1], both[0])
    return [*accuracies, difference, seeds_cell(both[0]), " / ".join(map(rate_cell, both))]


RECURRENCE = Entry(
    name="recurrence",
    title="Recurrent weights: rules and neurons with and without them",
    source="not as such; e-prop with recurrent weights is that of Bellec et al., Nat. Commun. 11, 3625 (2020)",
    datasets=(),
    full_time="a quarter of an hour on 2 cores",
    rows=tuple(
        row_of(task, rule, neuron, is_recurrent)
        for task, of_task in TASKS.items()
        for rule in LINES
        for neuron in of_task.neurons
        for is_recurrent in RECURRENT
    ),
    tables=tables,
)
