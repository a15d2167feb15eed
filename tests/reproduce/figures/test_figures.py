"""Figures keep the numbers that they draw, and draw nothing where there are none."""

import numpy as np
import pytest

from physdfa.reproduce.entries.rules_compared import RULES_COMPARED
from physdfa.reproduce.entries.rules_depth import RULES_DEPTH
from physdfa.reproduce.entries.sfdfa_table1 import ROWS
from physdfa.reproduce.entry import Finished
from physdfa.reproduce.figures.accuracies import beside_published, rules_side_by_side
from physdfa.reproduce.figures.depth import accuracy_and_angles


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


@pytest.mark.parametrize("draw", [beside_published, rules_side_by_side, accuracy_and_angles])
def test_without_numbers_nothing_is_drawn(draw):
    assert draw([make_missing(ROWS[0])]) is None
