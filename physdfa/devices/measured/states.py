"""Sweeps of one device that disagree, because it has states, as a memristor does, or drifts."""

from dataclasses import dataclass

import numpy as np

from physdfa.devices.measured.measurement import Measurement
from physdfa.devices.measured.names import FALLING, RISING

LEAST_DISAGREEMENT = 0.1
"""Share of the swing: sweeps that differ by less are averaged without a word."""

_WINDOWS = 8  # of the range of the drive: differences are averaged in each, so that noise is no state
_STANDARD_ERRORS = 3.0  # of such an average: a smaller difference is noise
_LEAST_FOR_NOISE = 5  # samples from which the noise is estimated


@dataclass(frozen=True)
class _Difference:
    """The largest difference between sweeps: as a share of the swing, and the drive near which it is."""

    share: float
    drive: float


def disagreements(measurement: Measurement, branch: str | None) -> tuple[str, ...]:
    """A sentence for each kind of sweeps that would be averaged although they differ much.

    **Arguments:**

    - `branch`: as for `MeasuredCurve`; None if nobody chose one, so that both directions are averaged.
    """
    unit, found = measurement.drive_unit, []
    directions = {"rising": (RISING,), "falling": (FALLING,)}.get(branch or "", (RISING, FALLING))
    repeat = measurement.repeat
    for direction in directions:
        if repeat is None or measurement.repeat_chosen is not None:
            break
        here = measurement.direction == direction
        difference = _largest(measurement, here, repeat)
        if difference is None:
            continue
        called = "rising" if direction == RISING else "falling"
        num_repeats = int(np.max(repeat[here]))
        choice = "1 or 2" if num_repeats == 2 else f"1, ..., {num_repeats}"
        found.append(
            f"the {num_repeats} {called} repeats of `{measurement.y}` disagree by up to {100 * difference.share:.0f} % "
            f"of the swing (near {difference.drive:.3g} {unit}) and are averaged: the device has states, or it drifts. "
            f'Choose one with repeat = {choice}, or say repeat = "mean" to average them.'
        )
    if branch is None and measurement.has_both_branches:
        whole = np.ones(len(measurement.drive), bool)
        difference = _largest(measurement, whole, measurement.direction)
        if difference is not None:
            found.append(
                f"the rising and falling sweeps of `{measurement.y}` disagree by up to {100 * difference.share:.0f} % "
                f"of the swing (near {difference.drive:.3g} {unit}) and are averaged. Choose one with branch = "
                '"rising" or "falling", draw one for each use with "random", or say branch = "mean".'
            )
    return tuple(found)


def _largest(measurement: Measurement, here: np.ndarray, group: np.ndarray) -> _Difference | None:
    """The largest difference between the groups of the samples `here`, at one setting; None if it is a small one."""
    swing = float(np.ptp(measurement.output))
    settings = np.zeros(len(here)) if measurement.setting is None else measurement.setting
    found = [
        _difference(measurement.drive[kept], measurement.output[kept], group[kept], swing)
        for setting in np.unique(settings[here])
        if len(np.unique(group[kept := here & (settings == setting)])) > 1
    ]
    largest = max(found, key=lambda each: each.share, default=None)
    return largest if largest is not None and largest.share > LEAST_DISAGREEMENT else None


def _difference(drive: np.ndarray, output: np.ndarray, group: np.ndarray, swing: float) -> _Difference:
    """Between the groups: at the samples of each, from the group with the most samples, averaged in windows."""
    names, counts = np.unique(group, return_counts=True)
    reference = names[np.argmax(counts)]
    knots, place = np.unique(drive[group == reference], return_inverse=True)
    means = np.bincount(place, output[group == reference]) / np.bincount(place)
    edges = np.linspace(drive.min(), drive.max(), _WINDOWS + 1)
    least, largest = np.zeros(_WINDOWS), np.zeros(_WINDOWS)
    for name in names[names != reference]:
        inside = (group == name) & (drive >= knots[0]) & (drive <= knots[-1])
        if not inside.any():
            continue
        apart = output[inside] - np.interp(drive[inside], knots, means)
        window = np.clip(np.searchsorted(edges, drive[inside], side="right") - 1, 0, _WINDOWS - 1)
        count = np.maximum(np.bincount(window, minlength=_WINDOWS), 1)
        average = np.bincount(window, apart, minlength=_WINDOWS) / count
        average[np.abs(average) < _STANDARD_ERRORS * _noise(apart) / np.sqrt(count)] = 0.0
        least, largest = np.minimum(least, average), np.maximum(largest, average)
    most = int(np.argmax(largest - least))
    return _Difference(float(largest[most] - least[most]) / (swing or 1.0), float(edges[most] + edges[most + 1]) / 2)


def _noise(apart: np.ndarray) -> float:
    """Standard deviation of the noise on differences in the order of the drive, from their second differences."""
    if len(apart) < _LEAST_FOR_NOISE:
        return 0.0
    return float(np.median(np.abs(np.diff(apart, 2)))) / 0.6745 / np.sqrt(6.0)
