"""Test accuracies side by side."""

import numpy as np

from physdfa.report.figures.comparison import comparison_plot, comparison_table

ROWS = [
    {"name": "a", "test_accuracy": 0.9, "test_accuracy_std": 0.01, "test_accuracies": [0.89, 0.91]},
    {"name": "b", "test_accuracy": 0.8, "test_accuracy_std": None, "test_accuracies": None},
    {"name": "c", "test_accuracy": None},
]


def test_the_table_has_a_row_per_seed():
    table = comparison_table(ROWS)
    assert list(table["name"]) == ["a", "a", "b", "c"]
    np.testing.assert_array_equal(table["test_accuracy"], [0.89, 0.91, 0.8, np.nan])
    np.testing.assert_array_equal(table["std"], [0.01, 0.01, np.nan, np.nan])


def test_a_row_without_an_accuracy_is_not_drawn():
    panel = comparison_plot(ROWS)
    assert panel is not None
    assert list(panel.data["name"]) == ["a", "a", "b"]


def test_nothing_to_compare_gives_no_figure():
    assert comparison_plot([]) is None
    assert comparison_plot([{"name": "c"}]) is None
