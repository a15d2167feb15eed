"""README's table: a cell for each rule and data set, with its spread and seeds."""

from physdfa.workflow.reproduce.entries.results import RESULTS, tables
from physdfa.workflow.reproduce.entry import Finished

ROWS = {row.name: row for row in RESULTS.rows}


def test_the_table_shows_mean_spread_and_seeds_and_says_what_was_not_run():
    record = {"status": "done", "test_accuracy": 0.98, "test_accuracy_std": 0.001, "test_accuracies": [0.979, 0.981]}
    absent = {"status": "missing", "reason": "fetch it"}
    finished = [
        Finished(row=ROWS["mnist_dfa"], record={**record, "seeds": [0, 1]}),
        Finished(row=ROWS["fashion_mnist_bptt"], record=absent),
    ]
    (table,) = tables(finished)
    assert table.rows == [
        ["DFA (surrogate derivative)", "98.00 ± 0.10 % (2 seeds)", "not run"],
        ["BPTT (surrogate gradient)", "not run", "no data"],
    ]
    assert table.text == "fashion_mnist_bptt: fetch it"
