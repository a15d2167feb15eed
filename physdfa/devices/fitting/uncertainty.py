"""Standard errors of a fit, from the Jacobian at the optimum, carried over to the reported parameters."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from physdfa.devices.fitting.model import Problem
from physdfa.devices.fitting.order import Sweeps, correlated, correlation_of
from physdfa.devices.fitting.search import Optimum, bounds_of, coordinates_of, shape_at

_STEP = 1e-5  # of the range of starts: central differences then err by 1e-10
_AT_BOUND = 1e-6  # of the range of starts
_SINGULAR = 1e12


class Uncertainty(NamedTuple):
    """Standard errors and correlations of the parameters.

    - `std`, `correlation`: of the reported parameters, NaN where the data say nothing.
    - `independent_std`: the errors if neighbouring residuals had nothing to do with each other.
    - `neighbours`: correlation of neighbouring residuals that `std` allows for, 0..1; 0 where there is none to be seen.
    - `condition`: of the Jacobian with columns of length 1.
    - `residual_std` [output unit], from `freedom` = samples less free parameters.
    - `at_bound`: names of what ended at the end of its range; `is_held`: whether the errors take it as known.
    """

    std: Sequence[float]
    independent_std: Sequence[float]
    neighbours: float
    correlation: np.ndarray
    condition: float
    residual_std: float
    freedom: int
    at_bound: Sequence[str]
    is_held: bool


def uncertainty(
    problem: Problem,
    drive: np.ndarray,
    optimum: Optimum,
    *,
    residuals: np.ndarray | None = None,
    orders: Sequence[Sweeps] = (),
) -> Uncertainty:
    """The covariance of the reported parameters under correlated residuals.

    s^2 G A J^T R J A G^T with A = (J^T J)^-1 and s^2 = cost / trace(R - R J A J^T).

    J is the derivative of the curve, G that of the reported parameters, both with respect to the shape's coordinates
    and the relative changes of the weights. R holds the correlations r^|i - j| of `residuals` in that of the `orders`
    which makes the larger error; without order R = 1, and s^2 = cost / (n - p).

    What lies at a bound has no error of its own, but the others allow for its being somewhere else, as if the bound
    were not there: to hold it would make them too small wherever the truth lies inside. Only where the data do not
    determine it at all is it held.
    """
    names = [*problem.shape, *problem.weights]
    scales = np.array(optimum.weights)
    scales = np.where(scales == 0.0, np.max(np.abs(scales)), scales)
    centre = np.concatenate([coordinates_of(problem, optimum.shape), np.array(optimum.weights) / scales])
    free, held = _free(problem, optimum, centre)
    at_bound = tuple(names[index] for index in held)
    freedom = len(drive) - len(free)
    residual_std = math.sqrt(optimum.cost / freedom)
    gradient = _slopes(lambda point: _reported(problem, scales, point), centre)
    # What hangs on nothing but a parameter at its bound has no error of its own.
    known = np.any(gradient[:, free] != 0, axis=1) & np.all(np.isfinite(gradient), axis=1)
    gradient = np.where(known[:, np.newaxis], gradient, math.nan)
    jacobian = _slopes(lambda point: _curve(problem, drive, scales, point), centre)
    moved, spanned = list(range(len(centre))), _spanned(jacobian)
    if spanned is None and held:
        moved, spanned = free, _spanned(jacobian[:, free])
    if spanned is None:
        nothing, unknown = [math.nan] * len(gradient), np.full((len(gradient),) * 2, math.nan)
        return Uncertainty(nothing, nothing, 0.0, unknown, math.inf, residual_std, freedom, at_bound, True)
    fitted, inverse, condition = spanned
    root = gradient[:, moved] @ inverse
    lengths = np.linalg.norm(root, axis=1)
    independent = residual_std * lengths
    std, neighbours = independent, 0.0
    for sweeps in orders:
        r = 0.0 if residuals is None else correlation_of(residuals, fitted, sweeps)
        if r > 0:
            within = fitted.T @ correlated(fitted, r, sweeps)
            variance = optimum.cost / (len(drive) - np.trace(within)) * np.sum((root @ within) * root, axis=1)
            std, neighbours = np.maximum(std, np.sqrt(variance)), max(neighbours, r)
    return Uncertainty(
        std.tolist(),
        independent.tolist(),
        neighbours,
        root @ root.T / lengths[:, np.newaxis] / lengths,
        condition,
        residual_std,
        freedom,
        at_bound,
        len(moved) < len(centre),
    )


def largest_ratio(errors: Iterable[float], independent: Iterable[float]) -> float:
    """The largest ratio of an error to that for independent residuals; 1 where none is known."""
    pairs = zip(errors, independent, strict=True)
    return max((error / plain for error, plain in pairs if plain > 0), default=1.0)


def _spanned(jacobian: np.ndarray) -> tuple[np.ndarray, np.ndarray, float] | None:
    """(U, W, condition) of a Jacobian J with orthonormal U and J W = U. None where the columns do not determine W."""
    lengths = np.linalg.norm(jacobian, axis=0)
    if not np.all(np.isfinite(lengths)) or np.any(lengths == 0):
        return None
    fitted, singular, rotation = np.linalg.svd(jacobian / lengths, full_matrices=False)
    if singular[-1] * _SINGULAR <= singular[0]:
        return None
    return fitted, rotation.T / singular / lengths[:, np.newaxis], float(singular[0] / singular[-1])


def _free(problem: Problem, optimum: Optimum, centre: np.ndarray) -> tuple[list[int], list[int]]:
    """Places of the parameters that can move both ways, and of those that end at a bound."""
    low, high = bounds_of(problem)
    num_shape = len(problem.shape)
    at_end = np.minimum(centre[:num_shape] - low, high - centre[:num_shape]) < _AT_BOUND
    held = [*np.flatnonzero(at_end), *(num_shape + i for i, weight in enumerate(optimum.weights) if weight == 0.0)]
    return [index for index in range(len(centre)) if index not in held], [int(index) for index in held]


def _parts(problem: Problem, scales: np.ndarray, point: np.ndarray) -> tuple[dict[str, float], tuple[float, ...]]:
    num_shape = len(problem.shape)
    return shape_at(problem, point[:num_shape]), tuple((scales * point[num_shape:]).tolist())


def _curve(problem: Problem, drive: np.ndarray, scales: np.ndarray, point: np.ndarray) -> np.ndarray:
    shape, weights = _parts(problem, scales, point)
    return np.asarray(weights) @ problem.basis(drive, shape)


def _reported(problem: Problem, scales: np.ndarray, point: np.ndarray) -> np.ndarray:
    return np.array(list(problem.report(*_parts(problem, scales, point)).values()))


def _slopes(function: Callable[[np.ndarray], np.ndarray], centre: np.ndarray) -> np.ndarray:
    """The central difference along each coordinate, [values coordinates]."""
    steps = _STEP * np.eye(len(centre))
    with np.errstate(invalid="ignore"):  # inf - inf: a parameter that is infinite here has no slope
        return np.stack([(function(centre + step) - function(centre - step)) / (2.0 * _STEP) for step in steps], axis=1)
