"""A range through other curves of the same measurement: the best point and points near the level, trained anew."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import jax.numpy as jnp
import numpy as np

from ga_search.evolution import Candidate
from ga_search.genome import candidate_id
from physdfa.analysis.paired_tests import paired_gain
from physdfa.analysis.working_range import WorkingRange, positions_of, values_at
from physdfa.analysis.working_range.next_points import next_points
from physdfa.analysis.working_range.redrawn import MIDDLE, added_scatter, range_bands
from physdfa.build import Samples, build_device
from physdfa.config import ExperimentConfig, with_values
from physdfa.devices import Cascade
from physdfa.devices.measured import MeasuredCurve
from physdfa.errors import ConfigError, InputError
from physdfa.store.derived import RANGE
from physdfa.workflow.candidates.evaluator import MOST_MEMBERS, Evaluator
from physdfa.workflow.progress import Progress
from physdfa.workflow.range.finished import FinishedRun
from physdfa.workflow.range.kept import same_values
from physdfa.workflow.summary import mean_and_std

NUMBER = "device.curve.bootstrap"
BEST = "best"
NUM_NEAR = 8
"""Evaluated points near the level that are trained through each curve, where the surrogate is trusted."""
NUM_DRIVES = 121
"""Drives at which the band of the curves themselves is kept."""


def check_curves(config: ExperimentConfig, values: Mapping[str, Any]) -> None:
    """Refuse redrawn curves where none can be drawn.

    **Arguments:**

    - `values`: of the point that is to be trained, by key.

    **Raises:** `InputError` for a device that was not measured, a run over the curves themselves, or a measurement that
    leaves nothing open.
    """
    if config.device is None or config.device.source is None:
        raise InputError("--curves: redraws a measured curve, and the device of this run is none; leave it out.")
    if any(key.rpartition(".")[2] == "bootstrap" for key in values):
        raise InputError("--curves: this run varies device.bootstrap, the curve itself; leave --curves out.")
    try:
        _curve(config, {**values, NUMBER: 1})
    except InputError as error:
        said = " ".join(error.mistakes) if isinstance(error, ConfigError) else str(error)
        raise InputError(f"--curves: {said}") from None


def curve_bands(
    finished: FinishedRun,
    samples: Samples,
    found: WorkingRange,
    num: int,
    progress: Progress,
    earlier: Mapping[str, Any],
) -> Iterator[tuple[dict[str, Any], int]]:
    """What is known through `num` curves, and how many places are missing: first what the earlier record has.

    The best point is trained through each curve, and as often with the measured one, from the same seeds of weights,
    batches and feedback curve by curve; then points near the level through each curve.
    """
    config, best = finished.config, {**finished.fixed, **found.best}
    places = {BEST: best} | {f"near the level {i}": point for i, point in enumerate(_near(finished, found), start=1)}
    before = earlier.get("curves") or {}
    kept = before.get("places", ()) if before.get("seeds") == finished.seeds else ()
    record: dict[str, Any] = {"num": num, "seeds": finished.seeds, "band": _band(config, best, num), "places": []}
    entries = {place: _kept(kept, values, num) for place, values in places.items()}
    missing = [place for place, entry in entries.items() if entry is None]

    def known() -> tuple[dict[str, Any], int]:
        record["places"] = [entry for entry in entries.values() if entry is not None]
        left = sum(entry is None for entry in entries.values())
        return record | _concluded(finished, found, entries if not left else {BEST: entries[BEST]}), left

    if len(missing) < len(places):
        progress.say(f"{len(places) - len(missing)} of {len(places)} places are those of the {RANGE} that is there")
    yield known()
    trainings = (len(missing) + (BEST in missing)) * num * finished.seeds
    progress.begin("trainings x epochs of the redrawn curves", trainings * finished.epochs)
    evaluator = Evaluator(
        config,
        samples,
        kind=finished.kind,
        epochs=finished.epochs,
        seeds=finished.seeds,
        largest_batch=min(num, MOST_MEMBERS),
        scores_early=False,
        on_epoch=progress.advance,
    )
    for place in missing:
        values = places[place]
        entry: dict[str, Any] = {"place": place, "values": values, "redrawn": _accuracies(evaluator, values, num, True)}
        if place == BEST:
            entry["measured"] = _accuracies(evaluator, values, num, False)
        entries[place] = entry
        yield known()


def _curve(config: ExperimentConfig, values: Mapping[str, Any]) -> MeasuredCurve:
    device = build_device(with_values(config, values), config.experiment.seed)
    if not isinstance(device, Cascade):
        raise InputError("the rule of this run asks no device.")
    return next(stage for stage in device.stages if isinstance(stage, MeasuredCurve))


def _near(finished: FinishedRun, found: WorkingRange) -> list[dict[str, Any]]:
    """Evaluated points where it is undecided whether the level is reached; none without a trusted surrogate."""
    pool = np.array(found.surrogate.positions)
    if not found.trusted:
        return []
    seed = finished.config.experiment.seed
    chosen = next_points(found.surrogate, pool, found.level, NUM_NEAR, best_too=True, seed=seed)
    points = [{**finished.fixed, **values_at(found.axes, pool[place])} for place in chosen]
    return [point for point in points if not same_values(point, {**finished.fixed, **found.best})]


def _accuracies(evaluator: Evaluator, values: Mapping[str, Any], num: int, redrawn: bool) -> list[float | None]:
    """By curve the mean accuracy over the seeds, None where one failed; the keys are those of the curve either way."""
    asked = [{**values, NUMBER: number} for number in range(1, num + 1)]
    names = [candidate_id(each) for each in asked]
    made = evaluator([Candidate(name, each if redrawn else values, 0) for name, each in zip(names, asked, strict=True)])
    found: dict[str, list[float | None]] = {name: [] for name in names}
    for one in made:
        found[one.candidate].append(one.validation_accuracy)
    return [None if None in group else math.fsum(filter(None, group)) / len(group) for group in found.values()]


def _kept(entries: Sequence[Mapping[str, Any]], values: Mapping[str, Any], num: int) -> dict[str, Any] | None:
    """The trainings of an earlier record at these values, if they are through so many curves."""
    for entry in entries:
        if len(entry["redrawn"]) >= num and same_values(entry["values"], values):
            return {**entry, **{name: entry[name][:num] for name in ("redrawn", "measured") if name in entry}}
    return None


def _band(config: ExperimentConfig, best: Mapping[str, Any], num: int) -> dict[str, Any]:
    """The measured curve over its drives, and the middle 95 % of the redrawn ones."""
    measured, *redrawn = (
        _curve(config, best if number == 0 else {**best, NUMBER: number}) for number in range(num + 1)
    )
    drives = np.linspace(float(measured.low), float(measured.high), NUM_DRIVES)
    asked = jnp.asarray(drives, jnp.float32)
    outputs = np.array([np.asarray(curve.respond(asked), float) for curve in [measured, *redrawn]])
    low, high = np.quantile(outputs[1:], MIDDLE, axis=0)
    return {
        "drive": drives.tolist(), "measured": outputs[0].tolist(), "low": low.tolist(), "high": high.tolist(),
        "drive_unit": measured.drive_unit, "output_unit": measured.output_unit,
    }  # fmt: skip


def _concluded(
    finished: FinishedRun, found: WorkingRange, entries: Mapping[str, Mapping[str, Any] | None]
) -> dict[str, Any]:
    """`best`: its accuracies in numbers; `range`: how far it moves; None where that is not known (yet)."""
    best = entries[BEST]
    if best is None:
        return {"best": None, "range": None}
    pairs = [
        (one, other) for one, other in zip(best["redrawn"], best["measured"], strict=True) if None not in (one, other)
    ]
    return {
        "best": _best_in_numbers(pairs, len(best["redrawn"]) - len(pairs), found.surrogate.resolution),
        "range": _range_in_numbers(finished, found, [entry for entry in entries.values() if entry is not None]),
    }


def _best_in_numbers(pairs: Sequence[tuple[float, float]], failed: int, resolution: float) -> dict[str, Any] | None:
    if len(pairs) < 2:
        return None
    redrawn, measured = map(list, zip(*pairs, strict=True))
    gain = paired_gain(redrawn, measured, resolution=resolution)
    numbers: dict[str, Any] = {"failed": failed, "added": added_scatter(redrawn, measured)._asdict()}
    for name, accuracies in (("redrawn", redrawn), ("measured", measured)):
        mean, std = mean_and_std(accuracies)
        low, high = np.quantile(accuracies, MIDDLE).tolist()
        numbers[name] = {"mean": mean, "std": std, "low": low, "high": high}
    return {**numbers, "difference": None if gain is None else gain._asdict()}


def _range_in_numbers(
    finished: FinishedRun, found: WorkingRange, entries: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    if len(entries) < 2:
        return None
    failing = min(found.surrogate.accuracy)  # as bad as the worst point; the surrogate takes failed ones for guesses
    trained = [[failing if one is None else one for one in entry["redrawn"]] for entry in entries]
    places = np.array([positions_of(found.axes, entry["values"]) for entry in entries])
    return asdict(range_bands(found, places, np.array(trained).T, seed=finished.config.experiment.seed))
