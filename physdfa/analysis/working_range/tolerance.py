"""The joint tolerance: the largest box around the best point of which a wanted share reaches the level."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import qmc

from physdfa.analysis.working_range.axes import Axis, positions_of

NUM_PLACES = 256
"""Places of a box over which odds are averaged."""
SMALLEST = 0.002
"""Smallest tolerance that is looked at, as a share."""
STEPS_PER_DECADE = 8
BISECTIONS = 6


@dataclass(frozen=True, kw_only=True)
class ToleranceBox:
    """Each parameter within ± `share` of its scale around the best point, and within the declared range.

    - `ends`: by key the lowest and the highest value, in the parameter's unit.
    - `clipped`: keys of which the declared range ends first, on one side or both.
    - `predicted`: share of the box that is expected to reach the level.
    """

    share: float
    ends: dict[str, tuple[float, float]]
    clipped: tuple[str, ...]
    predicted: float


class Around(NamedTuple):
    """The best point and what is known around it.

    - `axes`: of the declared box; `best`: value by key.
    - `scales`: by key what a share of the parameter is a share of, in its unit; the others stay at the best.
    - `expected`: at positions [points axes] the share that is expected to reach the level.
    """

    axes: Sequence[Axis]
    best: Mapping[str, Any]
    scales: Mapping[str, float]
    expected: Callable[[np.ndarray], float]

    def box(self, share: float) -> ToleranceBox:
        """The box of ± `share`."""
        ends, clipped = {}, []
        for axis in self.axes:
            if axis.key in self.scales:
                best, reach = float(self.best[axis.key]), share * self.scales[axis.key]
                low, high = max(best - reach, axis.low), min(best + reach, axis.high)
                ends[axis.key] = (low, high)
                clipped += [axis.key] if low > best - reach or high < best + reach else []
        lows, highs = np.array(list(ends.values())).T
        units = qmc.Sobol(len(ends), rng=0).random_base2(NUM_PLACES.bit_length() - 1)
        values = [dict(zip(ends, row, strict=True)) for row in (lows + units * (highs - lows)).tolist()]
        positions = np.array([positions_of(self.axes, {**self.best, **each}) for each in values])
        return ToleranceBox(share=share, ends=ends, clipped=tuple(clipped), predicted=self.expected(positions))

    def largest_box(self, wanted: float) -> ToleranceBox | None:
        """The largest box of which the wanted share is expected to reach the level, as of the smaller ones tried.

        None where the smallest one is expected to do worse. The largest one tried is the whole declared box.
        """
        most = max(
            max(self.best[axis.key] - axis.low, axis.high - self.best[axis.key]) / self.scales[axis.key]
            for axis in self.axes
            if axis.key in self.scales
        )
        steps = max(math.ceil(STEPS_PER_DECADE * math.log10(most / SMALLEST)), 1)
        good = None
        for share in np.geomspace(min(SMALLEST, most), most, steps + 1).tolist():
            box = self.box(share)
            if box.predicted < wanted:
                return good and self._between(good, share, wanted)
            good = box
        return good

    def _between(self, good: ToleranceBox, bad: float, wanted: float) -> ToleranceBox:
        """The largest box between one that is good enough and a share that is not."""
        for _ in range(BISECTIONS):
            box = self.box((good.share + bad) / 2)
            good, bad = (box, bad) if box.predicted >= wanted else (good, box.share)
        return good
