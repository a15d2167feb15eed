"""Edges of the cells of a map, so that each sampled value sits in the middle of its own cell."""

from collections.abc import Sequence

import numpy as np

HALF_DECADE = 10.0**0.5


def cell_edges(centres: Sequence[float] | np.ndarray, scale: str = "linear") -> np.ndarray:
    """The n + 1 edges of n cells around increasing sample positions.

    linear: edges halfway between neighbours, (x_i + x_(i+1)) / 2; log: sqrt(x_i x_(i+1)). The outer edges mirror the
    innermost gap. One lonely sample gets a cell of width 1 (linear) or of one decade (log).

    **Arguments:**

    - `centres`: strictly increasing; all > 0 where `scale` is `log`.
    - `scale`: `linear` or `log`.

    **Raises:** `ValueError` if the centres do not increase, or are not positive on a log axis.
    """
    positions = np.asarray(centres, dtype=float)
    if positions.size == 0 or np.any(np.diff(positions) <= 0):
        raise ValueError(f"The centres of a map's cells must increase; got {positions}.")
    if scale == "log":
        if positions[0] <= 0:
            raise ValueError(f"A log axis needs positive values; got {positions[0]}.")
        if positions.size == 1:
            return positions[0] * np.array([1 / HALF_DECADE, HALF_DECADE])
        return np.exp(cell_edges(np.log(positions)))
    if positions.size == 1:
        return positions[0] + np.array([-0.5, 0.5])
    middles = (positions[:-1] + positions[1:]) / 2
    first = positions[0] - (middles[0] - positions[0])
    last = positions[-1] + (positions[-1] - middles[-1])
    return np.concatenate([[first], middles, [last]])
