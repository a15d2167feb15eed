"""The joint tolerance of a device: found on the surrogate, then verified by training devices of its box."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from physdfa.analysis.working_range import WorkingRange, positions_of, wilson
from physdfa.analysis.working_range.tolerance import Around, ToleranceBox
from physdfa.workflow.candidates.records import Evaluate
from physdfa.workflow.progress import Progress
from physdfa.workflow.range.finished import FinishedRun
from physdfa.workflow.range.kept import kept_works
from physdfa.workflow.range.options import RangeOptions
from physdfa.workflow.range.spreads import Movable, Scale
from physdfa.workflow.range.yields import trained

MOST_ROUNDS = 4
"""Boxes that are trained: the first, and smaller ones where training contradicts."""
ROOM = 0.25
"""Share of what is missing to certainty that a level that is proposed leaves for a box around the best."""
LEAST_SMALLER, LEAST_INSIDE = 0.9, 8
"""A next box is at most so much of the last, and so many of its devices lie within; half of it where there is none."""


@dataclass(frozen=True, kw_only=True)
class Trained(ToleranceBox):
    """A box, and the devices drawn uniformly in it that were trained.

    - `works`: of each, whether it reached the level; `share_working`, `low`, `high`: their share, with Wilson's 95 %
      interval.
    """

    works: tuple[bool, ...]
    share_working: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """The largest joint tolerance around the best point.

    - `wanted`: share of the devices in the box that reach the level; `is_verified`: whether training agrees.
    - `scales`: by key what a share of the parameter is a share of: amount in its unit, and in words.
    - `boxes`: trained in turn, each smaller than the one before, which training had contradicted.
    """

    wanted: float
    scales: dict[str, Scale]
    boxes: tuple[Trained, ...]
    is_verified: bool


def find_tolerance(
    finished: FinishedRun,
    evaluate: Evaluate,
    found: WorkingRange,
    moves: Movable,
    options: RangeOptions,
    progress: Progress,
    earlier: Mapping[str, Any],
) -> Iterator[Tolerance | str]:
    """The tolerance after each box that was trained; a sentence where there is none.

    A box is contradicted where Wilson's interval lies below the wanted share. The next one is the largest of which
    enough of the devices trained so far would have worked, and is trained with devices of its own.
    """
    wanted, num = options.tolerance, options.tolerance_samples
    assert wanted is not None, "asked for"
    point = {**finished.fixed, **found.best}
    scales = {key: scale for key, scale in moves.scales(point).items() if scale.amount > 0}
    amounts = {key: scale.amount for key, scale in scales.items()}
    around = Around(found.axes, found.best, amounts, lambda positions: expected_share(found, positions))
    if not found.trusted:
        yield (
            "There is no joint tolerance: it is read from the surrogate, which is not trusted here. More points or "
            "another level come first, as said above."
        )
        return
    progress.say("looking for the largest joint tolerance")
    box = around.largest_box(wanted) if amounts else None
    if box is None:
        yield (
            why_none(found, wanted) if amounts else "There is no joint tolerance: every device number is 0 at the best."
        )
        return
    tolerance = Tolerance(wanted=wanted, scales=scales, boxes=(), is_verified=False)
    while not tolerance.is_verified and len(tolerance.boxes) < MOST_ROUNDS:
        devices = drawn_in(box, point, num, seed=[finished.config.experiment.seed, len(tolerance.boxes)])
        works = kept_works(earlier, found.level, box.ends, num)
        if works is None:
            progress.begin("trainings x epochs of the joint tolerance", num * finished.seeds * finished.epochs)
            works = [state == "works" for state in trained(evaluate, devices, found.level)]
        low, high = wilson(sum(works), num)
        made = Trained(**vars(box), works=tuple(works), share_working=sum(works) / num, low=low, high=high)
        tolerance = replace(tolerance, boxes=(*tolerance.boxes, made), is_verified=high >= wanted)
        yield tolerance
        distances = [
            max(abs(device[key] - point[key]) / amount for key, amount in amounts.items()) for device in devices
        ]
        box = around.box(smaller_share(box.share, distances, works, wanted))


def expected_share(found: WorkingRange, positions: np.ndarray) -> float:
    """The share that is expected to reach the level. A place that is not known counts as one that does not."""
    share, unknown = found.predicted_yield(positions)
    return (share or 0.0) * (1 - unknown)


def drawn_in(box: ToleranceBox, point: Mapping[str, Any], num: int, *, seed: Sequence[int]) -> list[dict[str, Any]]:
    """The values of `num` devices, uniform and independent in the box."""
    lows, highs = np.array(list(box.ends.values())).T
    rows = np.random.default_rng(seed).uniform(lows, highs, (num, len(box.ends))).tolist()
    return [{**point, **dict(zip(box.ends, row, strict=True))} for row in rows]


def smaller_share(share: float, distances: Sequence[float], works: Sequence[bool], wanted: float) -> float:
    """The share of a box within the one of ± `share`, of which enough devices worked.

    **Arguments:**

    - `distances`: of each device from the best point, as the share of the smallest box that holds it.
    """
    ordered = sorted(zip(distances, works, strict=True))
    working = 0
    found = share / 2
    for inside, (distance, worked) in enumerate(ordered, start=1):
        working += worked
        if inside >= LEAST_INSIDE and distance <= LEAST_SMALLER * share and working >= wanted * inside:
            found = max(found, distance)
    return found


def why_none(found: WorkingRange, wanted: float) -> str:
    """Why not even the smallest box has the wanted share, and what has."""
    best = positions_of(found.axes, found.best)[None]
    at_best = expected_share(found, best)
    lower, upper, leaving_room = 0.0, found.level, wanted + ROOM * (1 - wanted)
    for _ in range(20 if found.odds is not None else 0):
        level = (lower + upper) / 2
        assert found.odds is not None, "asked for above"
        lower, upper = (level, upper) if found.odds.probability(best, [level])[0] >= leaving_room else (lower, level)
    ways = [f"--level {math.floor(1000 * lower) / 1000:g}"] if lower > 0 else []
    less = at_best - ROOM * (1 - at_best)
    ways += [f"--tolerance {math.floor(100 * less) / 100:g}"] if less >= 0.5 else []
    return (
        f"There is no joint tolerance at {100 * wanted:g} % yield: devices at the best point itself are expected to "
        f"reach the level in {100 * at_best:.0f} % of their trainings, whose noise counts. It could be had with "
        f"{' or '.join(ways) or 'a lower level'}, or with more seeds of each."
    )
