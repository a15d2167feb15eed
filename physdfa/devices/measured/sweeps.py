"""The directions in which a recorded drive was swept."""

import numpy as np

_LEAST_TURN = 0.02  # of the range of the drive: a smaller reversal is noise or hesitation
_NOISE_MARGIN = 6.0  # standard deviations of the noise on the drive
_MOST_HYSTERESIS = 0.5  # of the range: steps so wild are no sweep with noise on it, but drives in any order


def directions(drive: np.ndarray) -> tuple[np.ndarray, int]:
    """(+1 or -1 for each sample, number of sweeps). Without order in the drive all are +1, and the number is 0.

    See `sweeps_of`.
    """
    direction, sweep = sweeps_of(drive)
    return direction, int(sweep[-1])


def repeats_of(drive: np.ndarray, direction: np.ndarray, sweep: np.ndarray) -> np.ndarray:
    """The repeat of its direction that each sample belongs to, from 1, [samples].

    Several sweeps of one direction are its repeats. Within a single sweep, and where the drive has no order, repeats
    are the samples of one drive, in the order recorded.

    **Arguments:**

    - `drive`: [samples]; `direction`, `sweep`: of each, as from `sweeps_of`.
    """
    repeat = np.ones(len(drive), np.int32)
    for sign in (1, -1):
        here = np.flatnonzero(direction == sign)
        numbers = np.unique(sweep[here])
        if len(numbers) > 1:
            repeat[here] = 1 + np.searchsorted(numbers, sweep[here])
        elif len(here):
            order = here[np.argsort(drive[here], kind="stable")]
            starts = np.concatenate([[True], np.diff(drive[order]) > 0])
            places = np.arange(len(order))
            repeat[order] = 1 + places - np.maximum.accumulate(np.where(starts, places, 0))
    return repeat


def sweeps_of(drive: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(+1 or -1 for each sample, the number of its sweep from 1). Without order in the drive all are +1 and 0.

    A sweep ends at an extremum from which the drive then returns by more than the hysteresis: 2 % of its range, or six
    standard deviations of its noise, whichever is more; where that is more than half of the range, there is no order. A
    sweep of one sample is a fly-back and belongs to the next.

    **Arguments:**

    - `drive`: [samples], in the order recorded.
    """
    steps = np.diff(drive)
    if np.all(steps >= 0) or np.all(steps <= 0):
        return np.full(len(drive), -1 if np.any(steps < 0) else 1, np.int8), np.ones(len(drive), np.int32)
    no_order = np.ones(len(drive), np.int8), np.zeros(len(drive), np.int32)
    least = max(_LEAST_TURN * float(np.ptp(drive)), _NOISE_MARGIN * _noise(drive))
    if least > _MOST_HYSTERESIS * float(np.ptp(drive)):
        return no_order
    ends = _turning_points(drive, least)
    bounds = [0, *(end + 1 for end in ends), len(drive)]
    if len(bounds) - 1 > len(drive) / 2:
        return no_order
    first_rises = drive[ends[0]] > drive[0] if ends else drive[-1] > drive[0]
    sign = 1 if first_rises else -1
    signs = [sign * (-1) ** index for index in range(len(bounds) - 1)]
    lengths = np.diff(bounds)
    for index in reversed(range(len(signs))):
        if lengths[index] == 1:
            signs[index] = signs[index + 1] if index + 1 < len(signs) else signs[index - 1]
    numbers = np.cumsum(np.concatenate([[1], lengths[1:] > 1]))
    for index in reversed(range(1, len(numbers) - 1)):  # a fly-back belongs to the sweep after it
        if lengths[index] == 1:
            numbers[index] = numbers[index + 1]
    return np.repeat(np.array(signs, np.int8), lengths), np.repeat(numbers, lengths).astype(np.int32)


def _turning_points(drive: np.ndarray, least: float) -> list[int]:
    """The samples at which the drive turns, by more than the hysteresis `least` on both sides."""
    values = drive.tolist()
    ends: list[int] = []
    low_at = high_at = 0
    rising = 0
    for index, value in enumerate(values):
        if value > values[high_at]:
            high_at = index
        if value < values[low_at]:
            low_at = index
        if rising >= 0 and values[high_at] - value > least:
            if rising:
                ends.append(high_at)
            rising, low_at = -1, index
            high_at = index
        elif rising <= 0 and value - values[low_at] > least:
            if rising:
                ends.append(low_at)
            rising, high_at = 1, index
            low_at = index
    return ends


def _noise(drive: np.ndarray) -> float:
    """Standard deviation of the noise on the drive, from second differences, which a steady sweep does not have."""
    if len(drive) < 16:
        return 0.0
    second = np.abs(np.diff(drive, 2))
    return float(np.median(second)) / 0.6745 / np.sqrt(6.0)
