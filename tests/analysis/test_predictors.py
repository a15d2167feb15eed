"""Rank correlations of cheap scores with accuracy: closed forms, intervals, and words for what is missing."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from physdfa.analysis.predictors import LEAST_CANDIDATES, compared, rank_predictors

COUNT = 40
ACCURACY = np.linspace(0.5, 0.9, COUNT)


def make_archive(accuracy=ACCURACY, **columns) -> pd.DataFrame:
    count = len(accuracy)
    named = {"candidate": [f"c{n:03d}" for n in range(count)], "seed": 0, "validation_accuracy": accuracy}
    return pd.DataFrame({**named, "status": "ok", **columns})


def ranked(archive):
    return {found.column: found for found in rank_predictors(archive).correlations}


def test_a_score_that_rises_with_the_accuracy_has_rank_correlation_one_whatever_its_curve():
    found = ranked(make_archive(g_correlation=ACCURACY**5))["g_correlation"]
    assert (found.spearman, found.low, found.high) == (pytest.approx(1.0), pytest.approx(1.0), pytest.approx(1.0))
    assert found.num_candidates == COUNT


def test_the_sign_of_g_does_not_count():
    signs = np.where(np.arange(COUNT) % 3 == 0, -1.0, 1.0)
    found = ranked(make_archive(g_correlation=signs * ACCURACY, g_mean_over_spread=-signs * ACCURACY))
    assert found["g_correlation"].spearman == pytest.approx(1.0)
    assert found["g_mean_over_spread"].spearman == pytest.approx(1.0)


def test_a_smaller_angle_is_a_better_score_and_beyond_ninety_degrees_it_is_worse():
    assert ranked(make_archive(alignment_1=180 * (1 - ACCURACY)))["alignment_1"].spearman == pytest.approx(1.0)
    assert ranked(make_archive(alignment_1=180 * ACCURACY))["alignment_1"].spearman == pytest.approx(-1.0)


def test_the_correlation_of_a_permutation_is_its_closed_form():
    order = np.random.default_rng(1).permutation(COUNT)
    # without ties: 1 - 6 sum d^2 / (n (n^2 - 1))
    expected = 1 - 6 * np.sum((order - np.arange(COUNT)) ** 2) / (COUNT * (COUNT**2 - 1))
    found = ranked(make_archive(g_correlation=0.01 * order))["g_correlation"]
    assert found.spearman == pytest.approx(expected)
    assert found.low < expected < found.high


def test_equal_scores_share_their_rank():
    coarse = np.round(ACCURACY + 0.1 * np.random.default_rng(4).normal(size=COUNT), 1)
    found = ranked(make_archive(g_correlation=coarse))["g_correlation"]
    assert found.spearman == pytest.approx(stats.spearmanr(coarse, ACCURACY).statistic)


@pytest.mark.slow
def test_the_interval_of_unrelated_scores_covers_zero_about_as_often_as_it_says():
    random, covered, repeats = np.random.default_rng(2), 0, 100
    for _ in range(repeats):
        found = ranked(make_archive(random.uniform(size=COUNT), g_correlation=random.uniform(size=COUNT)))
        covered += found["g_correlation"].low <= 0 <= found["g_correlation"].high
    assert 87 <= covered < repeats  # 95 of 100 expected, with a standard error of 2.2


def test_the_seeds_of_a_candidate_are_one_point_and_magnitudes_are_taken_before_their_mean():
    one, other = make_archive(ACCURACY + 0.01, g_correlation=ACCURACY), make_archive(g_correlation=-ACCURACY)
    found = ranked(pd.concat([one, other.assign(seed=1)], ignore_index=True))["g_correlation"]
    assert found.num_candidates == COUNT
    assert found.spearman == pytest.approx(1.0)


def test_a_candidate_with_a_failed_seed_is_left_out_and_said():
    both = pd.concat([make_archive(g_correlation=ACCURACY), make_archive(g_correlation=ACCURACY)], ignore_index=True)
    both.loc[3, ["status", "validation_accuracy"]] = ["failed", np.nan]
    ranking = rank_predictors(both)
    assert ranking.correlations[0].num_candidates == COUNT - 1
    assert ranking.remarks[0] == f"1 of {COUNT} candidates did not train to the end and are left out."


def test_a_candidate_that_early_stopping_dropped_has_no_accuracy_to_be_ranked():
    dropped_at = np.where(np.arange(COUNT) < 10, 2, np.nan)  # the first five of them trained on as a check
    archive = make_archive(g_rms=ACCURACY, epochs=np.where(np.arange(COUNT) < 5, 9, 2), dropped_at=dropped_at)
    ranking = rank_predictors(archive)
    assert ranking.correlations[0].num_candidates == COUNT - 5
    assert ranking.remarks == (f"5 of {COUNT} candidates did not train to the end and are left out.",)


def test_scores_that_some_or_most_candidates_lack_are_said():
    some, few = ACCURACY.copy(), np.full(COUNT, np.nan)
    some[:5], few[: LEAST_CANDIDATES - 1] = np.inf, 1.0
    ranking = rank_predictors(make_archive(g_mean_over_spread=some, g_correlation=few))
    assert [(found.column, found.num_candidates) for found in ranking.correlations] == [
        ("g_mean_over_spread", COUNT - 5)
    ]
    assert any(f"only 19 of {COUNT} have it; 20 are needed" in remark for remark in ranking.remarks)
    assert any(f"5 of {COUNT} do not have it" in remark for remark in ranking.remarks)


@pytest.mark.parametrize(
    ("accuracy", "alignment", "what"),
    [(ACCURACY, np.zeros(COUNT), "it is"), (np.ones(COUNT), ACCURACY, "the accuracy")],
)
def test_what_is_the_same_for_all_ranks_nothing(accuracy, alignment, what):
    ranking = rank_predictors(make_archive(accuracy, alignment_3=alignment))
    assert ranking.correlations == ()
    (remark,) = ranking.remarks
    assert f"{what}" in remark
    assert f"the same for all {COUNT} candidates" in remark


@pytest.mark.parametrize("archive", [pd.DataFrame(), make_archive(), make_archive()[["candidate", "seed"]]])
def test_an_archive_without_scores_ranks_nothing_and_says_nothing(archive):
    assert rank_predictors(archive) == ((), ())


def test_the_best_score_stands_first_and_the_interval_is_the_same_at_every_call():
    noise = np.random.default_rng(3).normal(size=COUNT)
    archive = make_archive(g_correlation=ACCURACY + 0.2 * noise, g_mean_over_spread=ACCURACY, alignment_2=90 * ACCURACY)
    ranking = rank_predictors(archive)
    assert [found.column for found in ranking.correlations] == ["g_mean_over_spread", "g_correlation", "alignment_2"]
    assert rank_predictors(archive) == ranking


def test_two_scores_are_compared_on_the_same_candidates():
    noisy = ACCURACY + 0.2 * np.random.default_rng(5).normal(size=COUNT)
    assert compared(ACCURACY, -ACCURACY, ACCURACY) == pytest.approx((2.0, 2.0, 2.0))
    # A score and a rising function of it rank alike in every resample: paired, their difference has no width.
    assert compared(noisy, np.exp(noisy), ACCURACY) == pytest.approx((0.0, 0.0, 0.0))
