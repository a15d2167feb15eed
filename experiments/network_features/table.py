"""What the network's own features do to aDFA, DFA and BPTT: the table and the figure of docs/network_features.md.

    python experiments/network_features/table.py --data DIR              train all, fill the document
    python experiments/network_features/table.py --only threshold        train one feature, keep nothing (repeatable)
    python experiments/network_features/table.py --render                fill the document, train nothing
    python experiments/network_features/table.py --scale smoke           the same code on the embedded digits

DIR holds mnist/. One feature is changed at a time around the network of `network_features.toml`, 3 seeds each, and the
rest stays as it is: device, learning rates and number of epochs. Accuracies are those of the validation split; the test
set is not read.
"""

import argparse
import dataclasses
import math
import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("network_features.toml")
REFERENCE = ROOT / "results" / "reference" / "network_features"
DOCUMENT = ROOT / "docs" / "network_features.md"
FIGURE = ROOT / "docs" / "images" / "network_features.svg"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

RULES = {"bptt": "BPTT", "dfa": "DFA", "adfa": "aDFA, Mach–Zehnder"}
LEARNING_RATES = {"bptt": 4e-3, "dfa": 4e-3, "adfa": 2e-3}
"""Those of ../mnist_bptt.toml, ../mnist_dfa.toml and ../mnist_adfa_opto.toml."""


class Scale(NamedTuple):
    """The numbers in which the scales differ."""

    width: int
    num_steps: int
    seeds: int
    overrides: tuple[str, ...] = ()


FULL = Scale(width=400, num_steps=20, seeds=3)
SMOKE = Scale(
    width=16,
    num_steps=4,
    seeds=1,
    overrides=(
        *("data.name=digits", "data.train_size=400", "data.validation_size=100"),
        *("network.hidden=[16]", "network.num_steps=4", "training.epochs=1", "training.batch_size=32"),
    ),
)


class Feature(NamedTuple):
    """One feature of the network: its config key, the values it takes, and the rules on which it acts."""

    title: str
    key: str
    values: Sequence[Any]
    rules: Sequence[str] = tuple(RULES)


def features(scale: Scale) -> dict[str, Feature]:
    """Every feature by name; one of its values is that of the base network."""
    width, steps = scale.width, scale.num_steps
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


def label(value: Any) -> str:
    """A value as the table shows it."""
    return "-".join(map(str, value)) if isinstance(value, tuple) else str(value)


def change_of(feature: Feature, value: Any, base: Mapping[str, Any]) -> str:
    """The name of a changed network, such as "network.threshold = 0.5"; "base" where nothing is changed."""
    return "base" if value == base[feature.key] else f"{feature.key} = {label(value)}"


def train_all(
    chosen: Sequence[str], scale: Scale, *, data: Path | None, out: Path, command_line: Sequence[str]
) -> Path:
    """Train every network of the chosen features under every rule, and return the run folder with their table."""
    from ga_search.evolution import Candidate
    from ga_search.genome import candidate_id
    from physdfa.build import load_samples
    from physdfa.config import load_config
    from physdfa.data import resolve_data_dir
    from physdfa.store.evaluations import write_evaluations
    from physdfa.workflow.begin import begin_run
    from physdfa.workflow.candidates.evaluator import Evaluator
    from physdfa.workflow.candidates.records import EvaluationRecord, to_frame
    from physdfa.workflow.summary import compute_summary, interrupted_summary

    config = load_config(CONFIG, scale.overrides)
    samples = load_samples(config, resolve_data_dir(data, os.environ))
    epochs = config.training.epochs
    evaluator = Evaluator(config, samples, kind="sweep", epochs=epochs, seeds=scale.seeds, largest_batch=1)
    networks = networks_of(chosen, scale, base_values(config, scale))
    run = begin_run(config, "sweep", out_dir=out, command_line=command_line)
    started, kept = time.perf_counter(), list[EvaluationRecord]()
    try:
        for rule, change, values in networks:
            varied = {"rule.name": rule, "training.learning_rate": LEARNING_RATES[rule], **values}
            before = time.perf_counter()
            records = evaluator([Candidate(candidate_id(varied), varied, 0)])
            kept += [dataclasses.replace(record, values={"rule": rule, "change": change}) for record in records]
            table = to_frame(kept)
            write_evaluations(run, table)
            text = f"{RULES[rule]}, {change}: {cell(table, rule, change)}, {time.perf_counter() - before:.1f} s"
            print(text, file=sys.stderr, flush=True)
    except BaseException as error:
        run.write_summary(interrupted_summary(error, time.perf_counter() - started))
        raise
    failed = {record.candidate for record in kept if record.status == "failed"}
    run.write_summary(
        {
            "status": "done",
            "dataset": samples.dataset.name,
            "seeds": list(evaluator.seeds),
            "epochs": epochs,
            "num_evaluations": len(networks),
            "num_failed": len(failed),
            **compute_summary(evaluator.trainer, time.perf_counter() - started),
        }
    )
    return run.path


def base_values(config: Any, scale: Scale) -> dict[str, Any]:
    """The value of each feature's key in the base network."""
    from physdfa.config import value_at

    base = {feature.key: value_at(config, feature.key) for feature in features(scale).values()}
    if base["network.surrogate_width"] is None:  # the threshold, then
        base["network.surrogate_width"] = base["network.threshold"]
    return base


