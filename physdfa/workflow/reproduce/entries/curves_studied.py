"""Measured devices from their curves to their working ranges, each verdict tested on fresh devices.

The same as `physdfa study CURVE`, with numbers of points and seeds in the place of a time. Every accuracy is one of
validation; the test set is read once, for the best point of each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from physdfa.analysis.working_range import WorkingRange
from physdfa.config import ExperimentConfig
from physdfa.errors import DataError
from physdfa.report.figures.style import Panel
from physdfa.report.figures.working_range import range_panels
from physdfa.report.formatting import ABSENT
from physdfa.report.range_words import share_text
from physdfa.report.references import gain_sentences
from physdfa.report.table import Table
from physdfa.store import RunFolder
from physdfa.store.derived import RANGE, read_derived
from physdfa.workflow.measured_device import MeasuredOptions
from physdfa.workflow.propose import propose
from physdfa.workflow.range.find import find_range
from physdfa.workflow.range.options import RangeOptions
from physdfa.workflow.refine import Growth
from physdfa.workflow.reproduce.entry import Entry, Finished, Row, Work, Workplace
from physdfa.workflow.reproduce.finished import find_finished
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import not_done_text
from physdfa.workflow.sweep import run_sweep, sweep_size

FOLDER = "device_measurements"
STUDIED = "studied"
"""In a run's summary: points, share, and verdicts that were right, in words."""
SIDES = ("inside", "outside")
FULL = ("sweep.num_samples=64", "sweep.seeds=4")
SMOKE = ("sweep.num_samples=16", "sweep.references=0", "network.hidden=[8]", "training.epochs=1", "network.num_steps=4")
ADDED: dict[Scale, int] = {"full": 96, "smoke": 4}
"""Points beyond the design, most of them where they tell most."""
VERIFIED: dict[Scale, int] = {"full": 20, "smoke": 1}
"""Fresh devices of either verdict."""


def read(file: str, measured: MeasuredOptions, scale: Scale, data_dir: Path | None) -> ExperimentConfig:
    """The experiment that `physdfa init --from` proposes for a curve.

    **Raises:** `DataError` where the curve is not there.
    """
    if data_dir is None or not (data_dir / FOLDER / file).is_file():
        raise DataError(f"the measurement {FOLDER}/{file} is not there; give --data the folder that holds {FOLDER}/.")
    return propose(file, measured=measured, overrides=FULL if scale == "full" else SMOKE, data_dir=data_dir).config


def make(config: ExperimentConfig, place: Workplace, num_seeds: int) -> RunFolder:
    """Sweep with points where they tell most, unless that is finished; find the range, and test its verdicts."""
    run = find_finished(place.out_dir, config, num_seeds=num_seeds, kind="sweep")
    if run is None:
        run = run_sweep(
            config,
            out_dir=place.out_dir,
            data_dir=place.data_dir,
            command_line=place.command_line,
            progress=place.progress,
            more=Growth(points=ADDED[place.scale], progress=place.progress),
        )
    options = RangeOptions(verify=VERIFIED[place.scale])
    _, record = find_range(run.path, options, data_dir=place.data_dir, progress=place.progress)
    found = WorkingRange.from_dict(record["range"])
    share = ABSENT if found.predicted is None else share_text(found.predicted)
    run.write_summary({STUDIED: [str(found.num_points), share, *verdict_cells(record)]})  # kept without the measurement
    return run


def tables(finished: Sequence[Finished]) -> list[Table]:
    """A row per curve: what works, what the device is good for, and how many verdicts were right."""
    done = [one for one in finished if one.is_done and one.run is not None]
    if not done:
        return [Table(title="Curves studied", header=("device",), rows=[], text=not_done_text(finished))]
    rows, words = [], []
    for one in done:
        assert one.run is not None, "done"
        summary: dict[str, Any] = one.run.read_summary()
        rows.append([one.row.title, *summary[STUDIED]])
        words += [f"{one.row.title}: {sentence}" for sentence in gain_sentences(summary)]
    header = ("device", "points", "share of the box that works", "called inside: right", "called outside: right")
    return [Table(title="Curves studied", header=header, rows=rows, text=" ".join(words), numeric=(1,))]


def verdict_cells(record: Mapping[str, Any]) -> list[str]:
    """Of the fresh devices of either verdict, those that were called rightly."""
    devices = record.get("verified")
    if not devices:
        return [ABSENT, ABSENT]
    sides = [[one["works"] == (side == "inside") for one in devices if one["said"] == side] for side in SIDES]
    return [f"{sum(own)} of {len(own)}" for own in sides]


def figures(finished: Sequence[Finished]) -> list[Panel]:
    """Of every curve the measurement, the map and the range."""
    panels = []
    for one in finished:
        if one.is_done and one.run is not None:
            drawn = {panel.name: panel for panel in range_panels(read_derived(one.run, RANGE))}
            if (overview := drawn.get("range_overview")) is not None:
                panels.append(replace(overview, name=one.row.name, title=one.row.title))
    return panels


def row_of(name: str, device: str, file: str, x: str, y: str) -> Row:
    """One curve."""
    return Row(
        name=name,
        cells={"device": device},
        read=partial(read, file, MeasuredOptions(x=x, y=y)),
        work=Work(kind="sweep", make=make, size=sweep_size, files=("added.json",)),
        seeds=0,
    )


CURVES_STUDIED = Entry(
    name="curves-studied",
    title="Measured devices from their curves to their working ranges",
    source=f"not as such; needs {FOLDER}/ beside the data sets",
    datasets=(),
    full_time="ten minutes on two cores",
    rows=(
        row_of(
            "modulator",
            "single-drive modulator",
            "mzm_single_drive_labtel.csv",
            x="bias_V",
            y="rising_mW,falling_mW",
        ),
        row_of(
            "dual_parallel",
            "dual-parallel modulator, one arm",
            "mzm_dual_parallel_labtel.csv",
            x="bias_V",
            y="arm1_rising_mW,arm1_falling_mW",
        ),
        row_of("laser", "laser diode", "laser_diode_ivl_2mm_15C_oregon.csv", x="SMU Curr (A)", y="DMM Volt (V)"),
    ),
    tables=tables,
    figures=figures,
)
