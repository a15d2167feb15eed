"""Where no range can be drawn: what can be said all the same, and what would answer the question."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2

from physdfa.analysis.working_range.points import EvaluatedPoints
from physdfa.analysis.working_range.region import WorkingRange
from physdfa.analysis.working_range.surrogate import fit_surrogate
from physdfa.errors import InputError

SURE = 0.99
"""Probability with which points that are truly alike are not called different."""
MOST_EXPLAINED = 0.1
"""Share of the variance of unseen points; from here on the surrogate sees a landscape, whatever the scatter."""
LEVELS = 41
"""Levels that are tried, from the least to the largest accuracy of half of the points."""
LEAST_GAIN = 0.05
"""Exponent of the error's fall with the number of points, below which more points are no way out."""
MOST_TIMES = 16.0
"""Times as many points as there are; beyond, the trend says nothing."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What can be said of points whose surrogate is not trusted at the level.

    - `spread`: standard deviation of the measured accuracies; `scatter`: of one of them, of a device whose mean it is.
    - `alike`: whether all points may have the same accuracy.
    - `answerable`: (least, largest) levels at which the surrogate would be trusted.
    - `points`: about how many more would answer the level; None where their number is no way out.
    """

    spread: float
    scatter: float
    alike: bool
    answerable: Sequence[tuple[float, float]]
    points: int | None


def advise(points: EvaluatedPoints, found: WorkingRange, *, chance: float, seed: int = 0) -> Advice:
    """What can be said where `found`, the range of these points, is not trusted.

    All points are called alike where the variance of their accuracies lies within the 99 % of chi-squared that their
    scatter leaves, and the surrogate explains less than a tenth of it. The number of points comes from the error of two
    cross-validations, with all points and with half of them, carried on as a power of their number.
    """
    trained = points.accuracy[~points.failed]
    spread, scatter = float(np.std(trained, ddof=1)), float(found.scatter or 0.0)
    said = found.surrogate.cross_validation
    most = scatter**2 * chi2.ppf(SURE, len(trained) - 1) / (len(trained) - 1)
    alike = bool(not points.failed.any() and spread**2 <= most and said.explained < MOST_EXPLAINED)
    return Advice(
        spread=spread,
        scatter=scatter,
        alike=alike,
        answerable=answerable_levels(found, trained),
        points=None if alike else points_needed(points, found, chance=chance, seed=seed),
    )


def answerable_levels(found: WorkingRange, measured: np.ndarray) -> list[tuple[float, float]]:
    """The levels at which the surrogate would be trusted, among those that some points reach and some miss."""
    said = found.surrogate.cross_validation
    low, high = np.quantile(measured, [0.05, 0.95])
    levels = np.linspace(float(low), float(high), LEVELS)
    trusted = [said.right_alike(level) < 1 and said.trusted(level) for level in levels]
    ranges: list[tuple[float, float]] = []
    for place, level in enumerate(levels.tolist()):
        if trusted[place]:
            begins = not (place and trusted[place - 1])
            ranges = [*ranges, (level, level)] if begins else [*ranges[:-1], (ranges[-1][0], level)]
    return ranges


def points_needed(points: EvaluatedPoints, found: WorkingRange, *, chance: float, seed: int = 0) -> int | None:
    """About how many more points would make the surrogate trusted at the level; None where more are no way out."""
    said, level, num = found.surrogate.cross_validation, found.level, len(points.accuracy)
    chosen = np.sort(np.random.default_rng(seed).permutation(num)[: num // 2])
    parts = {name: getattr(points, name)[chosen] for name in ("positions", "accuracy", "failed")}
    try:
        half = replace(points, **parts, even=None)
        fewer = fit_surrogate(half, chance=chance, resolution=found.surrogate.resolution, seed=seed).cross_validation
    except InputError:  # half of them are too few for a surrogate
        return None
    wrong, earlier = 1 - said.right(level), 1 - fewer.right(level)
    wanted = min(0.25, 0.75 * (1 - said.right_alike(level)))
    if not 0 < wanted < wrong < earlier:
        return None
    exponent = math.log2(earlier / wrong)
    times = (wrong / wanted) ** (1 / exponent) if exponent > LEAST_GAIN else math.inf
    return math.ceil((times - 1) * num) if times <= MOST_TIMES else None
