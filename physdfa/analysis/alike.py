"""Do candidates differ at all? Their accuracies against what seeds alone move."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

LEAST_CANDIDATES = 4
"""Candidates below which their spread tells too little."""

DOUBT = 0.05
"""Probability of a spread as large by seeds alone, below which candidates are said to differ."""


class Alikeness(NamedTuple):
    """The spread of candidates beside that of seeds.

    - `num_candidates`; `std`: of their mean accuracies; `seed_std`: of such a mean by its seeds alone.
    - `p`: probability that seeds alone give a ratio of the two as large.
    """

    num_candidates: int
    std: float
    seed_std: float
    p: float

    @property
    def is_alike(self) -> bool:
        """Whether nothing speaks for a difference between the candidates."""
        return self.p >= DOUBT


def alikeness(
    means: Sequence[float], seeds: int, groups: Sequence[Sequence[float]], *, resolution: float = 0.0
) -> Alikeness | None:
    """Compare the variance of candidates with that of seeds by Fisher's F; None where there is too little of either.

    F = var(means) / max(s^2 / seeds, resolution^2 / (12 seeds)),   s^2 = sum_g (n_g - 1) var(group g) / sum_g (n_g - 1)

    **Arguments:**

    - `means`: mean accuracy of each candidate over `seeds` seeds.
    - `groups`: accuracies of trainings that differ by their seeds alone.
    - `resolution`: smallest step of an accuracy, 1 / samples.
    """
    known = [np.asarray(group, dtype=float) for group in groups if len(group) > 1]
    freedom = sum(len(group) - 1 for group in known)
    if len(means) < LEAST_CANDIDATES or not freedom:
        return None
    pooled = sum((len(group) - 1) * float(group.var(ddof=1)) for group in known) / freedom
    by_seeds = max(pooled, resolution**2 / 12) / seeds
    between = float(np.var(np.asarray(means, dtype=float), ddof=1))
    ratio = between / by_seeds if by_seeds else (np.inf if between else 1.0)
    p = float(stats.f.sf(ratio, len(means) - 1, freedom))
    return Alikeness(len(means), between**0.5, by_seeds**0.5, p)
