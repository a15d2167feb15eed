"""Choice of the drive and output columns of a table, and of their units."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from physdfa.devices.measured.names import FALLING, RISING, Column
from physdfa.devices.measured.table import MeasuredTable
from physdfa.devices.measured.units import Unit, unit_of
from physdfa.errors import InputError

_DRIVES = ("V", "A", "m", "K", "Hz", "rad", None)


@dataclass(frozen=True)
class Choice:
    """The chosen columns: drive, outputs and second coordinate. `remarks` say how a name was understood.

    There are several outputs if a file gives one column per sweep: then each name states a direction, the rising ones
    come first, and those of one direction are its repeats, in their order.
    """

    x: Column
    y: tuple[Column, ...]
    setting: Column | None
    remarks: tuple[str, ...]


def columns_of(table: MeasuredTable) -> list[Column]:
    """Every column, with what its name says. A delimiter at the end of each line makes no column."""
    found = [Column(index, name, table.holds_numbers(index)) for index, name in enumerate(table.names)]
    return [column for column in found if column.name or any(table.cells(column.index, None))]


def choose(
    table: MeasuredTable, x: str | int | None, y: str | int | Sequence[str | int] | None, setting: str | int | None
) -> Choice:
    """The columns that the user names, by name or number from 1. Without a name the only possible ones are taken.

    **Raises:** `InputError` that lists the columns, if there is no such column or if several could be meant.
    """
    columns = columns_of(table)
    remarks: list[str] = []
    setting_column = None if setting is None else _find(table, columns, setting, "setting", remarks)
    taken = [] if setting_column is None else [setting_column]
    x_column = None if x is None else _find(table, columns, x, "x", remarks)
    taken += [] if x_column is None else [x_column]
    ys = None if y is None else _outputs(table, columns, y, remarks)
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
        said = "".join(f" Here {remark}." for remark in remarks)
        raise InputError(f"{table.path}: x, y and setting must be different columns.{said} {_listing(columns)}")
    _check_same_sweep(table, columns, x_column, ys)
    if len(ys) > 2:
        remarks.append(f"{len(ys)} columns share this output and are its sweeps: {_by_direction(ys)}")
    return Choice(x_column, ys, setting_column, tuple(remarks))


def _check_same_sweep(table: MeasuredTable, columns: Sequence[Column], x: Column, ys: Sequence[Column]) -> None:
    """Refuse an output of another sweep than the drive, where each sweep has its own drive column."""
    others = [column for column in columns if column.direction and column.output == x.output and column != x]
    for y in ys if x.direction and others else ():
        if y.direction and (y.direction, y.repeat) != (x.direction, x.repeat):
            raise InputError(
                f"{table.path}: `{y.name}` is not of the sweep of `{x.name}`, and {others[0].name} is there too; "
                "take the drive and the output of one sweep, or write all sweeps over one column of the drive."
            )


def unit_for(table: MeasuredTable, column: Column, given: str | None, option: str) -> Unit:
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


def _listing(columns: Sequence[Column]) -> str:
    names = [column.name or f"{column.index + 1} (without a name)" for column in columns[:40]]
    return f"Columns: {', '.join(names)}{', ...' * (len(columns) > 40)}."


def _is_number(name: object) -> bool:
    return isinstance(name, int) or (isinstance(name, str) and name.strip().removeprefix("#").isdecimal())


def _find(table: MeasuredTable, columns: Sequence[Column], name: str | int, option: str, remarks: list[str]) -> Column:
    """A column by its name, or by its place; `#2` is always a place."""
    wanted = str(name).strip()
    ways: tuple[Callable[[Column], bool], ...] = (
        lambda column: column.name == wanted,
        lambda column: column.name.lower() == wanted.lower(),
        lambda column: column.bare.lower() == wanted.lower(),
    )
    by_place = {column.index + 1: column for column in columns}
    place = int(wanted.removeprefix("#")) if _is_number(name) else None
    for way in ways:
        matches = [column for column in columns if way(column)]
        if len({column.name for column in matches}) == 1:
            found = matches[0]
            if place is not None and found.index + 1 != place:
                remarks.append(
                    f"{option} = {wanted} is taken for the name of column {found.index + 1}; {option} = #{wanted} is "
                    f"the column at place {wanted}"
                )
            return found
    if place in by_place:
        return by_place[place]
    near = get_close_matches(wanted, [column.name for column in columns], n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise InputError(f"{table.path}: {option} = '{wanted}' is not a column of this file.{hint} {_listing(columns)}")


def _outputs(
    table: MeasuredTable, columns: Sequence[Column], y: str | int | Sequence[str | int], remarks: list[str]
) -> tuple[Column, ...]:
    """The output columns: one, or the sweeps of one output, named each or by their shared name."""
    if isinstance(y, str):
        exact = any(column.name == y.strip() for column in columns)
        names: list[str | int] = [y] if exact or "," not in y else [part for part in y.split(",") if part.strip()]
    else:
        names = [y] if isinstance(y, int) else list(y)
    if len(names) == 1:
        shared = _sharing(table, columns, str(names[0]))
        return shared or (_find(table, columns, names[0], "y", remarks),)
    found = tuple(_find(table, columns, name, "y", remarks) for name in names)
    sweeps = _sweeps(found)
    if not sweeps:
        raise InputError(
            f"{table.path}: y names {len(found)} columns; several are taken only as one rising and one falling sweep "
            "of the same output, or as repeats of them, whose names say so (rising/falling, up/down, forward/backward; "
            f"up1, down1, up2, down2). {_listing(columns)}"
        )
    return sweeps


def _sweeps(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns as sweeps of one output, rising ones first; empty if their names do not tell them apart."""
    said = {(column.direction, column.repeat) for column in columns}
    if len(columns) < 2 or len(said) < len(columns) or any(direction == 0 for direction, _ in said):
        return ()
    return tuple(sorted(columns, key=lambda column: (-column.direction, column.repeat)))


