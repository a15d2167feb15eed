"""The rows of a table, all equally long. Lines between and below them are reported."""

from collections.abc import Sequence

from physdfa.devices.measured.layout import Layout
from physdfa.devices.measured.text import Text, cells_of, is_number
from physdfa.errors import InputError


def rows_below(
    text: Text, layout: Layout, width: int, header: Sequence[str], remarks: list[str]
) -> tuple[list[str], list[int]]:
    """(the rows, their line numbers), of `width` columns.

    A row may be longer by empty cells, and shorter by columns without numbers. Lines of text below the table are left
    out, and so is a header that comes again between two parts of it; both are remarked.

    **Raises:** `InputError` with the first line that is no such row.
    """
    lines, numbers = text.lines[layout.begin :], text.numbers[layout.begin :]
    if again := [index for index, line in enumerate(lines) if line in header]:
        remarks.append(f"the header comes again {len(again)} times: the parts are taken one after the other")
        left_out = set(again)
        kept = [index for index in range(len(lines)) if index not in left_out]
        lines, numbers = [lines[index] for index in kept], [numbers[index] for index in kept]
    if layout.delimiter == " ":
        odd = [index for index, line in enumerate(lines) if len(line.split()) != layout.width]
    else:
        odd = [index for index, line in enumerate(lines) if line.count(layout.delimiter) + 1 != layout.width]
    odd = [index for index in odd if not _fits(cells_of(lines[index], layout.delimiter), layout, width)]
    end = len(lines)
    while odd and odd[-1] == end - 1 and _is_text(cells_of(lines[end - 1], layout.delimiter), layout.decimal):
        end = odd.pop()
    if end < len(lines):
        remarks.append(f"skipped {len(lines) - end} line{'s' * (len(lines) - end > 1)} of text below the table")
    if odd:
        raise InputError(_what_is_odd(text, lines, numbers, odd[0], layout, width))
    return lines[:end], numbers[:end]


def _fits(cells: Sequence[str], layout: Layout, width: int) -> bool:
    if any(cells[width:]):
        return False
    return not any(layout.numeric[len(cells) :]) and len(cells) >= 2


def _is_text(cells: Sequence[str], decimal: str) -> bool:
    first = next((cell for cell in cells if cell), "")
    return first != "" and not is_number(first, decimal)


def _what_is_odd(
    text: Text, lines: Sequence[str], numbers: Sequence[int], index: int, layout: Layout, width: int
) -> str:
    cells = cells_of(lines[index], layout.delimiter)
    said = (
        f"this row has {len(cells)} cells where the others have {min(layout.width, width)}; correct it, or take it out"
    )
    if _is_text(cells, layout.decimal):
        return f"{text.path}, line {numbers[index]}: {between_rows(lines[index])}"
    return f"{text.path}, line {numbers[index]}: {said} (a line that begins with # is skipped)."


def between_rows(line: str) -> str:
    """Advice about a line of words between the rows."""
    return (
        f"'{line.strip()[:40]}' stands between the rows; if another table begins here, keep one of them in the file, "
        "or else take the line out (a line that begins with # is skipped)."
    )
