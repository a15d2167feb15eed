"""Published tables and figures made again: an entry of `ENTRIES` is trained and set beside what was published."""

from physdfa.reproduce.entry import Entry, Finished, Published, Row, Table
from physdfa.reproduce.plan import plan_rows
from physdfa.reproduce.registry import ENTRIES, find_entry
from physdfa.reproduce.run import reproduce
from physdfa.reproduce.scale import SCALES, Scale

__all__ = [
    "ENTRIES",
    "SCALES",
    "Entry",
    "Finished",
    "Published",
    "Row",
    "Scale",
    "Table",
    "find_entry",
    "plan_rows",
    "reproduce",
]
