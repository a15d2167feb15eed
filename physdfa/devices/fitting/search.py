"""Least squares from many starts: the shape by a trust region, the weights exactly at each shape.

**Source:** variable projection: G. H. Golub & V. Pereyra, SIAM J. Numer. Anal. 10, 413 (1973). That the weights are
kept >= 0 (`scipy.optimize.nnls`) and that a start is the best of several draws is ours.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares, nnls

from physdfa.devices.fitting.model import Problem, Shape, Weights

DRAWS_PER_START = 16
"""Random shapes of which the best becomes a start: starts stay independent, and few lie in a hopeless valley."""

SEARCHED_SAMPLES = 2000
"""A longer record is thinned for the search; the optima are then polished on all samples."""

KEPT_OPTIMA = 3
"""Number of distinct optima that are kept, the best ones."""

_TOLERANCE = 1e-12
_SAME_COST = 1e-6  # relative: searches that end this close have reached the same value
_SAME_PLACE = 1e-3  # of the range of starts


class Optimum(NamedTuple):
    """The end of a search: the shape, its best weights, the sum of squared residuals [output unit^2]."""

    shape: Shape
    weights: Weights
    cost: float


class Found(NamedTuple):
    """The distinct optima, best first, and the number of starts that ended as low as the best."""

    optima: Sequence[Optimum]
    num_at_best: int


def search(problem: Problem, drive: np.ndarray, output: np.ndarray, *, starts: int, seed: int) -> Found:
    """The optima at the ends of `starts` independent searches of a model over [samples]."""
    generator = np.random.default_rng(seed)
    x, y = drive, output
    is_thinned = len(drive) > SEARCHED_SAMPLES
    if is_thinned:
        thin = np.sort(generator.choice(len(drive), SEARCHED_SAMPLES, replace=False))
        x, y = drive[thin], output[thin]
    ended = []
    for _ in range(starts):
        draws = generator.random((DRAWS_PER_START, len(problem.shape)))
        costs = [_cost(_projected(problem, x, y, draw)[1]) for draw in draws]
        ended.append(_descend(problem, x, y, draws[int(np.argmin(costs))]))
    ended.sort(key=lambda optimum: optimum.cost)
    # An exact curve ends in rounding errors of different size: they are the same value, too.
    limit = ended[0].cost * (1.0 + _SAME_COST) + 1e-20 * _cost(y)
    num_at_best = sum(optimum.cost <= limit for optimum in ended)
    distinct = _distinct(problem, ended)
    if is_thinned:
        polished = [_descend(problem, drive, output, coordinates_of(problem, each.shape)) for each in distinct]
        distinct = sorted(polished, key=lambda optimum: optimum.cost)
    return Found(distinct, num_at_best)


def coordinates_of(problem: Problem, shape: Shape) -> np.ndarray:
    """The numbers that are searched, [shape parameters]."""
    return np.array([interval.coordinate(shape[name]) for name, interval in problem.shape.items()])


def shape_at(problem: Problem, coordinates: np.ndarray) -> dict[str, float]:
    """The shape at such numbers."""
    pairs = zip(problem.shape.items(), coordinates, strict=True)
    return {name: interval.value(float(coordinate)) for (name, interval), coordinate in pairs}


def bounds_of(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """The least and largest of these numbers, which may be infinite."""
    low = [interval.coordinate(interval.low) for interval in problem.shape.values()]
    high = [interval.coordinate(interval.high) for interval in problem.shape.values()]
    return np.array(low), np.array(high)


def _cost(residuals: np.ndarray) -> float:
    return float(residuals @ residuals)


def _projected(problem: Problem, x: np.ndarray, y: np.ndarray, coordinates: np.ndarray) -> tuple[Weights, np.ndarray]:
    """The best weights at a shape, and the residuals that they leave."""
    basis = problem.basis(x, shape_at(problem, coordinates))
    # Columns and output of length 1: `nnls` judges what is zero by size.
    lengths = np.linalg.norm(basis, axis=1)
    lengths[lengths == 0] = 1.0
    size = float(np.linalg.norm(y))
    columns = (basis / lengths[:, np.newaxis]).T
    unit_weights = columns.T @ y / size if problem.is_signed else nnls(columns, y / size)[0]
    weights = unit_weights * size / lengths
    return tuple(float(weight) for weight in weights), y - weights @ basis


def _descend(problem: Problem, x: np.ndarray, y: np.ndarray, start: np.ndarray) -> Optimum:
    size = float(np.linalg.norm(y))
    low, high = bounds_of(problem)
    solved = least_squares(
        lambda coordinates: _projected(problem, x, y, coordinates)[1] / size,
        np.clip(start, low, high),
        jac="3-point",
        bounds=(low, high),
        ftol=_TOLERANCE,
        xtol=_TOLERANCE,
        gtol=_TOLERANCE,
        max_nfev=200,
    )
    weights, residuals = _projected(problem, x, y, solved.x)
    shape, weights = problem.canonical(shape_at(problem, solved.x), weights)
    return Optimum(shape, weights, _cost(residuals))


def _distinct(problem: Problem, ended: Sequence[Optimum]) -> list[Optimum]:
    """The first few of these optima, best first, that lie apart."""
    kept: list[Optimum] = []
    for optimum in ended:
        here = coordinates_of(problem, optimum.shape)
        places = [coordinates_of(problem, other.shape) for other in kept]
        if all(np.max(np.abs(here - place)) > _SAME_PLACE for place in places):
            kept.append(optimum)
        if len(kept) == KEPT_OPTIMA:
            break
    return kept
