"""Named columns of numbers from lines of text, whichever way the table lies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from physdfa.devices.measured.header import (
    is_rule,
    key_rows,
    labels_in,
    names_in,
    names_of_key_rows,
    units_in,
    with_key_rows,
    with_units,
)
from physdfa.devices.measured.labview import is_labview, plain_table
from physdfa.devices.measured.layout import Layout, find_layout
from physdfa.devices.measured.rows import between_rows, rows_below
from physdfa.devices.measured.text import DELIMITERS, THOUSANDS, Text, cells_of, is_number, number_in, read_text
from physdfa.devices.measured.units import split_name
from physdfa.errors import InputError

LARGEST_VALUE = 1e30
"""Largest number that is a measurement; instruments write 9.9e37 for an overflow."""

_SAMPLE = 200  # rows from which the kind of each column is found
_TITLES = 3  # lines of one cell that may stand between the names and the rows


@dataclass(frozen=True, kw_only=True)
class MeasuredTable:
    """Named columns of cells.

    **Arguments:**

    - `path`, `sha256`, `remarks`: as for `Text`.
    - `names`: of the columns, as written; "1", "2", ... where the file gives none, "" for a column without a name.
    - `rows`: the lines of the data; `numbers`: their line numbers; `delimiter`, `decimal`: how they are written.
    - `lies_in_rows`: whether each line is a column lying down: a name, then its values.
    """

    path: str
    sha256: str
    names: tuple[str, ...]
    rows: list[str]
    numbers: list[int]
    delimiter: str
    decimal: str
    lies_in_rows: bool
    remarks: tuple[str, ...]

    @property
    def num_samples(self) -> int:
        """The number of values in a column."""
        return len(cells_of(self.rows[0], self.delimiter)) - 1 if self.lies_in_rows else len(self.rows)

    def place(self, column: int, sample: int) -> str:
        """The place of a value, for messages."""
        if self.lies_in_rows:
            return f"{self.path}, line {self.numbers[column]}, value {sample + 1} of row `{self.names[column]}`"
        return f"{self.path}, line {self.numbers[sample]}, column `{self.names[column] or column + 1}`"

    def column(self, column: int) -> np.ndarray:
        """The values of one column [samples], finite.

        **Raises:** `InputError` with line and column of the first cell that is not a finite number.
        """
        if not self.lies_in_rows:
            values = self._read_at_once(column)
            if values is not None:
                return values
        cells = self.cells(column, None)
        numbers = [number_in(cell, self.decimal) for cell in cells]
        if not any(cells):
            name = self.names[column] or column + 1
            raise InputError(f"{self.path}: column `{name}` is empty in every row; name another one.")
        for sample, number in enumerate(numbers):
            if number is None or not abs(number) <= LARGEST_VALUE:
                if not self.lies_in_rows and self._is_text(sample):
                    raise InputError(f"{self.path}, line {self.numbers[sample]}: {between_rows(self.rows[sample])}")
                raise InputError(f"{self.place(column, sample)}: {_what_is_wrong(cells[sample])}")
        return np.array(numbers, np.float64)

    def cells(self, column: int, limit: int | None = _SAMPLE) -> list[str]:
        """The cells of a column, the first `limit` of them: "" where a row is too short for it."""
        if self.lies_in_rows:
            return cells_of(self.rows[column], self.delimiter)[1:][:limit]
        rows = self._first_rows if limit == _SAMPLE else (cells_of(row, self.delimiter) for row in self.rows[:limit])
        return [row[column] if column < len(row) else "" for row in rows]

    @cached_property
    def _first_rows(self) -> list[list[str]]:
        return [cells_of(row, self.delimiter) for row in self.rows[:_SAMPLE]]

    def _is_text(self, sample: int) -> bool:
        """Whether a row holds words alone, as the header of another table does."""
        cells = [cell for cell in cells_of(self.rows[sample], self.delimiter) if cell]
        return len(cells) > 1 and not any(is_number(cell, self.decimal) for cell in cells)

    def holds_numbers(self, column: int) -> bool:
        """Whether a column has numbers, as far as its first rows tell."""
        return any(is_number(cell, self.decimal) for cell in self.cells(column))

    def _read_at_once(self, column: int) -> np.ndarray | None:
        """The whole column, or None where a cell of it needs a closer look."""
        rows = self.rows
        if self.decimal == ",":
            if any("." in row for row in rows):
                return None
            rows = [row.replace(",", ".") for row in rows]
        delimiter = None if self.delimiter == " " else self.delimiter
        try:
            values = np.loadtxt(rows, delimiter=delimiter, usecols=column, comments=None, ndmin=1)
        except ValueError:
            return None
        return values if len(values) == len(rows) and np.all(np.abs(values) <= LARGEST_VALUE) else None


def _what_is_wrong(cell: str) -> str:
    kind = "the cell is empty" if not cell else f"'{cell[:40]}' is not a finite number"
    if THOUSANDS.fullmatch(cell):
        return f"{kind}; write it without the marks between thousands."
    return f"{kind}; correct it, or take the row out (a line that begins with # is skipped)."


def read_table(path: str | Path) -> MeasuredTable:
    """The table in a text file: its header (or none), its rows, and how their cells are written.

    **Raises:** `InputError` if it is not a table of two columns or more, all of its rows equally long.
    """
    text = read_text(path)
    if is_labview(text):
        text = plain_table(text)
    text, layout = _without_quotes(text, find_layout(text))
    header = _header(text, layout)
    begin = layout.begin
    names, num_lines = ([], 0) if header is None else header
    remarks = list(text.remarks)
    if layout.decimal == ",":
        cells = (cell for line in text.lines[layout.begin :] for cell in cells_of(line, layout.delimiter))
        example = next(cell for cell in cells if "," in cell and is_number(cell, ","))
        remarks.append(f"commas read as decimal marks: {example} as {number_in(example, ','):g}")
    if (skipped := begin - num_lines) > 0:
        remarks.append(f"skipped {skipped} line{'s' * (skipped > 1)} of text before the table")
    again = text.lines[begin - num_lines : begin]
    rows, numbers = rows_below(text, layout, max(len(names), layout.width), again, remarks)
    table = MeasuredTable(
        path=text.path,
        sha256=text.sha256,
        names=tuple(names) if names else tuple(str(column + 1) for column in range(layout.width)),
        rows=rows,
        numbers=numbers,
        delimiter=layout.delimiter,
        decimal=layout.decimal,
        lies_in_rows=False,
        remarks=tuple(remarks),
    )
    if names:
        return table
    if in_rows := _in_rows(table):
        return in_rows
    if from_comment := _names_of_comment(text, layout):
        said = "column names taken from the last comment line"
        return replace(table, names=tuple(from_comment), remarks=(*remarks, said))
    if begin > 0:
        _check_header_length(text, layout)
    return table


def _without_quotes(text: Text, layout: Layout) -> tuple[Text, Layout]:
    """The same cells tab-separated, where some stand in quotation marks."""
    if not any('"' in line for line in text.lines):
        return text, layout
    lines = ["\t".join(cell.replace("\t", " ") for cell in cells_of(line, layout.delimiter)) for line in text.lines]
    return replace(text, lines=lines), replace(layout, delimiter="\t")


def _header(text: Text, layout: Layout) -> tuple[list[str], int] | None:
    """(column names with their units, how many lines right above the rows hold them), or None without a header."""
    delimiter, decimal, filled, width = layout.delimiter, layout.decimal, layout.filled, layout.width
    above = text.lines[: layout.begin]
    keys = key_rows(above, delimiter)
    if trace_names := names_of_key_rows(keys, filled, ("tracename",)):
        return with_key_rows(["", *trace_names, *[""] * (width - filled)], keys), 0
    if not above:
        beside = _block_beside(text, layout)
        return (beside, 0) if beside else None
    from_keys = names_of_key_rows(keys, filled)
    last = len(above)
    while last > 0 and is_rule(above[last - 1]):
        last -= 1
    if last == 0:
        return None
    if found := _with_row_of_units(above[:last], layout, from_keys):
        names, num_lines = found
        return names, len(above) - last + num_lines
    for place in range(last - 1, max(last - 1 - _TITLES, 0) - 1, -1):
        if names := names_in(above[place], delimiter, decimal, filled, width):
            if place < last - 1 and not any(split_name(name)[1] for name in names):
                break
            if from_keys and len(set(names[1:filled])) < filled - 1:  # Second, Value, Value
                names[1:filled] = from_keys
            return with_key_rows(names, keys), len(above) - place
        if len(cells_of(above[place].rstrip(f"{delimiter} "), delimiter)) > 1:
            break
    if numbered := _names_beside_row_numbers(text, layout, above[last - 1]):
        return numbered, len(above) - last + 1
    if not keys:
        return None
    names = ["TIME", *from_keys] if from_keys else [str(column + 1) for column in range(filled)]
    return with_key_rows([*names, *[""] * (width - filled)], keys), 0


def _with_row_of_units(above: Sequence[str], layout: Layout, from_keys: Sequence[str]) -> tuple[list[str], int] | None:
    """(names with their units, number of lines) where a line of units is among the last ones above the table.

    It stands under the names, or under them and over a line of remarks (Origin), or over the names; alone, it is the
    names too.
    """
    delimiter, decimal, filled, width = layout.delimiter, layout.decimal, layout.filled, layout.width

    def names_at(place: int) -> list[str] | None:
        labels = labels_in(above[place], delimiter, decimal, filled, width) if place >= 0 else None
        return labels if labels and not any(split_name(label)[1] for label in labels) else None

    last = len(above) - 1
    if units := units_in(above[last], delimiter, filled):
        if labels := names_at(last - 1):
            return with_units(labels, units), 2
        names = with_units([units[0], *from_keys], units) if from_keys else units
        return [*names, *[""] * (width - len(names))], 1
    if last > 0 and (units := units_in(above[last - 1], delimiter, filled)) and names_at(last):
        if labels := names_at(last - 2):
            return with_units(labels, units), 3
        if names := names_in(above[last], delimiter, decimal, filled, width):
            return with_units(names, units), 2
    return None


def _names_beside_row_numbers(text: Text, layout: Layout, line: str) -> list[str] | None:
    """The names in a line that has none for the first column, which numbers the rows (R's write.table)."""
    names = names_in(line, layout.delimiter, layout.decimal, layout.filled - 1, layout.width - 1)
    first = [cells_of(row, layout.delimiter)[0] for row in text.lines[layout.begin :][:_SAMPLE]]
    starts = [str(first_number + row) for first_number in (0, 1) for row in range(len(first))]
    return ["", *names] if names and first in (starts[: len(first)], starts[len(first) :]) else None


def _block_beside(text: Text, layout: Layout) -> list[str] | None:
    """The names in a header block that stands beside the first rows, in columns of its own (Tektronix TDS)."""
    rows = [cells_of(line, layout.delimiter) for line in text.lines[layout.begin :][:_SAMPLE]]
    rows = [row for row in rows if len(row) == layout.width]
    first = next((column for column in range(layout.filled, 0, -1) if not layout.numeric[column - 1]), 0)
    is_beside = (
        first >= 2
        and layout.filled - first >= 2
        and rows
        and rows[0][0] != ""
        and not any(row[first - 1] for row in rows)
        and not any(is_number(row[0], layout.decimal) for row in rows)
    )
    if not is_beside:
        return None
    block = [layout.delimiter.join(row[: first - 1]) for row in rows]
    keys = key_rows(block, layout.delimiter)
    channels = names_of_key_rows(keys, layout.filled - first) or [
        f"CH{channel + 1}" for channel in range(layout.filled - first - 1)
    ]
    names = with_key_rows(["TIME", *channels], keys)
    return [*[""] * first, *names, *[""] * (layout.width - layout.filled)]


def _names_of_comment(text: Text, layout: Layout) -> list[str] | None:
    """The column names in the last comment line above the table, whatever stands between them."""
    if not text.comments:
        return None
    for delimiter in dict.fromkeys((layout.delimiter, *DELIMITERS)):
        names = names_in(text.comments[-1], delimiter, layout.decimal, layout.filled, layout.width)
        if names:
            return with_key_rows(names, key_rows(text.comments, delimiter))
    return None


def _check_header_length(text: Text, layout: Layout) -> None:
    """Refuse a header that does not fit the rows."""
    found = len(cells_of(text.lines[layout.begin - 1].rstrip(f"{layout.delimiter} "), layout.delimiter))
    if found > 1 and layout.delimiter != " ":
        raise InputError(
            f"{text.path}, line {text.numbers[layout.begin - 1]}: the header names {found} columns, but the rows below "
            f"have {layout.filled}; correct it, put # before it if it is no header, and write decimal commas only with "
            "a semicolon, tab or space between columns."
        )


def _in_rows(table: MeasuredTable) -> MeasuredTable | None:
    """The transposed table, if each line is a name and then numbers; else None."""
    rows: Sequence[list[str]] = [cells_of(row, table.delimiter) for row in table.rows[: _SAMPLE + 1]]
    labels = [row[0] for row in rows]
    lies = (
        2 <= len(table.rows) <= _SAMPLE
        and len(rows[0]) >= 3
        and len(set(labels)) == len(labels)
        and not any(is_number(label, table.decimal) or not label for label in labels)
        and sum(is_number(cell, table.decimal) for row in rows for cell in row[1:]) > 0
    )
    if not lies:
        return None
    return replace(table, names=tuple(labels), lies_in_rows=True, remarks=(*table.remarks, "the table lies in rows"))
