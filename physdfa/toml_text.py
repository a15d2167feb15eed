"""TOML text to tables, every text that cannot be taken refused in one way."""

import tomllib
from collections.abc import Mapping
from typing import Any

MOST_DEPTH = 30
"""Tables and lists in one another: an experiment file has four."""


class TooMuchError(tomllib.TOMLDecodeError):
    """TOML that is right, and beyond what anything here could mean."""


def load_toml(text: str) -> dict[str, Any]:
    """The tables of TOML text.

    **Raises:** `tomllib.TOMLDecodeError` for text that is not TOML; its kind `TooMuchError` for whole numbers of
    thousands of digits, and for tables or lists more than `MOST_DEPTH` deep.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise _too_deep() from None
    except ValueError:  # of int(), which takes 4300 digits
        raise TooMuchError("a whole number in it has thousands of digits; write a smaller one") from None
    level: list[Any] = [table]
    for _ in range(MOST_DEPTH):
        level = [inner for outer in level for inner in _members(outer)]
    if level:
        raise _too_deep()
    return table


def _members(value: Any) -> list[Any]:
    """What is in a table or a list."""
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list) else []


def _too_deep() -> TooMuchError:
    return TooMuchError(f"its tables or lists are nested too deeply: more than {MOST_DEPTH} in one another")
