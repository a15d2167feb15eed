"""The page's part on a reproduction: tables and figures in the words that the run has stored."""

from collections.abc import Mapping
from typing import Any, cast

import pandas as pd

from physdfa.report.figures.style import Panel
from physdfa.report.formatting import count
from physdfa.report.reading import RunRecord
from physdfa.report.table import Table

KIND = "reproduce"


def reproduction_tables(record: RunRecord) -> list[Table]:
    """The tables of the summary; none for runs of another kind."""
    return [Table(**table) for table in _listed(record, "tables")]


def reproduction_panels(record: RunRecord) -> list[Panel]:
    """The figures that the run has drawn; those whose files are gone are left out."""
    panels = []
    for words in _listed(record, "figures"):
        drawn, data = (record.run.figures / f"{words['name']}.{suffix}" for suffix in ("svg", "csv"))
        if drawn.is_file() and data.is_file():
            svg = drawn.read_text(encoding="utf-8")
            known = {key: words[key] for key in ("name", "title", "caption")}
            panels.append(Panel(**known, svg=svg, data=pd.read_csv(data)))
    return panels


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
