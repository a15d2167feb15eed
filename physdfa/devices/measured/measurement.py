"""A measured transfer curve in SI units, as the laboratory wrote it down."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from physdfa.devices.measured.columns import Choice, choose, unit_for
from physdfa.devices.measured.names import FALLING, RISING, Column
from physdfa.devices.measured.sweeps import repeats_of, sweeps_of
from physdfa.devices.measured.table import MeasuredTable, read_table
from physdfa.devices.measured.units import Unit, split_name
from physdfa.errors import InputError

BRANCHES = ("rising", "falling", "mean", "random")

_LEAST_DRIVE_RANGE = 1e-5  # of the largest drive: float32 has 80 steps in it
_LEAST_OUTPUT_RANGE = 1e-6  # of the largest output: ten steps
_LEAST_SWING = 1e-25  # in SI units: far below any instrument, far above the smallest float32


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Samples of a device's output over its drive.

    **Arguments:**

    - `drive`: [samples] in `drive_unit` (SI), in the order recorded; `output`: [samples] in `output_unit` (SI).
    - `direction`: [samples] of the sweep, +1 rising, -1 falling; all +1 where the drive has no order.
    - `setting`: [samples], a second coordinate (temperature, wavelength) in `setting_unit`, or None.
    - `source`: name of the file; `sha256`: of its bytes; `x`, `y`: the columns.
    - `remarks`: what was done knowingly.
    - `repeat`: [samples] which repeat of its direction each sample belongs to, from 1 (`repeats_of`); None if they are
      not told apart.
    - `repeat_chosen`: the repeat that is kept, "mean" for all of them, or None if nobody chose.
    """

    drive: np.ndarray
    output: np.ndarray
    drive_unit: str
    output_unit: str
    direction: np.ndarray
    setting: np.ndarray | None
    setting_unit: str
    source: str
    sha256: str
    x: str
    y: str
    remarks: tuple[str, ...]
    repeat: np.ndarray | None = None
    repeat_chosen: int | str | None = None

    @property
    def quantities(self) -> tuple[str, str]:
        """The names of drive and output without the units of the file."""
        return split_name(self.x)[0], ", ".join(split_name(name)[0] for name in self.y.split(", "))

    @property
    def has_both_branches(self) -> bool:
        """Whether the drive was swept both ways."""
        return bool(np.any(self.direction > 0) and np.any(self.direction < 0))


def read_measurement(
    path: str | Path,
    *,
    x: str | int | None = None,
    y: str | int | Sequence[str | int] | None = None,
    setting: str | int | None = None,
    branch: str | None = None,
    x_unit: str | None = None,
    y_unit: str | None = None,
    repeat: int | str | None = None,
) -> Measurement:
    """The measurement in a text file: CSV, or tab, semicolon or space separated, in columns or in rows.

    **Arguments:**

    - `x`, `y`, `setting`: columns of drive, output and second coordinate, by name (with or without its unit) or number
      from 1; "#2" is a number even where a column is called 2. Without `x` the first column, if that can only be the
      drive; without `y` the only one left. Where a file has one output column per sweep (`rising_dBm`, `falling_dBm`;
      `up1`, `down1`, `up2`, `down2`), `y` may name one, several ("rising_dBm, falling_dBm" or a list), or what they
      share ("dBm"); they are then branches and repeats of one measurement.
    - `branch`: "rising" or "falling" keeps only those samples; "mean" and None keep all; "random" needs both.
    - `x_unit`, `y_unit`: units where the header states none or a wrong one: SI with prefix, dBm, dB, %, degC, or "" for
      arbitrary units. dBm and mW become W, dB a ratio of powers.

    - `repeat`: keeps only this repeat of each direction, a number from 1; "mean" and None keep all, and "mean" says
      that they may be averaged even if they disagree (`disagreements`).

    **Raises:** `InputError` with file, line, column, reason and way out, for whatever cannot be a measured curve.
    """
    if branch is not None and branch not in BRANCHES:
        raise InputError(f"`branch` must be one of {', '.join(BRANCHES)}; got '{branch}'.")
    wanted = _wanted_repeat(repeat)
    table = read_table(path)
    if table.num_samples < 2:
        place = f", line {table.numbers[0]}" if table.numbers else ""
        raise InputError(f"{table.path}{place}: the file has one row of data; a curve needs two or more.")
    chosen = choose(table, x, y, setting)
    remarks = [*table.remarks, *chosen.remarks]
    drive, drive_unit = _values(table, chosen.x, x_unit, "x_unit", remarks)
    outputs = [_values(table, column, y_unit, "y_unit", remarks) for column in chosen.y]
    output_unit = outputs[0][1]
    if any(unit != output_unit for _, unit in outputs):
        raise InputError(f"{table.path}: the columns of y have different units; name one, or those of one unit.")
    second, second_unit = (None, "")
    if chosen.setting is not None:
        unit = chosen.setting.unit or Unit("", "", 1.0)
        second, second_unit = unit.to_si(table.column(chosen.setting.index)), unit.si
    _check_varies(table, chosen.x, drive, _LEAST_DRIVE_RANGE, _LEAST_SWING, "drive")
    direction, numbers = _order(table, chosen, drive, second, remarks)
    if len(outputs) > 1:
        drive = np.tile(drive, len(outputs))
        second = None if second is None else np.tile(second, len(outputs))
    output = np.concatenate([values for values, _ in outputs])
    kept = _of_repeat(table, wanted, direction, numbers, remarks)
    kept &= _of_branch(table, branch, direction[kept], direction)
    for column in chosen.y:
        _check_varies(table, column, output[kept], _LEAST_OUTPUT_RANGE, _LEAST_SWING, "output")
    _check_varies(table, chosen.x, drive[kept], _LEAST_DRIVE_RANGE, _LEAST_SWING, "drive")
    return Measurement(
        drive=drive[kept],
        output=output[kept],
        drive_unit=drive_unit,
        output_unit=output_unit,
        direction=direction[kept],
        repeat=numbers[kept] if wanted in (None, "mean") else np.ones(int(np.sum(kept)), np.int32),
        repeat_chosen=wanted,
        setting=None if second is None else second[kept],
        setting_unit=second_unit,
        source=Path(path).name,
        sha256=table.sha256,
        x=chosen.x.name,
        y=", ".join(column.name for column in chosen.y),
        remarks=tuple(remarks),
    )


