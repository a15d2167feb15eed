"""Rules side by side on small sets: a camera's events, events of touch, and images of 47 classes."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from physdfa.config import EventsSection, ExperimentConfig
from physdfa.workflow.reproduce.entries.rules import EVENTS, RULES, RuleLine
from physdfa.workflow.reproduce.entry import Entry, Finished, RateSearch, Row, Table
from physdfa.workflow.reproduce.packaged import packaged_config
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import accuracy_cell, edges_text, not_done_text, rate_cell, seeds_cell

DISCRETE, OF_EVENTS = "small_sets", "small_sets_events"
SEARCH = RateSearch(rates=(2e-3, 4e-3, 8e-3, 1.6e-2, 3.2e-2, 6.4e-2), epochs=15)
SEEDS = 5
TAU_SHARE = 1 / 12
"""The synaptic time constant of event neurons, as a share of the window."""
COMPARED = ("bptt", "dfa", "adfa-opto", "events-bp", "events-dfa", "sfdfa")
LINES = tuple(line for line in RULES if line.name in COMPARED)
HEADER = ("rule", "test accuracy", "seeds", "learning rate")


class Task(NamedTuple):
    """A data set.

    - `data`: its table; images have the encoding of the network, a constant current or latency.
    - `window`: length of a sample [s], with events of its own; None for images.
    """

    title: str
    data: Mapping[str, Any]
    window: float | None
    epochs: int


TASKS = {
    "nmnist": Task("N-MNIST, 500 + 100 samples", {"name": "nmnist_small", "encoding": "events"}, 0.3, 20),
    "braille": Task("Braille, 1,080 + 270 samples", {"name": "braille", "encoding": "delta", "step": 1.0}, 1.9, 40),
    "emnist": Task("EMNIST, 47 classes, 36,942 + 6,157 images", {"name": "emnist47_small"}, None, 8),
}


def read_row(task: str, line: RuleLine, scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of one rule on one data set, its learning rate still to be searched."""
    of_task, has_events = TASKS[task], line.config == EVENTS
    tables: dict[str, dict[str, Any]] = {name: dict(line.tables[name]) for name in line.tables if name != "events"}
    if scale == "full":
        encoding = {"encoding": "latency"} if has_events else {}
        tables["data"] = {**encoding, **of_task.data}
        if of_task.window is not None:
            times = {"duration": of_task.window, "tau_syn": TAU_SHARE * of_task.window} if has_events else {}
            tables["events"] = {"window": of_task.window, **times}
    if line.name == "events-bp":  # without a pull no rate is wanted: the default stands for none
        tables["events"] = {**tables.get("events", {}), "rate_penalty": 0.0, "wanted_rate": EventsSection().wanted_rate}
    return packaged_config(
        OF_EVENTS if has_events else DISCRETE,
        name=f"small_sets_{task}_{line.name}".replace("-", "_"),
        tables=tables,
        overrides=(f"training.epochs={of_task.epochs}",),
        scale=scale,
        data_dir=data_dir,
    )


def row_of(task: str, line: RuleLine) -> Row:
    """One rule on one data set."""
    return Row(
        name=f"{task}-{line.name}",
        cells={"data set": TASKS[task].title, "rule": line.title},
        read=partial(read_row, task, line),
        seeds=SEEDS,
        search=SEARCH,
        group=TASKS[task].title,
    )


def tables(finished: Sequence[Finished]) -> list[Table]:
    """The rules on each data set."""
    shown = []
    for group in dict.fromkeys(one.row.group for one in finished):
        ours = [one for one in finished if one.row.group == group]
        rows = [[one.row.cells["rule"], accuracy_cell(one), seeds_cell(one), rate_cell(one)] for one in ours]
        text = " ".join(part for part in (edges_text(ours, "rule"), not_done_text(ours)) if part)
        shown.append(Table(title=group, header=HEADER, rows=rows, text=text, numeric=(1, 2, 3)))
    return shown


SMALL_SETS = Entry(
    name="small-sets",
    title="Rules side by side on small sets of events and of images",
    source="not as such: these splits are our own, and compare with each other alone",
    datasets=("nmnist_small", "braille", "emnist47_small"),
    full_time="some hours on 2 cores (estimated)",
    rows=tuple(row_of(task, line) for task in TASKS for line in LINES),
    tables=tables,
)
