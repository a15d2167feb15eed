"""Tables in words, and how they are written: plain text, Markdown, CSV, and for a terminal that folds its cells."""

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rich.table import Table as RichTable
from rich.text import Text

from physdfa.harmless import for_spreadsheet

LATEX = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\n": " ", "\u202f": r"\,"},
    **{"±": r"$\pm$", "…": r"\dots{}", "–": "--", "µ": r"$\mu$", "×": r"$\times$", "→": r"$\rightarrow$"},
    **{"′": r"$'$", "°": r"$^\circ$", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"},
}
"""Signs that LaTeX would obey or may not have, as it sets them."""


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


def as_text(table: Table, width: int | None = None) -> str:
    """Lines of text whose columns are as wide as their widest cell.

    Where a line would be wider than `width` characters, each row is a block: its first cell, then a line per column.
    """
    lines = [table.header, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    if width is not None and sum(widths) + 2 * (len(widths) - 1) > width:
        return as_blocks(table)
    aligned = [
        [
            cell.rjust(width) if place in table.numeric else cell.ljust(width)
            for place, (cell, width) in enumerate(cells)
        ]
        for cells in (zip(line, widths, strict=True) for line in lines)
    ]
    return "\n".join("  ".join(line).rstrip() for line in aligned)


def as_blocks(table: Table) -> str:
    """A block of lines for each row: its first cell, and below it a line for each other column."""
    margin = max(map(len, table.header[1:]), default=0)
    blocks = [
        "\n".join(
            [row[0], *(f"  {name:<{margin}}  {cell}" for name, cell in zip(table.header[1:], row[1:], strict=True))]
        )
        for row in table.rows
    ]
    return "\n".join(blocks)


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


def latex(table: Table) -> str:
    """A LaTeX table of the package booktabs, its title as the caption; no cell can hold a command."""
    columns = "".join("r" if place in table.numeric else "l" for place in range(len(table.header)))
    head, *rows = (" & ".join(map(latex_cell, row)) + r" \\" for row in (table.header, *table.rows))
    lines = [r"\toprule", head, r"\midrule", *rows, r"\bottomrule"]
    inside = [f"\\begin{{tabular}}{{{columns}}}", *lines, r"\end{tabular}"]
    caption = [f"\\caption{{{latex_cell(table.title)}}}"] if table.title else []
    return "\n".join([r"\begin{table}", r"\centering", *caption, *inside, r"\end{table}"]) + "\n"


def latex_cell(text: str) -> str:
    """Text as LaTeX sets it, each sign that it would obey written out."""
    return "".join(LATEX.get(sign, sign) for sign in text.replace("\r", " "))


def file_name(table: Table) -> str:
    """A plain name for the files of a table, from its title."""
    return "table_" + (re.sub(r"[^a-z0-9]+", "_", table.title.partition(":")[0].lower()).strip("_")[:40] or "runs")


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
