"""A physical model fitted to a measured curve: values, standard errors, residuals and doubts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from physdfa.devices.fitting.model import Model, Problem, sweep_of
from physdfa.devices.fitting.models import model_called
from physdfa.devices.fitting.order import orders_of
from physdfa.devices.fitting.search import Optimum, search
from physdfa.devices.fitting.trust import Evidence, durbin_watson, warnings_of
from physdfa.devices.fitting.uncertainty import Uncertainty, largest_ratio, uncertainty
from physdfa.devices.measured import Measurement
from physdfa.errors import InputError, unknown_name

FITTED_BRANCHES = ("mean", "rising", "falling")
LEAST_R_SQUARED = 0.5
"""Least R² of a fit that is believed. Below, more of the variation is left than explained: the model is another
device's.
"""

_CONSTANT = 1e-9  # of the largest output
_DIFFERS = 3.0  # standard errors

_QUANTITIES = {"V": "a voltage [V]", "A": "a current [A]", "W": "optical power [W]"}


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The result of a fit, in SI units.

    **Arguments:**

    - `model`: what was fitted; `branch`: to which samples.
    - `values`, `standard_errors`, `units`: by the names of `model.parameters`; an error is NaN where the data do not
      hold the parameter, or where it ended at its bound.
    - `residual_correlation`: of neighbouring residuals, 0..1, which the standard errors allow for; 0 where there is
      none to be seen. `independent_errors`: the standard errors without it.
    - `r_squared`: 1 - sum of squared residuals / sum of squared deviations from the mean output.
    - `residual_std`: residual standard deviation, n - p degrees of freedom [output unit].
    - `drive`, `output`, `residuals`: [samples] of the branch, in the order recorded; residual = output - curve.
    - `warnings`: one sentence each.
    - `starts`, `starts_at_optimum`: searches, and how many of them ended at the optimum.
    """

    model: Model
    branch: str
    values: Mapping[str, float]
    standard_errors: Mapping[str, float]
    independent_errors: Mapping[str, float]
    residual_correlation: float
    units: Mapping[str, str]
    r_squared: float
    residual_std: float
    drive: np.ndarray
    output: np.ndarray
    residuals: np.ndarray
    warnings: tuple[str, ...]
    starts: int
    starts_at_optimum: int
    problem: Problem
    optimum: Optimum

    @property
    def error_factor(self) -> float:
        """The largest ratio of a standard error to that of independent residuals, 1 or more."""
        return largest_ratio(self.standard_errors.values(), self.independent_errors.values())

    def curve(self, drive: np.ndarray) -> np.ndarray:
        """The fitted output at [points] of drive."""
        return np.asarray(self.optimum.weights) @ self.problem.basis(drive, self.optimum.shape)


