"""Facts of a recorded transfer curve: distance of its two sweep directions, swing and contrast."""

from typing import NamedTuple

import numpy as np


class Hysteresis(NamedTuple):
    """The distance between the rising and the falling branch, over the drive that both have in common.

    - `largest`, `mean`: distance [unit of the output]; `drive`: where it is largest [unit of the drive].
    - `share`: the largest as a share of the swing of all outputs, 0 ... 1; 0 for a constant output.
    """

    largest: float
    mean: float
    drive: float
    share: float


def branch_means(drive: np.ndarray, output: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each drive value once, increasing, and the mean of the outputs recorded there."""
    values, inverse = np.unique(drive, return_inverse=True)
    return values, np.bincount(inverse, weights=output) / np.bincount(inverse)


def hysteresis(drive: np.ndarray, output: np.ndarray, direction: np.ndarray) -> Hysteresis | None:
    """The distance between the branches; None where there is only one, or no drive that both share.

    Both branches are straight between their points; the mean is taken over the drive (trapezoidal rule between the
    points of either branch).

    **Arguments:**

    - `drive`, `output`: [samples], any unit, finite.
    - `direction`: [samples] > 0 where the drive was rising, < 0 where it was falling.
    """
    if not (np.any(direction > 0) and np.any(direction < 0)):
        return None
    rising, falling = (branch_means(drive[chosen], output[chosen]) for chosen in (direction > 0, direction < 0))
    low, high = max(rising[0][0], falling[0][0]), min(rising[0][-1], falling[0][-1])
    points = np.union1d(rising[0], falling[0])
    points = points[(points >= low) & (points <= high)]
    if points.size < 2:
        return None
    distance = np.abs(np.interp(points, *rising) - np.interp(points, *falling))
    mean = np.sum((distance[1:] + distance[:-1]) / 2 * np.diff(points)) / (points[-1] - points[0])
    where, swing = int(np.argmax(distance)), float(np.ptp(output))
    share = float(distance[where]) / swing if swing > 0 else 0.0
    return Hysteresis(float(distance[where]), float(mean), float(points[where]), share)


def contrast_db(output: np.ndarray) -> float | None:
    """Contrast 10 log10(largest / least) of powers, or of what is proportional to them; infinite if the least is 0.

    None where the ratio has no meaning: a negative output, or none above 0.
    """
    least, largest = float(np.min(output)), float(np.max(output))
    if least < 0 or largest <= 0:
        return None
    return float(np.inf) if least == 0 else float(10 * np.log10(largest / least))
