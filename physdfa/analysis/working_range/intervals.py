"""The working range along one parameter: with the others at the best, and over the rest of the box."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from physdfa.analysis.working_range.axes import Axis, snapped, spread_over_box
from physdfa.analysis.working_range.odds import states_of
from physdfa.analysis.working_range.surrogate import Prediction, Surrogate

NUM_PLACES = 401
"""Places at which the surrogate is asked along an axis; an end is then found between two of them."""
NUM_MARGINAL_PLACES = 33
NUM_OTHERS = 256
"""Positions of the other parameters over which a marginal share is averaged."""

End = Literal["level", "box", "unknown"]
"""Why an interval ends: the accuracy falls below the level, the declared range ends, or the surrogate does not know."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """Values of one parameter from `low` to `high` in its unit, and the reason for each end."""

    low: float
    high: float
    low_end: End
    high_end: End


@dataclass(frozen=True, kw_only=True)
class Margin:
    """The distance of the best value from an end of its interval, in its unit and as a share.

    - `relative`: None for a value of 0. `end`: what lies there.
    """

    absolute: float
    relative: float | None
    end: End


@dataclass(frozen=True, kw_only=True)
class AxisRange:
    """The working range of one parameter.

    - `best`: its value at the best point.
    - `conditional`: the intervals with the others at the best, ascending; several where the range falls apart. Empty
      for choices, of which `working_choices` lists those that work.
    - `confident`, `confident_choices`: those where the verdict is "inside", no nearer to the level than the confidence
      asks for.
    - `below`, `above`: margins of the best value in the interval that holds it; None where none does.
    - `unknown`: share of the axis, the others at the best, of which nothing is claimed.
    - `marginal_values`, `marginal_share`: the share of all values of the others that works with each of these.
    """

    key: str
    best: Any
    conditional: tuple[Interval, ...]
    working_choices: tuple[Any, ...]
    confident: tuple[Interval, ...]
    confident_choices: tuple[Any, ...]
    below: Margin | None
    above: Margin | None
    unknown: float
    marginal_values: tuple[Any, ...]
    marginal_share: tuple[float, ...]


def axis_range(
    surrogate: Surrogate,
    best: np.ndarray,
    index: int,
    level: float,
    confidence: float,
    *,
    odds: Callable[[Prediction], np.ndarray],
    seed: int = 0,
) -> AxisRange:
    """The working range of the axis at `index`, with the others at the position `best` [axes].

    **Arguments:**

    - `odds`: the probability that a training reaches the level, at predicted places.
    """
    axis = surrogate.axes[index]
    places = places_on(axis, NUM_PLACES)
    said = surrogate.predict(moved(best, index, places))
    probability = odds(said)
    works = (said.accuracy >= level) & said.known
    is_inside = states_of(probability, said.known, confidence) == "inside"
    marginal_places = places_on(axis, NUM_MARGINAL_PLACES)
    common: dict[str, Any] = {
        "key": axis.key,
        "best": axis.value(float(best[index])),
        "unknown": float(np.mean(~said.known)),
        "marginal_values": tuple(axis.value(float(place)) for place in marginal_places),
        "marginal_share": marginal_share(surrogate, index, marginal_places, level, seed=seed),
    }
    if axis.is_choice:
        working, surely = (tuple(axis.value(place) for place in places[which]) for which in (works, is_inside))
        return AxisRange(
            conditional=(), working_choices=working, confident=(), confident_choices=surely, below=None, above=None,
            **common,
        )  # fmt: skip
    intervals = _intervals(axis, places, said.accuracy - level, works, said.known)
    confident = _intervals(axis, places, probability - confidence, is_inside, said.known)
    value = float(common["best"])
    own = next((interval for interval in intervals if interval.low <= value <= interval.high), None)
    below = above = None
    if own is not None:
        below, above = _margin(value, own.low, own.low_end), _margin(value, own.high, own.high_end)
    return AxisRange(
        conditional=intervals, working_choices=(), confident=confident, confident_choices=(), below=below, above=above,
        **common,
    )  # fmt: skip


def conditional_intervals(surrogate: Surrogate, best: np.ndarray, index: int, level: float) -> tuple[Interval, ...]:
    """The intervals of the axis at `index` that work, a number, with the others at the position `best` [axes]."""
    places = places_on(surrogate.axes[index], NUM_PLACES)
    said = surrogate.predict(moved(best, index, places))
    works = (said.accuracy >= level) & said.known
    return _intervals(surrogate.axes[index], places, said.accuracy - level, works, said.known)


def places_on(axis: Axis, num: int) -> np.ndarray:
    """Positions along an axis: every choice, every whole number or `num` of them, else `num` from end to end."""
    if axis.is_choice:
        return np.arange(len(axis.choices), dtype=float)
    if axis.integer:
        whole = np.unique(np.rint(np.linspace(axis.low, axis.high, min(num, int(axis.high - axis.low) + 1))))
        return np.array([axis.position(int(value)) for value in whole])
    return np.linspace(0.0, 1.0, num)


def moved(best: np.ndarray, index: int, places: np.ndarray) -> np.ndarray:
    """The position `best` [axes], with the axis at `index` at each of the places: [places axes]."""
    line = np.tile(best, (len(places), 1))
    line[:, index] = places
    return line


def marginal_share(
    surrogate: Surrogate, index: int, places: np.ndarray, level: float, *, seed: int = 0
) -> tuple[float, ...]:
    """The share of the box of the others that works, with the axis at each place."""
    if len(surrogate.axes) == 1:
        said = surrogate.predict(places[:, None])
        return tuple(((said.accuracy >= level) & said.known).astype(float).tolist())
    others = np.repeat(spread_over_box(surrogate.axes, NUM_OTHERS, seed=seed), len(places), axis=0)
    others[:, index] = np.tile(places, NUM_OTHERS)
    said = surrogate.predict(snapped(surrogate.axes, others))
    works = ((said.accuracy >= level) & said.known).reshape(NUM_OTHERS, len(places))
    return tuple(works.mean(axis=0).tolist())


def _intervals(
    axis: Axis, places: np.ndarray, margin: np.ndarray, works: np.ndarray, known: np.ndarray
) -> tuple[Interval, ...]:
    """The stretches that work, each with the reason for its ends. `margin` is above 0 where a place works."""
    bounds = np.flatnonzero(np.diff(np.concatenate([[False], works, [False]]).astype(int)))
    runs = []
    for first, after in zip(bounds[::2], bounds[1::2], strict=True):
        last = after - 1
        low, low_end = _end(axis, places, margin, known, int(first), -1)
        high, high_end = _end(axis, places, margin, known, int(last), +1)
        runs.append(Interval(low=low, high=high, low_end=low_end, high_end=high_end))
    return tuple(runs)


def _end(
    axis: Axis, places: np.ndarray, margin: np.ndarray, known: np.ndarray, inside: int, step: int
) -> tuple[float, End]:
    """The end of a stretch whose outermost place is `inside`; a crossing of the level is interpolated."""
    outside = inside + step
    if not 0 <= outside < len(places):
        return float(axis.value(places[inside])), "box"
    if not known[outside]:
        return float(axis.value(places[inside])), "unknown"
    if axis.integer:
        return float(axis.value(places[inside])), "level"
    way = margin[inside] / (margin[inside] - margin[outside])
    return float(axis.value(places[inside] + way * (places[outside] - places[inside]))), "level"


def _margin(value: float, end: float, why: End) -> Margin:
    distance = abs(end - value)
    return Margin(absolute=distance, relative=None if value == 0 else distance / abs(value), end=why)
