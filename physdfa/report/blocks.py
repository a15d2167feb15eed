"""Tables and texts of a page, as words: no markup."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table of text; `numeric` holds the indices of the columns that are set to the right."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Block:
    """A titled table or text."""

    title: str
    grid: Grid | None = None
    text: str = ""
