"""The published table, and what its rows ask for."""

import pytest

from physdfa.config import value_at
from physdfa.workflow.reproduce.entries.sfdfa_table1 import ROWS, SFDFA_TABLE1
from physdfa.workflow.reproduce.entry import Finished

PUBLISHED = {  # Bacho & Chu, arXiv:2403.08804, table 1 [%]
    "mnist": ((98.88, 0.02), (98.42, 0.06), (98.56, 0.04)),
    "emnist": ((85.75, 0.06), (79.48, 0.11), (82.33, 0.10)),
    "fashion": ((90.19, 0.12), (89.41, 0.12), (89.73, 0.17)),
    "shd": ((66.79, 0.66), (52.70, 2.30), (54.63, 1.16)),
}


@pytest.mark.parametrize("dataset", list(PUBLISHED))
def test_the_published_numbers_stand_beside_their_rows(dataset):
    rows = {row.name: row for row in ROWS}
    for rule, (mean, std) in zip(("bp", "dfa", "sfdfa"), PUBLISHED[dataset], strict=True):
        published = rows[f"{dataset}-{rule}"].published
        assert published is not None
        assert published.spread is not None
        assert (100 * published.value, 100 * published.spread) == pytest.approx((mean, std))


def test_the_rules_of_a_data_set_differ_in_their_gradient_and_pull_alone():
    bp, dfa, sfdfa = (row.read("full") for row in ROWS[:3] if row.read is not None)
    assert [value_at(row, "rule.gradient") for row in (bp, dfa, sfdfa)] == ["bp", "dfa", "sfdfa"]
    assert (bp.events.rate_penalty, dfa.events.rate_penalty, sfdfa.events.rate_penalty) == (0.0, 1.0, 0.1)
    assert bp.training == dfa.training == sfdfa.training
    assert bp.network == dfa.network == sfdfa.network
    assert (sfdfa.events.wanted_true, sfdfa.events.wanted_false) == (15.0, 3.0)


def test_ours_is_the_last_epoch_and_the_best_test_epoch_is_labelled_and_compared():
    record = {
        "status": "done",
        "reason": "",
        "seeds": [0, 1],
        "test_accuracy": 0.985,
        "test_accuracy_std": 0.001,
        "test_accuracies": [0.984, 0.986],
        "best_test_epoch_accuracy": 0.9862,
        "best_test_epoch_accuracy_std": 0.0004,
    }
    (table,) = SFDFA_TABLE1.tables([Finished(row=ROWS[2], record=record)])
    shown = dict(zip(table.header, table.rows[0], strict=True))
    assert shown["published"] == "98.56 ± 0.04 %"
    assert shown["ours, last epoch"] == "98.50 ± 0.10 %"
    assert shown["ours, best test epoch"] == "98.62 ± 0.04 %"
    assert shown["difference of best epochs [points]"] == "+0.06"
