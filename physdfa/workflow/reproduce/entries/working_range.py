"""Where a Mach-Zehnder modulator trains MNIST, and the proof: devices drawn on both sides of the range and trained.

Every number is a validation accuracy; the test set is read once, for the best point of the sweep.
"""

import dataclasses
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from physdfa.analysis.predictors import rank_predictors
from physdfa.analysis.working_range import LevelRule
from physdfa.build import load_samples
from physdfa.config import ExperimentConfig
from physdfa.report.figures.style import Panel
from physdfa.report.figures.working_range import range_panels
from physdfa.report.range_words import range_facts, range_tables
from physdfa.store import RunFolder, open_run
from physdfa.store.derived import RANGE, read_beside, read_derived
from physdfa.store.evaluations import read_evaluations
from physdfa.store.files import plain_name
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.range.find import find_range, read_range
from physdfa.workflow.range.finished import read_finished
from physdfa.workflow.range.held_out import HeldOutDevice, check_held_out, held_out_devices, misses
from physdfa.workflow.range.options import RangeOptions
from physdfa.workflow.reproduce.entry import Entry, Finished, Row, Table, Work, Workplace
from physdfa.workflow.reproduce.finished import find_finished
from physdfa.workflow.reproduce.packaged import packaged_config
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import not_done_text
from physdfa.workflow.sweep import run_sweep, sweep_size

HELD_OUT = "held_out.json"
HELD_OUT_SEED = 2
"""Of the draw of the held-out devices. Seed 1 drew those of the range as it was before verdicts had a probability."""

SPREADS = (0.05, 0.2)
SMOKE = (
    *("data.train_size=1000", "data.validation_size=400", "network.hidden=[32]", "network.num_steps=6"),
    *("training.epochs=15", "training.batch_size=50", "training.learning_rate=1e-2", "sweep.num_samples=48"),
    "sweep.references=0",
)


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is trained beside the sweep: devices per yield, held-out ones per side, seeds of the baseline."""

    yield_samples: int
    held_out: int
    baseline_seeds: int


SIZES: dict[Scale, Size] = {"full": Size(24, 20, 5), "smoke": Size(4, 4, 2)}


def read(scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of the sweep."""
    return packaged_config("working_range", scale=scale, smoke=SMOKE, kind="sweep", data_dir=data_dir)


def make(config: ExperimentConfig, place: Workplace, num_seeds: int) -> RunFolder:
    """Sweep, unless one is finished or given; find the range; check it on held-out devices."""
    size = SIZES[place.scale]
    run = find_finished(place.out_dir, config, num_seeds=num_seeds, kind="sweep")
    if place.start_from is not None:
        run = copied(open_run(place.start_from), place.out_dir / config.experiment.name)
    if run is None:
        run = run_sweep(
            config,
            out_dir=place.out_dir,
            data_dir=place.data_dir,
            command_line=place.command_line,
            progress=place.progress,
        )
    options = RangeOptions(
        rule=LevelRule(kind="baseline", value=1.0),
        baseline_seeds=size.baseline_seeds,
        spreads=SPREADS,
        yield_samples=size.yield_samples,
    )
    find_range(run.path, options, data_dir=place.data_dir, progress=place.progress)
    run.write_text(HELD_OUT, json.dumps(held_out(run, size.held_out, place), indent=1) + "\n")
    return run


def copied(run: RunFolder, folder: Path) -> RunFolder:
    """A copy of a run to work in, under its own name; its held-out devices are trained again."""
    name = read_derived(run, RANGE)["run"] if (run.path / RANGE).exists() else run.run_id
    ignored = shutil.ignore_patterns(HELD_OUT)
    name = plain_name(name, run.path / RANGE)
    return open_run(shutil.copytree(run.path, folder / name, ignore=ignored, dirs_exist_ok=True))


def held_out(run: RunFolder, num: int, place: Workplace) -> dict[str, Any]:
    """Fresh devices on each side of the range, trained. Those of the file are taken where it has the same ones."""
    _, _, found = read_range(run.path)
    drawn = held_out_devices(found, num, seed=HELD_OUT_SEED)
    if (run.path / HELD_OUT).exists():
        before = read_held_out(run)
        if [(one.said, one.values) for one in devices_of(before)] == drawn:
            return before
    finished = read_finished(run.path)
    place.progress.begin("trainings x epochs of the held-out devices", 2 * num * finished.epochs)
    evaluator = Evaluator(
        finished.config,
        load_samples(finished.config, place.data_dir),
        kind=finished.kind,
        epochs=finished.epochs,
        seeds=finished.seeds,
        largest_batch=2 * num,
        on_epoch=place.progress.advance,
    )
    checked = check_held_out(found, evaluator, finished.fixed, num, seed=HELD_OUT_SEED)
    devices = [dataclasses.asdict(device) for device in checked]
    return {"seed": HELD_OUT_SEED, "confidence": found.confidence, "devices": devices}


