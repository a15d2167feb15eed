"""Effects of the network's own features on aDFA, DFA and BPTT, changed one at a time.

Accuracies are those of the validation split; the test set is not read.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, NamedTuple

from ga_search.genome import candidate_id
from physdfa.config import ExperimentConfig, read_config, value_at
from physdfa.report.figures.style import Panel
from physdfa.report.formatting import accuracy
from physdfa.store import RunFolder
from physdfa.store.evaluations import read_evaluations
from physdfa.workflow.reproduce.entry import Entry, Finished, Row, Table, Work, Workplace
from physdfa.workflow.reproduce.figures.features import RULES, Line, over_features
from physdfa.workflow.reproduce.finished import find_finished
from physdfa.workflow.reproduce.packaged import packaged_config
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import not_done_text
from physdfa.workflow.reproduce.training import score_networks

SEEDS = 3
LEARNING_RATES = {"bptt": 4e-3, "dfa": 4e-3, "adfa": 2e-3}
"""Learning rates of mnist_bptt.toml, mnist_dfa.toml and mnist_adfa_opto.toml."""

SMOKE = ("data.validation_size=96",)
BASE = "base"
"""What the table of evaluations calls the network in which nothing is changed."""


class Feature(NamedTuple):
    """One feature of the network: its config key, the values it takes, and the rules on which it acts."""

    title: str
    key: str
    values: Sequence[Any]
    rules: Sequence[str] = tuple(RULES)


def features(config: ExperimentConfig) -> dict[str, Feature]:
    """Every feature by name; one of its values is that of the base network."""
    (width,), steps = config.network.hidden, config.network.num_steps
    assert isinstance(width, int)  # as its packaged file has it
    return {
        "threshold": Feature("firing threshold", "network.threshold", (0.5, 1.0, 2.0)),
        "decay": Feature("decay per step", "network.decay_mem", (0.0, 0.5, 0.9, 0.99)),
        "reset": Feature("reset", "network.reset", ("zero", "subtract")),
        "steps": Feature("time steps", "network.num_steps", (steps // 4, steps // 2, steps, 2 * steps)),
        "width": Feature("width", "network.hidden", [(width // 4,), (width,), (2 * width,)]),
        "depth": Feature("depth", "network.hidden", [(width,) * layers for layers in (1, 2, 3)]),
        "encoding": Feature("encoding", "data.encoding", ("direct", "rate", "latency")),
        "surrogate_width": Feature("surrogate width", "network.surrogate_width", (0.5, 1.0, 2.0), ("bptt", "dfa")),
    }


def read_row(name: str, scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of the base network."""
    return packaged_config(
        "network_features", name=f"network_features_{name}", scale=scale, smoke=SMOKE, data_dir=data_dir
    )


def base_value(config: ExperimentConfig, feature: Feature) -> Any:
    """The value of a feature in the base network."""
    value = value_at(config, feature.key)
    # The surrogate is as wide as the threshold, unless it is told otherwise.
    return value_at(config, "network.threshold") if value is None else value


def label(value: Any) -> str:
    """A value as the table shows it."""
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)


def change_of(config: ExperimentConfig, feature: Feature, value: Any) -> str:
    """The name of a changed network, such as "network.threshold = 0.5"."""
    return BASE if value == base_value(config, feature) else f"{feature.key} = {label(value)}"


def networks_of(config: ExperimentConfig, feature: Feature) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """What each training of a feature changes in the config, and what its table calls it."""
    networks = []
    for value in feature.values:
        change = change_of(config, feature, value)
        changed = {} if change == BASE else {feature.key: value}
        for rule in feature.rules:
            values = {"rule.name": rule, "training.learning_rate": LEARNING_RATES[rule], **changed}
            networks.append((values, {"rule": rule, "change": change}))
    return networks


def make(name: str, config: ExperimentConfig, place: Workplace, num_seeds: int) -> RunFolder:
    """The trainings of a feature, finished already or run."""
    found = find_finished(place.out_dir, config, num_seeds=num_seeds, kind="sweep")
    points = networks_of(config, features(config)[name])
    asked = {candidate_id(values) for values, _ in points}  # which the config does not say
    if found is not None and set(read_evaluations(found)["candidate"]) == asked:
        return found
    return score_networks(
        config, points, place, epochs=config.training.epochs, seeds=num_seeds, what=f"trainings x epochs over {name}"
    )


def size(name: str, config: ExperimentConfig) -> tuple[int, int, int]:
    """Trainings of a feature for each seed, members of one program, epochs of each."""
    return len(networks_of(config, features(config)[name])), 1, config.training.epochs


def lines(finished: Sequence[Finished]) -> list[Line]:
    """A line for each value of each feature that is done."""
    found = []
    for one in finished:
        if not one.is_done or one.run is None:
            continue
        config = read_config(tomllib.loads(one.run.config_text()))
        feature, rows = features(config)[one.row.name], read_evaluations(one.run).to_dict("records")
        for value in feature.values:
            change = change_of(config, feature, value)
            results = {
                rule: [row for row in rows if (row["rule"], row["change"]) == (rule, change)] for rule in feature.rules
            }
            found.append(Line(feature.title, label(value), change == BASE, results))
    return found


def cell(rows: Sequence[Mapping[Any, Any]]) -> str:
    """Validation accuracy of one network by its evaluations, mean ± standard deviation over the seeds."""
    failed = [row["reason"] for row in rows if row["status"] != "ok"]
    if failed or not rows:
        return f"failed: {failed[0]}" if failed else "not run"
    values = [row["validation_accuracy"] for row in rows]
    return accuracy(fmean(values), stdev(values) if len(values) > 1 else None)


def tables(finished: Sequence[Finished]) -> list[Table]:
    """Validation accuracy by feature, value and rule."""
    rows, before = [], ""
    for line in lines(finished):
        shown = f"{line.value} (base)" if line.is_base else line.value
        title = "" if line.feature == before else line.feature
        cells = [cell(line.results[rule]) if rule in line.results else "–" for rule in RULES]
        rows.append([title, shown, *cells])
        before = line.feature
    header = ("feature", "value", *RULES.values())
    return [Table(title="Validation accuracy", header=header, rows=rows, text=not_done_text(finished))]


def figures(finished: Sequence[Finished]) -> list[Panel]:
    """Validation accuracy, a panel for each feature."""
    found = lines(finished)
    return [over_features(found)] if found else []


def row_of(name: str, title: str) -> Row:
    """One feature."""
    return Row(
        name=name,
        cells={"feature": title},
        read=partial(read_row, name),
        work=Work(kind="sweep", make=partial(make, name), size=partial(size, name)),
        seeds=SEEDS,
        kept="network_features",
    )


NETWORK_FEATURES = Entry(
    name="network-features",
    title="Threshold, decay, reset, time steps, width, depth, encoding and surrogate width under BPTT, DFA and aDFA",
    source="not as such",
    datasets=("mnist",),
    full_time="10 minutes on 2 cores (estimated)",
    rows=tuple(row_of(name, one.title) for name, one in features(read_row("threshold", "full")).items()),
    tables=tables,
    figures=figures,
)
