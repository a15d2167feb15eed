"""Which columns of a table are drive and output, and in which units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from physdfa.devices.measured.table import Table
from physdfa.devices.measured.text import cells_of
from physdfa.devices.measured.units import Unit, split_name, unit_of
from physdfa.errors import InputError

RISING, FALLING = 1, -1

_DIRECTIONS = {
    **dict.fromkeys(("rising", "rise", "up", "forward", "fwd", "increasing", "ascending"), RISING),
    **dict.fromkeys(
        ("falling", "fall", "down", "backward", "bwd", "reverse", "rev", "decreasing", "descending"), FALLING
    ),
}
_NEVER_A_DRIVE = re.compile(r"(time|zeit|date|timestamp|index|sample|point|no\.?|nr\.?|#|n|t)", re.IGNORECASE)
_DRIVES = ("V", "A", "m", "K", "Hz", "rad", None)


@dataclass(frozen=True)
class Column:
    """A column of a table: its `index`, `name` as written, `bare` name without unit, `unit` (None: none is written),
    and the `direction` of the sweep that its name states: +1 rising, -1 falling, 0 none."""

    index: int
    name: str
    bare: str
    unit: Unit | None
    direction: int

    @property
    def is_clock(self) -> bool:
        """Whether it counts time or samples, and so is no drive."""
        if self.unit is not None:
            return self.unit.si == "s"
        return _NEVER_A_DRIVE.fullmatch(self.bare) is not None

    @property
    def group(self) -> str:
        """The name without the direction: `arm1_dBm` for `arm1_rising_dBm` and `arm1_falling_dBm`."""
        words = re.split(r"([\s_\-]+)", self.name)
        kept = [word for word in words[::2] if word.lower() not in _DIRECTIONS]
        return "_".join(kept)


@dataclass(frozen=True)
class Choice:
    """The columns chosen: drive, output (two if a file gives one for each direction), and the second coordinate."""

    x: Column
    y: tuple[Column, ...]
    setting: Column | None


def columns_of(table: Table) -> list[Column]:
    """Every column with what its name says."""
    columns = []
    for index, name in enumerate(table.names):
        bare, unit = split_name(name)
        words = {_DIRECTIONS[word] for word in re.split(r"[\s_\-]+", bare.lower()) if word in _DIRECTIONS}
        columns.append(Column(index, name, bare, unit, words.pop() if len(words) == 1 else 0))
    return columns


def choose(
    table: Table, x: str | int | None, y: str | int | Sequence[str | int] | None, setting: str | int | None
) -> Choice:
    """The columns that the user names, by name or number from 1; where none is named, the only one that can be meant.

    **Raises:** `InputError` that lists the columns, if there is no such column or if several could be meant.
    """
    columns = [column for column in columns_of(table) if not _is_padding(table, column)]
    setting_column = None if setting is None else _find(table, columns, setting, "setting")
    taken = [] if setting_column is None else [setting_column]
    x_column = None if x is None else _find(table, columns, x, "x")
    taken += [] if x_column is None else [x_column]
    ys = None if y is None else _outputs(table, columns, y)
    if x_column is None:
        x_column = _default_drive(table, [column for column in columns if column not in (*taken, *(ys or ()))], ys)
        taken.append(x_column)
    if ys is None:
        ys = _default_output(table, [column for column in columns if column not in taken])
    for option, column in [("x", x_column), *(("y", column) for column in ys)]:
        given = {"x": x, "y": y}[option]
        _check_unique(table, column, option, by_number=_is_number(given))
    used = [x_column, *ys, *([setting_column] if setting_column else [])]
    if len({column.index for column in used}) < len(used):
        raise InputError(f"{table.path}: x, y and setting must be different columns. {_listing(columns)}")
    return Choice(x_column, ys, setting_column)


def unit_for(table: Table, column: Column, given: str | None, option: str) -> Unit:
    """The unit of a column: the one given, else the one its name states.

    **Raises:** `InputError` if there is none, or the given one is unknown.
    """
    allowed = 'V, mV, A, mA, W, mW, dBm, nm, GHz, K, degC, ..., or "" for arbitrary units'
    if given is not None:
        unit = unit_of(given)
        if unit is None:
            raise InputError(f"{option} = '{given}' is not a known unit: {allowed}.")
        return unit
    if column.unit is None:
        raise InputError(
            f"{table.path}: column `{column.name}` states no unit, and dBm would be read as a linear scale; give "
            f"{option} ({allowed})."
        )
    return column.unit


def _is_padding(table: Table, column: Column) -> bool:
    """Whether it has neither a name nor values: what a delimiter at the end of each line leaves."""
    return not column.name and all(not cells_of(row, table.form.delimiter)[column.index] for row in table.rows)


def _listing(columns: Sequence[Column]) -> str:
    return f"Columns: {', '.join(column.name for column in columns[:40])}{', ...' * (len(columns) > 40)}."


def _is_number(name: object) -> bool:
    return isinstance(name, int) or (isinstance(name, str) and name.strip().isdecimal())


def _find(table: Table, columns: Sequence[Column], name: str | int, option: str) -> Column:
    wanted = str(name).strip()
    for key in (
        lambda column: column.name == wanted,
        lambda column: column.name.lower() == wanted.lower(),
        lambda column: column.bare.lower() == wanted.lower(),
    ):
        matches = [column for column in columns if key(column)]
        if len({column.name for column in matches}) == 1:
            return matches[0]
    by_number = {column.index + 1: column for column in columns}
    if _is_number(name) and int(name) in by_number:
        return by_number[int(name)]
    near = get_close_matches(wanted, [column.name for column in columns], n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise InputError(f"{table.path}: {option} = '{wanted}' is not a column of this file.{hint} {_listing(columns)}")


def _outputs(table: Table, columns: Sequence[Column], y: str | int | Sequence[str | int]) -> tuple[Column, ...]:
    """One column; or the rising and the falling one, named both or by what their names share."""
    if isinstance(y, str):
        exact = any(column.name == y.strip() for column in columns)
        names: list[str | int] = [y] if exact or "," not in y else [part for part in y.split(",") if part.strip()]
    else:
        names = [y] if isinstance(y, int) else list(y)
    if len(names) == 1:
        shared = _group(columns, str(names[0]))
        return shared or (_find(table, columns, names[0], "y"),)
    found = tuple(_find(table, columns, name, "y") for name in names)
    if sorted(column.direction for column in found) != [FALLING, RISING]:
        raise InputError(
            f"{table.path}: y names {len(found)} columns; several are taken only as one rising and one falling sweep "
            f"of the same output, whose names say so (rising/falling, up/down, forward/backward). {_listing(columns)}"
        )
    return tuple(sorted(found, key=lambda column: -column.direction))


def _group(columns: Sequence[Column], name: str) -> tuple[Column, ...]:
    """The rising and falling column whose names are `name` but for the direction; empty if there are none."""
    if any(column.name == name.strip() for column in columns):
        return ()
    members = [column for column in columns if column.direction and column.group.lower() == name.strip().lower()]
    if sorted(column.direction for column in members) != [FALLING, RISING]:
        return ()
    return tuple(sorted(members, key=lambda column: -column.direction))


def _default_drive(table: Table, left: Sequence[Column], ys: tuple[Column, ...] | None) -> Column:
    candidates = [column for column in left if not column.is_clock]
    outputs_left = candidates[1:] if ys is None and len(candidates) > 1 else []
    only_output_left = len(outputs_left) == 1 or (outputs_left and _one_output(outputs_left))
    rivals = [column for column in candidates[1:] if (column.unit.si if column.unit else None) in _DRIVES]
    if candidates and (not rivals or only_output_left):
        return candidates[0]
    listing = _listing(candidates or columns_of(table))
    raise InputError(f"{table.path}: which column is the drive is not clear; name it with x. {listing}")


def _one_output(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The output if these columns hold only one: a single column, or one with its other direction."""
    if len(columns) == 1:
        return tuple(columns)
    if sorted(column.direction for column in columns) == [FALLING, RISING] and len({c.group for c in columns}) == 1:
        return tuple(sorted(columns, key=lambda column: -column.direction))
    return ()


def _default_output(table: Table, left: Sequence[Column]) -> tuple[Column, ...]:
    found = _one_output([column for column in left if not column.is_clock])
    if not found:
        raise InputError(f"{table.path}: which column is the output is not clear; name it with y. {_listing(left)}")
    return found


def _check_unique(table: Table, column: Column, option: str, *, by_number: bool) -> None:
    same = [index + 1 for index, name in enumerate(table.names) if name == column.name]
    if len(same) > 1 and not by_number:
        raise InputError(
            f"{table.path}: {len(same)} columns are called `{column.name}`; say which by its number, {option} = "
            f"{' or '.join(map(str, same))}, or rename one."
        )
