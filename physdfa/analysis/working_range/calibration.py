"""Calibration of verdicts: those on points without their own measurement, against what was measured."""

import itertools
from dataclasses import dataclass

import numpy as np

from physdfa.analysis.working_range.odds import states_of
from physdfa.analysis.working_range.share import wilson

STATED = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Ends of the bands of confidence in which verdicts are compared with measurements."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """Unseen points of one verdict, or of one band of stated confidence `low` ... `high`.

    - `num`, `right`: points, and those whose measured accuracy was on the side that was likelier.
    - `stated`: mean probability with which that was said; None without a point.
    - `right_low`, `right_high`: Wilson's 95 % interval of right / num.
    """

    low: float
    high: float
    num: int
    right: int
    stated: float | None
    right_low: float
    right_high: float


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """Counts of right verdicts on the evaluated points, each judged without what was measured there.

    - `inside`, `outside`, `too_close`: by verdict; `unknown`: points of which nothing was claimed.
    - `bands`: by the stated confidence.
    """

    inside: Told
    outside: Told
    too_close: Told
    unknown: int
    bands: tuple[Told, ...]


def compared(probability: np.ndarray, works: np.ndarray, known: np.ndarray, confidence: float) -> Calibration:
    """Sort points by their verdict, and count the right ones: [points] each."""
    states = states_of(probability, known, confidence)
    stated = np.maximum(probability, 1 - probability)
    right = works == (probability >= 0.5)

    def told(which: np.ndarray, low: float, high: float) -> Told:
        num, hits = int(which.sum()), int(right[which].sum())
        right_low, right_high = wilson(hits, num) if num else (0.0, 1.0)
        mean = float(stated[which].mean()) if num else None
        return Told(low=low, high=high, num=num, right=hits, stated=mean, right_low=right_low, right_high=right_high)

    return Calibration(
        inside=told(states == "inside", confidence, 1.0),
        outside=told(states == "outside", confidence, 1.0),
        too_close=told(states == "too_close", 0.5, confidence),
        unknown=int(np.sum(~known)),
        bands=tuple(
            told(known & (stated >= low) & (stated < high), low, high) for low, high in itertools.pairwise(STATED)
        ),
    )
