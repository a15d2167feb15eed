"""The effective working range of a Mach-Zehnder modulator on MNIST, and its proof: docs/working_range_mnist.md.

    python experiments/working_range/working_range.py --data DIR          sweep, range, yields, held-out check
    ... --data DIR --run FOLDER                                           the same from a finished sweep
    ... --data DIR --run results/reference/working_range                  ... from the committed one, on a copy
    ... --render                                                          fill the page, train nothing
    ... --scale smoke                                                     the same on the embedded digits

DIR holds mnist/. Every number is a validation accuracy; the test set is read once, for the best point of the sweep.
"""

import argparse
import dataclasses
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_suffix(".toml")
REFERENCE = ROOT / "results" / "reference" / "working_range"
DOCUMENT = ROOT / "docs" / "working_range_mnist.md"
IMAGES = ROOT / "docs" / "images"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
HELD_OUT, RANGE = "held_out.json", "range.json"
HELD_OUT_SEED = 2
"""Of the draw of the held-out devices. Seed 1 drew those of the range as it was before verdicts had a probability."""

SPREADS = (0.05, 0.2)
SMOKE = (
    "data.name=digits",
    "data.train_size=1000",
    "data.validation_size=400",
    "network.hidden=[32]",
    "network.num_steps=6",
    "training.epochs=15",
    "training.batch_size=50",
    "training.learning_rate=1e-2",
    "sweep.num_samples=48",
)


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is trained: config overrides, devices per yield, held-out devices per side, seeds of the baseline."""

    overrides: tuple[str, ...]
    yield_samples: int
    held_out: int
    baseline_seeds: int


SIZES = {"full": Size((), 24, 20, 5), "smoke": Size(SMOKE, 4, 4, 2)}


def make(size: Size, *, data: Path | None, out: Path, run_path: Path | None, quiet: bool) -> Path:
    """Sweep (unless `run_path` is one), find the range, check it; return the run folder."""
    from physdfa.analysis.working_range import LevelRule
    from physdfa.build import load_samples
    from physdfa.cli.progress import make_progress
    from physdfa.config import load_config
    from physdfa.data import resolve_data_dir
    from physdfa.workflow.candidates.evaluator import Evaluator
    from physdfa.workflow.range.find import RangeOptions, find_range, read_range
    from physdfa.workflow.range.finished import read_finished
    from physdfa.workflow.range.held_out import check_held_out
    from physdfa.workflow.sweep import run_sweep

    folder = resolve_data_dir(data, os.environ)
    progress = make_progress(quiet=quiet)
    try:
        if run_path is None:
            config = load_config(CONFIG, size.overrides, kind="sweep", data_dir=folder)
            words = ["python", "experiments/working_range/working_range.py"]
            run_path = run_sweep(config, out_dir=out, data_dir=folder, command_line=words, progress=progress).path
        elif run_path.resolve() == REFERENCE:
            run_path = copied(REFERENCE, out)
        options = RangeOptions(
            rule=LevelRule(kind="baseline", value=1.0),
            baseline_seeds=size.baseline_seeds,
            spreads=SPREADS,
            yield_samples=size.yield_samples,
        )
        run, _ = find_range(run_path, options, data_dir=folder, progress=progress)
        _, _, found = read_range(run.path)
        finished = read_finished(run.path)
        progress.begin("trainings x epochs of the held-out devices", 2 * size.held_out * finished.epochs)
        evaluator = Evaluator(
            finished.config,
            load_samples(finished.config, folder),
            kind=finished.kind,
            epochs=finished.epochs,
            seeds=finished.seeds,
            largest_batch=2 * size.held_out,
            on_epoch=progress.advance,
        )
        checked = check_held_out(found, evaluator, finished.fixed, size.held_out, seed=HELD_OUT_SEED)
    finally:
        progress.close()
    devices = [dataclasses.asdict(device) for device in checked]
    held_out = {"seed": HELD_OUT_SEED, "confidence": found.confidence, "devices": devices}
    run.write_text(HELD_OUT, json.dumps(held_out, indent=1) + "\n")
    return run.path


def copied(reference: Path, out: Path) -> Path:
    """A copy of the committed run to work in, under its own name."""
    name = json.loads((reference / RANGE).read_text())["run"]
    return shutil.copytree(reference, out / CONFIG.stem / name, dirs_exist_ok=True)


def keep(run_path: Path) -> None:
    """Copy what the page is made from to results/reference/, and its map to docs/images/."""
    from physdfa.store.reference import keep_reference

    keep_reference(run_path, REFERENCE)
    for name in (RANGE, HELD_OUT):
        shutil.copy2(run_path / name, REFERENCE / name)
    for figure in sorted((run_path / "figures").glob("range_*.svg")):
        shutil.copy2(figure, IMAGES / f"working_range_mnist_{figure.name.removeprefix('range_')}")


def page() -> str:
    """The results as Markdown."""
    import pandas as pd

    from physdfa.analysis.predictors import rank_predictors
    from physdfa.report.range_words import range_facts, range_tables

    record = json.loads((REFERENCE / RANGE).read_text())
    held_out = json.loads((REFERENCE / HELD_OUT).read_text())
    ranking = rank_predictors(pd.read_parquet(REFERENCE / "evaluations.parquet"))
    parts = ["\n".join(f"- {name}: {text}" for name, text in range_facts(record))]
    for table in range_tables(record):
        parts += [f"### {table.title}", markdown(table.header, table.rows)]
    rows = [
        [each.title, f"{each.spearman:.2f} ({each.low:.2f} … {each.high:.2f})", str(each.num_candidates)]
        for each in ranking.correlations
    ]
    parts += ["### Scores before training", markdown(["score", "Spearman's rank correlation", "devices"], rows)]
    parts += ["### Held-out check", held_out_text(held_out)]
    parts += ["\n".join(f"- {note}" for note in record["notes"])] if record["notes"] else []
    return "\n\n".join(parts)


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; bars in its cells are escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def held_out_text(held_out: Mapping[str, Any]) -> str:
    """How many of each side were right, and the misses, the one farthest from the edge first."""
    checked, sure = held_out["devices"], f"{100 * held_out['confidence']:g} % sure"
    lines = [f"Drawn once, with seed {held_out['seed']}, evenly over what is called inside and outside.", ""]
    for side in ("inside", "outside"):
        devices = [device for device in checked if device["said"] == side]
        right = sum(device["works"] == (side == "inside") for device in devices)
        stated = [device["probability"] if side == "inside" else 1 - device["probability"] for device in devices]
        expected = f"{sum(stated):.1f} were to be expected"
        lines.append(f"- Called {side}, {sure}: {right} of {len(devices)} fresh devices were so ({expected}).")
    wrong = [device for device in checked if device["works"] != (device["said"] == "inside")]
    for device in sorted(wrong, key=lambda device: -(device["distance"] or 0.0)):
        values = ", ".join(f"{key} = {value:.4g}" for key, value in device["values"].items())
        accuracies = f"predicted {100 * device['predicted']:.2f} %, trained {100 * device['accuracy']:.2f} %"
        apart = "" if device["distance"] is None else f", {device['distance']:.3f} from the edge (1: a whole range)"
        stated = f", reaches the level with {100 * device['probability']:.0f} %"
        lines.append(f"  - missed: {values}: {accuracies}{stated}{apart}")
    return "\n".join(lines)


def main() -> None:
    """See the head of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with mnist/")
    parser.add_argument("--run", type=Path, help="a finished sweep of working_range.toml, to go on from")
    parser.add_argument("--out", type=Path, default=ROOT / "results", help="where the run folder goes")
    parser.add_argument("--scale", choices=tuple(SIZES), default="full")
    parser.add_argument("--render", action="store_true", help="fill the page from results/reference/ only")
    options = parser.parse_args()
    from physdfa.store.reference import fill_between

    is_full = options.scale == "full"
    if not options.render:
        size = SIZES[options.scale]
        run_path = make(size, data=options.data, out=options.out, run_path=options.run, quiet=not is_full)
        print(f"run folder: {run_path}")
        if is_full:
            keep(run_path)
    if options.render or is_full:
        fill_between(DOCUMENT, BEGIN, END, page())


if __name__ == "__main__":
    from physdfa.errors import PhysdfaError

    try:
        main()
    except PhysdfaError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
