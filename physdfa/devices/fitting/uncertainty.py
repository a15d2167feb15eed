"""Standard errors of a fit: from the Jacobian at the optimum, carried over to the reported parameters."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from physdfa.devices.fitting.model import Problem
from physdfa.devices.fitting.search import Optimum, bounds_of, coordinates_of, shape_at

_STEP = 1e-5  # of the range of starts: central differences then err by 1e-10
_AT_BOUND = 1e-6  # of the range of starts
_SINGULAR = 1e12


class Uncertainty(NamedTuple):
    """How well the data hold the parameters.

    `std` and `correlation`: of the reported parameters, NaN where the data say nothing; `condition`: of the Jacobian
    with columns of length 1; `residual_std` [output unit], from `freedom` = samples less free parameters; `at_bound`:
    names of what ended at the end of its range and is taken as known.
    """

    std: Sequence[float]
    correlation: np.ndarray
    condition: float
    residual_std: float
    freedom: int
    at_bound: Sequence[str]


def uncertainty(problem: Problem, drive: np.ndarray, optimum: Optimum) -> Uncertainty:
    """Covariance s^2 (J^T J)^-1 of what was fitted, s^2 = cost / (n - p), and G cov G^T of what is reported.

    J is the derivative of the curve, G that of the reported parameters, both with respect to the shape's coordinates
    and the relative changes of the weights. What lies at a bound is taken as known.
    """
    names = [*problem.shape, *problem.weights]
    centre = np.concatenate([coordinates_of(problem, optimum.shape), np.ones(len(optimum.weights))])
    free, held = _free(problem, optimum, centre)
    at_bound = tuple(names[index] for index in held)
    jacobian = np.stack([_slope(lambda point: _curve(problem, drive, optimum, point), centre, i) for i in free], axis=1)
    freedom = len(drive) - len(free)
    residual_std = math.sqrt(optimum.cost / freedom)
    lengths = np.linalg.norm(jacobian, axis=0)
    num_reported = len(_reported(problem, optimum, centre))
    nothing_known = Uncertainty(
        [math.nan] * num_reported, np.full((num_reported,) * 2, math.nan), math.inf, residual_std, freedom, at_bound
    )
    if np.any(lengths == 0):
        return nothing_known
    _, singular, rotation = np.linalg.svd(jacobian / lengths, full_matrices=False)
    if singular[-1] * _SINGULAR <= singular[0]:
        return nothing_known
    root = residual_std * rotation.T / singular / lengths[:, np.newaxis]  # covariance = root root^T
    gradient = np.stack([_slope(lambda point: _reported(problem, optimum, point), centre, i) for i in free], axis=1)
    reported_root = gradient @ root
    covariance = reported_root @ reported_root.T
    std = np.sqrt(np.diag(covariance))
    # What hangs on nothing but a parameter held at its bound has no error of its own.
    std = np.where(np.isfinite(std) & (std > 0), std, math.nan)
    return Uncertainty(
        [float(each) for each in std],
        covariance / std[:, np.newaxis] / std,
        float(singular[0] / singular[-1]),
        residual_std,
        freedom,
        at_bound,
    )


def _free(problem: Problem, optimum: Optimum, centre: np.ndarray) -> tuple[list[int], list[int]]:
    """Places of the parameters that can move both ways, and of those that end at a bound."""
    low, high = bounds_of(problem)
    num_shape = len(problem.shape)
    at_end = np.minimum(centre[:num_shape] - low, high - centre[:num_shape]) < _AT_BOUND
    held = [*np.flatnonzero(at_end), *(num_shape + i for i, weight in enumerate(optimum.weights) if weight == 0.0)]
    return [index for index in range(len(centre)) if index not in held], [int(index) for index in held]


def _parts(problem: Problem, optimum: Optimum, point: np.ndarray) -> tuple[dict[str, float], tuple[float, ...]]:
    num_shape = len(problem.shape)
    weights = tuple(float(w * factor) for w, factor in zip(optimum.weights, point[num_shape:], strict=True))
    return shape_at(problem, point[:num_shape]), weights


def _curve(problem: Problem, drive: np.ndarray, optimum: Optimum, point: np.ndarray) -> np.ndarray:
    shape, weights = _parts(problem, optimum, point)
    return np.asarray(weights) @ problem.basis(drive, shape)


def _reported(problem: Problem, optimum: Optimum, point: np.ndarray) -> np.ndarray:
    return np.array(list(problem.report(*_parts(problem, optimum, point)).values()))


def _slope(function, centre: np.ndarray, index: int) -> np.ndarray:
    """The central difference along one coordinate."""
    step = np.zeros_like(centre)
    step[index] = _STEP
    with np.errstate(invalid="ignore"):  # inf - inf: a parameter that is infinite here has no slope
        return (function(centre + step) - function(centre - step)) / (2.0 * _STEP)
