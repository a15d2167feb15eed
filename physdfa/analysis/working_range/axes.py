"""The declared box of a sweep or search: its axes, and the position of a value on each of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.stats import qmc

from physdfa.errors import InputError

OTHER_CHOICE = 1.0
"""Distance of two different choices: that of the two ends of a number's range."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One varied parameter, its values laid out on the unit interval.

    linear: x = (v - low) / (high - low);   log: x = ln(v / low) / ln(high / low);   whole numbers: the same over
    [low - 1/2, high + 1/2], so that each owns an equal share on a linear axis;   choices: x is the place in `choices`.

    **Arguments:**

    - `key`: dotted path in the configuration.
    - `low`, `high`: both ends, low < high, in the parameter's `unit`; 0 and 1 for choices, where they mean nothing.
    - `scale`: "linear", or "log" (then low > 0).
    - `integer`: whole numbers only.
    - `choices`: the values of a parameter without an order; empty for numbers.

    **Raises:** `InputError` if the ends do not increase, or are not positive on a log axis.
    """

    key: str
    low: float = 0.0
    high: float = 1.0
    scale: Literal["linear", "log"] = "linear"
    integer: bool = False
    choices: tuple[Any, ...] = ()
    unit: str = ""

    def __post_init__(self):
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise InputError(f"{self.key}: low = {self.low} must be below high = {self.high}, both finite.")
        if self.scale == "log" and self.low <= 0:
            raise InputError(f"{self.key}: a log scale needs low > 0; got {self.low}.")

    @property
    def is_choice(self) -> bool:
        """Whether the values have no order."""
        return bool(self.choices)

    def position(self, value: Any) -> float:
        """The position of a value, below 0 or above 1 beyond the ends. NaN for a value that does not belong here."""
        if self.is_choice:
            return float(self.choices.index(value)) if value in self.choices else math.nan
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return math.nan
        low, high = self._ends
        if self.scale == "linear":
            return (value - low) / (high - low)
        return math.log(value / low) / math.log(high / low) if value > 0 else -math.inf

    def value(self, position: float) -> Any:
        """The value at a position; whole numbers are rounded."""
        if self.is_choice:
            return self.choices[round(position)]
        low, high = self._ends
        value = low * (high / low) ** position if self.scale == "log" else low + position * (high - low)
        return int(min(max(math.floor(value + 0.5), self.low), self.high)) if self.integer else value

    @property
    def _ends(self) -> tuple[float, float]:
        """The values at positions 0 and 1."""
        return (self.low - 0.5, self.high + 0.5) if self.integer else (self.low, self.high)


def positions_of(axes: Sequence[Axis], values: Mapping[str, Any]) -> np.ndarray:
    """The position of a point, [axes].

    **Raises:** `InputError` for a parameter without a value.
    """
    missing = [axis.key for axis in axes if axis.key not in values]
    if missing:
        raise InputError(f"a value is needed for each parameter of the range; missing: {', '.join(missing)}.")
    return np.array([axis.position(values[axis.key]) for axis in axes])


def values_at(axes: Sequence[Axis], position: Sequence[float] | np.ndarray) -> dict[str, Any]:
    """The values of a position, by key."""
    return {axis.key: axis.value(float(place)) for axis, place in zip(axes, position, strict=True)}


def snapped(axes: Sequence[Axis], positions: np.ndarray) -> np.ndarray:
    """Positions [points axes] with those of whole numbers moved to the nearest one."""
    moved = positions.copy()
    for i, axis in enumerate(axes):
        if axis.integer:
            moved[:, i] = [axis.position(axis.value(float(place))) for place in positions[:, i]]
    return moved


def spread_over_box(axes: Sequence[Axis], num_points: int, *, seed: int) -> np.ndarray:
    """Positions [points axes] of a scrambled Sobol design, uniform over the box; evenest for a power of two."""
    sequence = qmc.Sobol(len(axes), scramble=True, rng=seed)
    return positions_from_units(axes, sequence.random_base2((num_points - 1).bit_length())[:num_points])


def positions_from_units(axes: Sequence[Axis], units: np.ndarray) -> np.ndarray:
    """Positions of [points axes] of the unit cube: uniform there is uniform over the box."""
    positions = units.copy()
    for i, axis in enumerate(axes):
        if axis.is_choice:
            positions[:, i] = np.minimum(np.floor(units[:, i] * len(axis.choices)), len(axis.choices) - 1)
    return snapped(axes, positions)


def inside_box(axes: Sequence[Axis], positions: np.ndarray) -> np.ndarray:
    """Whether each of [points axes] lies in the box, to rounding."""
    highest = np.array([len(axis.choices) - 1 if axis.is_choice else 1.0 for axis in axes])
    return np.all((positions >= -1e-9) & (positions <= highest + 1e-9), axis=1)


def features(axes: Sequence[Axis], positions: np.ndarray) -> np.ndarray:
    """Positions [points axes] as numbers with a distance: a column per number, one per choice (1 where it is taken)."""
    columns = []
    for i, axis in enumerate(axes):
        if axis.is_choice:
            columns += [(positions[:, i] == place).astype(float) for place in range(len(axis.choices))]
        else:
            columns.append(positions[:, i])
    return np.stack(columns, axis=1)


def distances(axes: Sequence[Axis], one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Euclidean distance of each of `one` [m axes] to each of `other` [n axes]; different choices are 1 apart."""
    squares = np.zeros((len(one), len(other)))
    for i, axis in enumerate(axes):
        gaps = one[:, i, None] - other[None, :, i]
        squares += OTHER_CHOICE**2 * (gaps != 0) if axis.is_choice else gaps**2
    return np.sqrt(squares)
