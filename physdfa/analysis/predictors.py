"""Ranks of devices by cheap and early scores: Spearman's correlation of each score with the trained accuracy.

    rho = Pearson's correlation of the ranks of score and accuracy, ties at their mean rank

One candidate is one point: its accuracy and its scores are means over its seeds.

- |g_correlation|, |g_mean_over_spread|: a sign that g has as a whole is taken up by the feedback (B is as likely as -B,
  see `LayerQuality`), so that a device and its negative, which train alike, must rank alike. The magnitude is taken
  seed by seed.
- cos(alignment_k), of the angle after k epochs: with its sign. An update beyond 90 degrees from the gradient leads
  uphill. The cosine falls where the angle rises, so that every score here is better where it is larger.

The angle before the first update is none of them: B is drawn independently of the weights, and it ranks nothing.

**Source:** Spearman, Am. J. Psychol. 15, 72 (1904); the interval is the percentile bootstrap over candidates: Efron &
Tibshirani, "An Introduction to the Bootstrap" (1993), ch. 13, `scipy.stats.bootstrap`.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from physdfa.analysis.early_scores import EARLY_EPOCHS

LEAST_CANDIDATES = 20
"""Least number of candidates. With fewer an interval would reach over most of -1 ... 1."""

RESAMPLES = 2000
CONFIDENCE = 0.95


class Predictor(NamedTuple):
    """A score of the archive: its `column`, its `title`, and the function of the column that is ranked."""

    column: str
    title: str
    score: Callable[[np.ndarray], np.ndarray]


class RankCorrelation(NamedTuple):
    """Rank correlation of a score with the accuracy, larger being better.

    - `spearman`: -1 ... 1; `low`, `high`: its confidence interval.
    - `num_candidates`: how many it was computed from.
    """

    column: str
    title: str
    spearman: float
    low: float
    high: float
    num_candidates: int


class PredictorRanking(NamedTuple):
    """The scores that could be ranked, the best first, and remarks on what is left out."""

    correlations: tuple[RankCorrelation, ...]
    remarks: tuple[str, ...]


def _cosine(degrees: np.ndarray) -> np.ndarray:
    return np.cos(np.radians(degrees))


def _epochs(number: int) -> str:
    return f"{number} epoch" + ("" if number == 1 else "s")


PREDICTORS = (
    Predictor("g_rms", "rms of g over the potentials that occur, before training", np.abs),
    Predictor("g_correlation", "|correlation of g with f′|, before training", np.abs),
    Predictor("g_mean_over_spread", "|mean of g| / spread of g, before training", np.abs),
    *(
        Predictor(f"alignment_{k}", f"angle between update and BPTT gradient after {_epochs(k)}", _cosine)
        for k in EARLY_EPOCHS
    ),
    *(Predictor(f"validation_accuracy_{k}", f"validation accuracy after {_epochs(k)}", np.abs) for k in EARLY_EPOCHS),
)


def rank_predictors(evaluations: pd.DataFrame) -> PredictorRanking:
    """Spearman's correlation of each of `PREDICTORS` with the trained validation accuracy.

    **Arguments:**

    - `evaluations`: the archive of a sweep or search, a row per candidate and seed. A candidate counts with all of its
      seeds or not at all: one of which a seed failed, or was dropped before its end, is left out, in words.
    """
    trained = trained_candidates(evaluations)
    remarks = []
    if trained.empty:
        return PredictorRanking((), ())
    total = len(set(evaluations["candidate"]))
    if total > len(trained):
        remarks.append(f"{total - len(trained)} of {total} candidates did not train to the end and are left out.")
    correlations = []
    for predictor in PREDICTORS:
        score, accuracy = _numbers(trained, predictor.column), _numbers(trained, "validation_accuracy")
        has_score = np.isfinite(score)
        score, accuracy, known = score[has_score], accuracy[has_score], int(has_score.sum())
        if known < LEAST_CANDIDATES:
            if known:
                said = f"only {known} of {len(trained)} have it; {LEAST_CANDIDATES} are needed."
                remarks.append(f"{predictor.title}: {said}")
            continue
        if known < len(trained):
            said = f"{len(trained) - known} of {len(trained)} do not have it and are left out."
            remarks.append(f"{predictor.title}: {said}")
        if np.ptp(score) == 0 or np.ptp(accuracy) == 0:
            same = "it" if np.ptp(score) == 0 else "the accuracy"
            remarks.append(f"{predictor.title}: {same} is the same for all {known} candidates: nothing to rank.")
            continue
        correlations.append(
            RankCorrelation(predictor.column, predictor.title, *_bootstrapped((score, accuracy), spearman), known)
        )
    correlations.sort(key=lambda found: -found.spearman)
    return PredictorRanking(tuple(correlations), tuple(remarks))


def trained_candidates(evaluations: pd.DataFrame) -> pd.DataFrame:
    """Mean accuracy and mean scores, as they are ranked, of the candidates that trained to the end.

    A score that a seed lacks is NaN; without a column of accuracies there is nothing.
    """
    if not {"candidate", "validation_accuracy"} <= set(evaluations.columns):
        return pd.DataFrame()
    table = pd.DataFrame({"candidate": evaluations["candidate"]})
    table["validation_accuracy"] = _numbers(evaluations, "validation_accuracy")
    if "status" in evaluations:
        table.loc[np.asarray(evaluations["status"]) != "ok", "validation_accuracy"] = np.nan
    dropped = _numbers(evaluations, "epochs") <= _numbers(evaluations, "dropped_at")
    table.loc[dropped, "validation_accuracy"] = np.nan
    for predictor in PREDICTORS:
        table[predictor.column] = predictor.score(_numbers(evaluations, predictor.column))
    means = table.groupby("candidate").agg(lambda values: values.mean(skipna=False))
    return means.dropna(subset=["validation_accuracy"])


def _numbers(evaluations: pd.DataFrame, name: str) -> np.ndarray:
    """A column as floats; NaN where there is no finite number, or no such column."""
    if name not in evaluations:
        return np.full(len(evaluations), np.nan)
    values = np.asarray(pd.to_numeric(evaluations[name], errors="coerce"), dtype=float)
    return np.where(np.isfinite(values), values, np.nan)


def compared(score: np.ndarray, other: np.ndarray, accuracy: np.ndarray) -> tuple[float, float, float]:
    """Spearman's correlation of `score` less that of `other`, candidate by candidate, and the ends of its interval."""
    return _bootstrapped((score, other, accuracy), _difference)


def _difference(score: np.ndarray, other: np.ndarray, accuracy: np.ndarray, axis: int = -1) -> np.ndarray:
    return np.asarray(spearman(score, accuracy, axis) - spearman(other, accuracy, axis))


def _bootstrapped(samples: tuple[np.ndarray, ...], statistic: Callable[..., np.ndarray]) -> tuple[float, float, float]:
    """A statistic of candidates and the ends of its interval, the same at every call."""
    found = stats.bootstrap(
        samples,
        statistic,
        paired=True,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    interval = found.confidence_interval
    return float(statistic(*samples)), float(interval.low), float(interval.high)


def spearman(score: np.ndarray, accuracy: np.ndarray, axis: int = -1) -> np.ndarray:
    """Spearman's correlation along `axis`; 0 where one side does not vary, as in a few resamples of many ties."""
    first, second = (stats.rankdata(values, axis=axis) for values in (score, accuracy))
    first, second = (ranks - ranks.mean(axis=axis, keepdims=True) for ranks in (first, second))
    scale = np.sqrt(np.sum(first**2, axis=axis) * np.sum(second**2, axis=axis))
    return np.asarray(np.sum(first * second, axis=axis) / np.where(scale > 0, scale, np.inf))
