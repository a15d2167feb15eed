"""Successive halving: the better share goes on, the first of equals, and the summary counts what it says."""

import pytest

from ga_search.halving import at_rung, halving_summary, rank_correlation
from physdfa.config import Halving
from physdfa.workflow.candidates.records import EvaluationRecord

ACCURACIES = {"a": 0.1, "b": 0.5, "c": 0.3, "d": 0.5, "e": 0.2}


def record(name, accuracy, *, epochs, rung=0.0, dropped_at=None, generation=0):
    return EvaluationRecord(
        name, {}, generation, 0, "ok",
        validation_accuracy=accuracy, epochs=epochs, rung_accuracy=rung, dropped_at=dropped_at,
    )  # fmt: skip


@pytest.mark.parametrize(("keep", "kept"), [(0.5, "bdc"), (0.2, "b"), (0.01, "b"), (0.7, "bdce")])
def test_the_best_share_goes_on_rounded_up_and_the_first_of_equals_first(keep, kept):
    rung = at_rung(ACCURACIES, Halving(keep=keep, checks=0), seed=0)
    assert rung.kept == tuple(kept)
    assert set(rung.kept) | set(rung.dropped) == set(ACCURACIES)
    assert rung.checked == ()


def test_checked_ones_are_drawn_from_the_dropped_by_the_seed_and_the_candidates_alone():
    many = {f"candidate {n}": n / 100 for n in range(40)}
    drawn = [at_rung(many, Halving(keep=0.5, checks=3), seed=seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0].checked != drawn[2].checked
    assert set(drawn[0].checked) < set(drawn[0].dropped)
    assert len(at_rung(ACCURACIES, Halving(keep=0.5, checks=9), seed=0).checked) == 2  # no more than were dropped


def test_the_summary_counts_epochs_and_the_checked_ones_that_ended_among_the_kept():
    records = [
        record("kept low", 0.6, epochs=10, rung=0.4),
        record("kept high", 0.9, epochs=10, rung=0.5),
        record("wrongly dropped", 0.7, epochs=10, rung=0.3, dropped_at=2),
        record("rightly dropped", 0.5, epochs=10, rung=0.2, dropped_at=2),
        record("not seen", 0.1, epochs=2, rung=0.1, dropped_at=2),
        record("kept later", 0.8, epochs=10, rung=0.35, generation=1),
        record("dropped later", 0.75, epochs=10, rung=0.3, dropped_at=2, generation=1),
    ]
    summary = halving_summary(records, 10)
    assert (summary["epochs_trained"], summary["epochs_of_full_budget"]) == (62, 70)
    assert summary["share_saved"] == pytest.approx(8 / 70)
    assert (summary["num_dropped"], summary["num_checked"], summary["num_wrongly_dropped"]) == (4, 3, 1)
    assert summary["num_correlated"] == 6


def test_the_rank_correlation_is_spearmans():
    assert rank_correlation([(0.1, 1.0), (0.2, 8.0), (0.3, 27.0)]) == pytest.approx(1.0)
    assert rank_correlation([(0.1, 3.0), (0.2, 2.0), (0.3, 1.0)]) == pytest.approx(-1.0)
    # 1 - 6 (sum of d^2) / (n (n^2 - 1)) with d = 1, 1, 0, 0
    assert rank_correlation([(1.0, 2.0), (2.0, 1.0), (3.0, 3.0), (4.0, 4.0)]) == pytest.approx(1 - 6 * 2 / (4 * 15))
    assert rank_correlation([(0.1, 1.0), (0.2, 2.0)]) is None
    assert rank_correlation([(0.1, 1.0), (0.2, 1.0), (0.3, 1.0)]) is None
