"""The words of a run's page, from its numbers."""

import numpy as np
import pytest

from physdfa.report.labels import ParameterLabels
from physdfa.report.reading import read_run
from physdfa.report.sections import (
    key_numbers,
    mean_and_spread,
    predictors_table,
    run_sections,
    top_table,
)
from physdfa.store.evaluations import read_evaluations, write_evaluations


def test_mean_and_spread_use_n_minus_one():
    # mean 0.97, deviations -0.01, 0, 0.01: variance 2e-4 / 2
    assert mean_and_spread(np.array([0.96, 0.97, 0.98])) == "97.00 ± 1.00 %"
    assert mean_and_spread(np.array([0.5])) == "50.00 %"
    assert mean_and_spread(np.array([])) == "–"


def test_the_accuracy_of_a_killed_run_comes_from_its_test_lines(make_interrupted_run):
    run = make_interrupted_run()
    (run.path / "metrics.jsonl").unlink()
    for seed in range(3):
        run.append_metric({"kind": "test", "seed": seed, "test_accuracy": 0.96 + 0.01 * seed})
    assert dict(key_numbers(read_run(run.path)))["Test accuracy (3 seeds)"] == "97.00 ± 1.00 %"


def test_the_best_evaluations_are_the_ten_highest_in_order(make_search_run):
    record = read_run(make_search_run().path)
    table = top_table(record, ParameterLabels(record))
    assert table is not None
    expected = sorted(record.evaluations["validation_accuracy"].dropna(), reverse=True)[:10]
    column = list(table.header).index("validation accuracy")
    assert [row[column] for row in table.rows] == [f"{100 * value:.2f} %" for value in expected]


@pytest.mark.parametrize("key", ["num_evaluations", "num_failed"])
def test_counts_that_the_summary_lacks_are_counted(make_sweep_run, key):
    run = make_sweep_run()
    run.write_summary({key: None})
    shown = dict(key_numbers(read_run(run.path)))
    assert (shown["Evaluations"], shown["Failed"]) == ("63", "3")


def test_a_sweep_whose_scores_rank_as_training_does_says_so_and_names_the_failed(make_sweep_run):
    run = make_sweep_run()
    assert predictors_table(read_run(run.path)) is None  # an archive without the scores
    table = read_evaluations(run)
    write_evaluations(run, table.assign(g_correlation=-table["validation_accuracy"].fillna(0.0), alignment_1=np.nan))
    table = predictors_table(read_run(run.path))
    assert table is not None
    assert table.rows == [["|correlation of g with f′|, before training", "+1.00", "+1.00 … +1.00", "60"]]
    assert "3 of 63 candidates did not train to the end and are left out." in table.text
    assert "A search visits" not in table.text


def test_the_table_of_predictors_stands_on_the_page(make_sweep_run):
    run = make_sweep_run()
    table = read_evaluations(run)
    write_evaluations(run, table.assign(g_correlation=table["validation_accuracy"]))
    titles = [table.title for table in run_sections(read_run(run.path)).tables]
    assert titles.index("What predicts the accuracy") < titles.index("Failed evaluations")
