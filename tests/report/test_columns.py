"""Columns that may be missing, empty or of the wrong type."""

import numpy as np
import pandas as pd

from physdfa.report.columns import distinct, has_numbers, is_numeric, numbers, rows_where

TABLE = pd.DataFrame({"a": [1.0, None, 3.0], "words": ["x", "2", None], "none": [None, None, None], "flag": [True] * 3})


def test_what_is_no_number_is_nan():
    np.testing.assert_array_equal(numbers(TABLE, "a"), [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(numbers(TABLE, "words"), [np.nan, 2.0, np.nan])
    np.testing.assert_array_equal(numbers(TABLE, "absent"), [np.nan] * 3)


def test_a_column_has_numbers_if_one_is_finite():
    assert has_numbers(TABLE, "a")
    assert not has_numbers(TABLE, "none")
    assert not has_numbers(TABLE, "absent")


def test_truth_values_are_no_numbers():
    assert is_numeric(TABLE, "a")
    assert not is_numeric(TABLE, "flag")
    assert not is_numeric(TABLE, "words")


def test_rows_and_distinct_values():
    assert list(rows_where(TABLE, np.array([True, False, True]))["a"]) == [1.0, 3.0]
    assert distinct(TABLE, "flag") == 1
    assert distinct(TABLE, "absent") == 0
