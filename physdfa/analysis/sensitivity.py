"""Sensitivity of an output to each parameter: Morris' effects and Sobol's indices, with confidence intervals.

Both refuse an incomplete design: one missing number would spoil every index.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm, sobol_indices

from physdfa.errors import InputError

CONFIDENCE = 0.95
NUM_RESAMPLES = 1000
LEAST_TRAJECTORIES = 4


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number and the ends of its bootstrapped 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class MorrisEffects:
    """Elementary effects of one parameter: change of the output per whole range of the parameter.

    - `mean`: mu; effects of both signs cancel in it. `mean_absolute`: mu*, how much the parameter matters.
    - `spread`: sigma, their standard deviation: large where the effect depends on the others, or is not linear.
    """

    key: str
    mean: Estimate
    mean_absolute: Estimate
    spread: Estimate


@dataclass(frozen=True, kw_only=True)
class SobolIndices:
    """Shares of the output's variance that a parameter explains.

    - `first`: alone, S_i = V[E(Y | x_i)] / V[Y]; `total`: with all its interactions, 1 - V[E(Y | all but x_i)] / V[Y].
    """

    key: str
    first: Estimate
    total: Estimate


def check_complete(outputs: np.ndarray, what: str) -> None:
    """Refuse outputs with a number that is not finite.

    **Raises:** `InputError` with how many are missing.
    """
    missing = int(np.sum(~np.isfinite(outputs)))
    if missing:
        raise InputError(
            f"{what}: {missing} of the {outputs.size} points failed or are missing, and each index needs all of them. "
            "Narrow the ranges to where training does not fail, and run the sweep again."
        )


def morris_effects(
    keys: Sequence[str], positions: np.ndarray, outputs: np.ndarray, *, seed: int = 0
) -> tuple[MorrisEffects, ...]:
    """Elementary effects of trajectories in which one parameter moves at a time.

    d_i = (y(x + delta e_i) - y(x)) / delta,   mu = mean of d_i,   mu* = mean of |d_i|,   sigma = their spread (n - 1)

    **Arguments:**

    - `positions`: [trajectories keys+1 keys] over the unit box; from each point to the next, one parameter moves.
    - `outputs`: [trajectories keys+1].
    - `seed`: of the bootstrap over the trajectories.

    **Raises:** `InputError` for an incomplete design, too few trajectories, or steps of none or several parameters.

    **Source:** Morris, Technometrics 33, 161 (1991); mu*: Campolongo et al., Environ. Model. Softw. 22, 1509 (2007).
    """
    check_complete(outputs, "Morris' effects")
    if len(outputs) < LEAST_TRAJECTORIES:
        raise InputError(f"Morris' effects need {LEAST_TRAJECTORIES} trajectories or more; got {len(outputs)}.")
    steps = np.diff(positions, axis=1)
    if not np.all(np.sum(steps != 0, axis=2) == 1):
        raise InputError("Morris' effects: each step of a trajectory moves exactly one parameter; these do not.")
    parameter = np.argmax(steps != 0, axis=2)
    ratios = np.diff(outputs, axis=1) / np.take_along_axis(steps, parameter[:, :, None], axis=2)[:, :, 0]
    effects = np.empty((len(outputs), len(keys)))
    np.put_along_axis(effects, parameter, ratios, axis=1)
    if not np.all(np.sort(parameter, axis=1) == np.arange(len(keys))):
        raise InputError("Morris' effects: a trajectory moves every parameter once; these do not.")
    random = np.random.default_rng(seed)
    drawn = effects[random.integers(len(effects), size=(NUM_RESAMPLES, len(effects)))]
    return tuple(
        MorrisEffects(
            key=key,
            mean=_estimate(effects[:, i].mean(), drawn[:, :, i].mean(axis=1)),
            mean_absolute=_estimate(np.abs(effects[:, i]).mean(), np.abs(drawn[:, :, i]).mean(axis=1)),
            spread=_estimate(effects[:, i].std(ddof=1), drawn[:, :, i].std(axis=1, ddof=1)),
        )
        for i, key in enumerate(keys)
    )


def sobol_effects(
    keys: Sequence[str], first: np.ndarray, second: np.ndarray, mixed: np.ndarray, *, seed: int = 0
) -> tuple[SobolIndices, ...]:
    """First-order and total indices of a Saltelli design of n base points.

    **Arguments:**

    - `first`, `second`: [n] outputs at the points A and B, two independent halves of one design; n a power of two.
    - `mixed`: [keys n] outputs at A with the column of each key taken from B.

    **Raises:** `InputError` for an incomplete design, or an output that does not vary.

    **Source:** Saltelli et al., Comput. Phys. Commun. 181, 259 (2010), by `scipy.stats.sobol_indices`, bootstrapped
    over the base points with the normal interval: the percentile interval of a variance's share is biased.
    """
    check_complete(np.concatenate([first, second, mixed.ravel()]), "Sobol's indices")
    if np.ptp(np.concatenate([first, second, mixed.ravel()])) == 0:
        raise InputError("Sobol's indices: the output is the same at every point; there is no variance to share out.")
    centre = np.mean(np.concatenate([first, second]))  # the estimator is far less noisy about the mean
    first, second, mixed = first - centre, second - centre, mixed - centre
    found = _indices(first, second, mixed)
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(NUM_RESAMPLES):
        rows = random.integers(len(first), size=len(first))
        if np.ptp(first[rows]) or np.ptp(second[rows]):
            drawn.append(_indices(first[rows], second[rows], mixed[:, rows]))
    spread = norm.ppf((1 + CONFIDENCE) / 2) * np.std(np.array(drawn), axis=0, ddof=1)  # [2 keys]

    def estimate(order: int, i: int) -> Estimate:
        value, half = float(found[order, i]), float(spread[order, i])
        return Estimate(value=value, low=value - half, high=value + half)

    return tuple(SobolIndices(key=key, first=estimate(0, i), total=estimate(1, i)) for i, key in enumerate(keys))


def _indices(first: np.ndarray, second: np.ndarray, mixed: np.ndarray) -> np.ndarray:
    """[2 keys]: the first-order indices, and the total ones."""
    outputs = {"f_A": first[None], "f_B": second[None], "f_AB": mixed[:, None]}
    found = sobol_indices(func=outputs, n=len(first))
    return np.stack([np.ravel(found.first_order), np.ravel(found.total_order)])


def _estimate(value: float, drawn: np.ndarray) -> Estimate:
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(value=float(value), low=float(low), high=float(high))
