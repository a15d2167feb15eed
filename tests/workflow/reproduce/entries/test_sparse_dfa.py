"""Sparse feedback and skipped updates: what each row builds, and what its updates are set against."""

import pytest

from physdfa.config import value_at
from physdfa.config.usage import made_rule
from physdfa.workflow.reproduce.entries.sparse_dfa import LINES, OPTO, SPARSE_DFA_MNIST
from physdfa.workflow.reproduce.entry import Finished

ROWS = {row.name: row for row in SPARSE_DFA_MNIST.rows}


def make_finished(name, accuracy, updates, share):
    record = {
        "status": "done",
        "reason": "",
        "seeds": list(range(5)),
        "test_accuracy": accuracy,
        "test_accuracy_std": 0.001,
        "test_accuracies": [accuracy] * 5,
        "feedback_floats_per_sample": 8000.0,
        "weight_updates_per_sample": updates,
        "weight_updates": 15 * 60000 * updates,
        "weight_updates_share": share,
    }
    return Finished(row=ROWS[name], record=record)


DENSE = make_finished("dense", 0.98, 3e4, 1.0)
SKIPPING = make_finished("error-0.05", 0.981, 1500.0, 0.1)
MISSING = Finished(row=ROWS["fan-in-1"], record={"status": "missing", "reason": "mnist is not there."})


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_each_row_builds_the_connections_that_it_says(line):
    config = ROWS[line.name].read("full")
    assert made_rule(config).projection.connections(800, 10) == pytest.approx(8000 * line.share)
    assert ROWS[line.name].cells["connections"] == f"{100 * line.share:g} %"


def test_rows_differ_from_the_first_in_what_their_names_say():
    assert ROWS["error-0.2"].read("full").rule.values["error_threshold"] == 0.2
    assert ROWS["update-0.01"].read("full").rule.values["update_threshold"] == 0.01
    assert ROWS["single-entry-ternary"].read("full").feedback.values["entries"] == "ternary"
    assert value_at(ROWS["smooth-dense"].read("full"), "network.surrogate") == "fast_sigmoid"
    device = ROWS["device-error-0.01"].read("full")
    assert tuple(device.rule.values[name] for name in ("local_factor", "error_threshold")) == ("device", 0.01)
    assert device.training.learning_rate == OPTO["training"]["learning_rate"]


def test_weight_updates_stand_against_those_of_dense_dfa_and_a_missing_row_says_why():
    (table,) = SPARSE_DFA_MNIST.tables([DENSE, SKIPPING, MISSING])
    assert table.rows[0][2:] == ["98.00 ± 0.10 %", "5", "8\u202f000", "30\u202f000", "100 %", "100 %"]
    assert table.rows[1][2:] == ["98.10 ± 0.10 %", "5", "8\u202f000", "1\u202f500", "5 %", "10 %"]
    assert table.rows[2] == ["fan-in 1", "10 %", "no data", *["–"] * 5]
    assert "fan-in-1: mnist is not there." in table.text


def test_without_dense_dfa_nothing_stands_against_it():
    (table,) = SPARSE_DFA_MNIST.tables([SKIPPING])
    assert table.rows[0][-2:] == ["–", "10 %"]
