"""Yield: the share of devices of one make that still train, when fabrication and drift move their parameters."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import jax
import numpy as np

from ga_search.evolution import Candidate
from ga_search.genome import candidate_id
from physdfa.analysis.working_range import WorkingRange, positions_of, wilson
from physdfa.devices.spread import drawn_around
from physdfa.store.derived import RANGE
from physdfa.workflow.candidates.records import Evaluate, EvaluationRecord
from physdfa.workflow.progress import Progress
from physdfa.workflow.range.finished import FinishedRun
from physdfa.workflow.range.kept import kept_yield
from physdfa.workflow.range.options import RangeOptions
from physdfa.workflow.range.spreads import Movable, value_of

State = Literal["works", "fails", "failed"]
"""Of a trained device: at the level, below it, not trained to an end."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The devices of one yield.

    - `place`: in words, such as "best" or "device.v_bias at its lower end"; `values`: there.
    - `spread`: relative standard deviation from device to device of the parameters that were given none of their own;
      None: these stay. `drift`: of biases and offsets since then, a share of v_pi or of the drive span.
    - `deviations`: by key what comes of it, in the unit of the parameter; `parameters`: its keys.
    - `num`: devices trained.
    """

    place: str
    values: dict[str, Any]
    parameters: tuple[str, ...]
    spread: float | None
    drift: float
    num: int
    deviations: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Yield(Asked):
    """The devices made like the one at `values`, and how many of them train to the level.

    - `working`, `failed`: devices at the level, and not trained to an end.
    - `share`, `low`, `high`: working / num, with Wilson's 95 % interval.
    - `predicted`: the share by the surrogate, of the devices that it knows; `predicted_unknown`: that of the others.
    """

    working: int
    failed: int
    share: float
    low: float
    high: float
    predicted: float | None
    predicted_unknown: float


def sampled_devices(
    moves: Movable, point: Mapping[str, Any], deviations: Mapping[str, float], num: int
) -> list[dict[str, Any]]:
    """The values of `num` devices made like the one at `point`; see `drawn_around` for how they are drawn.

    Device number i draws the same numbers whatever the spread, so that yields at two spreads are of the same devices.

    **Arguments:**

    - `deviations`: by key the standard deviation of each parameter that moves, in its unit.
    """
    nominal = moves.device(point)
    stds = {moves.names[key]: std for key, std in deviations.items()}
    made = []
    for i in range(num):
        device = drawn_around(nominal, stds, jax.random.fold_in(jax.random.key(moves.config.experiment.seed), i))
        made.append({**point, **{key: value_of(device, moves.names[key]) for key in deviations}})
    return made


def asked_yield(
    moves: Movable, place: str, values: Mapping[str, Any], *, spread: float | None, drift: float = 0.0, num: int = 24
) -> Asked:
    """The yield of devices made like the one at `values`; see `Movable.deviations` for `spread` and `drift`."""
    deviations = moves.deviations(values, spread, drift)
    return Asked(
        place=place, values=dict(values), parameters=tuple(deviations), spread=spread, drift=drift, num=num,
        deviations=deviations,
    )  # fmt: skip


def fabrication_yield(
    evaluate: Evaluate, found: WorkingRange, moves: Movable, asked: Asked, *, counted: tuple[int, int] | None = None
) -> Yield:
    """Train the devices that are asked for, and count those at the level of the range.

    **Arguments:**

    - `evaluate`: an `Evaluator` of the run's config, so that all places share its compiled program.
    - `counted`: (at the level, failed) of the same devices, where they were trained before.
    """
    devices = sampled_devices(moves, asked.values, asked.deviations, asked.num)
    if counted is None:
        states = trained(evaluate, devices, found.level)
        counted = states.count("works"), states.count("failed")
    working, failed = counted
    low, high = wilson(working, asked.num)
    predicted, unknown = found.predicted_yield(np.array([positions_of(found.axes, values) for values in devices]))
    return Yield(
        **vars(asked),
        working=working,
        failed=failed,
        share=working / asked.num,
        low=low,
        high=high,
        predicted=predicted,
        predicted_unknown=unknown,
    )


def find_yields(
    finished: FinishedRun,
    evaluate: Evaluate,
    found: WorkingRange,
    moves: Movable,
    options: RangeOptions,
    progress: Progress,
    earlier: Mapping[str, Any],
) -> Iterator[tuple[list[Yield], int]]:
    """The yields known so far and how many are missing. First those of the earlier record, then one more each time."""
    places = notable_points(found) if options.at_ends else {"best": dict(found.best)}
    asked = [
        asked_yield(
            moves,
            place,
            {**finished.fixed, **point},
            spread=spread,
            drift=options.drift,
            num=options.yield_samples,
        )
        for place, point in places.items()
        for spread in options.spreads or (None,)
    ]
    counted = [kept_yield(earlier, found.level, vars(each)) for each in asked]
    if any(counted):
        progress.say(
            f"{len(counted) - counted.count(None)} of {len(counted)} yields are those of the {RANGE} that is there"
        )
    trainings = counted.count(None) * options.yield_samples * finished.seeds
    progress.begin("trainings x epochs of the yield", trainings * finished.epochs)
    known = {
        number: fabrication_yield(evaluate, found, moves, asked[number], counted=kept)
        for number, kept in enumerate(counted)
        if kept is not None
    }
    yield list(known.values()), len(asked) - len(known)
    for number in [number for number, kept in enumerate(counted) if kept is None]:
        known[number] = fabrication_yield(evaluate, found, moves, asked[number])
        yield [known[place] for place in sorted(known)], len(asked) - len(known)


def trained(evaluate: Evaluate, devices: Sequence[dict[str, Any]], level: float) -> list[State]:
    """Train the devices; what came of each."""
    records = evaluate([Candidate(candidate_id(values), values, 0) for values in devices])
    by_device = [[record for record in records if record.candidate == candidate_id(values)] for values in devices]
    return [_state(group, level) for group in by_device]


def _state(records: Sequence[EvaluationRecord], level: float) -> State:
    """What the seeds of one device say together."""
    accuracies = [record.validation_accuracy for record in records if record.validation_accuracy is not None]
    if len(accuracies) < len(records):
        return "failed"
    return "works" if math.fsum(accuracies) / len(accuracies) >= level else "fails"


def notable_points(found: WorkingRange) -> dict[str, dict[str, Any]]:
    """The best point, and the ends of its interval along each parameter. The others stay at the best."""
    points = {"best": dict(found.best)}
    for axis in found.ranges:
        own = next((i for i in axis.conditional if axis.below and i.low <= axis.best <= i.high), None)
        if own is None:
            continue
        for side, end, why in (("lower", own.low, own.low_end), ("upper", own.high, own.high_end)):
            if why == "level":
                value = round(end) if isinstance(axis.best, int) else end
                points[f"{axis.key} at its {side} end"] = {**found.best, axis.key: value}
    return points