def networks_of(chosen: Sequence[str], scale: Scale, base: Mapping[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(rule, change, changed values) of every training, each once: the base network belongs to every feature."""
    networks = {}
    for name in chosen:
        feature = features(scale)[name]
        for value in feature.values:
            change = change_of(feature, value, base)
            for rule in feature.rules:
                networks[rule, change] = {} if change == "base" else {feature.key: value}
    return [(rule, change, values) for (rule, change), values in networks.items()]


def cell(table: "pd.DataFrame", rule: str, change: str) -> str:
    """Validation accuracy of one network, mean ± standard deviation over its seeds."""
    rows = table[(table["rule"] == rule) & (table["change"] == change)]
    if rows.empty:
        return "not run"
    failed = rows[rows["status"] != "ok"]
    if len(failed):
        return f"failed: {next(iter(failed['reason']))}"
    values = 100 * rows["validation_accuracy"]
    spread = f" ± {values.std():.2f}" if len(values) > 1 else ""
    return f"{values.mean():.2f}{spread} %"


def markdown(table: "pd.DataFrame", scale: Scale, base: Mapping[str, Any]) -> str:
    """The table of all features; the value of the base network in bold letters."""
    lines = ["| feature | value | " + " | ".join(RULES.values()) + " |", "|---|---|" + "---|" * len(RULES)]
    for feature in features(scale).values():
        for number, value in enumerate(feature.values):
            change = change_of(feature, value, base)
            cells = [cell(table, rule, change) if rule in feature.rules else "–" for rule in RULES]
            shown = f"**{label(value)}**" if change == "base" else label(value)
            title = feature.title if number == 0 else ""
            lines.append(f"| {title} | {shown} | {' | '.join(cells)} |")
    return "\n".join(lines)


LARGEST_DROP = 12.0
"""Points below the best network that the figure still has room for; what fell deeper stands at its edge as a number."""


def draw(table: "pd.DataFrame", scale: Scale, base: Mapping[str, Any]) -> str:
    """A panel for each feature, the rules as lines: mean and standard deviation over the seeds, as SVG."""
    from physdfa.report.figures.style import CYCLE, DASHES, drawing, svg_text

    trained = table[table["status"] == "ok"]
    floor = 100 * float(max(trained["validation_accuracy"], default=0.0)) - LARGEST_DROP
    with drawing(10.0, 5.0) as figure:
        panels = figure.subplots(2, 4, sharey=True).ravel()
        for axes, feature in zip(panels, features(scale).values(), strict=True):
            for number, rule in enumerate(feature.rules):
                changes = [change_of(feature, value, base) for value in feature.values]
                rows = trained[trained["rule"] == rule]
                values = [
                    [100 * x for x in rows[rows["change"] == change]["validation_accuracy"]] for change in changes
                ]
                means = [statistics.fmean(value) if value else math.nan for value in values]
                spreads = [statistics.stdev(value) if len(value) > 1 else 0.0 for value in values]
                places, style = [place + 0.08 * (number - 1) for place in range(len(changes))], DASHES[number]
                axes.errorbar(
                    places,
                    [max(mean, floor) for mean in means],
                    yerr=[spread if mean > floor else 0.0 for mean, spread in zip(means, spreads, strict=True)],
                    color=CYCLE[number],
                    linestyle=style,
                    marker="o",
                    markersize=3,
                    capsize=3,
                    label=RULES[rule],
                )
                for place, mean in zip(places, means, strict=True):
                    if mean < floor:
                        axes.annotate(
                            f"{mean:.0f} ↓", (place, floor), xytext=(-6, 2), ha="right", textcoords="offset points"
                        )
            axes.set_xticks(range(len(feature.values)), [label(value) for value in feature.values])
            axes.set_title(feature.title)
        for axes in (panels[0], panels[4]):
            axes.set_ylabel("validation accuracy [%]")
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        return svg_text(figure, "network_features")


def render() -> None:
    """Fill the document, and draw the figure, from results/reference/."""
    from physdfa.config import load_config
    from physdfa.store import open_run
    from physdfa.store.evaluations import read_evaluations
    from physdfa.store.reference import fill_between

    table, base = read_evaluations(open_run(REFERENCE)), base_values(load_config(CONFIG), FULL)
    FIGURE.write_text(draw(table, FULL, base), encoding="utf-8")
    image = f"![Validation accuracy by feature and rule](images/{FIGURE.name})"
    fill_between(DOCUMENT, BEGIN, END, f"{markdown(table, FULL, base)}\n\n{image}")


def main() -> None:
    """Train and fill; see the head of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with mnist/")
    parser.add_argument("--only", action="append", choices=list(features(FULL)), help="one feature; repeatable")
    parser.add_argument("--out", type=Path, default=ROOT / "results", help="where the run folder goes")
    parser.add_argument("--scale", choices=("smoke", "full"), default="full")
    parser.add_argument("--render", action="store_true", help="fill the document from results/reference/ only")
    options = parser.parse_args()
    from physdfa.store.reference import keep_reference

    scale = SMOKE if options.scale == "smoke" else FULL
    if not options.render:
        chosen = options.only or list(features(scale))
        command = ["python", "experiments/network_features/table.py", *sys.argv[1:]]
        run = train_all(chosen, scale, data=options.data, out=options.out, command_line=command)
        print(f"run folder: {run}", flush=True)
        if scale is FULL and not options.only:
            keep_reference(run, REFERENCE)
    if options.render or (scale is FULL and not options.only):
        render()


if __name__ == "__main__":
    from physdfa.errors import PhysdfaError

    try:
        main()
    except PhysdfaError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
