"""How far the parameters of a device stray: which of them, and a share of what."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from physdfa.analysis.operating_box import occupied
from physdfa.build import build_device
from physdfa.config import ExperimentConfig, find_key, with_values
from physdfa.config.device_table import device_keys, is_alias
from physdfa.devices import AbstractDevice, Cascade, declared_parameters
from physdfa.devices.measured.units import unit_of
from physdfa.devices.spread import v_pi_for
from physdfa.errors import InputError, unknown_name


@dataclass(frozen=True, kw_only=True)
class OwnSpread:
    """The spread that one parameter is given for itself.

    - `name`: of the parameter, with or without its stage.
    - `amount`: standard deviation, > 0: a share where there is no `unit`, else in that unit (V, mA, dB, ...).
    """

    name: str
    amount: float
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.name}={self.amount:g}{self.unit}"


class Scale(NamedTuple):
    """What a share of a parameter is a share of: `amount` in its unit, and in words."""

    amount: float
    of: str


@dataclass(frozen=True, kw_only=True)
class Movable:
    """The parameters of a run's device that differ from device to device.

    - `config`: of the run; `names`: varied key to full name in the device.
    - `potentials`: membrane potentials that occur, where a place has no v_pi to be measured by; else None.
    - `own`: by varied key the spread that was given for it, in the unit of the parameter.
    """

    config: ExperimentConfig
    names: Mapping[str, str]
    potentials: np.ndarray | None = None
    own: Mapping[str, OwnSpread] = field(default_factory=dict)

    def device(self, point: Mapping[str, Any]) -> AbstractDevice:
        """The device at a point."""
        device = build_device(with_values(self.config, point), self.config.experiment.seed)
        assert device is not None, "checked by `movable`"
        return device

    def unit_of(self, key: str) -> str:
        """The unit of a parameter, as the chain resolves it."""
        return device_keys(self.config.device)[self.names[key]].unit

    def scales(self, point: Mapping[str, Any]) -> dict[str, Scale]:
        """What a share means of each parameter, by key, at a point.

        Of a place on a signal's axis (a bias, an offset) v_pi, or without one the span of that signal over the
        potentials that occur, as far as it was measured. Of any other number its own value.
        """
        device = self.device(point)
        return {key: _scale(device, name, self.potentials) for key, name in self.names.items()}

    def deviations(self, point: Mapping[str, Any], spread: float | None, drift: float) -> dict[str, float]:
        """Standard deviation of each parameter that moves, by key, in its unit.

        **Arguments:**

        - `spread`: relative, of those without a spread of their own; None: they stay.
        - `drift`: of the places, on top of it, as a share of v_pi or of the drive span.
        """
        scales, known, found = self.scales(point), declared_parameters(self.device(point)), {}
        for key, scale in scales.items():
            own = self.own.get(key)
            share = spread if own is None else own.amount
            made = own.amount if own is not None and own.unit else (share or 0.0) * scale.amount
            drifted = drift * scale.amount if known[self.names[key]].place else 0.0
            if share is not None or drifted:
                found[key] = math.hypot(made, drifted)
        return found


def movable(config: ExperimentConfig, keys: Sequence[str], own: Sequence[OwnSpread] = ()) -> Movable:
    """The varied keys that are device parameters in which devices differ.

    **Raises:** `InputError` if there is none, or if a spread is given for what is none of them or in another unit.
    """
    device = build_device(config, config.experiment.seed)
    known = {} if device is None else declared_parameters(device)
    names = {}
    for key in keys:
        declared = find_key(config, key) if key.startswith("device.") else None
        name = "" if declared is None else declared.path.removeprefix("device.")
        if device is not None and name in known and not known[name].whole and value_of(device, name) is not None:
            names[key] = name
    if not names:
        raise InputError(
            f"no device parameter that a fabrication spread could move is among {', '.join(keys)}; a yield needs one."
        )
    found: dict[str, OwnSpread] = {}
    for each in own:
        key = _key_of(each, names, keys)
        if key in found:
            raise InputError(f"{each}: {each.name} is given twice; keep one of the two.")
        found[key] = _in_unit(each, device_keys(config.device)[names[key]].unit)
    return Movable(config=config, names=names, own=found)


def needs_potentials(found: Movable, point: Mapping[str, Any]) -> bool:
    """Whether a place has no v_pi, so that a share of it is one of the drive span."""
    device = found.device(point)
    known = declared_parameters(device)
    return any(known[name].place and v_pi_for(name, device) is None for name in found.names.values())


def value_of(device: AbstractDevice, name: str) -> float | None:
    """A parameter of a built device by its dotted name; None for one that the device finds itself."""
    part, _, leaf = name.rpartition(".")
    value = getattr(device[part] if isinstance(device, Cascade) else device, leaf)
    return None if value is None else float(value)


def checked_spread(std: float) -> float:
    """A spread or drift as it is.

    **Raises:** `InputError` for one that is no relative standard deviation.
    """
    if not 0.0 <= std <= 1.0:
        raise InputError(
            f"a spread or a drift is a relative standard deviation from 0 to 1; got {std:g}. Write 0.05 for 5 %."
        )
    return std


def _key_of(each: OwnSpread, names: Mapping[str, str], keys: Sequence[str]) -> str:
    """The varied key that a spread is given for."""
    asked = each.name.removeprefix("device.")
    matches = [key for key, name in names.items() if is_alias(asked, name)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise InputError(f"{each}: {each.name} belongs to several stages: write {' or '.join(matches)}.")
    if each.name in keys or f"device.{asked}" in keys:
        raise InputError(f"{each}: {each.name} is no number in which devices differ; leave it out.")
    said = unknown_name("varied device parameter", asked, [key.removeprefix("device.") for key in names])
    raise InputError(f"{each}: {said} A spread moves what the run varied.")


def _in_unit(each: OwnSpread, unit: str) -> OwnSpread:
    """The spread in the unit of its parameter."""
    if each.unit in ("", unit):
        return each
    written = unit_of(each.unit)
    if not unit or written is None or written.si != unit or written.decibels or written.offset:
        allowed = f" or in {unit}, such as {each.name}=0.05{unit}" if unit else ""
        raise InputError(
            f"{each}: '{each.unit}' is no unit of {each.name}; give a share, such as {each.name}=0.05{allowed}."
        )
    return replace(each, amount=each.amount * written.factor, unit=unit)


def _scale(device: AbstractDevice, name: str, potentials: np.ndarray | None) -> Scale:
    if not declared_parameters(device)[name].place:
        value = abs(value_of(device, name) or 0.0)
        return Scale(value if math.isfinite(value) else 0.0, "its value")
    v_pi = v_pi_for(name, device)
    if v_pi is not None:
        return Scale(float(v_pi), "v_pi")
    assert potentials is not None, "asked for by `needs_potentials`"
    return Scale(_signal_span(device, name, potentials), "the drive span")


def _signal_span(device: AbstractDevice, name: str, potentials: np.ndarray) -> float:
    """The span of the signal on whose axis a parameter is a place, over the potentials."""
    signal = jnp.asarray(occupied(potentials)[0], jnp.float32)[:, None]
    is_known = ~np.asarray(device.leaves_range(signal))
    part, place = name.rpartition(".")[0], declared_parameters(device)[name].place
    stages = zip(device.names, device.stages, strict=True) if isinstance(device, Cascade) else [("", device)]
    for stage_name, stage in stages:
        incoming, signal = signal, stage.respond(signal)
        if stage_name == part:
            reached = np.asarray(incoming if place == "input" else signal, dtype=float)
            return float(np.ptp(reached[is_known] if is_known.any() else reached))
    raise AssertionError("a declared parameter belongs to a stage")
