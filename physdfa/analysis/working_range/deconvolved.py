"""The distribution of true accuracies over the points, once the noise of their measurement is taken out."""

from dataclasses import dataclass

import numpy as np
from scipy.special import xlog1py, xlogy

COARSE, FINE = 31, 81
FINE_BELOW = 0.06
"""Accuracies are told apart finely down to so far below the largest that was measured."""
STEPS = 1500
TOP_PART = 0.1
"""As much weight lies above what is taken for the best accuracy, if that is one of a flat top."""


@dataclass(frozen=True)
class Deconvolved:
    """Accuracies [atoms] that the points may truly have, with the `weights` [atoms] that make them likeliest.

    - `best`: of a flat top, from samples of the points with repetition [draws].

    **Source:** Laird, J. Am. Stat. Assoc. 73, 805 (1978): the likeliest mixing distribution, by expectation and
    maximisation; it is discrete, so that a flat top is one accuracy. Samples of points: Rubin, Ann. Stat. 9, 130
    (1981).
    """

    atoms: np.ndarray
    weights: np.ndarray
    best: np.ndarray


def deconvolved(
    measured: np.ndarray, mass: np.ndarray, variance_per_image: float, random: np.random.Generator, num: int
) -> Deconvolved:
    """Take the noise out of measured accuracies.

    **Arguments:**

    - `measured`: [points], 0 for those that failed; `mass`: the part of the box that each owns.
    - `variance_per_image`: v in the variance v a (1 - a) of an accuracy a.
    - `num`: samples of the points.
    """
    trained = measured[measured > 0]
    low, top = float(trained.min()), float(trained.max())
    coarse, fine = np.linspace(low, top, COARSE), np.linspace(max(low, top - FINE_BELOW), top, FINE)
    atoms = np.concatenate([[0.0], np.unique(np.concatenate([coarse, fine]))])
    held, a = np.clip(atoms, 1e-6, 1 - 1e-6), measured[:, None]
    deviance = xlogy(a, a / held) + xlog1py(1 - a, -a) - xlog1py(1 - a, -held)
    likelihood = np.exp(-deviance / variance_per_image)
    likelihood[:, 0] = measured == 0
    likelihood[measured == 0, 1:] = 0.0
    likelihood = np.maximum(likelihood, 1e-200)
    parts = np.concatenate([np.ones((1, len(mass))), random.exponential(size=(num, len(mass)))]) * mass
    parts /= parts.sum(axis=1, keepdims=True)
    weights = np.full((num + 1, len(atoms)), 1 / len(atoms))
    for _ in range(STEPS):
        weights *= (parts / (weights @ likelihood.T)) @ likelihood
    below = np.cumsum(weights, axis=1)
    best = atoms[np.minimum(np.sum(below < 1 - TOP_PART, axis=1), len(atoms) - 1)]
    return Deconvolved(atoms, weights[0], best[1:])
