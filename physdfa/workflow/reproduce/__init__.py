"""Published tables and figures made again: an entry of `ENTRIES` is trained and set beside what was published."""

from physdfa.workflow.reproduce.entry import Entry, Finished, Published, Row, Table
from physdfa.workflow.reproduce.plan import RowPlan, plan_rows
from physdfa.workflow.reproduce.registry import ENTRIES, find_entry
from physdfa.workflow.reproduce.run import reproduce
from physdfa.workflow.reproduce.scale import SCALES, Scale

__all__ = [
    "ENTRIES",
    "SCALES",
    "Entry",
    "Finished",
    "Published",
    "Row",
    "RowPlan",
    "Scale",
    "Table",
    "find_entry",
    "plan_rows",
    "reproduce",
]