def fit(measurement: Measurement, model: str, *, branch: str = "mean", starts: int = 32, seed: int = 0) -> Fit:
    """Fit a physical model by least squares to the output, each sample with equal weight.

    The output is in W, A or V, not in dB.

    **Arguments:**

    - `model`: a name in `MODELS`.
    - `branch`: "rising" or "falling"; "mean": all samples, so that hysteresis is part of the residuals.
    - `starts`: independent searches, >= 1; `seed`: of their random starts.

    **Raises:** `InputError` if the model or branch is unknown, if the drive is not what the model is driven with, if
    there are too few samples, if the output is constant, or if the model leaves most of its variation unexplained.
    """
    chosen = model_called(model)
    if starts < 1:
        raise InputError(f"`starts` is the number of searches and must be >= 1; got {starts}.")
    kept = _samples(measurement, branch)
    drive, output = measurement.drive[kept], measurement.output[kept]
    _check(measurement, chosen, drive, output)
    problem = chosen.problem(sweep_of(drive))
    found = search(problem, drive, output, starts=starts, seed=seed)
    best = found.optima[0]
    unexplained = best.cost / float(np.sum((output - output.mean()) ** 2))
    if 1.0 - unexplained < LEAST_R_SQUARED:
        raise InputError(
            f"{measurement.source}: {chosen.name} leaves {100 * unexplained:.0f} % of the variation of "
            f"`{measurement.y}` unexplained (R² = {1.0 - unexplained:.3f}, and {LEAST_R_SQUARED} is the least); try "
            "another model, column or branch, or use the measured curve itself."
        )
    residuals = output - np.asarray(best.weights) @ problem.basis(drive, best.shape)
    orders = orders_of(drive, measurement.direction[kept])
    known = uncertainty(problem, drive, best, residuals=residuals, orders=orders)
    values = problem.report(best.shape, best.weights)
    units = {each.name: each.unit_for(measurement.drive_unit, measurement.output_unit) for each in chosen.parameters}
    sorted_residuals = [[residuals[places] for places in sweeps] for sweeps in orders]
    evidence = Evidence(
        values=values,
        units=units,
        known=known,
        sweep=sweep_of(drive),
        swing=float(np.ptp(output)),
        others=_others(problem, found.optima, known),
        residuals=min(sorted_residuals, key=durbin_watson),
        floor=best.weights[0] if "extinction_ratio_db" in values else None,
        num_at_best=found.num_at_best,
        starts=starts,
    )
    return Fit(
        model=chosen,
        branch=branch,
        values=values,
        standard_errors=dict(zip(values, known.std, strict=True)),
        independent_errors=dict(zip(values, known.independent_std, strict=True)),
        residual_correlation=known.neighbours,
        units=units,
        r_squared=1.0 - unexplained,
        residual_std=known.residual_std,
        drive=drive,
        output=output,
        residuals=residuals,
        warnings=warnings_of(evidence),
        starts=starts,
        starts_at_optimum=found.num_at_best,
        problem=problem,
        optimum=best,
    )


def _samples(measurement: Measurement, branch: str) -> np.ndarray:
    """Whether each sample is fitted, [samples]."""
    if branch not in FITTED_BRANCHES:
        raise InputError(f"a fit's {unknown_name('branch', branch, FITTED_BRANCHES)}")
    kept = np.ones(len(measurement.drive), bool)
    if branch != "mean":
        kept = measurement.direction == (1 if branch == "rising" else -1)
    if not kept.any():
        raise InputError(
            f"{measurement.source}: `{measurement.y}` has no {branch} samples; use another branch, or name the columns "
            "of both sweeps in y."
        )
    return kept


def _check(measurement: Measurement, model: Model, drive: np.ndarray, output: np.ndarray) -> None:
    """Refuse measurements that no search can fit."""
    where = measurement.source
    asked = (("is driven with", model.drive_unit, measurement.drive_unit, "x"),)
    if model.output_unit is not None:
        asked += (("answers with", model.output_unit, measurement.output_unit, "y"),)
    for verb, unit, given, axis in asked:
        if given not in (unit, ""):  # arbitrary units are taken at their word
            column = measurement.x if axis == "x" else measurement.y
            raise InputError(
                f"{where}: {model.name} {verb} {_QUANTITIES[unit]}, but `{column}` is in {given}; choose another "
                f"model or column, or give its unit with {axis}_unit."
            )
    if measurement.setting is not None and len(np.unique(measurement.setting)) > 1:
        raise InputError(f"{where}: holds curves at several settings; fit the file of one of them.")
    num_parameters = len(model.parameters)
    num_distinct = len(np.unique(drive))
    if num_distinct < num_parameters + 2:
        raise InputError(
            f"{where}: has {num_distinct} different drive values; {model.name} has {num_parameters} parameters and "
            f"needs {num_parameters + 2} or more."
        )
    if np.ptp(output) <= _CONSTANT * np.max(np.abs(output)):
        raise InputError(f"{where}: `{measurement.y}` is constant, so it has no shape to fit; choose another column.")


def _others(problem: Problem, optima: Sequence[Optimum], known: Uncertainty) -> list[dict[str, float]]:
    """Parameters of other optima, which differ from the best one though the data cannot tell them apart."""
    best, *others = optima
    values, std = list(problem.report(best.shape, best.weights).values()), known.std
    found = []
    for other in others:
        reported = problem.report(other.shape, other.weights)
        moved = [
            abs(there - here) > _DIFFERS * error
            for there, here, error in zip(reported.values(), values, std, strict=True)
            if np.isfinite(error)
        ]
        # One standard deviation of the cost's own scatter.
        if any(moved) and other.cost - best.cost < known.residual_std**2:
            found.append(reported)
    return found
