"""Cells in words, Markdown and CSV."""

from physdfa.workflow.reproduce import Finished, Published
from physdfa.workflow.reproduce.table import (
    accuracy_cell,
    angles_cell,
    best_epoch_cell,
    difference_cell,
    not_done_text,
    published_cell,
    records_csv,
)
from tests.workflow.reproduce.small import make_row


def make_finished(**record):
    return Finished(row=make_row("one"), record={"status": "done", "reason": "", **record})


def test_accuracies_carry_their_spread_and_absent_ones_a_dash():
    done = make_finished(test_accuracy=0.98, test_accuracy_std=0.001, test_accuracies=[0.979, 0.981], seeds=[0, 1])
    assert accuracy_cell(done) == "98.00 ± 0.10 %"
    assert best_epoch_cell(done) == "–"
    assert published_cell(Published(0.981)) == "98.10 %"
    assert published_cell(None) == "–"


def test_the_difference_is_ours_minus_theirs_in_points():
    assert difference_cell(0.98, Published(0.981)) == "-0.10"
    assert difference_cell(None, Published(0.981)) == "–"


def test_angles_are_listed_by_layer():
    assert angles_cell([45.04, None]) == "45.0° / –"
    assert angles_cell(None) == "–"


def test_a_row_that_is_not_done_is_named_with_its_reason_on_one_line():
    missing = make_finished(status="missing", reason="mnist is not there.\n  Fetch it.")
    assert accuracy_cell(missing) == "no data"
    assert not_done_text([make_finished(), missing]) == "one: mnist is not there. Fetch it."


def test_the_csv_has_every_key_of_every_row():
    assert records_csv([{"a": 1.5}, {"b": [1, 2], "a": None}]) == "a,b\n1.5,\n,1 2\n"
