"""Figures keep the numbers that they draw, and draw nothing where there are none."""

import numpy as np
import pytest

from physdfa.workflow.reproduce.entries.rules_compared import RULES_COMPARED
from physdfa.workflow.reproduce.entries.rules_depth import RULES_DEPTH
from physdfa.workflow.reproduce.entries.sfdfa_table1 import ROWS
from physdfa.workflow.reproduce.entries.sparse_dfa import LINES, SPARSE_DFA_MNIST
from physdfa.workflow.reproduce.entry import Finished
from physdfa.workflow.reproduce.figures.accuracies import beside_published, rules_side_by_side
from physdfa.workflow.reproduce.figures.depth import accuracy_and_angles
from physdfa.workflow.reproduce.figures.sparsity import accuracy_over_savings


def make_done(row, **values):
    known = {"test_accuracy": 0.98, "test_accuracy_std": 0.001, "test_accuracies": [0.979, 0.981], "seeds": [0, 1]}
    return Finished(row=row, record={"status": "done", "reason": "", **known, **values})


def make_missing(row):
    return Finished(row=row, record={"status": "missing", "reason": "not there"})


def test_ours_and_theirs_are_drawn_and_a_missing_row_is_not():
    panel = beside_published([make_done(ROWS[0], published=0.9888), make_missing(ROWS[3])])
    assert panel is not None
    assert panel.data[["rule", "published", "test_accuracy"]].to_dict("list") == {
        "rule": ["BP"],
        "published": [0.9888],
        "test_accuracy": [0.98],
    }
    assert "MNIST" in panel.svg
    assert "EMNIST" not in panel.svg


def test_every_seed_of_a_rule_is_drawn():
    panel = rules_side_by_side([make_done(row) for row in RULES_COMPARED.rows[:2]])
    assert panel is not None
    assert len(panel.data) == 4
    assert set(panel.data["test_accuracy"]) == {0.979, 0.981}


def test_depth_shows_the_first_update_and_the_last_feedback():
    rows = {row.name: row for row in RULES_DEPTH.rows}
    deep = make_done(rows["dfa-2"], hidden=[400, 400], update_angle=[60.0, 50.0], feedback_angle=[80.0, 70.0])
    exact = make_done(rows["bptt-1"], hidden=[400], update_angle=[0.0])
    panel = accuracy_and_angles([deep, exact])
    assert panel is not None
    assert panel.data[["hidden layers", "accuracy", "update"]].to_numpy().tolist() == [[2, 98, 60], [1, 98, 0]]
    assert panel.data["feedback"][0] == 70.0
    assert np.isnan(panel.data["feedback"][1])


SHARES = {line.name: line.share for line in LINES}


def test_savings_are_drawn_over_connections_and_updates_and_rows_of_no_curve_are_not():
    rows = {row.name: row for row in SPARSE_DFA_MNIST.rows}
    names = ("fan-in-2", "device-error-0.01", "single-entry-ternary")
    panel = accuracy_over_savings([make_done(rows[name], weight_updates_per_sample=1500) for name in names], SHARES)
    assert panel is not None
    assert panel.data["curve"].to_list() == ["sparsity", "device"]
    assert panel.data.iloc[:, 2:].to_numpy().tolist() == [[20, 1500, 98, 0.1], [10, 1500, 98, 0.1]]
    assert "triangle" in panel.svg
    assert "Mach–Zehnder g" in panel.svg
    assert "fast sigmoid" not in panel.svg


def test_one_point_of_a_curve_is_drawn_and_a_row_that_writes_nothing_is_kept_in_the_data_alone():
    rows = {row.name: row for row in SPARSE_DFA_MNIST.rows}
    one = make_done(rows["dense"], weight_updates_per_sample=3e4)
    nothing = make_done(rows["device-error-0.01"], weight_updates_per_sample=0.0)
    panel = accuracy_over_savings([one, nothing], SHARES)
    assert panel is not None
    assert panel.data["weight updates per sample"].to_list() == [3e4, 0.0]
    assert "triangle" in panel.svg
    assert "Mach–Zehnder g" not in panel.svg


def savings(finished):
    return accuracy_over_savings(finished, SHARES)


@pytest.mark.parametrize("draw", [beside_published, rules_side_by_side, accuracy_and_angles, savings])
def test_without_numbers_nothing_is_drawn(draw):
    assert draw([make_missing(ROWS[0])]) is None