def _sharing(table: MeasuredTable, columns: Sequence[Column], name: str) -> tuple[Column, ...]:
    """The sweeps named `name` apart from direction and number; empty if fewer than two columns are.

    **Raises:** `InputError` if several share it and are not told apart.
    """
    wanted = name.strip().lower()
    if any(wanted in (column.name.lower(), column.bare.lower()) for column in columns) or _is_number(name):
        return ()
    if found := _sweeps([column for column in columns if column.direction and column.is_called(name)]):
        return found
    sharing = [column for column in columns if column.unit is not None and column.unit.symbol.lower() == wanted]
    if len(sharing) > 1:
        raise InputError(
            f"{table.path}: y = '{name.strip()}' is shared by {len(sharing)} columns, which are not sweeps of one "
            f"output; name one, or the sweeps of one. {_listing(sharing)}"
        )
    return ()


def _by_direction(columns: Sequence[Column]) -> str:
    words = []
    for direction, called in ((RISING, "rising"), (FALLING, "falling")):
        names = [column.name for column in columns if column.direction == direction]
        words += [f"{len(names)} {called} ({', '.join(names)})"] if names else []
    return " and ".join(words)


def _default_drive(table: MeasuredTable, left: Sequence[Column], ys: tuple[Column, ...] | None) -> Column:
    candidates = [column for column in left if column.holds_numbers and not column.is_clock]
    outputs_left = candidates[1:] if ys is None and len(candidates) > 1 else []
    only_output_left = len(outputs_left) == 1 or (outputs_left and _one_output(outputs_left))
    rivals = [column for column in candidates[1:] if (column.unit.si if column.unit else None) in _DRIVES]
    if len(candidates) > (ys is None) and (not rivals or only_output_left):
        return candidates[0]
    if len(candidates) == 1 and ys is None:
        others = ", ".join(column.name for column in columns_of(table) if column != candidates[0] and column.name)
        raise InputError(
            f"{table.path}: only `{candidates[0].name}` can be drive or output, and a measurement needs both; name "
            f"them with x and y (the other columns hold no numbers, or count time or rows: {others or 'none'})."
        )
    listing = _listing(candidates or columns_of(table))
    raise InputError(
        f"{table.path}: which column is the drive is not clear; name it with x, in a command with --x. {listing}"
    )


def _one_output(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The output if these columns hold only one, be it in a single column or in several sweeps."""
    if len(columns) == 1:
        return tuple(columns)
    return _sweeps(columns) if len({column.output for column in columns}) == 1 else ()


def _default_output(table: MeasuredTable, left: Sequence[Column]) -> tuple[Column, ...]:
    candidates = [column for column in left if column.holds_numbers and not column.is_clock]
    found = _one_output(candidates)
    if not found:
        listing = _listing(candidates or left)
        raise InputError(
            f"{table.path}: which column is the output is not clear; name it with y, in a command with --y. {listing}"
        )
    return found


def _check_unique(table: MeasuredTable, column: Column, option: str, *, by_number: bool) -> None:
    same = [index + 1 for index, name in enumerate(table.names) if name == column.name]
    if len(same) > 1 and not by_number:
        raise InputError(
            f"{table.path}: {len(same)} columns are called `{column.name}`; say which by its number, {option} = "
            f"{' or '.join(map(str, same))}, or rename one."
        )
