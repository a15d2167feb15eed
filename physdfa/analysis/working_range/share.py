"""The share of the declared box that works, and how well it is known."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from physdfa.analysis.working_range.axes import Axis, spread_over_box
from physdfa.analysis.working_range.odds import states_of
from physdfa.analysis.working_range.points import EvaluatedPoints
from physdfa.analysis.working_range.surrogate import Surrogate

CONFIDENCE = 0.95
NUM_POINTS = 1024
"""Points of the box at which the surrogate is asked. Evenly spread, they meet a share to about 1 %."""
NUM_DRAWS = 400


@dataclass(frozen=True, kw_only=True)
class Share:
    """A share, the ends of its 95 % confidence interval, and what it was counted from."""

    share: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, kw_only=True)
class PredictedShare:
    """A share of the box by the surrogate, with the middle 95 % over landscapes that agree with the points.

    - `inside`, `outside`, `too_close`, `unknown`: shares of the box by verdict, 1 together. Of `too_close`, the part
      predicted at the level counts as working in `share`; `unknown` counts as not working.
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
    weights = _cells(points.axes, points.positions) if points.design == "grid" else np.ones(len(points.accuracy))
    share = float(np.clip(weights @ points.works(level) / weights.sum(), 0.0, 1.0))
    effective = float(weights.sum() ** 2 / (weights @ weights))
    low, high = wilson(share * effective, effective)
    return Share(share=share, low=low, high=high, count=len(weights))


def surrogate_share(surrogate: Surrogate, level: float, confidence: float, *, seed: int = 0) -> PredictedShare:
    """The share of the box where the surrogate's accuracy is at least the level, and knows it.

    The interval holds the middle 95 % of that share over landscapes drawn from the surrogate (each of which agrees with
    the data, and with the noise found in them). What the surrogate knows nothing of is in it: there the draws differ.
    It takes the form of the surrogate for right; its cross-validated error says how far that may be trusted.
    """
    positions = spread_over_box(surrogate.axes, NUM_POINTS, seed=seed)
    said = surrogate.predict(positions)
    share = float(np.mean((said.accuracy >= level) & said.known))
    drawn = np.mean(surrogate.draws(positions, NUM_DRAWS, seed=seed) >= level, axis=1)
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    states = states_of(surrogate.odds(level).probability(said.score, said.score_std), said.known, confidence)
    return PredictedShare(
        share=share,
        low=min(float(low), share),
        high=max(float(high), share),
        count=NUM_POINTS,
        inside=float(np.mean(states == "inside")),
        outside=float(np.mean(states == "outside")),
        too_close=float(np.mean(states == "too_close")),
        unknown=float(np.mean(states == "unknown")),
    )


def _cells(axes: Sequence[Axis], positions: np.ndarray) -> np.ndarray:
    """The part of the box that belongs to each point of a grid, [points]."""
    weights = np.ones(len(positions))
    for i, axis in enumerate(axes):
        if axis.is_choice or axis.integer:
            continue
        places, which = np.unique(positions[:, i], return_inverse=True)
        edges = np.concatenate([[0.0], (places[:-1] + places[1:]) / 2, [1.0]])
        weights *= np.diff(edges)[which]
    return weights
