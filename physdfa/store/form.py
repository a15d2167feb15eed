"""The form of a summary: the values that each key may hold. Readers need not check every value first.

A hash says that a file is what was written, not that we have written it.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

STATUSES = ("done", "interrupted", "failed")
MOST = 2**53
"""Whole numbers up to here are exact in every table and in JSON."""

Check = Callable[[Any], bool]


def is_text(value: Any) -> bool:
    """Whether the value is text or None."""
    return value is None or isinstance(value, str)


def is_number(value: Any) -> bool:
    """Whether the value is a finite number or None."""
    if value is None:
        return True
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and abs(value) <= 1e300 and math.isfinite(value)


def is_count(value: Any) -> bool:
    """Whether the value is a whole number >= 0 or None."""
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST)


def is_table(value: Any) -> bool:
    """Whether the value is a table or None."""
    return value is None or isinstance(value, Mapping)


def list_of(check: Check) -> Check:
    """A check for a list of such values, or None."""
    return lambda value: value is None or (isinstance(value, list) and all(check(each) for each in value))


def table_with(**checks: Check) -> Check:
    """A check for a table in which these keys hold something."""
    return lambda value: (
        isinstance(value, Mapping)
        and all(value.get(name) is not None and check(value[name]) for name, check in checks.items())
    )


def is_recorded(value: Any) -> bool:
    """Whether the value tells of manifests: names by the folder, which is here or one below; or is None."""
    return value is None or (
        isinstance(value, Mapping)
        and all(re.fullmatch(r"\.|[A-Za-z][\w-]*", folder) for folder in value)
        and all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in value.values())
    )


COMPARED = table_with(
    name=is_text, test_accuracy=is_number, test_accuracy_std=is_number, test_accuracies=list_of(is_number)
)

TABLE = table_with(header=list_of(is_text), rows=list_of(list_of(is_text)), title=is_text, text=is_text)
FIGURE = table_with(name=is_text, title=is_text, caption=is_text)
GAIN = table_with(mean=is_number, low=is_number, high=is_number)
STUDY = table_with(budget_s=is_number, level=is_table, curves=is_count)
REFERENCE = table_with(name=is_text, values=is_table, seeds=list_of(is_count), accuracies=list_of(is_number))

FORM: dict[str, tuple[str, Check]] = {
    "status": (f"one of {', '.join(STATUSES)}", lambda value: value in STATUSES),
    **{name: ("text", is_text) for name in ("kind", "reason", "rule", "dataset", "method", "entry", "title", "scale")},
    **{
        name: ("a number", is_number)
        for name in ("test_accuracy", "test_accuracy_std", "wall_time_s", "compile_time_s", "images_per_s")
    },
    **{
        name: ("a whole number from 0", is_count)
        for name in (
            *("seed", "num_evaluations", "num_failed", "num_compilations", "num_metrics", "num_resumes"),
            *("peak_memory_bytes", "memory_budget_bytes", "num_devices"),
        )
    },
    "best": ("a table", is_table),
    "test_accuracies": ("a list of numbers", list_of(is_number)),
    "seeds": ("a list of whole numbers", list_of(is_count)),
    "warnings": ("a list of texts", list_of(is_text)),
    "objectives": ("a list of texts", list_of(is_text)),
    "front": ("a list of tables", list_of(is_table)),
    "references": ("a list of tables with name, values and seeds", list_of(REFERENCE)),
    "tables": ("a list of tables with header, rows, title and text", list_of(TABLE)),
    "figures": ("a list of tables with name, title and caption", list_of(FIGURE)),
    "gain": ("a table with mean, low and high", lambda value: value is None or GAIN(value)),
    "alike": ("a table", is_table),
    "study": ("a table with budget_s, level and curves", lambda value: value is None or STUDY(value)),
    "recorded": ("a table with lists of names", is_recorded),
    "comparison": ("a list of tables with name and accuracies", list_of(COMPARED)),
}
"""Key to words for its form, and the check of it; keys that are not here may hold anything."""


def form_problem(summary: Mapping[str, object]) -> str | None:
    """A sentence on the first key of a summary without its form; None where all have theirs."""
    for name, (words, check) in FORM.items():
        if not check(summary.get(name)):
            shown = repr(summary.get(name))
            shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
            return f"`{name}` is {shown}, and must be {words}"
    return None
