"""Another curve of the same measurement: redrawn from its repeats, its branches and its noise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

from physdfa.devices.measured.grid import ERROR_BOUND, interpolant
from physdfa.devices.measured.knots import grouped
from physdfa.devices.measured.measurement import Measurement
from physdfa.errors import InputError

LEAST_REPEATS = 3
"""Sweeps from which their scatter is known; of two, a drawn curve is the one, the other or their mean."""

LEAST_KNOTS = 12
"""Knots from which the noise of a single sweep is estimated."""

WINDOW = 25
"""Knots over which that noise is pooled."""

LEAST_DOUBT = ERROR_BOUND
"""Of the swing: what leaves less open than the table errs is not redrawn."""

_DEGREES_PER_RESIDUAL = 1 / 2.63  # their autocorrelations -0.8, 0.4, -0.11 and 0.01: 1 / (1 + 2 sum of squares)
_LEAST_COVERED = 0.5  # of the drives of the fullest repeat; of less, samples are no sweep that stands for the whole


@dataclass(frozen=True)
class Doubt:
    """How much a branch leaves open at its knots.

    - `deviations`: [repeats knots] of its repeats from their mean; one row of zeros where it has one sweep.
    - `error`: [repeats knots] standard deviation of the noise on each, in the place of what its repeats say; 0 where
      there are enough of them. `degrees`: [repeats knots] of freedom behind it.
    """

    deviations: np.ndarray
    error: np.ndarray
    degrees: np.ndarray

    @property
    def largest(self) -> float:
        """The largest of them; 0 where a curve cannot be redrawn."""
        return float(max(np.max(np.abs(self.deviations)), np.max(self.error)))


def redrawn_nodes(
    measurement: Measurement, table: Mapping[str, Any], branch: str, interpolation: str, number: int
) -> np.ndarray:
    """The nodes of another curve of the same measurement, [branches settings nodes], in the cells of its table.

    Repeats are weighted as `sweep_weights` draws them, and so are the branches where their mean is used; where fewer
    than three repeats tell it, noise is added as it is found in each sweep. The drives stay as they are.

    **Arguments:**

    - `table`: of the measured curve: its `nodes` between `low` and `high`, and the samples (`sweeps`) and `knots` of
      each branch, setting by setting.
    - `number`: from 1; the same number is the same curve for all who ask.

    **Raises:** `InputError` where nothing tells how another measurement would differ.
    """
    sweeps, knots, repeat = table["sweeps"], table["knots"], measurement.repeat
    doubts = [
        doubt_of(measurement.drive[here], measurement.output[here], None if repeat is None else repeat[here], drive)
        for here, (drive, _, _) in zip([each for row in sweeps for each in row], knots, strict=True)
    ]
    has_two = branch != "random" and max(map(len, sweeps)) > 1
    if not has_two and max(doubt.largest for doubt in doubts) <= LEAST_DOUBT * np.ptp(table["nodes"]):
        raise InputError(
            "there is nothing to redraw a curve from: one sweep, without noise that could be told from its shape. "
            "Measure it up and down, or several times, and keep every sample."
        )
    random = np.random.default_rng([number, crc32(measurement.sha256.encode())])
    ends = np.linspace(table["low"], table["high"], table["nodes"].shape[-1])
    curves = iter(
        interpolant(drive, output + redrawn(doubt, random), interpolation)(ends)
        for (drive, output, _), doubt in zip(knots, doubts, strict=True)
    )
    rows = [np.stack([next(curves) for _ in row]) for row in sweeps]
    if branch != "random":
        weights = {1: np.ones(1), 2: sweep_weights(2, random)}
        rows = [weights[len(each)] @ each[None] for each in rows]
    return np.stack(rows, axis=1)


def doubt_of(drive: np.ndarray, output: np.ndarray, repeat: np.ndarray | None, knots: np.ndarray) -> Doubt:
    """What the samples of one branch, at one setting, leave open.

    **Arguments:**

    - `drive`, `output`, `repeat`: [samples], see `Measurement`; `knots`: [knots] ascending drives of the branch.
    """
    sweeps = [grouped(drive[here], output[here])[:2] for here in _repeats(drive, repeat)]
    curves = np.stack([np.interp(knots, *sweep) for sweep in sweeps])
    error, degrees = np.zeros_like(curves), np.ones_like(curves)
    if len(sweeps) < LEAST_REPEATS:
        for row, (drives, means) in enumerate(sweeps):
            found = _noise(drives, means)
            error[row], degrees[row] = (np.interp(knots, drives, values) for values in found)
    return Doubt(curves - curves.mean(axis=0), error, degrees)


def redrawn(doubt: Doubt, random: np.random.Generator) -> np.ndarray:
    """The change of a branch at its knots, [knots], in another measurement of the same device."""
    weights = sweep_weights(len(doubt.deviations), random)
    noise = np.mean(doubt.error * random.standard_t(doubt.degrees), axis=0)
    return weights @ doubt.deviations + noise


def sweep_weights(num: int, random: np.random.Generator) -> np.ndarray:
    """Weights of sweeps, 1 together, with which their mean scatters as means of so many do.

    w = 1 / n + (z - mean(z)) / sqrt(n (n - 1)) sqrt((n - 1) / chi^2),   z normal, chi^2 of n - 1 degrees of freedom

    That is Student's t. Of two sweeps it has no variance: they are drawn with replacement.
    """
    if num < LEAST_REPEATS:
        return random.multinomial(num, np.full(num, 1 / num)) / num
    normal = random.standard_normal(num)
    return 1 / num + (normal - normal.mean()) / np.sqrt(num * random.chisquare(num - 1))


def _repeats(drive: np.ndarray, repeat: np.ndarray | None) -> list[np.ndarray]:
    """The samples of each repeat; all together where a repeat does not stand for the whole branch."""
    numbers = np.ones(len(drive), int) if repeat is None else repeat
    found = [numbers == number for number in np.unique(numbers)]
    covered = [len(np.unique(drive[here])) for here in found]
    return found if min(covered) >= _LEAST_COVERED * max(covered) else [np.ones(len(drive), bool)]


def _noise(knots: np.ndarray, means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(standard deviation of white noise on the means, its degrees of freedom) at the knots; 0 for too few.

    From the distance of each from the cubic through its four neighbours, less of which is the curve's own than of
    distances from a chord.

    **Source:** Hall, Kay & Titterington, Biometrika 77, 521 (1990), for noise from differences; the weights are ours.
    """
    if len(knots) < LEAST_KNOTS:
        return np.zeros_like(means), np.ones_like(means)
    middle = knots[2:-2]
    near = [knots[:-4], knots[1:-3], knots[3:-1], knots[4:]]
    weights = [_lagrange(middle, near, each) for each in range(4)]
    values = [means[:-4], means[1:-3], means[3:-1], means[4:]]
    distance = means[2:-2] - sum(weight * value for weight, value in zip(weights, values, strict=True))
    squares = distance**2 / (1.0 + sum(weight**2 for weight in weights))
    window = np.ones(min(WINDOW, len(squares)))
    pooled, count = (np.convolve(each, window, mode="same") for each in (squares, np.ones_like(squares)))
    error, degrees = np.sqrt(pooled / count), np.maximum(count * _DEGREES_PER_RESIDUAL, 1.0)
    return np.pad(error, 2, mode="edge"), np.pad(degrees, 2, mode="edge")


def _lagrange(at: np.ndarray, near: Sequence[np.ndarray], own: int) -> np.ndarray:
    """The weight of the neighbour `own` in the cubic through all of them."""
    others = [each for place, each in enumerate(near) if place != own]
    return np.prod([(at - other) / (near[own] - other) for other in others], axis=0)
