"""From lines to named columns of numbers, whichever way the table lies."""

import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from physdfa.devices.measured.text import Format, Text, cells_of, find_format, is_number, number_in, read_text
from physdfa.devices.measured.units import unit_of
from physdfa.errors import InputError

LARGEST_VALUE = 1e30
"""Larger numbers are no measurement: instruments write 9.9e37 for an overflow."""

_SAMPLE = 200  # rows from which the usual kind of each column is found


@dataclass(frozen=True, kw_only=True)
class Table:
    """Named columns of cells.

    **Arguments:**

    - `path`, `sha256`, `remarks`: as for `Text`.
    - `names`: of the columns, as written; "1", "2", ... where the file gives none.
    - `rows`: the lines of the data; `numbers`: their line numbers; `form`: how they are written.
    - `lies_in_rows`: whether each line is a column lying down: a name, then its values.
    """

    path: str
    sha256: str
    names: tuple[str, ...]
    rows: list[str]
    numbers: list[int]
    form: Format
    lies_in_rows: bool
    remarks: tuple[str, ...]

    @property
    def num_samples(self) -> int:
        """How many values a column has."""
        return self.form.num_cells - 1 if self.lies_in_rows else len(self.rows)

    def place(self, column: int, sample: int) -> str:
        """Where a value stands, for messages."""
        if self.lies_in_rows:
            return f"{self.path}, line {self.numbers[column]}, value {sample + 1} of row `{self.names[column]}`"
        return f"{self.path}, line {self.numbers[sample]}, column `{self.names[column]}`"

    def column(self, column: int) -> np.ndarray:
        """The values of one column [samples], finite.

        **Raises:** `InputError` with line and column of the first cell that is not a finite number.
        """
        if self.lies_in_rows:
            cells = cells_of(self.rows[column], self.form.delimiter)[1:]
        else:
            values = self._read_at_once(column)
            if values is not None:
                return values
            cells = [cells_of(row, self.form.delimiter)[column] for row in self.rows]
        numbers = [number_in(cell, self.form.decimal) for cell in cells]
        for sample, number in enumerate(numbers):
            if number is None or not abs(number) <= LARGEST_VALUE:
                raise InputError(f"{self.place(column, sample)}: {_what_is_wrong(cells[sample])}")
        return np.array(numbers, np.float64)

    def _read_at_once(self, column: int) -> np.ndarray | None:
        """The whole column, or None where a cell of it needs a closer look."""
        rows = self.rows
        if self.form.decimal == ",":
            if any("." in row for row in rows):
                return None
            rows = [row.replace(",", ".") for row in rows]
        delimiter = None if self.form.delimiter == " " else self.form.delimiter
        try:
            values = np.loadtxt(rows, delimiter=delimiter, usecols=column, comments=None, ndmin=1)
        except ValueError:
            return None
        return values if len(values) == len(rows) and np.all(np.abs(values) <= LARGEST_VALUE) else None


def _what_is_wrong(cell: str) -> str:
    kind = "the cell is empty" if not cell else f"'{cell[:40]}' is not a finite number"
    return f"{kind}; correct it, or take the row out (a line that begins with # is skipped)."


def read_table(path: str | Path) -> Table:
    """The table in a text file: its header (or none), its rows, and how their cells are written.

    **Raises:** `InputError` if it is not a table of two columns or more, all of its rows equally long.
    """
    text = read_text(path)
    form = find_format(text)
    text, form = _without_quotes(text, form)
    first = _first_ordinary_row(text, form)
    header = next((index for index in range(first - 1, -1, -1) if _names_in(text.lines[index], form)), None)
    begin = _first_numbers(text, form, first) if header is None else header + 1
    names = _names_in(text.lines[header], form) if header is not None else None
    remarks = text.remarks
    if header is not None and names is not None and header > 0:
        above = _names_in(text.lines[header - 1], form)
        if above and all(unit_of(unit.strip("()[]")) for unit in names):  # a row of units under the names
            names = [
                f"{name} ({unit.strip('()[]')})" if unit else name for name, unit in zip(above, names, strict=True)
            ]
            header -= 1
    if skipped := begin if header is None else header:
        remarks += (f"skipped {skipped} line{'s' * (skipped > 1)} of text before the table",)
    table = Table(
        path=text.path,
        sha256=text.sha256,
        names=tuple(str(column + 1) for column in range(form.num_cells)),
        rows=text.lines[begin:],
        numbers=text.numbers[begin:],
        form=form,
        lies_in_rows=False,
        remarks=remarks,
    )
    _check_lengths(table)
    if header is None and begin > 0:
        _check_header_length(text, form, begin)
    if header is None and (in_rows := _in_rows(table)):
        return in_rows
    if header is None and text.comments and (names := _names_in(text.comments[-1], form)):
        table = replace(table, remarks=(*remarks, "column names taken from the last comment line"))
    return replace(table, names=tuple(names)) if names else table


