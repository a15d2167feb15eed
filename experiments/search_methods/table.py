"""The genetic search against random search and CMA-ES, at equal budget: the table of docs/search_methods.md.

    python experiments/search_methods/table.py --data DIR           all searches, then the table
    python experiments/search_methods/table.py --render              the table again, nothing trained
    python experiments/search_methods/table.py --scale smoke         the same code on the embedded digits

DIR holds mnist/. In repetition r all methods share the seed r, hence split and seeds.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from itertools import accumulate
from math import inf
from pathlib import Path
from statistics import mean, median, stdev
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("search_methods.toml")
REFERENCE = ROOT / "results" / "reference" / "search_methods"
DOCUMENT = ROOT / "docs" / "search_methods.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

METHODS = {"genetic": "genetic", "random": "random", "cma_es": "CMA-ES"}
REPETITIONS = 5
TOLERANCE = 0.005
"""How near to the best of its repetition a search must come."""
SMOKE = (
    "data.name=digits",
    "data.train_size=600",
    "data.validation_size=200",
    "network.hidden=[16]",
    "network.num_steps=4",
    "training.epochs=2",
    "training.batch_size=50",
    "search.population=4",
    "search.generations=2",
    "search.elites=1",
)


def run_name(method: str, repetition: int) -> str:
    """The name of a search, and of its folder under results/reference/search_methods/."""
    return f"{method}_{repetition}"


def search(method: str, repetition: int, *, data: Path | None, out: Path, is_smoke: bool) -> Path:
    """One search; return its run folder."""
    from physdfa.cli.progress import make_progress
    from physdfa.config import load_config
    from physdfa.data import resolve_data_dir
    from physdfa.workflow.search import run_search

    folder = resolve_data_dir(data, os.environ)
    name = run_name(method, repetition)
    overrides = [f"search.method={method}", f"experiment.seed={repetition}", f"experiment.name={name}"]
    config = load_config(CONFIG, (*overrides, *(SMOKE if is_smoke else ())), kind="search", data_dir=folder)
    progress = make_progress(quiet=True)
    try:
        words = ["python", "experiments/search_methods/table.py"]
        return run_search(config, out_dir=out, data_dir=folder, command_line=words, progress=progress).path
    finally:
        progress.close()


class Course(NamedTuple):
    """One search: evaluations so far and best validation accuracy so far, generation by generation; its test."""

    evaluations: list[int]
    best: list[float]
    test_accuracy: float


def courses(reference: Path, method: str) -> dict[int, Course]:
    """The searches of one method that are there, by repetition."""
    found = {}
    for repetition in range(REPETITIONS):
        folder = reference / run_name(method, repetition)
        if not (folder / "metrics.jsonl").exists():
            continue
        lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        generations = [line for line in lines if line.get("kind") == "generation"]
        spent = list(accumulate(int(line["num_evaluations"]) for line in generations))
        tested = json.loads((folder / "summary.json").read_text())["test_accuracy"]
        found[repetition] = Course(spent, [float(line["best_so_far"]) for line in generations], float(tested))
    return found


def evaluations_needed(course: Course, wanted: float) -> float:
    """Evaluations of one search until its best reached `wanted`, by whole generations; infinite if it never did."""
    reached = (spent for spent, best in zip(course.evaluations, course.best, strict=True) if best >= wanted)
    return next(reached, inf)


def table(reference: Path) -> str:
    """The table as Markdown, from the searches that are there."""
    lines = [
        "| method | searches | best in validation | its test accuracy | evaluations to come within 0.5 points |",
        "|---|---|---|---|---|",
    ]
    found = {method: courses(reference, method) for method in METHODS}
    tops = {
        repetition: max(own[repetition].best[-1] for own in found.values() if repetition in own)
        for repetition in range(REPETITIONS)
        if any(repetition in own for own in found.values())
    }
    for method, title in METHODS.items():
        own = found[method]
        if not own:
            lines.append(f"| {title} | not run | | | |")
            continue
        needed = [evaluations_needed(course, tops[repetition] - TOLERANCE) for repetition, course in own.items()]
        best, tested = ([course.best[-1] for course in own.values()], [course.test_accuracy for course in own.values()])
        counts = f"median {count_text(median(needed))} ({', '.join(map(count_text, needed))})"
        lines.append(f"| {title} | {len(own)} | {spread(best)} | {spread(tested)} | {counts} |")
    return "\n".join(lines)


def count_text(value: float) -> str:
    """A number of evaluations."""
    return "never" if value == inf else f"{value:.0f}"


def spread(values: Sequence[float]) -> str:
    """Mean ± standard deviation in percent."""
    deviation = stdev(values) if len(values) > 1 else 0.0
    return f"{100 * mean(values):.2f} ± {100 * deviation:.2f} %"


def main() -> None:
    """See the head of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with mnist/")
    parser.add_argument("--out", type=Path, default=ROOT / "results", help="where the run folders go")
    parser.add_argument("--scale", choices=("smoke", "full"), default="full")
    parser.add_argument("--render", action="store_true", help="fill the table from results/reference/ only")
    options = parser.parse_args()
    from physdfa.store.reference import fill_between, keep_reference

    is_smoke = options.scale == "smoke"
    for repetition in range(0 if options.render else 1 if is_smoke else REPETITIONS):
        for method in METHODS:
            run = search(method, repetition, data=options.data, out=options.out, is_smoke=is_smoke)
            accuracy = json.loads((run / "summary.json").read_text())["best_validation_accuracy"]
            print(f"{METHODS[method]}, repetition {repetition}: {100 * accuracy:.2f} % (validation)", flush=True)
            if not is_smoke:
                keep_reference(run, REFERENCE / run_name(method, repetition))
    if not is_smoke:
        fill_between(DOCUMENT, BEGIN, END, table(REFERENCE))


if __name__ == "__main__":
    from physdfa.errors import PhysdfaError

    try:
        main()
    except PhysdfaError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
