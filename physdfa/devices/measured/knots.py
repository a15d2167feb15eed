"""Knots of a curve from samples in the order recorded: ascending drives, with mean output and spread at each."""

import numpy as np

from physdfa.devices.measured.sweeps import directions
from physdfa.errors import InputError

MOST_KNOTS = 2**14
"""Knots of a branch. More samples are averaged into bins of equal width."""

_SAME_DRIVE = 1e-9  # of the range: a smaller difference is rounding
_SPREAD_WINDOW = 9  # knots over which the spread is pooled
LEAST_FOR_A_SPLINE = 5
_MOST_FOR_A_SPLINE = 2000  # the spline of 12000 knots takes five seconds


def merged(drive: np.ndarray, output: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(drive, output, spread) of the knots, each [knots], drives strictly ascending.

    Samples of equal drive become their mean; so do repeated sweeps and a noisy drive, in bins as wide as the usual
    step. `spread` is a standard deviation: of the repeats where most knots have some, else of the outputs around a
    smoothing spline (generalised cross-validation; beyond 2000 knots around the chord of its neighbours), pooled over
    nine knots.

    **Arguments:**

    - `drive`, `output`: [samples] of one branch at one setting, in the order recorded.

    **Raises:** `InputError` if they hold fewer than two different drives.
    """
    knots, means, squares, count = grouped(drive, output)
    return knots, means, _spread(knots, means, squares, count)


def grouped(drive: np.ndarray, output: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(drive, mean output, sum of squares about it, number of samples) of the knots of `merged`, each [knots]."""
    order = np.argsort(drive, kind="stable")
    x, y = drive[order], output[order]
    span = float(x[-1] - x[0]) if len(x) else 0.0
    if span <= 0:
        raise InputError("a branch of the measurement has fewer than two different drives; choose another branch.")
    group = np.concatenate([[0], np.cumsum(np.diff(x) > _SAME_DRIVE * span)])
    if width := _bin_width(drive, x, group, span):
        bins = np.round((x - x[0]) / width)
        group = np.concatenate([[0], np.cumsum(np.diff(bins) > 0)])
    count = np.bincount(group)
    knots, means = np.bincount(group, x) / count, np.bincount(group, y) / count
    return knots, means, np.bincount(group, (y - means[group]) ** 2), count


def _bin_width(drive: np.ndarray, x: np.ndarray, group: np.ndarray, span: float) -> float | None:
    """The width of the bins that the drives need, or None where equal drives are enough."""
    num_groups = int(group[-1]) + 1
    least = span / (MOST_KNOTS - 1)
    steps = np.abs(np.diff(drive))
    usual = float(np.median(steps[steps > _SAME_DRIVE * span]))
    sweeps = directions(drive)[1]
    if sweeps == 0:
        usual = span / num_groups
    gaps = np.diff(x)
    is_one_sweep = np.all(np.diff(drive) >= 0) or np.all(np.diff(drive) <= 0)
    shares_drives = float(np.min(gaps[gaps > _SAME_DRIVE * span])) >= 0.5 * usual
    if is_one_sweep or shares_drives:
        return least if num_groups > MOST_KNOTS else None
    # At least two bins, or the ends would fall into one.
    return min(max(usual, least), 0.5 * span)


def _spread(knots: np.ndarray, means: np.ndarray, squares: np.ndarray, count: np.ndarray) -> np.ndarray:
    freedom = (count - 1).astype(float)
    if np.sum(count > 1) < 0.5 * len(count):
        squares, freedom = _residual(knots, means) ** 2, np.ones_like(means)
    window = np.ones(min(_SPREAD_WINDOW, len(knots)))
    pooled, degrees = (np.convolve(values, window, mode="same") for values in (squares, freedom))
    overall = float(np.sum(squares) / max(float(np.sum(freedom)), 1.0))
    return np.sqrt(np.where(degrees > 0.5, pooled / np.maximum(degrees, 1.0), overall))


def _residual(knots: np.ndarray, means: np.ndarray) -> np.ndarray:
    """The outputs less a smooth curve through them."""
    if len(knots) < LEAST_FOR_A_SPLINE:
        return np.zeros_like(means)
    if len(knots) <= _MOST_FOR_A_SPLINE:
        return means - smooth(knots, means)
    # So dense that a curve is straight from knot to knot: the distance from the chord, of variance 3/2 of the noise.
    share = (knots[1:-1] - knots[:-2]) / (knots[2:] - knots[:-2])
    chord = (1.0 - share) * means[:-2] + share * means[2:]
    return np.pad(means[1:-1] - chord, 1, mode="edge") / np.sqrt(1.5)


def smooth(knots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A cubic smoothing spline through the knots, its strength from generalised cross-validation.

    **Raises:** `InputError` if the knots lie too unevenly for it.
    """
    from scipy.interpolate import make_smoothing_spline  # as in `grid.interpolant`

    swing = float(np.ptp(values)) or 1.0
    # Knots one apart and values within one: the spline's equations are badly conditioned in volts and watts.
    places = (knots - knots[0]) * ((len(knots) - 1) / (knots[-1] - knots[0]))
    try:
        return make_smoothing_spline(places, (values - values[0]) / swing)(places) * swing + values[0]
    except (ValueError, np.linalg.LinAlgError):
        return np.convolve(np.pad(values, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
