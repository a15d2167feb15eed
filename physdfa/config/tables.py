"""Nested tables and dotted keys: the two ways in which TOML says the same."""

from collections.abc import Callable, Mapping
from typing import Any


def is_no_table(value: Any) -> bool:
    """Whether a value ends the path to it."""
    return not isinstance(value, Mapping)


def flatten(table: Mapping[str, Any], is_leaf: Callable[[Any], bool] = is_no_table) -> list[tuple[str, Any]]:
    """Nested tables as dotted keys: {"dac": {"num_bits": 8}} is ("dac.num_bits", 8)."""
    flat: list[tuple[str, Any]] = []
    for name, value in table.items():
        inner = [(name, value)] if is_leaf(value) else flatten(value, is_leaf)
        flat += inner if is_leaf(value) else [(f"{name}.{last}", leaf) for last, leaf in inner]
    return flat
