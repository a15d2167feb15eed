"""Text that somebody else may have written, for programs that obey some of it: terminals and spreadsheets."""

import re

OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Signs that move the cursor, colour, answer or turn text around: all controls but tab and newline."""
FORMULA = ("=", "+", "-", "@", "\t")


def for_terminal(text: str) -> str:
    r"""The text with its control signs written out, such as \x1b."""
    return OBEYED.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)


def for_spreadsheet(cell: object) -> object:
    """A cell that no spreadsheet computes: text that begins as a formula gets an apostrophe before it.

    A carriage return in it, which Python does not quote, would begin a row of its own, and is written out.
    """
    if not isinstance(cell, str):
        return cell
    cell = cell.replace("\r", "\\r")
    if not cell.lstrip(" ").startswith(FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
