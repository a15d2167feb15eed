"""A measured curve as a stage: the answer of the laboratory's device, read from a table."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray, UInt32

from physdfa.arrays import Signal, as_scalar
from physdfa.devices.base import AbstractDevice
from physdfa.devices.measured.bootstrap import redrawn_nodes
from physdfa.devices.measured.grid import ERROR_BOUND, interpolant, resample
from physdfa.devices.measured.knots import merged
from physdfa.devices.measured.measurement import BRANCHES, Measurement
from physdfa.errors import InputError, unknown_name
from physdfa.noise import noise_key, random_coins, standard_normal
from physdfa.parts import ParameterValue, declarations, is_traced, option, parameter

_ONES_FROM = 2.0**23  # from here on the last bit of a float32 is worth 1
_LARGEST_PLACE = 2.0**24  # in ranges of the table: from here on float32 knows no fraction
_MOST_SETTINGS = 256
_LEAST_OVERLAP = 0.5  # of the measured range, between sweeps that are used together
_LEAST_SWING = 1e-6  # of the largest output: a smaller one is a constant in float32
_ROUNDING = 1e-6  # of the range: a drive this far outside is at its end


class MeasuredCurve(AbstractDevice):
    """output = f(drive), f measured: linear within equal cells of a table, monotone between the measured drives.

    Build it with `from_measurement`. The table is resampled from the interpolant to 1e-4 of the swing, and meets evenly
    spaced drives exactly.

    **Arguments:**

    - `branch`: "rising", "falling", their "mean", or "random": one of both for each use, and their mean without a key.
    - `outside`: the answer beyond the measured drives: "hold" that at the nearest end; "periodic" repeats the measured
      range (where its ends differ, the answer jumps there, and the upper end answers as the lower one); "refuse" holds
      as well, and a trainer stops at the first such request (`leaves_range`).
    - `interpolation`: "monotone" through every measured point, or "smoothing".
    - `noise_scale`: times the measured spread at that drive is the standard deviation of the noise, >= 0; none without.
    - `optical_power`: the largest output [W], to which the others scale, > 0; as measured without.
    - `setting`: where a measurement over drive and a second coordinate is read, between its least and largest value,
      linear between them.
    - `bootstrap`: the number of a curve that the same measurement could have been, redrawn from its repeats, branches
      and noise (see `bootstrap.py`); the measured curve without.

    **Raises:** `InputError` at construction, if a value leaves its range, the file lacks the branch, or nothing varies.

    **Source:** F. N. Fritsch and J. Butland, SIAM J. Sci. Stat. Comput. 5, 300 (1984), for the monotone interpolant.
    """

    low: ParameterValue = eqx.field(converter=as_scalar)
    high: ParameterValue = eqx.field(converter=as_scalar)
    value: Float[Array, "... branches settings cells"]
    slope: Float[Array, "... branches settings cells"]
    spread: Float[Array, "... branches settings cells"]
    settings: Float[Array, "... settings"]
    peak: ParameterValue = eqx.field(converter=as_scalar)
    drive_unit: str = eqx.field(static=True)
    output_unit: str = eqx.field(static=True)
    setting_unit: str = eqx.field(static=True)
    remarks: tuple[str, ...] = eqx.field(static=True)
    branch: str = option(default="mean", choices=BRANCHES, meaning="the direction of the sweep that is used")
    outside: str = option(
        default="not chosen", choices=("hold", "periodic", "refuse"), meaning="the answer beyond the measured drives"
    )
    interpolation: str = option(
        default="monotone", choices=("monotone", "smoothing"), meaning="the curve between the measured points"
    )
    noise_scale: ParameterValue | None = parameter(
        default=None, unit="", low=0.0, typical=(0.1, 10.0), meaning="the noise per measured spread"
    )
    optical_power: ParameterValue | None = parameter(
        default=None, unit="W", low=0.0, low_open=True, typical=(1e-5, 1e-2), meaning="the largest output"
    )
    setting: ParameterValue | None = parameter(
        default=None, unit="", typical=(0.0, 1.0), meaning="the second coordinate of a two-dimensional measurement"
    )
    bootstrap: ParameterValue | None = parameter(
        default=None, unit="", low=1.0, typical=(1.0, 20.0), whole=True, meaning="the number of a redrawn curve"
    )

    @classmethod
    def from_measurement(cls, measurement: Measurement, **values: Any) -> "MeasuredCurve":
        """The curve of a measurement.

        **Arguments:**

        - `values`: of the declared parameters and options, by name; `outside` must be chosen.

        **Raises:** `InputError` with one sentence.
        """
        declared = declarations(cls)
        for name in values:
            if name not in declared:
                raise InputError(unknown_name("parameter of a measured curve", name, tuple(declared)))
        for name in ("branch", "outside", "interpolation", "bootstrap"):
            if mistake := declared[name].mistake(values.get(name, declared[name].default)):
                raise InputError(f"{measurement.source}: {mistake}")
        branch = values.get("branch", "mean")
        interpolation = values.get("interpolation", "monotone")
        try:
            settings, table = _tables(measurement, branch, interpolation)
            nodes, number = table["nodes"], values.get("bootstrap")
            if number is not None:
                nodes = redrawn_nodes(measurement, table, branch, interpolation, int(number))
        except InputError as problem:
            raise InputError(f"{measurement.source}: {problem}") from None
        remarks = _remarks(measurement, table, values["outside"])
        return cls(
            low=table["low"],
            high=table["high"],
            value=jnp.asarray(nodes[..., :-1], jnp.float32),
            slope=jnp.asarray(np.diff(nodes, axis=-1), jnp.float32),
            spread=jnp.asarray(table["spread"], jnp.float32),
            settings=jnp.asarray(settings, jnp.float32),
            peak=np.max(nodes),
            drive_unit=measurement.drive_unit,
            output_unit=measurement.output_unit,
            setting_unit=measurement.setting_unit,
            remarks=measurement.remarks + remarks,
            **values,
        )

    def __check_init__(self):
        if self.optical_power is not None and self.output_unit != "W":
            raise InputError(
                f"`optical_power` scales an output in W, and this one is in {self.output_unit or 'arbitrary units'}; "
                "leave it out."
            )
        if self.settings.shape[-1] == 1:
            if self.setting is not None:
                raise InputError(
                    "`setting` belongs to a measurement over two coordinates, and this has one: leave it out."
                )
            return
        if is_traced(self.settings) or (self.setting is not None and is_traced(self.setting)):
            return
        least, largest = float(jnp.min(self.settings)), float(jnp.max(self.settings))
        if self.setting is None or not np.all((self.setting >= least) & (self.setting <= largest)):
            given = "none" if self.setting is None else np.array2string(np.asarray(self.setting))
            raise InputError(
                f"`setting` must lie within the measured ones, {least:g} to {largest:g} {self.setting_unit}; "
                f"got {given}."
            )

    def nodes(self) -> tuple[np.ndarray, np.ndarray]:
        """(drives, outputs [branches settings drives]) at the ends of the cells; of several devices, of the first."""
        first = [np.asarray(table, float).reshape(-1, *table.shape[-3:])[0] for table in (self.value, self.slope)]
        low, high = (float(np.ravel(end)[0]) for end in (self.low, self.high))
        outputs = np.concatenate([first[0], (first[0] + first[1])[..., -1:]], axis=-1)
        return np.linspace(low, high, outputs.shape[-1]), outputs

    def measured_again(self, measurement: Measurement) -> "MeasuredCurve":
        """What a later measurement of the same device says, on the same cells, so that nothing is compiled anew.

        All else stays: the range, and the gain that `optical_power` had. Of several devices all get the same curve.

        **Raises:** `InputError` as `from_measurement`.
        """
        try:
            _, table = _tables(measurement, self.branch, self.interpolation)
        except InputError as problem:
            raise InputError(f"{measurement.source}: {problem}") from None
        drives = self.nodes()[0]
        ends = np.linspace(table["low"], table["high"], table["nodes"].shape[-1])
        nodes = _interpolated(drives, ends, table["nodes"])
        middles = [(places[:-1] + places[1:]) / 2 for places in (drives, ends)]
        spread = _interpolated(middles[0], middles[1], table["spread"])
        found = (nodes[..., :-1], np.diff(nodes, axis=-1), spread)
        kept = (self.value, self.slope, self.spread)
        arrays = tuple(
            jax.device_put(np.broadcast_to(new, old.shape).astype(old.dtype), old.sharding)
            for new, old in zip(found, kept, strict=True)
        )
        return eqx.tree_at(lambda curve: (curve.value, curve.slope, curve.spread), self, arrays)

    @property
    def units(self) -> tuple[str | None, str | None]:
        """The units of the measurement. A drive in arbitrary units fits any signal."""
        return self.drive_unit or None, self.output_unit

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The measured output at the drive `signal`, with noise and a branch drawn from `key`."""
        value, slope, spread = (self._at_setting(table) for table in (self.value, self.slope, self.spread))
        cell, fraction = self._cell(signal, value.shape[-1])
        # The upper end of the drive lies in a cell of its own.
        value = _lengthened(value, value[:, -1:] + slope[:, -1:])
        slope, spread = (_lengthened(table, table[:, -1:]) for table in (slope, spread))
        if value.shape[0] == 2 and key is not None:
            coins = random_coins(noise_key(key, 0), jnp.shape(signal))
            cell = cell + value.shape[-1] * coins.astype(jnp.uint32)
            value, slope, spread = (jnp.ravel(table) for table in (value, slope, spread))
        else:
            value, slope, spread = (jnp.mean(table, axis=0) for table in (value, slope, spread))
        answer = _taken(value, cell) + _taken(slope, cell) * fraction
        if self.noise_scale is not None and key is not None:
            noise = standard_normal(noise_key(key, 1), jnp.shape(signal))
            answer = answer + (self.noise_scale * _taken(spread, cell)) * noise
        return answer * self._gain()

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact, over both branches where one is drawn.

        The extremes of a table that is linear in each cell lie at ends of cells or of the interval.
        """
        value, slope = self._at_setting(self.value), self._at_setting(self.slope)
        num_cells = value.shape[-1]
        nodes = jnp.concatenate([value, value[:, -1:] + slope[:, -1:]], axis=1)
        places = jnp.arange(num_cells + 1) * (1.0 / num_cells)
        start, end = (self._place(bound) for bound in (low, high))
        if self.outside == "periodic":
            # Two periods, so that an interval that begins in the first ends in one of them.
            nodes, places = jnp.tile(nodes, (1, 2)), jnp.concatenate([places, places + 1.0])
            length = jnp.minimum(end - start, 1.0)
            start = start - jnp.floor(start)
            end = start + length
        else:
            start, end = jnp.clip(start, 0.0, 1.0), jnp.clip(end, 0.0, 1.0)
        inside = (places >= start) & (places <= end)
        least = jnp.min(jnp.where(inside[None, :], nodes, jnp.inf))
        largest = jnp.max(jnp.where(inside[None, :], nodes, -jnp.inf))
        for bound in (start, end):
            scaled = (bound - jnp.floor(bound) * (bound > 1.0)) * num_cells
            cell = jnp.clip(scaled.astype(jnp.int32), 0, num_cells - 1)
            answers = value[:, cell] + slope[:, cell] * (scaled - cell)
            least, largest = jnp.minimum(least, jnp.min(answers)), jnp.maximum(largest, jnp.max(answers))
        gain = self._gain()
        return least * gain, largest * gain

    @property
    def range_policy(self) -> str:
        """The policy `outside`."""
        return self.outside

    def leaves_range(self, signal: Signal) -> Bool[Array, "*shape"]:
        """Drives beyond the measured ones, whatever `outside` does with them."""
        margin = _ROUNDING * (self.high - self.low)
        return (signal < self.low - margin) | (signal > self.high + margin)

    def _place(self, signal: Signal) -> Signal:
        """The drive as a share of the measured range: 0 at its low, 1 at its high end."""
        return jnp.clip((signal - self.low) * (1.0 / (self.high - self.low)), -_LARGEST_PLACE, _LARGEST_PLACE)

    def _cell(self, signal: Signal, num_cells: int) -> tuple[UInt32[Array, "*shape"], Signal]:
        """(cell, from 0 to `num_cells`, and place within it from 0 to 1) of each drive."""
        if self.outside == "periodic":
            place = self._place(signal)
            scaled = (place - jnp.floor(place)) * num_cells
        else:
            scaled = jnp.clip((signal - self.low) * (num_cells / (self.high - self.low)), 0.0, num_cells)
        first = jnp.floor(scaled)
        # Its last bits are the integer: a conversion would look for NaN and for what is out of range, and as the
        # compiler sees that the mask keeps it within the table, so would the look-up. A wider float has other bits.
        bits = jax.lax.bitcast_convert_type((first + _ONES_FROM).astype(jnp.float32), jnp.uint32)
        return bits & (_width(num_cells) - 1), scaled - first

    def _at_setting(self, table: Float[Array, "branches settings cells"]) -> Float[Array, "branches cells"]:
        """The table at `setting`, linear between the measured ones."""
        if self.setting is None:
            return table[:, 0]
        above = jnp.clip(jnp.searchsorted(self.settings, self.setting), 1, self.settings.shape[-1] - 1)
        step = self.settings[above] - self.settings[above - 1]
        weight = jnp.clip((self.setting - self.settings[above - 1]) / step, 0.0, 1.0)
        return (1.0 - weight) * table[:, above - 1] + weight * table[:, above]

    def _gain(self) -> ParameterValue:
        return as_scalar(1.0) if self.optical_power is None else self.optical_power / self.peak


def _interpolated(drives: np.ndarray, known: np.ndarray, tables: np.ndarray) -> np.ndarray:
    """Tables over the drives `known` at other ones, linear between and held beyond."""
    return np.apply_along_axis(lambda row: np.interp(drives, known, row), -1, tables)


def _width(num_cells: int) -> int:
    """The power of two that holds all cells and one more."""
    return 1 << num_cells.bit_length()


def _lengthened(
    table: Float[Array, "branches cells"], end: Float[Array, "branches 1"]
) -> Float[Array, "branches width"]:
    """The table up to `_width`, with `end` in every cell that is new."""
    num_cells = table.shape[-1]
    return jnp.concatenate([table, jnp.repeat(end, _width(num_cells) - num_cells, axis=1)], axis=1)


def _taken(table: Float[Array, " width"], cell: UInt32[Array, "*shape"]) -> Signal:
    """Entries of a table at `cell`, which lies within it."""
    return table.at[cell].get(mode="promise_in_bounds")


def _tables(measurement: Measurement, branch: str, interpolation: str) -> tuple[np.ndarray, dict[str, Any]]:
    """(settings, the table over branches, settings and cells with what belongs to it)."""
    settings = np.zeros(1) if measurement.setting is None else np.unique(measurement.setting)
    if measurement.setting is not None:
        if len(settings) == 1:
            raise InputError("the setting column is constant: leave it out.")
        if len(settings) > _MOST_SETTINGS or 2 * len(settings) > len(measurement.drive):
            raise InputError(
                f"the setting column has {len(settings)} different values in {len(measurement.drive)} samples; each "
                f"needs a sweep of its own, and there may be at most {_MOST_SETTINGS}: round it."
            )
    _check_branch(measurement, branch)
    remarks: list[str] = []
    sweeps = [_sweeps(measurement, branch, setting, remarks) for setting in settings]
    knots = [merged(measurement.drive[kept], measurement.output[kept]) for row in sweeps for kept in row]
    low = max(float(drive[0]) for drive, _, _ in knots)
    high = min(float(drive[-1]) for drive, _, _ in knots)
    full = max(float(drive[-1]) for drive, _, _ in knots) - min(float(drive[0]) for drive, _, _ in knots)
    if high - low < _LEAST_OVERLAP * full:
        raise InputError("its sweeps cover different drives, less than half of them in common; choose one branch.")
    curves = [interpolant(drive, output, interpolation) for drive, output, _ in knots]
    flat, error = resample(curves, low, high, _num_knots(knots, low, high))
    middles = low + (np.arange(flat.shape[-1] - 1) + 0.5) * ((high - low) / (flat.shape[-1] - 1))
    variance = np.stack([np.interp(middles, drive, deviation**2) for drive, _, deviation in knots])
    bounds = np.cumsum([len(row) for row in sweeps])[:-1]
    # [branches settings cells]: both branches where one is drawn for each use, else their mean, taken once.
    per_setting = [np.split(values, bounds) for values in (flat, variance)]
    if branch != "random":
        per_setting = [[np.mean(rows, axis=0, keepdims=True) for rows in groups] for groups in per_setting]
    nodes, variance = (np.stack(groups, axis=1) for groups in per_setting)
    spread = np.sqrt(variance)
    if np.min(np.ptp(nodes, axis=-1)) <= _LEAST_SWING * np.max(np.abs(nodes)):
        raise InputError(
            f'with branch = "{branch}" and repeats averaged, the output does not depend on the drive; choose another '
            "branch or column."
        )
    return settings, {
        "nodes": nodes, "spread": spread, "low": low, "high": high, "error": error, "cut": 1.0 - (high - low) / full,
        "remarks": remarks, "sweeps": sweeps, "knots": knots,
    }  # fmt: skip


def _check_branch(measurement: Measurement, branch: str) -> None:
    for name, sign, other in (("rising", 1, "falling"), ("falling", -1, "rising")):
        if branch in (name, "random") and not np.any(measurement.direction == sign):
            raise InputError(
                f'branch = "{branch}" needs a {name} sweep, and the measurement has only a {other} one: use '
                f'branch = "{other}" or "mean", or name the columns of both sweeps in y.'
            )


def _sweeps(measurement: Measurement, branch: str, setting: float, remarks: list[str]) -> list[np.ndarray]:
    """The samples of each branch at one setting: one row, or the rising and the falling one."""
    here = np.ones(len(measurement.drive), bool) if measurement.setting is None else measurement.setting == setting
    rows = {sign: here & (measurement.direction == sign) for sign in (1, -1)}
    asked = {"rising": (1,), "falling": (-1,)}.get(branch, (1, -1))
    found = [rows[sign] for sign in asked if np.any(rows[sign])]
    if branch != "mean" and len(found) < len(asked):
        raise InputError(f'branch = "{branch}" is not there at the setting {setting:g}; use branch = "mean".')
    if branch == "mean" and len(found) == 2:
        ends = [(np.min(measurement.drive[row]), np.max(measurement.drive[row])) for row in found]
        common = min(end for _, end in ends) - max(start for start, _ in ends)
        if common <= _LEAST_OVERLAP * np.ptp(measurement.drive[here]):
            remarks.append("the sweeps share less than half of their drives: all samples are taken as one sweep")
            return [here]
    return found


def _num_knots(knots: list[tuple[np.ndarray, np.ndarray, np.ndarray]], low: float, high: float) -> int:
    """The number of knots in the common range, if they were spaced as evenly as they usually are."""
    step = min(float(np.median(np.diff(drive))) for drive, _, _ in knots)
    return int(np.clip(np.round((high - low) / step), 1, 2**14)) + 1


def _remarks(measurement: Measurement, table: dict[str, Any], outside: str) -> tuple[str, ...]:
    remarks = list(dict.fromkeys(table["remarks"]))
    nodes, unit = table["nodes"], measurement.output_unit
    if table["cut"] > _ROUNDING:
        remarks.append(
            f"used from {table['low']:g} to {table['high']:g} {measurement.drive_unit}, which all sweeps cover: "
            f"{100 * table['cut']:.2g} % of the measured range is left out"
        )
    if table["error"] > ERROR_BOUND:
        remarks.append(
            f"its table of {nodes.shape[-1] - 1} cells errs by up to {100 * table['error']:.2g} % of the swing"
        )
    jump = np.abs(nodes[..., -1] - nodes[..., 0])
    noise = np.maximum(table["spread"][..., 0], table["spread"][..., -1])
    if outside == "periodic" and np.any(jump > np.maximum(2.0 * noise, _LEAST_SWING * np.ptp(nodes))):
        remarks.append(
            f"repeated with the period {table['high'] - table['low']:g} {measurement.drive_unit}, the output jumps by "
            f"{np.max(jump):.3g} {unit} ({100 * np.max(jump) / np.ptp(nodes):.2g} % of its swing) where the ends meet"
        )
    return tuple(remarks)