def _without_quotes(text: Text, form: Format) -> tuple[Text, Format]:
    """The same cells tab-separated, where some stand in quotation marks."""
    if not any('"' in line for line in text.lines):
        return text, form
    lines = ["\t".join(cell.replace("\t", " ") for cell in cells_of(line, form.delimiter)) for line in text.lines]
    return replace(text, lines=lines), replace(form, delimiter="\t")


def _kinds(line: str, form: Format) -> tuple[bool, ...]:
    return tuple(is_number(cell, form.decimal) for cell in cells_of(line, form.delimiter))


def _first_ordinary_row(text: Text, form: Format) -> int:
    """The first row that has its numbers where most rows have them."""
    sample = [_kinds(line, form) for line in text.lines[:_SAMPLE]]
    kinds = Counter(kinds for kinds in sample if len(kinds) == form.num_cells and any(kinds)).most_common(1)
    if kinds:
        return sample.index(kinds[0][0])
    for index, line in enumerate(text.lines):
        if len(row := _kinds(line, form)) == form.num_cells and any(row):
            return index
    raise InputError(f"{text.path}: no row with {form.num_cells} numbers was found.")


def _first_numbers(text: Text, form: Format, first: int) -> int:
    """The first row that may be data: without a header, no row of numbers is passed over."""
    for index in range(first):
        kinds = _kinds(text.lines[index], form)
        if (len(kinds) == form.num_cells and any(kinds)) or all(kinds):
            return index
    return first


def _names_in(line: str, form: Format) -> list[str] | None:
    """The column names in a line, or None if there are more or fewer than columns, or if it holds numbers."""
    ways = [cells_of(line, form.delimiter)]
    if form.delimiter == " ":  # names of two words, or with a unit in brackets after a blank
        ways.append([cell.strip() for cell in re.split(r"\s{2,}|\t", line.strip())])
        ways.append(re.findall(r"[^\s(\[]+(?:\s*[(\[][^)\]]*[)\]])?", line))
    for names in ways:
        has_text = any(names) and not any(is_number(name, form.decimal) for name in names)
        if has_text and len(names) == form.num_cells:
            return names
    return None


def _check_lengths(table: Table) -> None:
    """Every row as long as the others."""
    delimiter, expected = table.form.delimiter, table.form.num_cells
    for number, row in zip(table.numbers, table.rows, strict=True):
        found = len(row.split()) if delimiter == " " else row.count(delimiter) + 1
        if found != expected:
            raise InputError(
                f"{table.path}, line {number}: this row has {found} cells where the others have {expected}; "
                "correct it, or take it out (a line that begins with # is skipped)."
            )


def _check_header_length(text: Text, form: Format, begin: int) -> None:
    """A header that does not fit is told, not passed over."""
    found = len(cells_of(text.lines[begin - 1], form.delimiter))
    if found > 1 and form.delimiter != " ":
        raise InputError(
            f"{text.path}, line {text.numbers[begin - 1]}: the header names {found} columns, but the rows below have "
            f"{form.num_cells}; correct it, put # before it if it is no header, and write decimal commas only with a "
            "semicolon, tab or space between columns."
        )


def _in_rows(table: Table) -> Table | None:
    """The table turned, if each line is a name and then numbers."""
    rows = [cells_of(row, table.form.delimiter) for row in table.rows[: _SAMPLE + 1]]
    labels = [row[0] for row in rows]
    lies = (
        2 <= len(table.rows) <= _SAMPLE
        and table.form.num_cells >= 3
        and len(set(labels)) == len(labels)
        and not any(is_number(label, table.form.decimal) or not label for label in labels)
        and sum(is_number(cell, table.form.decimal) for row in rows for cell in row[1:]) > 0
    )
    if not lies:
        return None
    return replace(table, names=tuple(labels), lies_in_rows=True, remarks=(*table.remarks, "the table lies in rows"))
