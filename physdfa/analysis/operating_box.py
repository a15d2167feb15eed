"""Where a device is worth trying: drive gains and offsets between which its answer varies over the potentials."""

from typing import NamedTuple

import numpy as np

WIDEST = 2.0
"""Largest drive swing tried, in measured ranges: beyond, most requests are answered by an end of the curve."""
ALIVE = 0.1
"""Share of the largest spread of g below which it counts as flat."""
NEAR_LARGEST = 0.75
BEYOND = 4.0
"""How far beyond the first gain of (nearly) the largest spread an unlimited device is tried."""
SWINGS = 1.0
"""How far from its centre the offset of an unlimited device is moved, in drive swings at that gain."""
GAINS_PER_DECADE = 8
OFFSETS = 33
MOST_VALUES = 401
OUTLIERS = 0.05
"""Share of the potentials at each end that do not count for their span."""


class OperatingBox(NamedTuple):
    """Ends of the drive gain [drive unit per unit of u] and of the offset [drive unit].

    - `potentials`: the span of potentials that it was found for, without outliers.
    - `limited`: whether the measured drives end the gain, and not the answer itself.
    """

    gain: tuple[float, float]
    offset: tuple[float, float]
    potentials: tuple[float, float]
    limited: bool


class Curve(NamedTuple):
    """The answer of a chain behind its encoder, at increasing drives [drive unit].

    - `limits`: least and largest measured drive; None for a device that is known everywhere.
    - `centre`: the offset that it has anyway.
    """

    drive: np.ndarray
    answer: np.ndarray
    limits: tuple[float, float] | None
    centre: float

    @property
    def swing(self) -> float:
        """Largest less least answer."""
        return float(np.ptp(self.answer))

    def spread(self, potentials: np.ndarray, gains: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        """Standard deviation of the answer over the potentials, over its swing: [gains offsets]."""
        drives = gains[:, None, None] * potentials + offsets[..., None]
        return np.std(np.interp(drives, self.drive, self.answer), axis=-1) / self.swing


def occupied(potentials: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    """At most `MOST_VALUES` of the potentials, sorted and without outliers, and the ends of what is left."""
    values = np.sort(np.ravel(potentials).astype(float))
    low, high = (float(end) for end in np.quantile(values, [OUTLIERS, 1 - OUTLIERS]))
    values = values[(values >= low) & (values <= high)]
    return values[np.linspace(0, len(values) - 1, min(len(values), MOST_VALUES)).astype(int)], (low, high)


def operating_box(curve: Curve, potentials: np.ndarray) -> OperatingBox | None:
    """Gains and offsets at which g varies; None for a device whose answer never does.

    The least gain is that at which the spread of g over the potentials, at its best offset, falls to `ALIVE` of the
    largest one. The largest gain spans `WIDEST` times the measured drives. Of a device known everywhere it is `BEYOND`
    times the first gain with nearly the largest spread: a periodic answer never becomes flat, but repeats itself.

    **Arguments:**

    - `potentials`: membrane potentials that occur [unit of u], of any shape.
    """
    values, (low, high) = occupied(potentials)
    span = max(high - low, 1e-9)
    if not curve.swing > 0:
        return None
    reach = np.ptp(curve.drive) if curve.limits is None else curve.limits[1] - curve.limits[0]
    most = (1.0 if curve.limits is None else WIDEST) * reach / span
    gains = most * 10.0 ** np.arange(0, -12, -1 / GAINS_PER_DECADE)[::-1]
    if curve.limits is None:
        around = curve.centre + gains[:, None] * (span * np.linspace(-SWINGS, SWINGS, OFFSETS)[None])
        spread = curve.spread(values, gains, around).max(axis=1)
        first = float(gains[spread >= NEAR_LARGEST * spread.max()][0])
        most, width = min(most, BEYOND * first), SWINGS * first * span
        ends = (curve.centre - width, curve.centre + width)
    else:
        ends = curve.limits
    gains = gains[gains <= most * (1 + 1e-9)]
    tried = np.linspace(*ends, OFFSETS)[None] - gains[:, None] * (low + high) / 2
    spread = curve.spread(values, gains, tried).max(axis=1)
    least = float(gains[spread >= ALIVE * spread.max()][0])
    return OperatingBox((least, most), ends, (low, high), limited=curve.limits is not None)
