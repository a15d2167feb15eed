"""Whether a device parameter that is to be varied changes g(u) at all: tried out, since the stages interact.

An automatic `decode.scale`, for one, takes the optical power of an ideal chain out again.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np

from physdfa.config.device_table import build_device, device_keys
from physdfa.config.schema import DeviceSection, Gene, SweepRange
from physdfa.errors import InputError

_FAR = np.geomspace(10.0, 1e3, 24)
POTENTIALS = np.concatenate([-_FAR[::-1], np.linspace(-8.0, 8.0, 257), _FAR]).astype(np.float32)
"""Membrane potentials [unit of u] at which g is compared: densely where they occur, and far beyond."""

NO_CHANGE = 2e-6
"""Changes of g below this share of its largest value are float32 rounding."""


def idle_device_ranges(device: DeviceSection, ranges: Mapping[str, SweepRange | Gene]) -> Iterator[tuple[str, str]]:
    """(config path, reason) of each device parameter in `ranges` that leaves g as it is over its whole range.

    Each parameter is moved from end to end while the other varied ones stand at their values in the file, their least,
    middle and largest.
    """
    varied = {path.partition(".")[2]: _probes(entry) for path, entry in ranges.items() if path.startswith("device.")}
    varied = {name: probes for name, probes in varied.items() if probes and name in device_keys(device)}
    for name, probes in varied.items():
        others = {other: values for other, values in varied.items() if other != name}
        surroundings = [{}] + [{other: values[place] for other, values in others.items()} for place in (0, 1, -1)]
        if not any(_changes(device, name, probes, around) for around in surroundings[: 4 if others else 1]):
            yield (
                f"device.{name}",
                f"g(u) of this device changes by less than {NO_CHANGE:g} of its largest value over that range",
            )


def _probes(entry: SweepRange | Gene) -> list[Any]:
    """Least, middle and largest value of a range, or all that it lists (at least two)."""
    listed = entry.choices or getattr(entry, "values", None)
    if listed:
        return list(listed) if len(listed) > 1 else []
    if entry.low is None or entry.high is None:
        return []
    is_log = entry.scale == "log" and entry.low > 0
    middle = float(np.sqrt(entry.low * entry.high)) if is_log else (entry.low + entry.high) / 2
    whole = getattr(entry, "integer", False)
    return [int(value) if whole else value for value in (entry.low, middle, entry.high)]


def _changes(device: DeviceSection, name: str, probes: Sequence[Any], around: Mapping[str, Any]) -> bool:
    """Whether g differs between the probes; a device that cannot be built there counts as different."""
    first = None
    for probe in probes:
        try:
            answer = np.asarray(build_device(device, {**around, name: probe}).respond(jnp.asarray(POTENTIALS)))
        except InputError:
            return True
        if first is None:
            first = answer
        elif np.max(np.abs(answer - first)) > NO_CHANGE * max(np.max(np.abs(answer)), np.max(np.abs(first))):
            return True
    return False
