"""The summary of successive halving counts what it says."""

import pytest

from physdfa.workflow.candidates.halving import halving_summary, rank_correlation
from physdfa.workflow.candidates.records import EvaluationRecord


def record(name, accuracy, *, epochs, rung=0.0, dropped_at=None, generation=0):
    return EvaluationRecord(
        name, {}, generation, 0, "ok",
        validation_accuracy=accuracy, epochs=epochs, rung_accuracy=rung, dropped_at=dropped_at,
    )  # fmt: skip


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