def _wanted_repeat(repeat: int | str | None) -> int | str | None:
    """The repeat asked for: a number from 1, "mean" or None."""
    if repeat is None or repeat == "mean":
        return repeat
    try:
        number = int(str(repeat))
    except ValueError:
        number = 0
    if number < 1:
        raise InputError(f"`repeat` must be \"mean\" or the number of a repeat from 1; got '{repeat}'.")
    return number


def _values(
    table: MeasuredTable, column: Column, given: str | None, option: str, remarks: list[str]
) -> tuple[np.ndarray, str]:
    """The values of a column in SI, and their unit."""
    unit = unit_for(table, column, given, option)
    written = table.column(column.index)
    if column.unit is not None and column.unit.symbol != unit.symbol:
        remarks.append(f"`{column.name}` read in {unit.symbol or 'arbitrary units'}, as {option} says")
    if unit.si == "W" and not unit.decibels and np.any(written < 0):
        sample = int(np.argmax(written < 0))
        raise InputError(
            f"{table.place(column.index, sample)}: {written[sample]:g} {unit.symbol} is a negative optical power; "
            f'subtract the dark level, give {option} = "dBm" if it is a level, or {option} = "" for arbitrary units.'
        )
    values = unit.to_si(written)
    if not np.all(np.isfinite(values)):
        sample = int(np.argmin(np.isfinite(values)))
        raise InputError(f"{table.place(column.index, sample)}: {written[sample]:g} {unit.symbol} is not a power.")
    if unit.decibels:
        remarks.append(f"`{column.name}` converted from {unit.symbol} to {unit.si or 'a ratio'}")
    return values, unit.si


def _check_varies(
    table: MeasuredTable, column: Column, values: np.ndarray, least_ratio: float, least_swing: float, what: str
) -> None:
    swing, largest = float(np.ptp(values)), float(np.max(np.abs(values)))
    if swing <= max(least_ratio * largest, least_swing):
        kind = (
            "is constant"
            if swing == 0
            else f"varies by {swing:.2g} around {largest:.4g}, less than single precision holds"
        )
        raise InputError(
            f"{table.path}: column `{column.name}` {kind}, so it cannot be the {what} of a curve; choose another "
            f"with {'x' if what == 'drive' else 'y'}{' or subtract an offset' * (swing > 0)}."
        )


