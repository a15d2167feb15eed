"""The probability that a device works, by the surrogate's misses at points that it had not seen."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtr

from physdfa.errors import InputError

DEFAULT_CONFIDENCE = 0.8
"""Probability of being right from which on a device is called inside or outside: four times as likely as not."""
SHARE_NEAR = 0.25
LEAST_NEAR = 32
"""Least number of misses near the level. They are those of the quarter of the points predicted nearest to it."""
LEAST_BANDWIDTH = 1e-6
CHUNK = 4096

State = Literal["inside", "outside", "too_close", "unknown"]
"""Works; does not; the probabilities of both are below the confidence that is asked for; nothing is known."""


@dataclass(frozen=True, kw_only=True)
class Odds:
    """Probability that a training at a point reaches the level, by the misses of cross-validation.

    P = [1/2 + sum_i Phi(((m - z) / s + t_i) / h)] / (n + 1),   t_i = (z_i - m_i) / s_i

    `m`, `s`: predicted score of the point, and the standard deviation of one measurement there as the surrogate states
    it; `z`: score of the level; `t_i`: miss of an unseen point, `z_i` its measured score; `h`: bandwidth. The surrogate
    says where it is less sure than elsewhere (`s`), its misses how much that is worth near this level: they need be
    neither normal nor centred. With n misses no probability is within 1 / 2(n + 1) of 0 or 1.

    **Source:** misses of held-out points in place of a stated error: Vovk et al., *Algorithmic Learning in a Random
    World* (2005), ch. 2 (conformal prediction); bandwidth: Silverman, *Density Estimation* (1986), eq. 3.31.
    """

    level: float
    misses: np.ndarray
    bandwidth: float

    def probability(self, score: np.ndarray, score_std: np.ndarray) -> np.ndarray:
        """P at points of these predicted scores and standard deviations, [points]."""
        away = (score - self.level) / score_std
        parts = [self._probability(away[start : start + CHUNK]) for start in range(0, len(away), CHUNK)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _probability(self, away: np.ndarray) -> np.ndarray:
        reached = ndtr((away[:, None] + self.misses) / self.bandwidth).sum(axis=1)
        return (0.5 + reached) / (len(self.misses) + 1)

    @property
    def scale(self) -> float:
        """Root mean square of the misses near the level, in units of the surrogate's stated error."""
        return float(np.sqrt(np.mean(self.misses**2)))


@dataclass(frozen=True)
class UncertainOdds:
    """Probability that a training reaches a level that is itself uncertain: the mean over equally likely levels."""

    each: tuple[Odds, ...]

    def probability(self, score: np.ndarray, score_std: np.ndarray) -> np.ndarray:
        """Mean probability at points, see `Odds.probability`."""
        return np.mean([odds.probability(score, score_std) for odds in self.each], axis=0)

    @property
    def scale(self) -> float:
        """That of the middle level, see `Odds.scale`."""
        return self.each[len(self.each) // 2].scale


def odds_near(level: float, predicted: np.ndarray, misses: np.ndarray) -> Odds:
    """The odds by the misses of the points predicted nearest to the level.

    **Arguments:**

    - `level`: as a score; `predicted`: scores of unseen points; `misses`: t_i of the same points. [points]
    """
    num = max(LEAST_NEAR, round(SHARE_NEAR * len(misses)))
    near = np.sort(misses[np.argsort(np.abs(predicted - level), kind="stable")[:num]])
    quarter, three_quarters = np.quantile(near, [0.25, 0.75])
    spread = min(float(near.std()), float(three_quarters - quarter) / 1.34)
    bandwidth = max(0.9 * spread * len(near) ** -0.2, LEAST_BANDWIDTH)
    return Odds(level=level, misses=near, bandwidth=bandwidth)


def checked_confidence(confidence: float) -> float:
    """The confidence that is asked of a verdict.

    **Raises:** `InputError` if it is no probability above one half.
    """
    if not 0.5 < confidence < 1.0:
        raise InputError(
            f"the confidence of a verdict is above 0.5 and below 1; got {confidence:g}. Write 0.8 for 80 %."
        )
    return confidence


def states_of(probability: np.ndarray, known: np.ndarray, confidence: float) -> np.ndarray:
    """The verdict on each point, an array of `State`."""
    called = np.where(
        probability >= confidence, "inside", np.where(1 - probability >= confidence, "outside", "too_close")
    )
    return np.where(known, called, "unknown")
