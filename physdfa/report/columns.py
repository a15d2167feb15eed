"""Columns of a table that was read from a file. Any of them may be missing, empty or of the wrong type."""

from typing import cast

import numpy as np
import pandas as pd


def numbers(table: pd.DataFrame, name: str) -> np.ndarray:
    """The column as floats, NaN wherever there is no number; all NaN where there is no such column."""
    if name not in table:
        return np.full(len(table), np.nan)
    return np.asarray(pd.to_numeric(pd.Series(table[name]), errors="coerce"), dtype=float)


def has_numbers(table: pd.DataFrame, name: str) -> bool:
    """Whether the column holds at least one finite number."""
    return bool(np.isfinite(numbers(table, name)).any())


def distinct(table: pd.DataFrame, name: str) -> int:
    """The number of different values in the column; 0 where there is no such column."""
    return len(set(table[name])) if name in table else 0


def rows_where(table: pd.DataFrame, mask: np.ndarray) -> pd.DataFrame:
    """The rows at which the mask is true."""
    return cast(pd.DataFrame, table.loc[mask])


def identities(evaluations: pd.DataFrame) -> list[str]:
    """What each row is called: `candidate 1aab50349653, seed 0`, as far as the columns are there."""
    known = [name for name in ("candidate", "seed") if name in evaluations]
    return [", ".join(f"{name} {row[name]}" for name in known) for row in evaluations.to_dict("records")]


def is_numeric(table: pd.DataFrame, name: str) -> bool:
    """Whether the column holds numbers, truth values not counted."""
    column = pd.Series(table[name])
    return bool(pd.api.types.is_numeric_dtype(column)) and column.dtype != np.dtype(bool)
