"""The model side of a fit: a curve, bounds of its parameters, and the stage that has them.

Every model here is linear in some of its parameters once the others, its shape, are given:

    y(x) = sum_k weight_k basis_k(x; shape)

with weights >= 0 (but see `Problem.is_signed`), so the search runs over the shape alone, and the best weights at each
shape follow exactly.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

Shape = Mapping[str, float]
Weights = tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """The bounds of a shape parameter and of the start of its search; with `log` its logarithm is searched.

    `low` and `high` may be infinite; `start_low` < `start_high` are finite and lie between them.
    """

    low: float
    high: float
    start_low: float
    start_high: float
    log: bool = False

    def coordinate(self, value: float) -> float:
        """The number searched: 0 at `start_low`, 1 at `start_high`, linear in the value or in its logarithm."""
        first, last, here = (self._scaled(end) for end in (self.start_low, self.start_high, value))
        return (here - first) / (last - first)

    def value(self, coordinate: float) -> float:
        """The value at a coordinate."""
        first, last = self._scaled(self.start_low), self._scaled(self.start_high)
        scaled = first + coordinate * (last - first)
        return math.exp(scaled) if self.log else scaled

    def _scaled(self, value: float) -> float:
        if not self.log:
            return value
        return math.log(value) if value > 0 else -math.inf


class Sweep(NamedTuple):
    """The sweep of the drive: its ends, its middle, and the mean distance of different drives [drive unit]."""

    low: float
    high: float
    middle: float
    spacing: float

    @property
    def span(self) -> float:
        """The distance between the ends of the sweep."""
        return self.high - self.low

    @property
    def largest(self) -> float:
        """The largest magnitude."""
        return max(abs(self.low), abs(self.high))


def sweep_of(drive: np.ndarray) -> Sweep:
    """The sweep of [samples] of drive, at least two of them different."""
    low, high = float(drive.min()), float(drive.max())
    return Sweep(low, high, 0.5 * (low + high), (high - low) / (len(np.unique(drive)) - 1))


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A model for one sweep.

    **Arguments:**

    - `shape`: the intervals of the parameters that are searched; `weights`: names of the others.
    - `basis`: (drive [samples], shape) -> [weights samples], finite.
    - `canonical`: of several shapes and weights with the same curve, the one that is reported.
    - `report`: shape and weights -> the reported parameters in SI, in the order of `Model.parameters`.
    - `is_signed`: whether weights may be negative; then there is only one.
    """

    shape: Mapping[str, Interval]
    weights: tuple[str, ...]
    basis: Callable[[np.ndarray, Shape], np.ndarray]
    report: Callable[[Shape, Weights], dict[str, float]]
    is_signed: bool = False
    canonical: Callable[[Shape, Weights], tuple[Shape, Weights]] = lambda shape, weights: (shape, weights)


OUTPUT, GAIN = "unit of the output", "unit of the output per unit of the drive"


class FittedParameter(NamedTuple):
    """A reported parameter: `unit` in SI, or one of `OUTPUT` and `GAIN`; `meaning` completes "`v_pi` is ..."."""

    name: str
    unit: str
    meaning: str

    def unit_for(self, drive_unit: str, output_unit: str) -> str:
        """The unit for a measurement in these units."""
        if self.unit == OUTPUT:
            return output_unit
        if self.unit == GAIN:
            return "" if drive_unit == output_unit else f"{output_unit or '1'}/{drive_unit or '1'}"
        return self.unit


@dataclass(frozen=True, kw_only=True)
class Model:
    """A physical model by name.

    **Arguments:**

    - `name`: as the user gives it; `formula`: in one line; `source`: citation.
    - `drive_unit`: what it is driven with; `output_unit`: what comes out, None where any unit serves.
    - `parameters`: what is reported.
    - `problem`: the model before a sweep.
    - `stage`: the device stage that has these parameters; None where there is none.
    - `stage_values`: reported parameters and the largest fitted output -> values of that stage, by its names.
    - `is_limited`: whether the stage's output has a largest and a least value over all drives.
    """

    name: str
    formula: str
    source: str
    drive_unit: str
    output_unit: str | None
    parameters: tuple[FittedParameter, ...]
    problem: Callable[[Sweep], Problem]
    stage: str | None
    stage_values: Callable[[Mapping[str, float], float], dict[str, float | str]]
    is_limited: bool = True
