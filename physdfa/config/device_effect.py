"""Whether a device parameter that is given or varied changes g(u) at all: tried out, since the stages interact.

An automatic `decode.scale`, for one, takes the optical power of an ideal chain out again; the temperature of an
amplifier acts only where its noise is on.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.config.device_table import build_device, device_keys, is_alias
from physdfa.config.keys import Key
from physdfa.config.schema import DeviceSection
from physdfa.config.search_schema import GeneRange, SweepRange
from physdfa.devices import AbstractDevice
from physdfa.errors import InputError

_FAR = np.geomspace(10.0, 1e3, 24)
POTENTIALS = np.concatenate([-_FAR[::-1], np.linspace(-8.0, 8.0, 257), _FAR]).astype(np.float32)
"""Membrane potentials [unit of u] at which g is compared: densely where they occur, and far beyond."""

NO_CHANGE = 2e-6
"""Changes of g below this share of its largest value are float32 rounding."""


_UPDATES = 3  # so that a drift shows
_REQUESTS = 2_000_000_011  # per update: seconds at 1 GBd, in which a drift goes far beyond rounding and converters
_ACTS_ON_COST = ("optical_power", "symbol_rate", "relock_time", "num_bits")
"""What counts in the energy or time of a backward pass, whether g depends on it or not."""


def acts_on_cost(name: str) -> bool:
    """Whether a device parameter counts in the energy or time of a backward pass."""
    return name.startswith("cost.") or name.rpartition(".")[2] in _ACTS_ON_COST


def idle_device_values(
    device: DeviceSection, ranges: Mapping[str, SweepRange | GeneRange]
) -> Iterator[tuple[str, Any]]:
    """(name, value) of each number in the section that changes neither g nor the cost of a backward pass.

    **Arguments:**

    - `ranges`: what a sweep or a search varies: a value may act in some of its candidates only.
    """
    varied = {path.partition(".")[2]: _probes(entry) for path, entry in ranges.items() if path.startswith("device.")}
    known = device_keys(device)
    surroundings = [{}] + [{name: probe} for name, probes in varied.items() if name in known for probe in probes]
    # What belongs to a noise or a drift stays beside the 0 that switches it off.
    surroundings += [
        {name: known[name].typical[1]} for name, value in device.values.items() if _is_off(known, name, value)
    ]
    for name, value in device.values.items():
        key = known.get(name)
        if key is None or not key.typical or value == key.default:
            continue
        if acts_on_cost(name) or any(is_alias(name, other) for other in varied):
            continue
        probes = [value, *(other for other in key.typical if other != value)]
        if not any(_changes(device, name, probes, around) for around in surroundings):
            yield name, value


def _is_off(known: Mapping[str, Key], name: str, value: Any) -> bool:
    """Whether a parameter that cannot be negative is given as 0: there, and without effect."""
    key = known.get(name)
    return key is not None and bool(key.typical) and key.low == 0.0 and value == 0 and not isinstance(value, bool)


def idle_device_ranges(
    device: DeviceSection, ranges: Mapping[str, SweepRange | GeneRange]
) -> Iterator[tuple[str, str]]:
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


def _probes(entry: SweepRange | GeneRange) -> list[Any]:
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
            answer = _answer(build_device(device, {**around, name: probe}))
        except InputError:
            return True
        if first is None:
            first = answer
        elif np.max(np.abs(answer - first)) > NO_CHANGE * max(np.max(np.abs(answer)), np.max(np.abs(first))):
            return True
    return False


def _answer(device: AbstractDevice) -> np.ndarray:
    """g at `POTENTIALS`, with the noise and the drift that the device has."""
    keys = jax.random.split(jax.random.key(0), _UPDATES + 1)
    for key in keys[1:]:
        device = device.advance(num_requests=_REQUESTS, key=key)
    return np.asarray(device.respond(jnp.asarray(POTENTIALS), key=keys[0]))
