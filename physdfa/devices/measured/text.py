"""Lines and cells from bytes: encodings, comments, delimiters, decimal commas."""

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from physdfa.bounded import MIB, read_packed
from physdfa.devices.measured.touchstone import is_touchstone
from physdfa.errors import InputError

AT_MOST = 32 * MIB
"""Bytes of a measurement; in memory its cells take about 30 times as much."""

COMMENT_MARKS = ("#", "%", "//", "!")
"""Beginnings of a line that is a comment; a quotation mark may stand before them."""

DELIMITERS = {"\t": "tab", ";": "semicolon", ",": "comma", " ": "space"}

THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}([,.' ]\d{3})+([.,]\d+)?")
"""A number with marks between thousands, or perhaps with three decimals."""

# Each digit has one place in it: where it had two, thousands of digits before a letter took seconds.
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eEdD][+-]?[0-9]+)?")
_NO_VALUE = frozenset(("", "nan", "-nan", "+nan", "inf", "-inf", "+inf", "infinity", "na", "n/a", "null", "none", "--"))


@dataclass(frozen=True, kw_only=True)
class Text:
    """The lines of a text file.

    **Arguments:**

    - `path`: as the user gave it, for messages; `sha256`: of the bytes.
    - `lines`: those that are neither blank nor a comment; `numbers`: their line numbers, from 1.
    - `comments`: the comment lines before the first of these, without their mark.
    - `remarks`: what was done knowingly.
    """

    path: str
    sha256: str
    lines: list[str]
    numbers: list[int]
    comments: list[str]
    remarks: tuple[str, ...]


def read_text(path: str | Path) -> Text:
    """The lines of the file at `path`, with any line ending, in UTF-8, UTF-16 or Windows-1252.

    **Raises:** `InputError` if there is no such file, if it is a folder, empty, unreadable or not text.
    """
    content = _bytes_of(Path(path))
    text, remarks = _decoded(content, str(path))
    lines: list[str] = []
    numbers: list[int] = []
    comments: list[str] = []
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        start = line.lstrip()
        if not start.strip(",;\t "):  # blank, or the empty cells of a spreadsheet's row
            continue
        bare = start[1:].lstrip() if start[0] == '"' else start
        if bare.startswith(COMMENT_MARKS):
            if not lines:
                comments.append(bare.lstrip("#%/! \t").rstrip())
            continue
        lines.append(line)
        numbers.append(number)
    if not lines:
        raise InputError(f"{path}: the file holds no data, only blank lines or comments; a measurement needs rows.")
    digest = hashlib.sha256(content).hexdigest()
    return Text(path=str(path), sha256=digest, lines=lines, numbers=numbers, comments=comments, remarks=remarks)


def _bytes_of(path: Path) -> bytes:
    if is_touchstone(path):
        raise InputError(
            f"{path} is a frequency response (Touchstone), no curve of output over drive; `physdfa device show {path}` "
            "finds its f_3dB, which `bandwidth` of the stage takes."
        )
    if path.is_dir():
        raise InputError(f"{path} is a folder; name the file of the measurement inside it.")
    try:
        content = read_packed(path, AT_MOST)
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file.") from None
    except (OSError, ValueError) as problem:
        raise InputError(
            f"{path}: the file cannot be read ({getattr(problem, 'strerror', None) or problem})."
        ) from None
    if not content:
        raise InputError(f"{path}: the file is empty (0 bytes).")
    return content


def _decoded(content: bytes, path: str) -> tuple[str, tuple[str, ...]]:
    remarks: tuple[str, ...] = ()
    if utf_16 := _utf_16(content):
        try:
            text = content.decode(utf_16)
        except UnicodeDecodeError:
            raise _not_text(path) from None
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
            remarks = ("read as Windows-1252: not valid UTF-8",)
    if "\0" in text or len(re.findall(r"[\x01-\x08\x0e-\x19\x7f]", text[:10_000])) > len(text[:10_000]) // 100:
        raise _not_text(path)
    # Typeset minus signs and no-break spaces, as copied from a document.
    return text.replace("\u2212", "-").replace("\u00a0", " ").replace("\x1a", ""), remarks


def _utf_16(content: bytes) -> str | None:
    """The kind of UTF-16, by its mark or by the zero bytes of ordinary letters; None for everything else."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = content[:1000]
    halves = start[0::2], start[1::2]
    for zeros, letters, name in (((halves[1]), halves[0], "utf-16-le"), (halves[0], halves[1], "utf-16-be")):
        if len(content) % 2 == 0 and zeros.count(0) > 0.9 * len(zeros) and letters.count(0) == 0:
            return name
    return None


def _not_text(path: str) -> InputError:
    return InputError(f"{path}: the file is binary, not text; export the sweep as CSV or tab-separated text.")


def cells_of(line: str, delimiter: str) -> list[str]:
    """The cells of a line, without the blanks and quotation marks around them."""
    if '"' not in line:
        return line.split() if delimiter == " " else [cell.strip() for cell in line.split(delimiter)]
    if delimiter == " ":
        return [cell.strip('"').strip() for cell in re.findall(r'(?:"[^"]*"|\S)+', line)]
    try:
        kept = line.strip(" ")  # a tab at the start is an empty cell
        return [cell.strip() for cell in next(csv.reader([kept], delimiter=delimiter, skipinitialspace=True))]
    except csv.Error:
        return [cell.strip().strip('"') for cell in line.split(delimiter)]


def number_in(cell: str, decimal: str) -> float | None:
    """The number that a cell holds, nan where it marks a missing or infinite value, None for text."""
    if decimal == ",":
        cell = cell.replace(",", ".") if "." not in cell and cell.count(",") <= 1 and not cell.endswith(",") else "text"
    if _NUMBER.fullmatch(cell):
        return float(cell.replace("D", "E").replace("d", "e"))  # Fortran's exponents
    return float("nan") if cell.lower() in _NO_VALUE else None


def is_number(cell: str, decimal: str) -> bool:
    """Whether a cell holds a number, finite or not, or marks a missing one. An empty cell does not count."""
    return cell != "" and number_in(cell, decimal) is not None
