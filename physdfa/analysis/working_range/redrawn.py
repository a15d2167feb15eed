"""What the curves that a measurement leaves open do to a working range: its best point, interval ends and share."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, cast

import numpy as np
from scipy import stats
from scipy.special import expit
from threadpoolctl import threadpool_limits

from physdfa.analysis.working_range.axes import features, positions_of, spread_over_box
from physdfa.analysis.working_range.intervals import Interval, conditional_intervals
from physdfa.analysis.working_range.region import WorkingRange
from physdfa.analysis.working_range.share import NUM_POINTS
from physdfa.analysis.working_range.surrogate import Surrogate, scores

MIDDLE = (0.025, 0.975)
"""Quantiles between which a band lies."""
RATIOS = (0.0, *np.geomspace(1e-2, 1e2, 17).tolist())
"""Variances of a change by a curve, over that of one measured score, among which the likeliest is taken."""


@dataclass(frozen=True)
class Band:
    """A number with the measured curve, and the middle 95 % of it over the redrawn ones."""

    measured: float
    low: float
    high: float

    @classmethod
    def of(cls, measured: float, redrawn: Sequence[float] | np.ndarray) -> "Band":
        """The band of these values."""
        low, high = np.quantile(redrawn, MIDDLE)
        return cls(float(measured), float(low), float(high))


class Added(NamedTuple):
    """Scatter of accuracies that redrawn curves add to that of seeds.

    - `std`: sqrt(variance through the curves - variance with the measured one), from 0 to the standard deviation of the
      paired differences, which hold what the curves change and more.
    - `p`: the probability of so large a difference of the variances by seeds alone.
    """

    std: float
    p: float


def added_scatter(redrawn: Sequence[float], measured: Sequence[float]) -> Added:
    """What curves add: accuracies through redrawn curves, and with the measured one from the same seeds; fractions.

    **Source:** Pitman, Biometrika 31, 9 (1939), for p: variances of pairs differ as their sum and difference correlate.
    """
    one, other = np.array(redrawn), np.array(measured)
    total, apart = one + other, one - other
    if not (np.ptp(total) and np.ptp(apart)):
        return Added(0.0, 1.0)
    gain = float(np.var(one, ddof=1) - np.var(other, ddof=1))
    p = float(cast(Any, stats.pearsonr(total, apart, alternative="greater")).pvalue)
    return Added(min(max(gain, 0.0), float(np.var(apart, ddof=1))) ** 0.5, p)


@dataclass(frozen=True, kw_only=True)
class AxisBands:
    """One parameter, a number: its value at the best point, and the ends of the interval that works around it.

    - `low`, `high`: the others at the best point; None where it does not work with the measured curve, or fewer than
      two curves have such an interval.
    - `without`: redrawn curves through which the best point itself does not work.
    """

    key: str
    best: Band
    low: Band | None
    high: Band | None
    without: int


@dataclass(frozen=True, kw_only=True)
class RangeBands:
    """A working range over redrawn curves.

    - `share`: of the box at the level; `axes`: one per parameter that is a number.
    - `everywhere`, `along`, `scatter`: standard deviations of a score: of its change from curve to curve that is alike
      all over the box, of that along the parameters, and of one training.
    """

    share: Band
    axes: tuple[AxisBands, ...]
    everywhere: float
    along: float
    scatter: float


@threadpool_limits.wrap(limits=1)  # as in `fit_surrogate`
def range_bands(found: WorkingRange, places: np.ndarray, accuracy: np.ndarray, *, seed: int = 0) -> RangeBands:
    """The range through each curve, from trainings at a few places.

    The score z = ln(a / (1 - a)) changes from curve to curve alike everywhere, and along each parameter:

        z_k(x) = z(x) + c_k + sum_j b_kj t_j(x),   c ~ N(0, everywhere^2),   b_j ~ N(0, along^2 w_j),   noise scatter^2

    t is a parameter over its range, of mean 0 and variance 1, w falls with the square of the surrogate's length scale,
    1 together. The three deviations are the likeliest for the trainings, less their mean over the curves at each place.
    Of each curve one change is drawn that agrees with its trainings, and added to the scores of all evaluated points:
    the range of these points is the curve's. A level that refers to the best moves with the best of the curve.

    **Arguments:**

    - `places`: positions [places axes]; `accuracy`: [curves places], fractions.
    """
    surrogate = found.surrogate
    apart = scores(accuracy, surrogate.resolution)
    apart = apart - apart.mean(axis=0)
    kernels = _kernels(surrogate, np.concatenate([places, np.array(surrogate.positions)]))
    num = len(places)
    variances, scatter = _variances(kernels[:, :num, :num], apart)
    kernel = np.einsum("k,kij->ij", variances, kernels)
    gain = np.linalg.solve(kernel[:num, :num] + scatter**2 * np.eye(num), kernel[:num, num:])
    values, vectors = np.linalg.eigh(kernel[num:, num:] - kernel[num:, :num] @ gain)
    normal = np.random.default_rng(seed).standard_normal((len(apart), len(values)))
    change = apart @ gain + (normal * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    known = scores(np.array(surrogate.accuracy), surrogate.resolution)
    curves = [replace(surrogate, accuracy=tuple(expit(known + row).tolist())) for row in change]
    everywhere = spread_over_box(surrogate.axes, NUM_POINTS, seed=seed)
    level, *levels = _levels(found, [surrogate, *curves])
    works = [
        float(np.mean(one.predict(everywhere).accuracy >= each))
        for one, each in zip([surrogate, *curves], [level, *levels], strict=True)
    ]
    return RangeBands(
        share=Band.of(works[0], works[1:]),
        axes=tuple(
            _axis_bands(found, index, curves, levels) for index, axis in enumerate(found.axes) if not axis.is_choice
        ),
        everywhere=float(variances[0]) ** 0.5,
        along=float(variances[1]) ** 0.5,
        scatter=scatter,
    )


def _kernels(surrogate: Surrogate, positions: np.ndarray) -> np.ndarray:
    """Covariances of a change by a curve, [everywhere alike or along the parameters, places, places]."""
    columns, weights = features(surrogate.axes, positions), np.array(surrogate.length_scales) ** -2.0
    over = np.sqrt(12.0) * (columns - 0.5)
    along = (over * weights / np.sum(weights)) @ over.T
    return np.stack([np.ones_like(along), along])


def _variances(kernels: np.ndarray, apart: np.ndarray) -> tuple[np.ndarray, float]:
    """(variance of each kernel, standard deviation of one measured score): the likeliest for scores [curves places].

    The scores are less their mean over the curves.
    """
    num = apart.shape[1]
    covariance = apart.T @ apart / (len(apart) - 1)
    found, least = (np.zeros(2), 1e-6), np.inf
    for ratios in itertools.product(RATIOS, RATIOS) if covariance.any() else ():
        whole = np.einsum("k,kij->ij", ratios, kernels) + np.eye(num)
        noise = float(np.trace(np.linalg.solve(whole, covariance))) / num
        cost = float(np.linalg.slogdet(whole)[1]) + num * np.log(noise)
        if cost < least:
            found, least = (noise * np.array(ratios), noise**0.5), cost
    return found


def _levels(found: WorkingRange, curves: Sequence[Surrogate]) -> list[float]:
    """The level of each; one that refers to the best moves with the best evaluated point, from the first on."""
    if found.rule.kind != "best":
        return [found.level] * len(curves)
    best = [float(np.max(one.predict(np.array(one.positions)).accuracy)) for one in curves]
    return [found.level + each - best[0] for each in best]


def _axis_bands(found: WorkingRange, index: int, curves: Sequence[Surrogate], levels: Sequence[float]) -> AxisBands:
    axis, place = found.axes[index], positions_of(found.axes, found.best)
    value = float(found.best[axis.key])

    def own(surrogate: Surrogate, level: float) -> Interval | None:
        intervals = conditional_intervals(surrogate, place, index, level)
        return next((each for each in intervals if each.low <= value <= each.high), None)

    measured = own(found.surrogate, found.level)
    redrawn = [each for each in map(own, curves, levels) if each is not None]
    known = measured is not None and len(redrawn) > 1
    best = [one.positions[int(np.argmax(one.predict(np.array(one.positions)).accuracy))] for one in curves]
    return AxisBands(
        key=axis.key,
        best=Band.of(value, [float(axis.value(position[index])) for position in best]),
        low=Band.of(measured.low, [each.low for each in redrawn]) if measured is not None and known else None,
        high=Band.of(measured.high, [each.high for each in redrawn]) if measured is not None and known else None,
        without=len(curves) - len(redrawn),
    )
