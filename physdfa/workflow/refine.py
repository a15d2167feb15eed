"""More points, or more seeds, for a sweep: chosen where they tell most about its working range."""

import math
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from ga_search.genome import candidate_id
from physdfa.analysis.working_range import (
    Axis,
    LevelRule,
    best_position,
    fit_surrogate,
    spread_over_box,
    values_at,
    working_range,
)
from physdfa.analysis.working_range.advice import advise
from physdfa.analysis.working_range.next_points import next_points
from physdfa.config import ExperimentConfig
from physdfa.errors import InputError
from physdfa.store import RunFolder, open_run
from physdfa.workflow.candidates.additions import Additions, Batch
from physdfa.workflow.candidates.archive import read_records
from physdfa.workflow.candidates.references import num_reference_trainings
from physdfa.workflow.own_modules import read_run_config
from physdfa.workflow.progress import NO_PROGRESS, Progress
from physdfa.workflow.range.find import chance_of
from physdfa.workflow.range.finished import FinishedRun, axes_of, ranges_of, read_finished, refuse_part
from physdfa.workflow.sweep import SWEEP_BATCH, run_sweep

POOL = 1024
"""Places in the box among which a batch is chosen."""
EVEN_EVERY = 4
"""One point in so many is spread evenly over the box, so that shares can be counted."""
OWN_SEQUENCE = 7919
"""Added to the experiment's seed: the evenly spread points of additions are a sequence of their own."""
ANSWERED = 0.15
"""Width of the interval of the share of the box that works, from which on no more is asked.

Not more of the box may be too close to the level then than is surely inside.
"""
LEAST_FOR_FINDING = 64
"""Points before more seeds are asked for, or all devices are called alike."""
MOST_SEEDS, MOST_SCATTER = 4, 0.7
"""Seeds, and the scatter of one measurement in tolerances above which another one is added.

At 0.7 of them, a device with the best accuracy is above the level with 92 %.
"""
LEAST_BATCH = 8
"""Points that must fit the time that is left for another batch to begin."""


@dataclass(kw_only=True)
class Growth:
    """How a sweep grows: `points` and `seeds` to add, or as many as there is time for.

    **Arguments:**

    - `rule`: the level near which points tell most.
    - `points`: to add; None: until the range is answered, or the time is up.
    - `seeds`: to add to each point, those that are added included.
    - `until`: `time.monotonic()` [s] by which all is to be trained, what follows the points included, by the time that
      a training took so far; None: no limit.
    - `known`: trainings that are not timed, as they were made before `began` [s].
    """

    rule: LevelRule = field(default_factory=LevelRule)
    points: int | None = 0
    seeds: int = 0
    until: float | None = None
    known: int = 0
    progress: Progress = NO_PROGRESS
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self):
        if self.rule.kind not in ("absolute", "best"):  # of another training, not known here: near the best, then
            self.rule = LevelRule()

    def __call__(self, run: RunFolder, added: Additions) -> Additions | None:
        """What is to be added next to the run as it stands; None for no more."""
        if self.seeds:
            seeds, self.seeds = self.seeds, 0
            return added.with_seeds(seeds)
        config = read_run_config(run, "sweep")
        affordable = self.affordable(run, config)
        num = SWEEP_BATCH if self.points is None else min(SWEEP_BATCH, self.points)
        assert config.sweep is not None, "the run of a sweep has one"
        num = int(min(num, affordable / (config.sweep.seeds + added.seeds)))
        if self.points is None and num < LEAST_BATCH:
            self.progress.say(
                "the time is up; more points, where they tell most, take another budget: "
                f"physdfa study {shlex.quote(str(run.path))} --budget 10m"
            )
            return None
        if num <= 0:
            return None
        try:
            finished = read_finished(run.path, accept_incomplete=True)
        except InputError:  # too few points to conclude anything from: more of them, spread evenly
            axes, fixed = axes_of(config, "sweep")
            batch = Batch(even=even_points(config, axes, fixed, added, num))
        else:
            if self.points is None and (wanted := self._judged(finished, added, affordable)) is not added:
                return wanted
            batch = next_batch(finished, self.rule, added, num)
        if self.points is not None:
            self.points -= num
        self.progress.say(
            f"{len(batch.chosen)} points where they tell most and {len(batch.even)} spread evenly are added"
        )
        return added.with_batch(batch)

    def affordable(self, run: RunFolder, config: ExperimentConfig) -> float:
        """Trainings of points that there is time for."""
        if self.until is None:
            return math.inf
        now, num = time.monotonic(), len(read_records(run)) - self.known
        if num == 0:  # no training was timed yet
            return math.inf if now < self.until else 0.0
        return (self.until - now) * num / (now - self.began) - trainings_after(config)

    def _judged(self, finished: FinishedRun, added: Additions, affordable: float) -> Additions | None:
        """Whether more is needed: None where the range is answered, more seeds where they are, else `added` itself."""
        seed, points = finished.config.experiment.seed, finished.points
        chance = chance_of(finished)
        try:
            surrogate = fit_surrogate(points, chance=chance, resolution=finished.resolution, seed=seed)
            found = working_range(points, surrogate, self.rule, seed=seed)
        except InputError:  # too few points, or none that reaches the level: more of them may
            return added
        share = found.predicted
        is_known = found.trusted and share is not None and share.high - share.low <= ANSWERED
        if is_known and share is not None and share.inside >= share.too_close:
            self.progress.say("the range is answered: its share is known, and most of what may work is told apart")
            return None
        if len(points.accuracy) < LEAST_FOR_FINDING:
            return added
        if not found.trusted and advise(points, found, chance=chance, seed=seed).alike:
            self.progress.say("every device of this box works alike")
            return None
        if found.times_too_few > MOST_SCATTER**2 and points.seeds < MOST_SEEDS and len(points.accuracy) <= affordable:
            self.progress.say("one more seed of every point: one measurement scatters too much for this tolerance")
            return added.with_seeds(1)
        return added


