"""The layout of a text: the place of its table, and the way its cells are written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from physdfa.devices.measured.header import is_rule, labels_in, names_in
from physdfa.devices.measured.text import DELIMITERS, THOUSANDS, Text, cells_of, is_number
from physdfa.errors import InputError

_SAMPLE = 1000  # lines looked at first; more where the table begins later
_DISAGREES = 0.6  # how much less likely a delimiter is under which the line above the table does not fit its rows

_KEYED = 0.1  # how much less likely a table with a key in every line is


@dataclass(frozen=True)
class Layout:
    """A table in a text.

    - `delimiter`, `decimal`: between cells, and the decimal mark.
    - `begin`: index of its first row in `Text.lines`.
    - `width`: cells in a row; `filled`: without those at the end that are empty in every row.
    - `numeric`: [width] which columns hold numbers.
    """

    delimiter: str
    decimal: str
    begin: int
    width: int
    filled: int
    numeric: tuple[bool, ...]


@dataclass(frozen=True)
class _Row:
    """A line: its cells, and which of them are numbers."""

    cells: list[str]
    numbers: tuple[bool, ...]

    @property
    def kind(self) -> tuple[tuple[bool, ...], bool]:
        """The places of its numbers, and whether it begins with an empty cell. Rows of one table are of one kind."""
        return self.numbers, self.cells[:1] == [""]

    @property
    def is_table(self) -> bool:
        return len(self.cells) >= 2 and any(self.numbers)


def find_layout(text: Text) -> Layout:
    """The table under the delimiter and decimal mark on which header and rows agree best.

    The table is the longest run of lines with their numbers at the same places; an empty cell is a cell.

    **Raises:** `InputError` if no delimiter gives two columns.
    """
    size = _SAMPLE
    while True:
        lines = text.lines[:size]
        found = [layout for layout in _layouts(lines) if layout is not None]
        if found or size >= len(text.lines):
            break
        size *= 4
    if not found:
        raise InputError(_why_none(text))
    layout = max(found, key=lambda each: each[0])[1]
    if layout.delimiter == " ":
        _check_no_other(text, layout)
    return layout


def _check_no_other(text: Text, layout: Layout) -> None:
    """Refuse to cut at spaces where another delimiter makes header and rows equally wide."""
    lines = text.lines[max(layout.begin - 1, 0) :][:_SAMPLE]
    for delimiter in (mark for mark in DELIMITERS if mark != " "):
        counts = {line.strip(" ").count(delimiter) for line in lines}
        if layout.begin > 0 and len(counts) == 1 and counts != {0} and not _fits_spaces(text, layout):
            cell = next(cell for cell in cells_of(text.lines[layout.begin], delimiter) if cell)
            raise InputError(
                f"{text.path}, line {text.numbers[layout.begin]}: the columns are separated by a "
                f"{DELIMITERS[delimiter]}, and '{cell[:40]}' is no number; write units into the header, not into cells."
            )


def _fits_spaces(text: Text, layout: Layout) -> bool:
    return _fits(text.lines[layout.begin - 1], " ", layout.decimal, layout.filled, layout.width)


def _layouts(lines: Sequence[str]) -> Iterator[tuple[tuple[bool, float], Layout] | None]:
    for delimiter in DELIMITERS:
        if not any(delimiter in line for line in lines):
            continue
        cells = [cells_of(line, delimiter) for line in lines]
        with_commas = [cell for row in cells for cell in row if "," in cell]
        if delimiter == ",":  # in quotation marks: where every comma may stand between thousands, it does
            with_commas = [cell for cell in with_commas if not THOUSANDS.fullmatch(cell)]
        for decimal in (".", ",") if with_commas else (".",):
            yield _scored(lines, cells, delimiter, decimal)


def _scored(
    lines: Sequence[str], cells: Sequence[list[str]], delimiter: str, decimal: str
) -> tuple[tuple[bool, float], Layout] | None:
    """((whether its rows hold two numbers, how likely the table of this delimiter is), the table)."""
    rows = [_Row(row, tuple(is_number(cell, decimal) for cell in row)) for row in cells]
    core = _longest_run(rows)
    if core is None:
        return None
    width = len(rows[core[0]].cells)
    numeric = tuple(any(rows[index].numbers[column] for index in core) for column in range(width))
    begin = _first_row(rows, core, numeric)
    while begin < core[0] and names_in(lines[begin], delimiter, decimal, width, width):  # names that are numbers
        begin += 1
    block = [row for row in rows[begin:] if row.is_table and len(row.cells) == width]
    filled = max((index + 1 for row in block for index, cell in enumerate(row.cells) if cell), default=0)
    if filled < 2:
        return None
    num_filled = sum(cell != "" for row in block for cell in row.cells)
    share = sum(sum(row.numbers) for row in block) / max(num_filled, 1)
    score = share * len(block) / len(rows)
    header = next((line for line in reversed(lines[:begin]) if not is_rule(line)), None)
    if header is not None and not _fits(header, delimiter, decimal, filled, width):
        score *= _DISAGREES
    holds_two = sum(rows[core[0]].numbers) > 1
    return (holds_two, score), Layout(delimiter, decimal, begin, width, filled, numeric)


def _fits(line: str, delimiter: str, decimal: str, filled: int, width: int) -> bool:
    return bool(names_in(line, delimiter, decimal, filled, width) or labels_in(line, delimiter, decimal, filled, width))


def _longest_run(rows: Sequence[_Row]) -> range | None:
    """The longest run of lines with two or more numbers at the same places. Of equal runs the last counts.

    A run counts for less, the more text is in it, and if the text of a column differs in every line, as keys do. A line
    of one number is not enough, unless the text has no others: header blocks are full of them.
    """
    for least in (2, 1):
        best, largest, start = range(0), 0.0, 0
        for index in range(1, len(rows) + 1):
            if index < len(rows) and rows[index].kind == rows[start].kind:
                continue
            first = rows[start]
            share = sum(first.numbers) / max(sum(cell != "" for cell in first.cells), 1)
            weight = (index - start) * share**2 * (_KEYED if _has_keys(rows[start:index]) else 1.0)
            if sum(first.numbers) >= least and first.is_table and weight >= largest:
                best, largest = range(start, index), weight
            start = index
        if best:
            return best
    return None


def _has_keys(rows: Sequence[_Row]) -> bool:
    """Whether a column without numbers has a different word in every line."""
    if len(rows) < 2:
        return False
    columns = zip(*(row.cells for row in rows), strict=True)
    return any(
        not is_numeric and cells[0] and len(set(cells)) == len(cells)
        for is_numeric, cells in zip(rows[0].numbers, columns, strict=True)
    )


def _first_row(rows: Sequence[_Row], core: range, numeric: Sequence[bool]) -> int:
    """The first row of the table whose longest run is `core`: no row of numbers above is passed over.

    Rows with their numbers where the core has them belong to it, and rows right above that have some of them; where
    each row of the core begins with the same word (DataValue), only rows that begin with it.
    """
    first = rows[core[0]]
    label = first.cells[0] if all(rows[index].cells[0] == first.cells[0] for index in core) else ""
    if first.numbers[0]:
        label = ""
    begin = next(index for index, row in enumerate(rows) if row.kind == first.kind and label in ("", row.cells[0]))
    while begin > 0 and _may_be_data(rows[begin - 1], numeric, label):
        begin -= 1
    return begin


def _may_be_data(row: _Row, numeric: Sequence[bool], label: str) -> bool:
    at_place = sum(number and expected for number, expected in zip(row.numbers, numeric, strict=False))
    if len(row.cells) != len(numeric):
        return (len(row.cells) >= 2 and at_place >= 2) or (bool(row.cells) and all(row.numbers))
    return at_place >= 1 and label in ("", row.cells[0])


def _why_none(text: Text) -> str:
    looked_for = "comma, tab, semicolon or space between columns"
    for number, line in zip(text.numbers, text.lines, strict=True):
        if any(is_number(line.strip().strip('"').rstrip(",;"), decimal) for decimal in ".,"):
            return (
                f"{text.path}, line {number}: only one column was found, and a measurement needs two, drive and output "
                f"({looked_for})."
            )
    return f"{text.path}: no row of numbers was found; a measurement is a table with {looked_for}."