def read_held_out(run: RunFolder) -> dict[str, Any]:
    """The held-out devices of a run."""
    return json.loads(read_beside(run, HELD_OUT))


def devices_of(record: Mapping[str, Any]) -> list[HeldOutDevice]:
    """The devices of the file of held-out devices."""
    return [HeldOutDevice(**device) for device in record["devices"]]


def tables(finished: Sequence[Finished]) -> list[Table]:
    """The range, its yields, what the scores before training tell, and the held-out check."""
    shown = []
    for one in finished:
        if not one.is_done or one.run is None:
            shown.append(Table(title=one.row.title, header=("row",), rows=[], text=not_done_text([one])))
            continue
        record: dict[str, Any] = read_derived(one.run, RANGE)
        facts = [list(fact) for fact in range_facts(record)]
        shown.append(Table(title="The range", header=("quantity", "value"), rows=facts, text=" ".join(record["notes"])))
        shown += [Table(title=each.title, header=each.header, rows=each.rows) for each in range_tables(record)]
        shown += [scores_table(one.run), *held_out_tables(read_held_out(one.run))]
    return shown


def scores_table(run: RunFolder) -> Table:
    """How well the scores before training rank the devices."""
    rows = [
        [each.title, f"{each.spearman:.2f} ({each.low:.2f} … {each.high:.2f})", str(each.num_candidates)]
        for each in rank_predictors(read_evaluations(run)).correlations
    ]
    return Table(title="Scores before training", header=("score", "Spearman's rank correlation", "devices"), rows=rows)


def held_out_tables(record: Mapping[str, Any]) -> list[Table]:
    """How many held-out devices were as the range had said; the others, the farthest from the edge first."""
    devices, rows = devices_of(record), []
    for side in ("inside", "outside"):
        own = [device for device in devices if device.said == side]
        stated = [device.probability if side == "inside" else 1 - device.probability for device in own]
        rows.append([side, f"{sum(device.right for device in own)} of {len(own)}", f"{sum(stated):.1f}"])
    text = (
        f"Drawn once, with seed {record['seed']}, evenly over what is called inside and outside with "
        f"{100 * record['confidence']:g} % confidence."
    )
    shown = [Table(title="Held-out check", header=("called", "were so", "to be expected"), rows=rows, text=text)]
    if wrong := misses(devices):
        header = (*wrong[0].values, "predicted", "trained", "probability to reach the level", "distance from the edge")
        cells = [[*(f"{value:.4g}" for value in one.values.values()), *miss_cells(one)] for one in wrong]
        shown.append(
            Table(title="Held-out misses", header=header, rows=cells, text="Distance 1 is a whole declared range.")
        )
    return shown


def miss_cells(device: HeldOutDevice) -> list[str]:
    """What was predicted of a device that was not as the range had said, and what came of it."""
    return [
        f"{100 * device.predicted:.2f} %",
        f"{100 * device.accuracy:.2f} %",
        f"{100 * device.probability:.0f} %",
        "–" if device.distance is None else f"{device.distance:.3f}",
    ]


def figures(finished: Sequence[Finished]) -> list[Panel]:
    """The map and the intervals of the range."""
    runs = [one.run for one in finished if one.is_done and one.run is not None]
    return [panel for run in runs for panel in range_panels(read_derived(run, RANGE))]


WORKING_RANGE = Entry(
    name="working-range",
    title="Where a Mach–Zehnder modulator trains MNIST",
    source="not as such",
    datasets=("mnist",),
    full_time="2 hours on 2 cores (estimated)",
    rows=(
        Row(
            name="range",
            cells={"what": "range of drive gain and bias"},
            read=read,
            work=Work(kind="sweep", make=make, size=sweep_size, files=(RANGE, HELD_OUT), goes_on=True),
            seeds=0,
            kept="working_range",
        ),
    ),
    tables=tables,
    figures=figures,
)
