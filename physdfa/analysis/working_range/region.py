"""The effective working range as one object, which judges whether a device lies inside."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from pydantic import TypeAdapter, ValidationError
from scipy.special import ndtr
from threadpoolctl import threadpool_limits

from physdfa.analysis.working_range.agreeing import Landscapes, Pool, agreeing_landscapes
from physdfa.analysis.working_range.axes import Axis, distances, inside_box, positions_of, spread_over_box, values_at
from physdfa.analysis.working_range.calibration import Calibration, compared
from physdfa.analysis.working_range.intervals import AxisRange, axis_range, places_on
from physdfa.analysis.working_range.level import LevelRule
from physdfa.analysis.working_range.odds import DEFAULT_CONFIDENCE, State, checked_confidence, states_of
from physdfa.analysis.working_range.points import Design, EvaluatedPoints
from physdfa.analysis.working_range.share import PredictedShare, Share, counted_share, predicted_share
from physdfa.analysis.working_range.surface_odds import SurfaceOdds
from physdfa.analysis.working_range.surrogate import Prediction, Surrogate, scores
from physdfa.errors import InputError

NEAREST = 16
"""Points of the other kind towards which the edge is looked for."""
NUM_LANDMARKS = 2048
BISECTIONS = 30
NUM_MAP_PLACES = 61
NUM_LEVELS = 9
"""Levels over which odds are averaged, where the level is uncertain."""
MOST_UNSURE, LEAST_UNSURE = 8.0, 0.02
"""Width of the best accuracy's 95 % interval, in tolerances and as an accuracy, beyond which nothing is within it."""


class Verdict(NamedTuple):
    """The answer to whether a device works, as far as the range knows.

    - `state`: "inside" or "outside", where the device is there with the range's confidence; "too_close", to the level
      to tell; "unknown": outside of the declared box, or where the surrogate does not know.
    - `accuracy`: as predicted; `error`: of that prediction for one training like the range's own (its seeds averaged),
      root mean square. Fractions; None outside of the box.
    - `probability`: that such a training reaches the level; None for an unknown device.
    - `distance`: to the edge, where the predicted accuracy is the level, over the unit box (1: the whole of one
      parameter's range); an upper bound. None without an edge, and for an unknown device.
    - `reason`: why neither inside nor outside is claimed.
    """

    state: State
    accuracy: float | None = None
    error: float | None = None
    probability: float | None = None
    distance: float | None = None
    reason: str = ""


