"""A finished sweep or search as the working range reads it: its box, and what was measured at which point."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from ga_search.genome import candidate_id, canonical_text
from physdfa.analysis.working_range import Axis, Design, EvaluatedPoints
from physdfa.config import ExperimentConfig, GeneRange, Kind, SweepRange, find_key, validation_size
from physdfa.errors import InputError
from physdfa.store import RunFolder, open_run
from physdfa.store.evaluations import read_evaluations
from physdfa.workflow.candidates.additions import Additions, read_additions
from physdfa.workflow.candidates.box import listed_values
from physdfa.workflow.own_modules import read_run_config
from physdfa.workflow.sweep import design_points, sweep_points

SENSITIVITY_DESIGNS = ("morris", "sobol_indices")
MOST_RESOLUTION = 0.01
"""Of an accuracy: that of a hundred validation samples, fewer than which no data set leaves."""


@dataclass(frozen=True, kw_only=True)
class FinishedRun:
    """What a run evaluated.

    - `kind`: "sweep" or "search"; `fixed`: the parameters that had one value throughout.
    - `num_classes`: of its data; None for a run of a version that did not write it down.
    - `resolution`: smallest step between measured accuracies.
    - `notes`: what a reader must know of it, one sentence each.
    """

    run: RunFolder
    config: ExperimentConfig
    kind: Kind
    points: EvaluatedPoints
    fixed: Mapping[str, Any]
    accuracy: Mapping[str, float]
    num_classes: int | None
    resolution: float
    notes: Sequence[str]

    @property
    def epochs(self) -> int:
        """Epochs that each candidate was trained for."""
        section = self.config.sweep if self.kind == "sweep" else self.config.search
        return (section.epochs if section else None) or self.config.training.epochs

    @property
    def seeds(self) -> int:
        """Trainings per candidate."""
        return self.points.seeds

    def outputs(self) -> np.ndarray:
        """The accuracies of a sensitivity design in its own order, NaN where one failed or is missing."""
        return np.array([self.accuracy.get(candidate_id(point), np.nan) for point in design_points(self.config)])


def read_finished(path: Path, *, accept_incomplete: bool = False) -> FinishedRun:
    """What the run in a folder evaluated.

    **Arguments:**

    - `accept_incomplete`: read an interrupted run as well; a note then says so.

    **Raises:** `InputError` for a run that is no sweep or search, is not complete, or has too few points;
    `RunFolderError` for a damaged folder.
    """
    run = open_run(path)
    summary = run.read_summary()
    kind = summary.get("kind")
    if kind not in ("sweep", "search"):
        raise InputError(f"{run.path}: is a run of '{kind}'; a working range is read from a finished sweep or search.")
    config = read_run_config(run, kind)
    refuse_part(run, config)
    rows = [{str(key): value for key, value in row.items()} for row in read_evaluations(run).to_dict("records")]
    missing = _what_is_missing(config, kind, len({row["candidate"] for row in rows}), summary)
    if missing and not accept_incomplete:
        raise InputError(
            f"{run.path}: {missing} What was not evaluated is not spread evenly, so shares and intervals would "
            "mislead. Run it to the end, or add --incomplete to see what is there."
        )
    notes = [missing] if missing else []
    axes, fixed = axes_of(config, kind)
    by_candidate: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_candidate.setdefault(str(row["candidate"]), []).append(row)
    counted = {name: group for name, group in by_candidate.items() if all(_is_final(row) for row in group)}
    if len(counted) < len(by_candidate):
        notes.append(f"{len(by_candidate) - len(counted)} candidates were stopped early; they are left out.")
    failed = np.array([any(row["status"] != "ok" for row in group) for group in counted.values()], dtype=bool)
    measured = [math.fsum(row["validation_accuracy"] for row in group) / len(group) for group in counted.values()]
    positions = np.array([[_position(axis, group[0][axis.key]) for axis in axes] for group in counted.values()])
    points = EvaluatedPoints(
        axes=axes,
        positions=positions.reshape(len(counted), len(axes)),
        accuracy=np.where(failed, np.nan, measured),
        failed=failed,
        seeds=len({row["seed"] for row in rows}),
        design=_design(config, kind, complete=not missing),
        even=_even(config, kind, counted, read_additions(run)),
    )
    if failed.any():
        reasons = "; ".join(sorted({str(row["reason"]) for row in rows if row["status"] == "failed"})[:3])
        notes.append(
            f"{int(failed.sum())} of {len(counted)} candidates failed ({reasons}); they count as not working, and "
            "enter the surrogate as devices that guess."
        )
    return FinishedRun(
        run=run,
        config=config,
        kind=kind,
        points=points,
        fixed=fixed,
        accuracy=dict(zip(counted, points.accuracy.tolist(), strict=True)),
        num_classes=cast(int | None, summary.get("num_classes")),
        resolution=_resolution(config, kind, [row["validation_accuracy"] for row in rows]),
        notes=notes,
    )


def refuse_part(run: RunFolder, config: ExperimentConfig) -> None:
    """Refuse a run that is one part of a sweep, for what takes the whole.

    **Raises:** `InputError` with the way to the whole.
    """
    if config.experiment.shard:
        raise InputError(
            f"{run.path}: is part {config.experiment.shard} of a sweep; join the parts: physdfa merge {run.path.parent}"
        )


def _what_is_missing(config: ExperimentConfig, kind: str, evaluated: int, summary: Mapping[str, object]) -> str:
    """A sentence on what a run did not reach; empty for a whole one."""
    if kind == "sweep":
        planned = len(sweep_points(config))
        if evaluated < planned:
            return f"the sweep evaluated {evaluated} of its {planned} points (status: {summary.get('status')})."
    elif summary.get("status") != "done":
        return f"the search is {summary.get('status')} after {evaluated} candidate{'' if evaluated == 1 else 's'}."
    return ""


def _design(config: ExperimentConfig, kind: str, *, complete: bool) -> Design:
    method = config.sweep.method if kind == "sweep" and config.sweep else ""
    if not complete:
        return "uneven"
    if method == "grid":
        return "grid"
    return "uniform" if method in ("random", "sobol", "latin_hypercube") else "uneven"


def axes_of(config: ExperimentConfig, kind: str) -> tuple[tuple[Axis, ...], dict[str, Any]]:
    """The axes of the box, and the parameters that had one value."""
    axes, fixed = [], {}
    for key, entry in ranges_of(config, kind).items():
        listed = tuple(listed_values(entry))
        if len(listed) == 1:
            fixed[key] = listed[0]
        else:
            axes.append(_axis(config, key, entry, listed))
    if not axes:
        raise InputError("no parameter took more than one value in this run; there is no range to speak of.")
    return tuple(axes), fixed


def _even(
    config: ExperimentConfig, kind: str, counted: Mapping[str, Sequence[Mapping[str, Any]]], added: Additions
) -> np.ndarray | None:
    """Which points are spread over the box: of a grid those of its design alone; None for all."""
    if not added.batches:
        return None
    is_grid = _design(config, kind, complete=True) == "grid"
    left_out = {
        candidate_id(values) for batch in added.batches for values in (batch.points if is_grid else batch.chosen)
    }
    return np.array([name not in left_out or group[0]["generation"] == 0 for name, group in counted.items()])


def ranges_of(config: ExperimentConfig, kind: str) -> dict[str, SweepRange | GeneRange]:
    """What a sweep or search varies, by key, in the order of the file."""
    if kind == "sweep" and config.sweep is not None:
        return dict(config.sweep.parameters)
    return {} if config.search is None else dict(config.search.genes)


def _axis(config: ExperimentConfig, key: str, entry: SweepRange | GeneRange, listed: tuple[Any, ...]) -> Axis:
    declared = find_key(config, key)
    unit = declared.unit if declared is not None else ""
    is_whole = declared is not None and declared.kind == "whole number"
    if not listed:
        assert entry.low is not None, "the config room refuses a range without its ends"
        assert entry.high is not None, "the config room refuses a range without its ends"
        return Axis(
            key=key, low=float(entry.low), high=float(entry.high), scale=entry.scale, integer=is_whole, unit=unit
        )
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in listed):
        return Axis(key=key, choices=listed, unit=unit)
    numbers = np.sort(np.array(listed, dtype=float))
    low, high = float(numbers[0]), float(numbers[-1])
    return Axis(key=key, low=low, high=high, scale=_scale_of(numbers), integer=is_whole, unit=unit)


def _scale_of(numbers: np.ndarray) -> Any:
    """The scale on which listed numbers lie more evenly."""
    if numbers[0] <= 0:
        return "linear"
    gaps, ratios = np.diff(numbers) / np.ptp(numbers), np.diff(np.log(numbers)) / np.ptp(np.log(numbers))
    return "log" if ratios.max() < gaps.max() else "linear"


def _position(axis: Axis, cell: Any) -> float:
    """The position of a table's cell; mixed or listed choices stand there as JSON text."""
    value = cell.item() if hasattr(cell, "item") else cell
    if not axis.is_choice:
        return axis.position(value)
    texts = [canonical_text(choice) for choice in axis.choices]
    text = canonical_text(value)
    return float(texts.index(text) if text in texts else texts.index(str(value)))


def _is_final(row: Mapping[str, Any]) -> bool:
    """Whether an evaluation came to its end, well or not."""
    return row["status"] in ("ok", "failed")


def _resolution(config: ExperimentConfig, kind: Kind, accuracies: Sequence[float]) -> float:
    """The smallest step of an accuracy, 1 / number of validation samples.

    Where the config leaves that number to the data set, the smallest step that was measured: a multiple of it, which
    says little where a few points lie far apart.
    """
    data = config.data
    samples = data.validation_size or (data.train_size and validation_size(config, kind, data.train_size))
    if samples:
        return 1 / samples
    known = np.unique(np.round([accuracy for accuracy in accuracies if math.isfinite(accuracy)], 6))
    return min([MOST_RESOLUTION, *np.diff(known).tolist()])
