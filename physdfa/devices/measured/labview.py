"""LabVIEW measurement files (.lvm): their header blocks read, their segments put one after the other.

**Source:** National Instruments, "Specification for the LabVIEW Measurement File (.lvm)", versions 1 and 2.
The package lvm_read reads them, too, but by default unpickles a file that lies beside the measurement.
"""

from dataclasses import dataclass, field, replace

from physdfa.devices.measured.header import with_units
from physdfa.devices.measured.text import Text, cells_of, is_number
from physdfa.devices.measured.units import unit_of
from physdfa.errors import InputError

_MARK = "LabVIEW Measurement"
_END = "***End_of_Header***"
_SPECIAL = ("***Start_Special***", "***End_Special***")


@dataclass
class _Segment:
    """A segment: its header by tags, the line of its column names, and its rows as (line number, cells)."""

    tags: dict[str, list[str]]
    names: list[str]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)


def is_labview(text: Text) -> bool:
    """Whether the text begins as a LabVIEW measurement file does."""
    return text.lines[0].strip().startswith(_MARK)


def plain_table(text: Text) -> Text:
    """The same measurement as a line of names and rows below it, tab-separated, with decimal points.

    The first column, X_Value, which files with `X_Columns No` leave empty, is X0 + n Delta_X where the header states
    them. The units that the header states stand with the names.

    **Raises:** `InputError` if there are no rows, or if its segments have different columns.
    """
    separator, decimal, segments = _parsed(text)
    if not segments or not any(segment.rows for segment in segments):
        raise InputError(f"{text.path}: this LabVIEW file holds headers but no rows; a measurement needs rows.")
    names = segments[0].names
    for segment in segments:
        if segment.names != names and segment.rows:
            raise InputError(
                f"{text.path}, line {segment.rows[0][0]}: this segment has the columns {', '.join(segment.names)}, the "
                f"first one {', '.join(names)}; keep the segments of one kind, each other in a file of its own."
            )
    lines, numbers = ["\t".join(with_units(names, _units(segments[0])))], [text.numbers[0]]
    for segment in segments:
        axis = _axis(segment, decimal)
        for sample, (number, cells) in enumerate(segment.rows):
            if axis and not cells[0]:
                cells = [repr(axis[0] + sample * axis[1]), *cells[1:]]
            lines.append("\t".join(_with_point(cell, decimal) for cell in cells))
            numbers.append(number)
    remarks = [f"a LabVIEW measurement file, separated by {separator}"]
    if (num_segments := sum(bool(segment.rows) for segment in segments)) > 1:
        remarks.append(f"{num_segments} segments, taken one after the other")
    return replace(text, lines=lines, numbers=numbers, comments=[], remarks=(*text.remarks, *remarks))


def _parsed(text: Text) -> tuple[str, str, list[_Segment]]:
    """(name of the separator, decimal mark, segments)."""
    file_tags: dict[str, str] = {}
    delimiter, tags, segments = "\t", {}, []
    in_header, in_special, num_headers = True, False, 0
    names_next = False
    for number, line in zip(text.numbers, text.lines, strict=True):
        bare = line.strip()
        if bare.startswith(_SPECIAL):
            in_special = bare.startswith(_SPECIAL[0])
        elif in_special:
            continue
        elif bare.startswith(_END):
            num_headers += 1
            in_header = num_headers == 1
            names_next = num_headers > 1
            delimiter = "," if file_tags.get("Separator", "").lower() == "comma" else "\t"
        elif in_header and num_headers == 0:
            tag, _, value = bare.partition("\t") if "\t" in bare else bare.partition(",")
            file_tags[tag] = value.strip(" \t,") or value.strip(" \t")
        else:
            cells = cells_of(line, delimiter)
            if cells[0] == "X_Value":
                segments.append(_Segment(tags, _without_empty_end(cells)))
                tags, in_header, names_next = {}, False, False
            elif names_next or in_header or not segments or _is_tag(cells):
                tags[cells[0]] = cells[1:]
            else:
                segments[-1].rows.append((number, cells))
    decimal = file_tags.get("Decimal_Separator", ".") or "."
    return ("comma" if delimiter == "," else "tab"), decimal, segments


def _is_tag(cells: list[str]) -> bool:
    """Whether a line between rows belongs to the header of the next segment."""
    return cells[0] != "" and not any(is_number(cells[0], decimal) for decimal in ".,")


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def _units(segment: _Segment) -> list[str]:
    """The unit of each column, "" where the header states none. Without X_Dimension, X is time."""
    of_x, of_y = segment.tags.get("X_Unit_Label", []), segment.tags.get("Y_Unit_Label", [])
    is_time = segment.tags.get("X_Dimension", ["Time"])[:1] == ["Time"]
    x_unit = next((unit for unit in of_x if unit_of(unit) and unit), "s" if is_time else "")
    units, channel = [], 0
    for name in segment.names:
        if name == "X_Value":
            units.append(x_unit)
        else:
            label = of_y[channel] if channel < len(of_y) else ""
            units.append(label if unit_of(label) else "")
            channel += 1
    return units


def _axis(segment: _Segment, decimal: str) -> tuple[float, float] | None:
    """X0 and Delta_X, where the header states them and they are the same for all channels."""
    stated = []
    for tag in ("X0", "Delta_X"):
        values = {_with_point(cell, decimal) for cell in segment.tags.get(tag, []) if cell}
        if len(values) != 1 or not is_number(value := values.pop(), "."):
            return None
        stated.append(float(value))
    return (stated[0], stated[1]) if stated[1] else None


def _with_point(cell: str, decimal: str) -> str:
    point = cell.replace(",", ".") if decimal == "," and is_number(cell, ",") else cell
    return point.replace("\t", " ")
