"""The page's part on a reproduction: tables and figures in the words that the run has stored."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, cast

import pandas as pd

from physdfa.report.figures.style import Panel
from physdfa.report.formatting import count
from physdfa.report.reading import RunRecord
from physdfa.report.table import Table

KIND = "reproduce"


def reproduction_tables(record: RunRecord) -> list[Table]:
    """The tables of the summary; none for runs of another kind."""
    known = [field.name for field in fields(Table)]
    return [Table(**{name: table[name] for name in known if name in table}) for table in _listed(record, "tables")]


def reproduction_panels(record: RunRecord) -> list[Panel]:
    """The figures that the run has drawn; those whose files are gone or changed are left out."""
    return [
        Panel(
            **{key: words[key] for key in ("name", "title", "caption")},
            svg=record.drawn[words["name"]].decode(errors="replace"),
            data=pd.DataFrame(),  # it stays in its file
        )
        for words in _listed(record, "figures")
        if words["name"] in record.drawn
    ]


def reproduction_facts(record: RunRecord) -> list[tuple[str, str]]:
    """The title of the reproduced result, and where it was published."""
    return [(title, str(record.summary.get(key) or "")) for title, key in (("Shows", "title"), ("Published", "source"))]


def reproduction_numbers(record: RunRecord) -> list[tuple[str, str]]:
    """The number of rows, and of those without numbers."""
    names = (("Rows", "num_rows"), ("Without data", "num_missing"), ("Failed", "num_failed"))
    return [(title, count(record.summary.get(key))) for title, key in names]


def _listed(record: RunRecord, key: str) -> list[Mapping[str, Any]]:
    values = record.summary.get(key) if record.kind == KIND else None
    return [cast(Mapping[str, Any], value) for value in values] if isinstance(values, list) else []