def trainings_after(config: ExperimentConfig) -> float:
    """Trainings that follow the points of a sweep: the references, and the best point in full.

    In trainings of a point, which may be shorter.
    """
    assert config.sweep is not None, "read for a sweep"
    in_full = config.training.epochs / (config.sweep.epochs or config.training.epochs)
    return num_reference_trainings(config, "sweep") + in_full


def next_batch(finished: FinishedRun, rule: LevelRule, added: Additions, num: int) -> Batch:
    """The next `num` points of a sweep."""
    axes, seed = finished.points.axes, finished.config.experiment.seed
    num_even = math.ceil(num / EVEN_EVERY)
    known = set(finished.accuracy) | {candidate_id(values) for batch in added.batches for values in batch.points}
    even = even_points(finished.config, axes, finished.fixed, added, num_even)
    pool_seed = seed + OWN_SEQUENCE + 1 + len(added.batches)
    pool = spread_over_box(axes, POOL, seed=pool_seed)
    surrogate = fit_surrogate(finished.points, chance=chance_of(finished), resolution=finished.resolution, seed=seed)
    best = surrogate.predict(np.asarray([best_position(finished.points, surrogate)])).accuracy[0]
    level = rule.value if rule.kind == "absolute" else max(float(best) - rule.value / 100, finished.resolution)
    order = next_points(surrogate, pool, level, 2 * num, best_too=rule.kind == "best", seed=pool_seed)
    known |= {candidate_id(values) for values in even}
    chosen: dict[str, Mapping[str, Any]] = {}
    for values in (point_at(finished.config, axes, finished.fixed, pool[place]) for place in order):
        if candidate_id(values) not in known:
            chosen.setdefault(candidate_id(values), values)
    return Batch(even=even, chosen=list(chosen.values())[: num - num_even])


def even_points(
    config: ExperimentConfig, axes: Sequence[Axis], fixed: Mapping[str, Any], added: Additions, num: int
) -> list[dict[str, Any]]:
    """The next points of the sequence that fills the box evenly."""
    before = sum(len(batch.even) for batch in added.batches)
    places = spread_over_box(axes, before + num, seed=config.experiment.seed + OWN_SEQUENCE)[before:]
    return [point_at(config, axes, fixed, place) for place in places]


def point_at(
    config: ExperimentConfig, axes: Sequence[Axis], fixed: Mapping[str, Any], position: np.ndarray
) -> dict[str, Any]:
    """The values of a position, in the order of the file."""
    values = {**fixed, **values_at(axes, position)}
    return {key: values[key] for key in ranges_of(config, "sweep")}


def extend_sweep(
    path: Path,
    growth: Growth,
    *,
    data_dir: Path | None = None,
    progress: Progress = NO_PROGRESS,
) -> RunFolder:
    """Go on with a sweep in its folder: add points or seeds, and train its best point anew.

    **Raises:** `InputError` for a run of another kind, or one in which no point has been evaluated.
    """
    run = open_run(path)
    kind = cast(str, run.read_summary().get("kind"))
    if kind != "sweep":
        raise InputError(
            f"{run.path}: is a run of '{kind}'; points are added to a sweep. Of a search, physdfa range shows what is "
            "known; for more, sweep its box: [sweep.parameters] with the ranges of its genes."
        )
    config = read_run_config(run, "sweep", data_dir=data_dir)
    refuse_part(run, config)
    growth = replace(growth, known=len(read_records(run)), progress=progress)
    return run_sweep(
        config, out_dir=run.path.parent.parent, data_dir=data_dir, progress=progress, resumed=run, more=growth
    )
