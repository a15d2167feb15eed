"""The evaluated points of a sweep or search, as the working range reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from physdfa.analysis.working_range.axes import Axis
from physdfa.errors import InputError

Design = Literal["grid", "uniform", "uneven"]
"""The choice of the points: cells of a grid, uniform over the box, or neither, as by a search."""


@dataclass(frozen=True, kw_only=True)
class EvaluatedPoints:
    """Measured accuracies: one entry per candidate, its seeds averaged.

    **Arguments:**

    - `axes`: the box; `positions`: [points axes], see `Axis.position`.
    - `accuracy`: mean validation accuracy over the seeds, NaN where the candidate `failed`.
    - `failed`: whether a seed of it could not be built, or diverged.
    - `seeds`: trainings per candidate.
    - `design`: how the points were chosen; `even`: which of them it is about, [points]; None: all. Those added
      where they tell most are not spread over the box, and are not counted.

    **Raises:** `InputError` for too few points, or a parameter that took one value only.
    """

    axes: Sequence[Axis]
    positions: np.ndarray
    accuracy: np.ndarray
    failed: np.ndarray
    seeds: int
    design: Design
    even: np.ndarray | None = None

    def __post_init__(self):
        trained, needed = int(np.sum(~self.failed)), least_points(self.axes)
        if trained < needed:
            failed = f" ({int(self.failed.sum())} failed)" if self.failed.any() else ""
            raise InputError(
                f"a working range over {len(self.axes)} parameter(s) needs at least {needed} points that trained; this "
                f"run has {trained}{failed}. Evaluate more points."
            )
        if not np.all(np.isfinite(self.accuracy) | self.failed):
            raise ValueError("a point that did not fail has an accuracy.")
        for i, axis in enumerate(self.axes):
            if len(np.unique(self.positions[:, i])) < 2:
                raise InputError(f"{axis.key} took one value only in this run; nothing can be said about it.")

    def entered(self, chance: float) -> np.ndarray:
        """The accuracies that the surrogate learns from: a failed point enters as one that guesses.

        Left out, a failed point would be filled in from its working neighbours; averaged over its other seeds, a device
        that trains only sometimes would count as one that works.
        """
        measured = self.accuracy[~self.failed]
        return np.where(self.failed, min(chance, float(measured.min())), self.accuracy)

    def works(self, level: float) -> np.ndarray:
        """Whether each point was measured to work; a failed one does not."""
        return ~self.failed & (np.nan_to_num(self.accuracy) >= level)


def least_points(axes: Sequence[Axis]) -> int:
    """The least number of points for a surrogate: three per length scale, three for amplitude and noise."""
    return 3 * (1 + sum(max(1, len(axis.choices)) for axis in axes))


def owned_parts(points: EvaluatedPoints) -> np.ndarray:
    """The part of the box that belongs to each point, [points], to a factor; all alike but on a grid.

    Points that are not spread over the box own nothing.
    """
    even = np.ones(len(points.accuracy), bool) if points.even is None else points.even
    weights = even.astype(float)
    if points.design != "grid":
        return weights
    for i, axis in enumerate(points.axes):
        if axis.is_choice or axis.integer:
            continue
        places, which = np.unique(points.positions[even, i], return_inverse=True)
        edges = np.concatenate([[0.0], (places[:-1] + places[1:]) / 2, [1.0]])
        weights[even] *= np.diff(edges)[which]
    return weights
