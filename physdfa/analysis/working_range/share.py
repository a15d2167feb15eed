"""The share of the declared box that works, and how well it is known."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from physdfa.analysis.working_range.agreeing import Landscapes, Pool
from physdfa.analysis.working_range.axes import spread_over_box
from physdfa.analysis.working_range.odds import states_of
from physdfa.analysis.working_range.points import EvaluatedPoints, owned_parts
from physdfa.analysis.working_range.surrogate import Prediction, Surrogate

CONFIDENCE = 0.95
NUM_POINTS = 1024
"""Points of the box at which the surrogate is asked. Evenly spread, they meet a share to about 1 %."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share, the ends of its 95 % confidence interval, and what it was counted from."""

    share: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, kw_only=True)
class PredictedShare:
    """The share of the box over landscapes that agree with the points: its median and its middle 95 %.

    - `inside`, `outside`, `too_close`, `unknown`: shares of the box by verdict on each of `count` places, 1 together.
    """

    share: float
    low: float
    high: float
    count: int
    inside: float
    outside: float
    too_close: float
    unknown: float


def wilson(working: float | int, total: float | int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The confidence interval of a share from `working` of `total` independent trials; neither need be whole.

    (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4 n^2)) / (1 + z^2 / n)

    **Source:** Wilson, J. Am. Stat. Assoc. 22, 209 (1927).
    """
    if total <= 0 or not 0 <= working <= total:
        raise ValueError(f"a share needs 0 <= working <= total and total > 0; got {working} of {total}.")
    z, p = float(ndtri((1 + confidence) / 2)), working / total
    middle = p + z**2 / (2 * total)
    half = z * np.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    scale = 1 + z**2 / total
    return max(0.0, float((middle - half) / scale)), min(1.0, float((middle + half) / scale))


def counted_share(points: EvaluatedPoints, level: float) -> Share | None:
    """The share of the evaluated points that work; None where they are not spread over the box.

    The points of a grid at its borders own half a cell there, at its corners a quarter; the interval takes the points
    for random ones, and so is wider than a grid's own error.
    """
    if points.design == "uneven":
        return None
    weights = owned_parts(points)
    share = float(np.clip(weights @ points.works(level) / weights.sum(), 0.0, 1.0))
    effective = float(weights.sum() ** 2 / (weights @ weights))
    low, high = wilson(share * effective, effective)
    return Share(share=share, low=low, high=high, count=int(np.sum(weights > 0)))


def predicted_share(
    landscapes: Landscapes,
    levels: Pool,
    surrogate: Surrogate,
    odds: Callable[[Prediction], np.ndarray] | None,
    confidence: float,
    *,
    seed: int = 0,
) -> PredictedShare:
    """The share of the box at the level, over landscapes that agree with the points; and the box by verdict.

    **Arguments:**

    - `levels`: of `landscapes`, as uncertain as the best accuracy where they refer to it.
    - `odds`: that a training reaches the level; None where the surrogate is not trusted, and nothing is claimed of a
      place.
    """
    low, share, high = landscapes.share(levels).interval()
    states = np.full(NUM_POINTS, "unknown")
    if odds is not None:
        said = surrogate.predict(spread_over_box(surrogate.axes, NUM_POINTS, seed=seed))
        states = states_of(odds(said), said.known, confidence)
    parts = {state: float(np.mean(states == state)) for state in ("inside", "outside", "too_close", "unknown")}
    return PredictedShare(share=share, low=low, high=high, count=NUM_POINTS, **parts)
