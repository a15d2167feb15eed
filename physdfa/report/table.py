"""Tables in words, and how they are written: plain text, Markdown, CSV, and for a terminal that folds its cells."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rich.table import Table as RichTable
from rich.text import Text

from physdfa.harmless import for_spreadsheet


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table in words; the templates of this package write it as HTML.

    **Arguments:**

    - `numeric`: places of the columns of numbers, which are set to the right.
    - `title`: stands above the table; `text`: beside it, in sentences.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: Collection[int] = ()
    title: str = ""
    text: str = ""


def as_text(table: Table) -> str:
    """Lines of text whose columns are as wide as their widest cell."""
    lines = [table.header, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    aligned = [
        [
            cell.rjust(width) if place in table.numeric else cell.ljust(width)
            for place, (cell, width) in enumerate(cells)
        ]
        for cells in (zip(line, widths, strict=True) for line in lines)
    ]
    return "\n".join("  ".join(line).rstrip() for line in aligned)


def markdown(table: Table) -> str:
    """A Markdown table and the text below it, without the title, ending in a newline."""
    rule = ["---:" if place in table.numeric else "---" for place in range(len(table.header))]
    lines = [map(markdown_cell, table.header), rule, *(map(markdown_cell, row) for row in table.rows)]
    text = f"\n{table.text}\n" if table.text else ""
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + text


def comma_separated(table: Table) -> str:
    """Header and rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(for_spreadsheet, row) for row in (table.header, *table.rows))
    return text.getvalue()


def folding(table: Table) -> RichTable:
    """A table for rich, which folds long cells to the width of the terminal."""
    shown = RichTable(box=None, pad_edge=False, header_style="bold")
    for place, name in enumerate(table.header):
        shown.add_column(name, justify="right" if place in table.numeric else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*map(Text, row))
    return shown


def markdown_cell(text: str) -> str:
    """Text that cannot end its cell or its row."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