def _order(
    table: MeasuredTable, chosen: Choice, drive: np.ndarray, second: np.ndarray | None, remarks: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """(direction, number of the repeat) of each sample, of all output columns one after the other."""
    direction, sweep = np.ones(len(drive), np.int8), np.ones(len(drive), np.int32)
    settings = np.zeros(len(drive)) if second is None else second
    for value in np.unique(settings):
        here = settings == value
        direction[here], sweep[here] = sweeps_of(drive[here])
    if any(column.direction for column in chosen.y):
        return _stated_order(table, chosen.y, drive, settings, direction, sweep, remarks)
    num_sweeps = int(np.max(sweep))
    if np.any(sweep == 0):
        remarks.append("the drive has no order: sorted, its directions are not told apart")
    elif num_sweeps > 1:
        rising, falling = int(np.sum(direction > 0)), int(np.sum(direction < 0))
        remarks.append(f"the drive turns: {num_sweeps} sweeps, {rising} samples rising and {falling} falling")
    elif np.all(direction < 0):
        remarks.append("the drive descends: one falling sweep")
    num_again = len(drive) - len(np.unique(np.stack([drive, settings]), axis=-1).T)
    if num_again and second is None:
        remarks.append(f"{num_again} samples repeat a drive of an earlier one: merged to mean and spread where used")
    return direction, _repeats(drive, settings, direction, sweep)


def _stated_order(
    table: MeasuredTable,
    outputs: Sequence[Column],
    drive: np.ndarray,
    settings: np.ndarray,
    recorded: np.ndarray,
    sweep: np.ndarray,
    remarks: list[str],
) -> tuple[np.ndarray, np.ndarray]:
    """Direction and repeat from the names of the columns. Remarks tell where the order of the drive disagrees."""
    stated = [column.direction for column in outputs]
    numbers = [1 + stated[:place].count(direction) for place, direction in enumerate(stated)]
    if len(outputs) == 2 and len(set(stated)) == 2:
        remarks.append(f"rising sweep from `{outputs[0].name}`, falling sweep from `{outputs[1].name}`")
    turns = np.any(recorded > 0) and np.any(recorded < 0)
    for column in outputs if len(set(stated)) == 1 else ():
        called = "rising" if column.direction == RISING else "falling"
        if turns or np.any(sweep == 0):
            is_so = "turns in the file" if turns else "has no order in the file"
            remarks.append(f"`{column.name}` is taken as a {called} sweep, as its name says, though the drive {is_so}")
        elif np.all(recorded == -column.direction):
            other = "falls" if column.direction == RISING else "rises"
            remarks.append(
                f"`{column.name}` is taken as the {called} sweep, as its name says, though its drive {other}"
            )
    if len(set(stated)) == 2 and np.any(np.diff(drive) <= 0):
        remarks.append("the drive is not ascending in the file: samples are sorted where they are used")
    direction = np.repeat(np.array(stated, np.int8), len(drive))
    if len(outputs) == 1:
        return direction, _repeats(drive, settings, direction, sweep)
    return direction, np.repeat(np.array(numbers, np.int32), len(drive))


def _repeats(drive: np.ndarray, settings: np.ndarray, direction: np.ndarray, sweep: np.ndarray) -> np.ndarray:
    repeat = np.ones(len(drive), np.int32)
    for value in np.unique(settings):
        here = settings == value
        repeat[here] = repeats_of(drive[here], direction[here], sweep[here])
    return repeat


def _of_repeat(
    table: MeasuredTable, wanted: int | str | None, direction: np.ndarray, numbers: np.ndarray, remarks: list[str]
) -> np.ndarray:
    """The samples of the repeat asked for."""
    num_repeats = int(np.max(numbers))
    if wanted is None or num_repeats == 1:
        if isinstance(wanted, int) and wanted > 1:
            raise InputError(
                f"{table.path}: there is no repeat {wanted} in these columns, each direction has one sweep."
            )
        return np.ones(len(numbers), bool)
    if not isinstance(wanted, int):
        remarks.append(f"{num_repeats} repeats, averaged as asked")
        return np.ones(len(numbers), bool)
    if wanted > num_repeats:
        raise InputError(
            f"{table.path}: there is no repeat {wanted} in these columns; the repeats are 1 to {num_repeats}."
        )
    kept = numbers == wanted
    rising, falling = int(np.sum(kept & (direction > 0))), int(np.sum(kept & (direction < 0)))
    remarks.append(f"repeat {wanted} of {num_repeats}: {rising} samples rising and {falling} falling")
    return kept


def _of_branch(table: MeasuredTable, branch: str | None, left: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """The samples of the branch asked for; `left` are the directions there are."""
    has = {"rising": bool(np.any(left == RISING)), "falling": bool(np.any(left == FALLING))}
    asked = {"rising": ("rising",), "falling": ("falling",), "random": ("rising", "falling")}.get(branch or "", ())
    for name in asked:
        if not has[name]:
            only = "rising" if has["rising"] else "falling"
            raise InputError(
                f'{table.path}: there is no {name} sweep in these columns, only a {only} one; use branch = "{only}" or '
                '"mean", or name the columns of both sweeps in y.'
            )
    if branch == "rising":
        return direction == RISING
    if branch == "falling":
        return direction == FALLING
    return np.ones(len(direction), bool)
