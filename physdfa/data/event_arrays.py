"""Spikes as arrays of a file, in three layouts.

One value per event, one list per sample, or the structured events of a camera.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from physdfa.data.event_samples import EventSamples, Sensor, samples_of_counts
from physdfa.errors import DataError

SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
"""Units of time, in seconds."""

MOST_INPUTS = 1 << 16
"""Inputs of events, which are kept as 16-bit numbers."""

MOST_EVENTS = (1 << 31) - 1
"""Events of a part, whose places are kept as 32-bit numbers."""


class PartEvents(NamedTuple):
    """The checked events of one part, sample after sample.

    - `times`: as stored; `units`: input of each event, or None while `fields` (x, y, p) are to be placed on a sensor.
    - `counts`: events of each sample; `labels`: its class.
    - `where`: the file and the part, to begin a sentence with.
    """

    times: np.ndarray
    units: np.ndarray | None
    fields: Mapping[str, np.ndarray]
    counts: np.ndarray
    labels: np.ndarray
    where: str


def part_events(arrays: Mapping[str, np.ndarray], where: str) -> PartEvents:
    """The events of one part, from its arrays by role.

    **Arguments:**

    - `arrays`: `labels`; and `times` and `units`, or the structured `events` with fields t, x, y and perhaps p; flat
      with `offsets` [samples + 1], or a list of values for each sample.

    **Raises:** `DataError`, if they contradict each other, or are of another type or range.
    """
    names = ("events",) if "events" in arrays else ("times", "units")
    flat, counts = {}, None
    for name in names:
        values = arrays[name]
        if values.dtype.hasobject:
            flat[name], own_counts = _joined(values, f"{where}: `{name}`")
            if counts is not None and not np.array_equal(counts, own_counts):
                row = int(np.argmax(counts != own_counts)) if len(counts) == len(own_counts) else 0
                raise DataError(
                    f"{where}: sample {row} (counted from 0) has {counts[row]} times and {own_counts[row]} units; "
                    "each event needs one of both."
                )
            counts = own_counts
        else:
            if values.ndim != 1:
                raise DataError(f"{where}: `{name}` has shape {values.shape}; it must be [events].")
            flat[name] = values
    if counts is None:
        counts = _counts(arrays, names, flat, where)
    elif "offsets" in arrays:
        raise DataError(f"{where}: `offsets` change nothing where `{names[0]}` has a list for each sample; remove it.")
    labels = _checked_labels(arrays["labels"], len(counts), where)
    times, units, fields = _columns(flat, where)
    if len(times) > MOST_EVENTS:
        raise DataError(f"{where}: {len(times):,} events are more than the {MOST_EVENTS:,} allowed; store fewer.")
    _check_times(times, counts, where)
    return PartEvents(times, units, fields, counts, labels, where)


def _joined(lists: np.ndarray, what: str) -> tuple[np.ndarray, np.ndarray]:
    """Lists one after the other, and the length of each."""
    if lists.ndim != 1 or len(lists) == 0 or not all(isinstance(one, np.ndarray) for one in lists):
        raise DataError(f"{what} must be an array of numbers, or a list of numbers for each of at least one sample.")
    return np.concatenate(list(lists)), np.array([len(one) for one in lists], dtype=np.int64)


def _counts(
    arrays: Mapping[str, np.ndarray], names: Sequence[str], flat: Mapping[str, np.ndarray], where: str
) -> np.ndarray:
    """Events of each sample, from the checked offsets."""
    total = len(flat[names[0]])
    for name in names:
        if len(flat[name]) != total:
            raise DataError(
                f"{where}: `{names[0]}` has {total} values and `{name}` {len(flat[name])}; each event needs one of "
                "both."
            )
    if "offsets" not in arrays:
        raise DataError(
            f"{where}: `offsets` is missing, [samples + 1] places in `{names[0]}`: 0, then the end of each sample."
        )
    offsets = arrays["offsets"]
    if offsets.ndim != 1 or len(offsets) < 2 or offsets.dtype.kind not in "iu":
        raise DataError(
            f"{where}: `offsets` holds {offsets.dtype} of shape {offsets.shape}; it must hold integers [samples + 1]."
        )
    if offsets[0] != 0 or offsets[-1] != total:
        raise DataError(
            f"{where}: `offsets` run from {offsets[0]} to {offsets[-1]}; they must begin at 0 and end at the {total} "
            "events."
        )
    counts = np.diff(offsets.astype(np.int64))
    if counts.min() < 0:
        row = int(np.argmax(counts < 0))
        raise DataError(f"{where}: `offsets` fall after sample {row} (counted from 0); they must never fall.")
    return counts


def _checked_labels(labels: np.ndarray, samples: int, where: str) -> np.ndarray:
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(
            f"{where}: `labels` holds {labels.dtype} of shape {labels.shape}; it must hold integers [samples], the "
            "class of each."
        )
    if len(labels) != samples:
        raise DataError(f"{where}: {samples} samples come with {len(labels)} labels; each needs exactly one.")
    return labels


def _columns(flat: Mapping[str, np.ndarray], where: str) -> tuple[np.ndarray, np.ndarray | None, dict[str, np.ndarray]]:
    """Times, units and the fields of the events, each of a type that it can have."""
    columns: dict[str, np.ndarray] = {}
    if "events" in flat:
        known = flat["events"].dtype.names or ()
        if missing := [field for field in ("t", "x", "y") if field not in known]:
            raise DataError(
                f"{where}: `events` lacks the field {' and '.join(missing)}; it must be structured, with the fields t, "
                f"x, y and perhaps p (polarity); found: {', '.join(known) or flat['events'].dtype}."
            )
        columns = {field: flat["events"][field] for field in ("t", "x", "y", "p") if field in known}
        times, units = columns.pop("t"), None
    else:
        times, units = flat["times"], flat["units"]
    for what, values in (("times", times), ("units", units), *columns.items()):
        kinds = "fiu" if what == "times" else "iub"
        if values is not None and values.dtype.kind not in kinds:
            words = "numbers" if what == "times" else "whole numbers"
            raise DataError(f"{where}: `{what}` holds {values.dtype}; it must hold {words}.")
        if values is not None and what != "times" and len(values) and values.min() < 0:
            raise DataError(f"{where}: `{what}` holds {values.min()}; it must hold whole numbers >= 0.")
    return times, units, columns


def _check_times(times: np.ndarray, counts: np.ndarray, where: str) -> None:
    if len(times) == 0:
        raise DataError(f"{where}: there is no event at all; give at least one.")
    wrong = ~np.isfinite(times) if times.dtype.kind == "f" else np.zeros(len(times), bool)
    wrong |= times < 0
    if wrong.any():
        place = int(np.argmax(wrong))
        row = int(np.searchsorted(np.cumsum(counts), place, side="right"))
        raise DataError(
            f"{where}: sample {row} (counted from 0) holds the time {times[place]}; times are finite and >= 0."
        )


def sensor_of(sizes: Sequence[int | float] | None, parts: Sequence[PartEvents]) -> Sensor | None:
    """The sensor of the size that the file's `data.sensor_size` says, which all events have to lie on.

    **Arguments:**

    - `sizes`: [inputs], [width, height] or [width, height, polarities], or None.

    **Raises:** `DataError` for other numbers, for events outside, and where structured events come without a size.
    """
    if sizes is None:
        for part in parts:
            if part.fields:
                reached = ", ".join(
                    str(max(int(one.fields[field].max()) for one in parts) + 1)
                    for field in ("x", "y", "p")
                    if field in part.fields
                )
                raise DataError(
                    f"{part.where}: events with x and y need the size of their sensor: set data.sensor_size = [width, "
                    f"height, polarities]; these reach [{reached}]."
                )
        return None
    whole = [round(size) for size in sizes]
    if len(whole) not in (1, 2, 3) or whole != list(sizes) or min(whole) < 1:
        raise DataError(
            f"data.sensor_size = {list(sizes)}: must be [inputs], [width, height] or [width, height, polarities], "
            "whole numbers >= 1."
        )
    sensor = Sensor(*(*whole, 1, 1)[:3])
    if sensor.num_inputs > MOST_INPUTS:
        raise DataError(
            f"data.sensor_size = {whole}: {sensor.num_inputs:,} inputs are more than the {MOST_INPUTS:,} allowed; "
            "divide x and y of the events by 2, for one, and halve the size."
        )
    for part in parts:
        for field, size in zip(("x", "y", "p"), sensor, strict=True):
            if field in part.fields and part.fields[field].max() >= size:
                raise DataError(
                    f"{part.where}: an event has {field} = {int(part.fields[field].max())}; data.sensor_size = {whole} "
                    f"allows 0 to {size - 1}."
                )
    return sensor


def count_inputs(sensor: Sensor | None, parts: Sequence[PartEvents], declared: int | None) -> int:
    """The number of inputs: of the sensor, else as the file declares it, else one more than the highest unit.

    **Raises:** `DataError` for more than there can be.
    """
    if sensor is not None:
        return sensor.num_inputs
    highest = max(int(part.units.max()) for part in parts if part.units is not None)
    found = highest + 1 if declared is None else declared
    if found > MOST_INPUTS:
        raise DataError(f"{parts[0].where}: {found:,} inputs are more than the {MOST_INPUTS:,} allowed.")
    return found


def to_samples(part: PartEvents, sensor: Sensor | None, num_inputs: int, unit: float) -> tuple[EventSamples, bool]:
    """The events as samples, and whether some had to be sorted: each sample's by time, as they are kept.

    **Arguments:**

    - `unit`: of the times [s].

    **Raises:** `DataError` for a unit that is no input.
    """
    units: Any = part.units
    if sensor is not None and units is None:
        grid = np.int64(sensor.width)
        polarity = part.fields.get("p", np.int64(0))
        units = (polarity * np.int64(sensor.height) + part.fields["y"]) * grid + part.fields["x"]
    if int(units.max()) >= num_inputs:
        raise DataError(
            f"{part.where}: `units` holds {int(units.max())}; with {num_inputs} inputs they are 0 to {num_inputs - 1}."
        )
    is_short = part.times.dtype in (np.float16, np.float32)
    times = part.times if is_short and unit == 1 else (part.times.astype(np.float64) * unit).astype(np.float32)
    times = times.astype(times.dtype.newbyteorder("="), copy=False)
    rows = np.repeat(np.arange(len(part.counts)), part.counts)
    falls = bool(np.any((np.diff(times) < 0) & (np.diff(rows) == 0)))
    if falls:
        order = np.lexsort((times, rows))
        times, units = times[order], units[order]
    return samples_of_counts(times, units.astype(np.uint16), part.counts, num_inputs), falls
