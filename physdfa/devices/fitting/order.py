"""Order among residuals: the likeness of neighbours, and its effect on the standard errors of a fit."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.signal import lfilter

Sweeps = Sequence[np.ndarray]
"""Places of the samples, one array per sweep, in the order in which neighbours count as such."""

_SIGNIFICANT = 4.0
"""Twice the logarithm of the likelihood ratio: two standard deviations, which 2 % of residuals without order exceed."""

_MOST_SWEEPS = 0.125  # of the samples: drives that jump more often than this were recorded in no order
_FLY_BACK = 0.5  # of the range of the drive
_LEAST_PIECES = 4.0  # correlation lengths, 1 / (1 - r), in a sweep: a longer one is not told from a drift


def orders_of(drive: np.ndarray, direction: np.ndarray) -> list[Sweeps]:
    """The orders in which residuals may have neighbours: along the drive, and as recorded if that differs.

    Along the drive, repeats of a sweep are interleaved, one direction apart from the other; as recorded, a sweep ends
    where the direction changes or the drive flies back by half of its range.
    """
    along = [np.flatnonzero(direction == sign) for sign in np.unique(direction)]
    along = [places[np.argsort(drive[places], kind="stable")] for places in along]
    ends = (np.diff(direction) != 0) | (np.abs(np.diff(drive)) > _FLY_BACK * np.ptp(drive))
    recorded = np.split(np.arange(len(drive)), np.flatnonzero(ends) + 1)
    if len(recorded) <= len(along) or len(recorded) > _MOST_SWEEPS * len(drive):
        return [along]
    return [along, recorded]


def correlation_of(residuals: np.ndarray, fitted: np.ndarray, sweeps: Sweeps) -> float:
    """The correlation r of neighbours, r^k of the k-th, by restricted likelihood; 0 where it may be chance.

    A fit takes the part of the errors that lies along its parameters away, so that the residuals look less alike than
    the errors are; the restricted likelihood is that of what is left. r is at most 1 - 4 / samples of a sweep.

    **Arguments:**

    - `residuals`: [samples]; `fitted`: [samples parameters], orthonormal columns that span what the fit can change.

    **Source:** H. D. Patterson & R. Thompson, Biometrika 58, 545 (1971), for errors that follow an AR(1) process.
    """
    if not np.any(residuals):
        return 0.0
    both = np.column_stack([fitted, residuals])
    num_samples, num_parameters = fitted.shape

    def unlikeliness(r: float) -> float:
        """-2 log of the restricted likelihood, up to a constant."""
        white = np.concatenate([_whitened(both[places], r) for places in sweeps])
        *of_fitted, of_residuals = np.log(np.abs(np.diag(np.linalg.qr(white, mode="r"))))
        freedom = num_samples - num_parameters
        return 2.0 * (freedom * of_residuals + sum(of_fitted)) - len(sweeps) * math.log1p(-(r**2))

    highest = max(1.0 - _LEAST_PIECES / max(map(len, sweeps)), 0.5)
    found = minimize_scalar(unlikeliness, bounds=(0.0, highest), method="bounded")
    return float(found.x) if unlikeliness(0.0) - found.fun > _SIGNIFICANT else 0.0


def correlated(columns: np.ndarray, r: float, sweeps: Sweeps) -> np.ndarray:
    """R times the columns [samples columns], R the correlations r^|i - j| within each sweep."""
    product = np.empty_like(columns)
    for places in sweeps:
        part = columns[places]
        before, behind = (lfilter([1.0], [1.0, -r], each, axis=0) for each in (part, part[::-1]))
        product[places] = before + behind[::-1] - part
    return product


def _whitened(columns: np.ndarray, r: float) -> np.ndarray:
    """The columns of one sweep, less the part that their neighbour before them predicts."""
    first = math.sqrt(1.0 - r**2) * columns[:1]
    return np.concatenate([first, columns[1:] - r * columns[:-1]])
