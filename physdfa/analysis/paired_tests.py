"""Rules against each other: do they differ by more than their seeds? Paired tests over seeds, corrected for their
number.

d_s = a_s - b_s, s the seed: both trained from the same seed of weights, batches and feedback

The t-test asks whether mean(d) = 0, and takes d for normal; Wilcoxon's signed ranks take nothing but a symmetric d, and
pay: with n seeds no two-sided p is below 2 / 2^n, 0.0625 for five.

**Source:** Wilcoxon, Biometrics Bull. 1, 80 (1945), exact distribution; Holm, Scand. J. Stat. 6, 65 (1979).
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple, cast

import numpy as np
from scipy import stats

ROUNDING = 1e-12
"""Differences of accuracies below this are rounding: an accuracy is a share of thousands of samples."""

MOST_EXACT_SEEDS = 16
"""Seeds up to which all signs are tried; beyond, the normal distribution stands in for them."""


class PairedTest(NamedTuple):
    """Two rules over their common seeds; each p is two-sided and Holm-corrected over all pairs.

    - `difference`: mean of `first` minus `second`, over `num_seeds` seeds.
    - `t_test`: None where all differences are equal and not 0, or a single seed is common: there is no spread.
    - `wilcoxon`: None where no seed is common.
    """

    first: str
    second: str
    num_seeds: int
    difference: float
    t_test: float | None
    wilcoxon: float | None


def paired_tests(accuracies: Mapping[str, Mapping[int, float]], against: str | None = None) -> list[PairedTest]:
    """Every pair of rules, or every rule against one; pairs without a common seed are left out.

    **Arguments:**

    - `accuracies`: rule -> seed -> test accuracy; the order of the pairs is that of the rules.
    - `against`: the rule with which all others are compared; fewer pairs leave each more of its power.
    """
    found = []
    pairs = combinations(accuracies, 2) if against is None else ((one, against) for one in accuracies if one != against)
    for first, second in pairs:
        seeds = sorted(set(accuracies[first]) & set(accuracies[second]))
        if not seeds:
            continue
        differences = np.array([accuracies[first][seed] - accuracies[second][seed] for seed in seeds])
        differences[np.abs(differences) < ROUNDING] = 0.0
        test = PairedTest(
            first, second, len(seeds), float(differences.mean()), _t_test(differences), _wilcoxon(differences)
        )
        found.append(test)
    by_t, by_rank = (holm([getattr(test, name) for test in found]) for name in ("t_test", "wilcoxon"))
    return [test._replace(t_test=t, wilcoxon=rank) for test, t, rank in zip(found, by_t, by_rank, strict=True)]


class PairedGain(NamedTuple):
    """How much more accurate one training is than another, over seeds that both have.

    - `mean`: of first minus second, a difference of fractions; `low`, `high`: the ends of its interval.
    - `confidence`: probability that the gain is above 0.
    - `num_seeds`: of both.
    """

    mean: float
    low: float
    high: float
    confidence: float
    num_seeds: int


def paired_gain(
    first: Sequence[float], second: Sequence[float], *, resolution: float = 0.0, level: float = 0.95
) -> PairedGain | None:
    """The gain of `first` over `second` by a paired t statistic; None for fewer than two seeds.

    mean(d) +- t(n - 1) s / sqrt(n),   s^2 = max(var(d), resolution^2 / 6),   P(gain > 0) = T_(n-1)(mean(d) sqrt(n) / s)

    d difference of a seed, n seeds, T Student's distribution (the posterior of the mean under a flat prior). What seeds
    move is in it: weights, batches, feedback. That both are scored on the same few validation samples is not: another
    split could move the gain of all seeds together.

    **Arguments:**

    - `first`, `second`: accuracies as fractions, seed by seed.
    - `resolution`: smallest step of an accuracy, 1 / samples. Rounding to it moves a difference by resolution / sqrt(6)
      (standard deviation), below which s is not taken to lie: seeds that happen to agree are no certainty.
    - `level`: share of the intervals that hold the true gain.
    """
    differences = np.asarray(first, dtype=float) - np.asarray(second, dtype=float)
    count = len(differences)
    if count < 2:
        return None
    mean = float(differences.mean())
    mean = 0.0 if abs(mean) < ROUNDING else mean
    error = max(float(differences.std(ddof=1)), resolution / 6**0.5) / count**0.5
    if error < ROUNDING:
        return PairedGain(mean, mean, mean, 0.5 * (1.0 + float(np.sign(mean))), count)
    student = stats.t(count - 1)
    half = float(student.ppf((1 + level) / 2)) * error
    return PairedGain(mean, mean - half, mean + half, float(student.cdf(mean / error)), count)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's correction of p-values. The i-th smallest of m becomes max over j <= i of (m - j + 1) p_j, at most 1; None
    stays None.
    """
    known = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, index) in enumerate(known):
        largest = max(largest, min(1.0, (len(known) - rank) * p))
        corrected[index] = largest
    return corrected


def smallest_wilcoxon(num_seeds: int) -> float:
    """The least two-sided p that signed ranks of `num_seeds` differences can reach, before any correction."""
    return min(1.0, 2.0 / 2**num_seeds)


def _t_test(differences: np.ndarray) -> float | None:
    if not differences.any():
        return 1.0
    if len(differences) < 2 or np.ptp(differences) < ROUNDING:
        return None
    return float(cast(Any, stats.ttest_1samp(differences, 0.0)).pvalue)


def _wilcoxon(differences: np.ndarray) -> float:
    """Exact over all signs of the ranks, which ties and zeros (left out) leave right as well; else asymptotic."""
    known = differences[differences != 0]
    if not known.size:
        return 1.0
    if known.size > MOST_EXACT_SEEDS:
        return float(cast(Any, stats.wilcoxon(known, method="asymptotic")).pvalue)
    ranks = stats.rankdata(np.abs(known))
    observed = abs(float(np.sum(ranks * np.sign(known))))
    signs = np.array(np.meshgrid(*[[-1.0, 1.0]] * len(known), indexing="ij")).reshape(len(known), -1)
    return float(np.mean(np.abs(ranks @ signs) >= observed - ROUNDING))
