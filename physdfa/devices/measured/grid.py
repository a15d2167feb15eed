"""A smooth curve as a table of equal cells. One product finds the value and slope of a drive's cell."""

from collections.abc import Callable, Sequence

import numpy as np

from physdfa.devices.measured.knots import LEAST_FOR_A_SPLINE, smooth
from physdfa.errors import InputError

Curve = Callable[[np.ndarray], np.ndarray]

ERROR_BOUND = 1e-4
"""Largest error of the table against the interpolant, as a share of the swing of the output."""

MOST_CELLS = 2**15
"""Cells that still fit into a processor's cache. With no more the bound may be missed, which is remarked."""

_PROBES = np.arange(1, 8) / 8.0  # places within a cell at which its error is measured


def interpolant(knots: np.ndarray, values: np.ndarray, interpolation: str) -> Curve:
    """The curve through the knots ("monotone") or near them ("smoothing"); it never leaves the range of `values`.

    "monotone" is the piecewise cubic of Fritsch and Butland (PCHIP): between two knots it only rises or only falls.
    "smoothing" runs it through the values of a cubic smoothing spline.

    **Raises:** `InputError` if there are too few knots to smooth.
    """
    from scipy.interpolate import PchipInterpolator  # half a second, of use to measured curves only

    if interpolation == "smoothing":
        if len(knots) < LEAST_FOR_A_SPLINE:
            raise InputError(
                f'interpolation = "smoothing" needs {LEAST_FOR_A_SPLINE} drives or more; this measurement has '
                f'{len(knots)}: use "monotone".'
            )
        values = np.clip(smooth(knots, values), np.min(values), np.max(values))
    swing = float(np.ptp(values)) or 1.0
    width = knots[-1] - knots[0]
    unit_curve = PchipInterpolator((knots - knots[0]) / width, values / swing)
    return lambda drive: unit_curve(np.clip((drive - knots[0]) / width, 0.0, 1.0)) * swing


def resample(curves: Sequence[Curve], low: float, high: float, num_knots: int) -> tuple[np.ndarray, float]:
    """(values at the ends of equal cells [curves, cells + 1], largest error as a share of the swing).

    The cells divide those of `num_knots` evenly spaced knots by 1, 2, 4, ..., so that such knots are met exactly, and
    as often as `ERROR_BOUND` asks.
    """
    num_cells = num_knots - 1
    while True:
        ends = np.linspace(low, high, num_cells + 1)
        nodes = np.stack([curve(ends) for curve in curves])
        error = max(_largest_error(curve, row, ends) for curve, row in zip(curves, nodes, strict=True))
        error /= float(np.ptp(nodes)) or 1.0
        if error <= ERROR_BOUND or 2 * num_cells > MOST_CELLS:
            return nodes, error
        num_cells *= 2


def _largest_error(curve: Curve, row: np.ndarray, ends: np.ndarray) -> float:
    between = ends[:-1, None] + _PROBES * np.diff(ends)[:, None]
    straight = row[:-1, None] + _PROBES * np.diff(row)[:, None]
    return float(np.max(np.abs(curve(between.ravel()) - straight.ravel())))
