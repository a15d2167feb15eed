"""The next points to evaluate: where it is undecided whether the level is reached, and where the best may be."""

import numpy as np

from physdfa.analysis.working_range.surrogate import Surrogate, scores

WIDTH = 1.96
"""Standard deviations within which the level leaves a point undecided."""
BEST_EVERY = 4
"""Of so many points one is sought where the best may be, as the level may hang on it."""


def next_points(
    surrogate: Surrogate, pool: np.ndarray, level: float, num: int, *, best_too: bool, seed: int
) -> list[int]:
    """Which points of a pool to evaluate, the most telling first.

    A point tells most where 1.96 s - |m - z| is largest: m and s the mean and standard deviation of its score by the
    surrogate, z the score of the level. After each choice the covariance is conditioned on it, so that the points of a
    batch do not crowd. With `best_too` every fourth is the best point of one joint draw: where the level hangs on it.

    **Arguments:**

    - `pool`: positions [points axes] to choose from; `num`: at most as many as there are.

    **Source:** Bryan et al., NIPS 2005 (the straddle heuristic); the batch and the share for the best are ours.
    """
    mean, covariance, noise = surrogate.joint(pool)
    values, vectors = np.linalg.eigh(covariance)
    normal = np.random.default_rng(seed).standard_normal((num // BEST_EVERY + 1, len(mean)))
    drawn = mean + (normal * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    (wanted,) = scores(np.array([level]), surrogate.resolution)
    chosen: list[int] = []
    for place in range(min(num, len(pool))):
        std = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        worth = WIDTH * std - np.abs(mean - wanted)
        if best_too and place % BEST_EVERY == BEST_EVERY - 1:
            worth = drawn[place // BEST_EVERY].copy()
        worth[chosen] = -np.inf
        best = int(np.argmax(worth))
        chosen.append(best)
        column = covariance[:, best].copy()
        covariance -= np.outer(column, column) / (column[best] + noise + 1e-9)
    return chosen
