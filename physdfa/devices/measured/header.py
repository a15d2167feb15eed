"""The names of columns and their units: from the lines above a table, as laboratories and instruments write them."""

import re
from collections.abc import Mapping, Sequence

from physdfa.devices.measured.text import cells_of, is_number
from physdfa.devices.measured.units import split_name, unit_of

_COMMENT_NAMES = frozenset(("comment", "comments", "remark", "remarks", "note", "notes", "kommentar", "bemerkung"))
_PARAMETERS = frozenset(("start", "increment"))  # of the time base, named and given in the header lines (Rigol)
_ABOUT_THE_FILE = frozenset((
    "model", "model number", "model name", "date", "operator", "user", "instrument", "serial number", "title", "mode",
    "firmware", "firmware version", "file", "filename", "comment", "record length", "probe atten", "memory length",
))  # fmt: skip
_LONGEST_NUMBER = 3  # digits of a number that is a name: channels, temperatures; not years

# Lines of a header block that say something of each column after the first (Tektronix, Siglent, Yokogawa, Keysight).
_NAMES_KEYS = ("tracename", "trace name", "source", "channel", "channels", "label", "labels")
_VERTICAL_KEYS = ("vertical units", "vertical unit", "vunit", "y units", "y unit", "yunits", "y_unit_label")
_HORIZONTAL_KEYS = ("horizontal units", "horizontal unit", "hunit", "x units", "x unit", "xunits", "x_unit_label")
_KEYS = frozenset((*_NAMES_KEYS, *_VERTICAL_KEYS, *_HORIZONTAL_KEYS))


def key_rows(lines: Sequence[str], delimiter: str) -> dict[str, list[str]]:
    """The lines of a header block by their first cell in small letters: `vertical units` -> [V, A]."""
    found: dict[str, list[str]] = {}
    for line in lines:
        cells = _trimmed(cells_of(line, delimiter))
        if len(cells) >= 2 and (key := cells[0].lower().rstrip(": ")) in _KEYS:
            found.setdefault(key, list(cells[1:]))
    return found


def names_in(line: str, delimiter: str, decimal: str, filled: int, width: int) -> list[str] | None:
    """The column names in a line; None if the line is something else or does not fit the rows below.

    **Arguments:**

    - `filled`: columns of the rows, those left out that are empty at the end of every row; `width`: all of them.
    """
    for cells in _ways(line, delimiter):
        names = _fitted(cells, filled, width)
        if names is None or _says_something_of_the_file(cells):
            continue
        texts = [name for name in names if name]
        numbers = [name for name in texts if is_number(name, decimal)]
        if not texts or len(numbers) == len(texts):
            continue
        states_a_unit = names[0][:1].isalpha() and any(split_name(name)[1] for name in texts)
        if not numbers or (states_a_unit and all(len(number) <= _LONGEST_NUMBER for number in numbers)):
            return names
    return None


def units_in(line: str, delimiter: str, filled: int) -> list[str] | None:
    """The units in a line that holds nothing else over the filled columns: `V,mW`, `(V),(mW)`, `Second,Volt`."""
    for cells in _ways(line, delimiter):
        units = [cell.strip("()[]") for cell in cells[:filled]]
        if len(units) == filled and any(units) and all(not unit or unit_of(unit) for unit in units):
            return units
    return None


def labels_in(line: str, delimiter: str, decimal: str, filled: int, width: int) -> list[str] | None:
    """The names in the line above a row of units: as `names_in`, and numbers as well (Keysight: x-axis, 1, 2)."""
    for cells in _ways(line, delimiter):
        names = _fitted(cells, filled, width)
        if names is None or _says_something_of_the_file(cells):
            continue
        numbers = [name for name in names if is_number(name, decimal)]
        if any(names) and len(numbers) < len(names) and all(len(number) <= _LONGEST_NUMBER for number in numbers):
            return names
    return None


def with_units(names: Sequence[str], units: Sequence[str]) -> list[str]:
    """Names with their units, `bias`, `V` -> `bias (V)`.

    A column without a name is called by its unit; a unit in the name stays.
    """
    padded = [*units, *[""] * (len(names) - len(units))]
    return [_with_unit(name, unit) for name, unit in zip(names, padded, strict=False)]


def _with_unit(name: str, unit: str) -> str:
    if not unit or not name:
        return name or unit
    return name if split_name(name)[1] else f"{name} ({unit})"


def with_key_rows(names: list[str], rows: Mapping[str, Sequence[str]]) -> list[str]:
    """The names, with the units that the header block states for columns whose name states none."""
    first = [values[0] for key in _HORIZONTAL_KEYS if (values := rows.get(key))]
    others = next((values for key in _VERTICAL_KEYS if (values := rows.get(key))), [])
    last = len(_trimmed(names))
    units = [first[0] if first else ""]
    if len(others) == last - 1:
        units += others
    known = [unit if unit_of(unit) else "" for unit in ("s" if units[0] == "S" else units[0], *units[1:])]
    return with_units(names, known) if names[0] else [names[0], *with_units(names[1:], known[1:])]


def names_of_key_rows(rows: Mapping[str, Sequence[str]], filled: int, keys: Sequence[str] = _NAMES_KEYS) -> list[str]:
    """The names in a header block for the columns after the first; empty if there are none or too few."""
    return next((list(rows[key]) for key in keys if key in rows and len(rows[key]) == filled - 1), [])


def is_rule(line: str) -> bool:
    """Whether a line only underlines the line above."""
    return re.fullmatch(r"[-=_*+|:,;\s]{3,}", line) is not None


def _says_something_of_the_file(cells: Sequence[str]) -> bool:
    first, said = cells[0].lower() if cells else "", _trimmed(cells)
    if len(said) == 2 and first in _ABOUT_THE_FILE and not split_name(said[1])[1]:
        return True
    if first.endswith(":") and not all(cell.endswith(":") for cell in said):
        return True
    if first in _NAMES_KEYS and any(split_name(cell)[1] for cell in said[1:]):
        return False  # a column called label
    return first in _KEYS and len(said) > 1


def _ways(line: str, delimiter: str) -> list[list[str]]:
    """Ways to cut a line into cells. Between spaces, names of two words or with a unit in brackets stay whole."""
    ways = [cells_of(line, delimiter)]
    if delimiter == " ":
        ways.append([cell.strip() for cell in re.split(r"\s{2,}|\t", line.strip())])
        ways.append(re.findall(r"[^\s(\[]+(?:\s*[(\[][^)\]]*[)\]])?", line))
    return ways


def _fitted(cells: Sequence[str], filled: int, width: int) -> list[str] | None:
    """Names for rows of `width` cells; None if they do not fit. A last column of comments, absent in the rows, is left
    out.

    The names and values of parameters that stand to the right of the columns are left out.
    """
    names = list(_trimmed(cells))
    if len(names) < filled:
        return None
    while len(names) > filled and _is_parameter(names[-1]):
        names.pop()
    if len(names) > width and not all(name.lower() in _COMMENT_NAMES for name in names[width:]):
        return None
    return names + [""] * (width - len(names))


def _is_parameter(name: str) -> bool:
    return not name or name.lower() in _PARAMETERS or "=" in name


def _trimmed(cells: Sequence[str]) -> Sequence[str]:
    """The cells without the empty ones at the end."""
    last = next((index for index in range(len(cells), 0, -1) if cells[index - 1]), 0)
    return cells[:last]
