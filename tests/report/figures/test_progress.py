"""The progress of a search."""

import numpy as np
import pandas as pd

from physdfa.report.figures.progress import (
    DOT_SPREAD,
    generations_from,
    references,
    search_progress,
    spread_within_generation,
    successful,
)

EVALUATIONS = pd.DataFrame(
    {
        "generation": [0, 0, 0, 1, 1],
        "validation_accuracy": [0.2, 0.6, 0.4, np.nan, 0.7],
        "status": ["ok", "ok", "ok", "failed", "ok"],
    }
)


def test_only_what_ended_with_a_number_is_successful():
    assert list(successful(EVALUATIONS)["validation_accuracy"]) == [0.2, 0.6, 0.4, 0.7]
    assert successful(pd.DataFrame()).empty


def test_best_median_and_worst_of_each_generation():
    table = generations_from(successful(EVALUATIONS))
    assert table[["best", "median", "worst"]].to_numpy().tolist() == [[0.6, 0.4, 0.2], [0.7, 0.7, 0.7]]


def test_dots_stand_around_their_generation_and_apart():
    place = spread_within_generation(np.array([2.0, 2.0, 2.0, 5.0]))
    np.testing.assert_allclose(place, [2 - DOT_SPREAD / 3, 2, 2 + DOT_SPREAD / 3, 5])


def test_a_reference_says_on_which_set_it_was_read():
    rows = [{"name": "a", "test_accuracy": 0.9}, {"name": "b", "validation_accuracy": 0.8, "test_accuracy": 0.7}, {}]
    assert references(rows) == [("a", 0.9, "test"), ("b", 0.8, "validation")]


def test_a_search_without_its_log_is_drawn_from_its_evaluations():
    panel = search_progress(pd.DataFrame(), EVALUATIONS, [{"name": "readout_only", "test_accuracy": 0.5}])
    assert panel is not None
    assert "readout_only (test)" in panel.svg
    assert list(panel.data["best"]) == [0.6, 0.7]
    assert search_progress(pd.DataFrame(), pd.DataFrame()) is None