class RangeMap(NamedTuple):
    """Accuracy over two parameters, the others at the best: [up across].

    - `across`, `up`: the axes; `across_values`, `up_values`: along them.
    - `accuracy`: fraction; `std`: of the mean; `probability`: that a training reaches the level; `state`: the verdict.
    """

    across: Axis
    up: Axis
    across_values: np.ndarray
    up_values: np.ndarray
    accuracy: np.ndarray
    std: np.ndarray
    probability: np.ndarray
    state: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Whether the verdict claims anything."""
        return self.state != "unknown"


@dataclass(frozen=True, kw_only=True)
class WorkingRange:
    """The part of the declared box in which training works: accuracy >= `level`.

    - `confidence`: probability of being right from which on a device is called inside or outside.
    - `rule`, `level`: what counts as working; `baseline`: the accuracy that the level refers to, where it does.
    - `best`: of the evaluated points, the one of largest predicted accuracy.
    - `best_accuracy`: the best of the box, `best_low` ... `best_high` with 95 %: over landscapes that agree with the
      points. The largest measured one, `best_measured`, is the largest of many noisy numbers, and so too high.
    - `levels`: equally likely ones, where the level refers to the best; `level` is their middle.
    - `num_alone`: points measured at the level, far above all landscapes that agree with the others.
    - `odds`: of reaching a level, at any place; None in a record of an earlier version, whose odds are normal ones.
    - `scatter`: standard deviation of one measured accuracy (its seeds averaged) of a device at the level.
    - `trusted`: whether the surrogate tells inside from outside well enough; where not, it answers "unknown".
    - `ranges`: one per parameter; empty where the surrogate is not trusted.
    - `counted`: share of the evaluated points; None where they are not spread over the box.
    - `predicted`: share of the box by landscapes that agree with the points; None where the best accuracy, to which the
      level refers, is not known well enough (`is_best_resolved`), where points reach the level that stand alone, and
      for points that are not spread over the box if the surrogate is not trusted.
    - `calibration`: how often verdicts were right on points that the surrogate had not seen; None where it is not
      trusted.
    - `num_points`, `num_failed`, `num_working`: candidates evaluated; of these, failed, and measured to work.
    """

    axes: tuple[Axis, ...]
    rule: LevelRule
    level: float
    confidence: float
    baseline: float | None
    design: Design
    seeds: int
    num_points: int
    num_failed: int
    num_working: int
    best: dict[str, Any]
    best_accuracy: float
    best_measured: float
    trusted: bool
    ranges: tuple[AxisRange, ...]
    counted: Share | None
    predicted: PredictedShare | None
    calibration: Calibration | None
    surrogate: Surrogate
    best_low: float | None = None
    best_high: float | None = None
    levels: tuple[float, ...] = ()
    scatter: float | None = None
    num_alone: int = 0
    odds: SurfaceOdds | None = None

    @property
    def times_too_few(self) -> float:
        """The square of one measurement's scatter over the tolerance; above 1, a point is not told from the best.

        So many times the seeds or the validation images would make them equal. 0 for a stated level.
        """
        tolerance = 0.0 if self.rule.kind == "absolute" else self.rule.value / 100
        return 0.0 if not tolerance or self.scatter is None else (self.scatter / tolerance) ** 2

    @property
    def is_best_resolved(self) -> bool:
        """Whether the level is known well enough to say what reaches it; one that is stated always is."""
        if self.rule.kind != "best" or self.best_low is None or self.best_high is None:
            return True
        return self.best_high - self.best_low <= max(MOST_UNSURE * self.rule.value / 100, LEAST_UNSURE)

    @threadpool_limits.wrap(limits=1)  # as in `fit_surrogate`
    def contains(self, values: Mapping[str, Any]) -> Verdict:
        """Whether the device with these values works.

        **Arguments:**

        - `values`: by key, at least those of the range's parameters.

        **Raises:** `InputError` for a parameter without a value.
        """
        position = positions_of(self.axes, values)
        outside = [axis.key for axis, place in zip(self.axes, position, strict=True) if not _within(axis, place)]
        if outside:
            where = ", ".join(outside)
            return Verdict("unknown", reason=f"outside of the declared range of {where}")
        said = self.surrogate.predict(position[None])
        accuracy = float(said.accuracy[0])
        error = float(said.score_std[0]) * self.surrogate.miss_scale(self.level) * accuracy * (1 - accuracy)
        (probability,), (state,) = (part.tolist() for part in self.judged(said))
        if state == "unknown":
            untrusted, alone = "the surrogate does not tell inside from outside", "too few evaluated points near it"
            return Verdict("unknown", accuracy, error, reason=alone if self.trusted else untrusted)
        distance = self._distance(position, accuracy >= self.level)
        return Verdict(state, accuracy, error, probability, distance)

    def judged(self, said: Prediction) -> tuple[np.ndarray, np.ndarray]:
        """The probability of reaching the level, and the verdict, of points with this prediction."""
        probability = self.probability(said)
        return probability, states_of(probability, said.known & self.trusted, self.confidence)

    def probability(self, said: Prediction) -> np.ndarray:
        """Probability that a training reaches the level, at places with this prediction."""
        levels = self.levels or (self.level,)
        if self.odds is not None:
            return self.odds.probability(said.positions, levels)
        wanted = scores(np.array(levels), self.surrogate.resolution)
        return np.mean([ndtr((said.score - each) / said.score_std) for each in wanted], axis=0)

    def predicted_yield(self, positions: np.ndarray) -> tuple[float | None, float]:
        """Expected share at the level of the known devices at [points axes], and the share unknown.

        The mean of their probabilities; None without a known one.
        """
        probability, states = self.judged(self.surrogate.predict(positions))
        known = states != "unknown"
        return float(probability[known].mean()) if known.any() else None, float(np.mean(~known))

    def map_of(self, across: str, up: str) -> RangeMap:
        """The map over two numbers, the others at the best."""
        keys = [axis.key for axis in self.axes]
        i, j = keys.index(across), keys.index(up)
        x, y = (places_on(self.axes[index], NUM_MAP_PLACES) for index in (i, j))
        positions = np.tile(positions_of(self.axes, self.best), (len(x) * len(y), 1))
        positions[:, i], positions[:, j] = np.tile(x, len(y)), np.repeat(y, len(x))
        said = self.surrogate.predict(positions)
        shape = (len(y), len(x))
        probability, states = self.judged(said)
        return RangeMap(
            self.axes[i],
            self.axes[j],
            np.array([self.axes[i].value(place) for place in x], dtype=float),
            np.array([self.axes[j].value(place) for place in y], dtype=float),
            said.accuracy.reshape(shape),
            said.std.reshape(shape),
            probability.reshape(shape),
            states.reshape(shape),
        )

    @cached_property
    def _landmarks(self) -> tuple[np.ndarray, np.ndarray]:
        """Known positions over the box and at evaluated points, and whether each works.

        Work by prediction: the edge lies where the predicted accuracy is the level, how ever sure that is.
        """
        spread = spread_over_box(self.axes, NUM_LANDMARKS, seed=0)
        positions = np.concatenate([spread, np.array(self.surrogate.positions)])
        said = self.surrogate.predict(positions)
        return positions[said.known], (said.accuracy >= self.level)[said.known]

    def _distance(self, position: np.ndarray, works: bool) -> float | None:
        """The least distance at which the level is crossed on the way to the nearest points of the other kind."""
        positions, kinds = self._landmarks
        others = positions[kinds != works]
        if not len(others):
            return None
        apart = distances(self.axes, position[None], others)[0]
        nearest = np.argsort(apart)[:NEAREST]
        return float(np.min(self._crossings(position, others[nearest], works) * apart[nearest]))

    def _crossings(self, start: np.ndarray, ends: np.ndarray, works: bool) -> np.ndarray:
        """The fraction of each way, 0 ... 1, after which the level is crossed; infinite without a crossing."""
        near, far = np.zeros(len(ends)), np.ones(len(ends))
        for _ in range(BISECTIONS):
            middle = (near + far) / 2
            accuracy = self.surrogate.predict(start + middle[:, None] * (ends - start)).accuracy
            stays = (accuracy >= self.level) == works
            near, far = np.where(stays, middle, near), np.where(stays, far, middle)
        choices = [index for index, axis in enumerate(self.axes) if axis.is_choice]
        return np.where(np.any(ends[:, choices] != start[choices], axis=1), 1.0, far)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which JSON holds exactly."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "WorkingRange":
        """The range in a record that `to_dict` made.

        **Raises:** `InputError` if it is no such record.
        """
        try:
            return TypeAdapter(cls).validate_python(dict(record))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise InputError(f"this is no saved working range: {where}: {first['msg']}.") from None


@threadpool_limits.wrap(limits=1)  # as in `fit_surrogate`
def working_range(
    points: EvaluatedPoints,
    surrogate: Surrogate,
    rule: LevelRule,
    *,
    confidence: float = DEFAULT_CONFIDENCE,
    baseline: float | None = None,
    landscapes: Landscapes | None = None,
    seed: int = 0,
) -> WorkingRange:
    """The working range of evaluated points.

    **Arguments:**

    - `surrogate`: fitted to the same points.
    - `confidence`: probability of being right from which on a device is called inside or outside, 0.5 ... 1.
    - `baseline`: accuracy of the training that the level refers to; only for such a level.
    - `landscapes`: that agree with these points; None: sampled here, with `seed`.

    **Raises:** `InputError` for a level that no evaluated point reaches, or a confidence that is none.
    """
    checked_confidence(confidence)
    best = best_position(points, surrogate)
    if landscapes is None:
        landscapes = agreeing_landscapes(points, surrogate.resolution, seed=seed)
    best_low, best_accuracy, best_high = landscapes.best().interval()
    best_measured = float(np.nanmax(points.accuracy))
    level = rule.accuracy(best=best_accuracy, baseline=baseline)
    spread = landscapes.levels(rule, baseline)
    levels = _levels(rule, spread)
    works = points.works(level)
    if not works.any():
        raise InputError(
            f"no evaluated point reaches the level of {rule.words(level)}; the best has {100 * best_measured:.2f} %. "
            "Lower the level."
        )
    trusted = surrogate.cross_validation.trusted(level)
    found = WorkingRange(
        axes=tuple(points.axes),
        rule=rule,
        level=level,
        confidence=confidence,
        baseline=baseline,
        design=points.design,
        seeds=points.seeds,
        num_points=len(points.accuracy),
        num_failed=int(points.failed.sum()),
        num_working=int(works.sum()),
        best=values_at(points.axes, best),
        best_accuracy=best_accuracy,
        best_measured=best_measured,
        trusted=trusted,
        ranges=(),
        counted=counted_share(points, level),
        predicted=None,
        calibration=None,
        surrogate=surrogate,
        best_low=best_low,
        best_high=best_high,
        levels=levels,
        scatter=landscapes.scatter(level),
        num_alone=landscapes.num_alone(level),
        odds=landscapes.odds,
    )
    if trusted:
        ranges = [
            axis_range(surrogate, best, index, level, confidence, odds=found.probability, seed=seed)
            for index in range(len(points.axes))
        ]
        unseen = landscapes.unseen_probability(levels)
        known = surrogate.predict(points.positions[landscapes.chosen]).known
        calibration = compared(unseen, works[landscapes.chosen], known, confidence)
        found = replace(found, ranges=tuple(ranges), calibration=calibration)
    if not found.is_best_resolved or found.num_alone or not (trusted or points.design != "uneven"):
        return found
    odds = found.probability if trusted else None
    return replace(found, predicted=predicted_share(landscapes, spread, surrogate, odds, confidence, seed=seed))


def _levels(rule: LevelRule, spread: Pool) -> tuple[float, ...]:
    """Equally likely levels; one where it is stated."""
    if rule.kind != "best":
        return (float(spread.draws[0]),)
    return tuple(spread.quantiles((np.arange(NUM_LEVELS) + 0.5) / NUM_LEVELS).tolist())


def best_position(points: EvaluatedPoints, surrogate: Surrogate) -> np.ndarray:
    """The position [axes] of the trained point with the largest predicted accuracy."""
    trained = points.positions[~points.failed]
    return trained[int(np.argmax(surrogate.predict(trained).accuracy))]


def _within(axis: Axis, place: float) -> bool:
    if np.isnan(place) or (axis.integer and not axis.is_choice and not _is_whole(axis, place)):
        return False
    return bool(inside_box([axis], np.array([[place]]))[0])


def _is_whole(axis: Axis, place: float) -> bool:
    value = axis.value(place)
    return abs(axis.position(value) - place) < 1e-9 or not 0 <= place <= 1
