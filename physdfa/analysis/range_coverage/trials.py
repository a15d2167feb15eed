"""Measured landscapes, their working ranges, and how often those were right."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from physdfa.analysis.range_coverage.landscapes import (
    CHANCE,
    Accuracy,
    Landscape,
    axes_of,
    drawn_points,
    measured,
    true_best,
    true_share,
)
from physdfa.analysis.working_range import (
    LevelRule,
    WorkingRange,
    agreeing_landscapes,
    fit_surrogate,
    spread_over_box,
    wilson,
    working_range,
)
from physdfa.errors import InputError

TOLERANCE = 1.0
"""Points below the best."""
NUM_ASKED = 64
"""Places of each landscape at which the odds are asked for."""
BANDS = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0)
"""Ends of the bands of stated probability."""
Question = Literal["level", "best"]
QUESTIONS: tuple[Question, ...] = ("level", "best")
"""Asked of each landscape: the share at a stated level, and that within a point of the best."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The answer to one question beside the truth.

    - `true`, `share`, `low`, `high`: of the box that works; None where the answer was refused.
    - `holds_best`: whether the interval of the best accuracy holds the true one.
    - `probability`, `inside`, `reached`: odds said at places of the box, whether each truly is at the level, and
      whether a fresh training there was.
    """

    true: float
    share: float | None = None
    low: float | None = None
    high: float | None = None
    holds_best: bool = False
    probability: tuple[float, ...] = ()
    inside: tuple[bool, ...] = ()
    reached: tuple[bool, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether no share was said."""
        return self.low is None

    @property
    def held(self) -> bool:
        """Whether the interval of the share holds the true one."""
        return self.low is not None and self.high is not None and self.low <= self.true <= self.high


@dataclass(frozen=True, kw_only=True)
class Band:
    """Places whose stated probability lies between `low` and `high`.

    - `num`: of them; `stated`: sum of the probabilities; `inside`: truly at the level; `reached`: by a fresh training.
    """

    low: float
    high: float
    num: int
    stated: float
    inside: int
    reached: int


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How often the answers to one question were right.

    - `num`: asked; `held`: intervals that hold the true share; `refused`: without an answer.
    - `held_low`, `held_high`: Wilson's 95 % interval of the share that was held, of those answered.
    - `holds_best`: intervals that hold the best accuracy, of those answered.
    - `width`, `true`: medians of the interval's width (None without an answer) and of the true share.
    """

    num: int
    held: int
    refused: int
    held_low: float
    held_high: float
    holds_best: int
    width: float | None
    true: float
    bands: tuple[Band, ...]


def run_trial(landscape: Landscape, num_images: int, number: int) -> dict[Question, Outcome]:
    """Draw, measure and judge one landscape of a family; `number` is that of the repetition."""
    random = np.random.default_rng([number, num_images])
    accuracy = landscape.make(random, landscape.num_axes)
    points = drawn_points(landscape, accuracy, num_images, random)
    surrogate = fit_surrogate(points, chance=CHANCE, resolution=1 / num_images, seed=number)
    agreeing = agreeing_landscapes(points, surrogate.resolution, seed=number)
    best = true_best(accuracy, landscape.num_axes)
    outcomes: dict[Question, Outcome] = {}
    for question in QUESTIONS:
        level = landscape.level if question == "level" else best - TOLERANCE / 100
        rule = LevelRule(kind="absolute", value=level) if question == "level" else LevelRule(value=TOLERANCE)
        true = true_share(accuracy, landscape.num_axes, level)
        try:
            found = working_range(points, surrogate, rule, landscapes=agreeing, seed=number)
        except InputError:  # no point reaches the level
            outcomes[question] = Outcome(true=true)
            continue
        outcomes[question] = _outcome(found, landscape, accuracy, best, level, true, num_images, number)
    return outcomes


def _outcome(
    found: WorkingRange,
    landscape: Landscape,
    accuracy: Accuracy,
    best: float,
    level: float,
    true: float,
    num_images: int,
    number: int,
) -> Outcome:
    """The answer beside the truth; odds at fresh places of which the range claims to know something."""
    if found.predicted is None:
        return Outcome(true=true)
    places = spread_over_box(axes_of(landscape.num_axes), NUM_ASKED, seed=number + 1)
    probability, states = found.judged(found.surrogate.predict(places))
    mean, known = accuracy(places), states != "unknown"
    fresh = measured(landscape, mean, num_images, np.random.default_rng([number, num_images, 1]))
    assert found.best_low is not None, "found here"
    assert found.best_high is not None, "found here"
    return Outcome(
        true=true,
        share=found.predicted.share,
        low=found.predicted.low,
        high=found.predicted.high,
        holds_best=found.best_low <= best <= found.best_high,
        probability=tuple(probability[known].tolist()),
        inside=tuple((np.nan_to_num(mean) >= level)[known].tolist()),
        reached=tuple((np.nan_to_num(fresh) >= level)[known].tolist()),
    )


def coverage_of(outcomes: Sequence[Outcome]) -> Coverage:
    """Count the answers to one question."""
    answered = [outcome for outcome in outcomes if not outcome.refused]
    held = sum(outcome.held for outcome in answered)
    held_low, held_high = wilson(held, len(answered)) if answered else (0.0, 1.0)
    widths = [
        outcome.high - outcome.low for outcome in answered if outcome.low is not None and outcome.high is not None
    ]
    probability = np.array([p for outcome in answered for p in outcome.probability])
    inside = np.array([each for outcome in answered for each in outcome.inside], dtype=bool)
    reached = np.array([each for outcome in answered for each in outcome.reached], dtype=bool)
    bands = []
    for low, high in itertools.pairwise(BANDS):
        own = (probability >= low) & ((probability < high) | (high == BANDS[-1]))
        counts = {"num": int(own.sum()), "inside": int(inside[own].sum()), "reached": int(reached[own].sum())}
        bands.append(Band(low=low, high=high, stated=float(probability[own].sum()), **counts))
    return Coverage(
        num=len(outcomes),
        held=held,
        refused=len(outcomes) - len(answered),
        held_low=held_low,
        held_high=held_high,
        holds_best=sum(outcome.holds_best for outcome in answered),
        width=float(np.median(widths)) if widths else None,
        true=float(np.median([outcome.true for outcome in outcomes])),
        bands=tuple(bands),
    )
