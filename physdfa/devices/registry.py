"""Devices from names: a preset or a list of stages, and values under bare or dotted names.

`v_pi` is enough where only one stage of the chain has it; `mach_zehnder.v_pi` (or a nested table) always works. Under
`spread.` the same names mean the relative spread of a parameter from device to device, and `cost.` holds the numbers
of `HardwareCost`. The same names serve configs, sweeps and genes, and `parameter_at` answers about them without
building anything.
"""

import dataclasses
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, cast

import jax
from jaxtyping import PRNGKeyArray

from physdfa.arrays import as_scalar
from physdfa.devices.base import AbstractDevice, Timing
from physdfa.devices.bench import BenchCurve, BenchPlan, remeasured_curve
from physdfa.devices.cascade import Cascade
from physdfa.devices.cost import HardwareCost, cost_mistakes
from physdfa.devices.functions import RandomFourierSeries
from physdfa.devices.measured import MeasuredCurve, Measurement
from physdfa.devices.own import check_own_device
from physdfa.devices.presets import PRESETS, STAGES
from physdfa.devices.spread import with_spread
from physdfa.devices.stages import Encode
from physdfa.errors import InputError, unknown_name
from physdfa.parts import Option, Parameter, Registry, declarations
from physdfa.parts.own import make

PresetOrStages = str | Sequence[str]
"""The name of a preset, or the names of stages in order; a class of one's own is a stage as "module:Class"."""

SPREAD, COST = "spread.", "cost."

MEASURED_STAGES = ("encode", "curve", "decode")
"""The chain around a measured curve where none is named."""


def make_device(preset: str, values: Mapping[str, object], *, key: PRNGKeyArray | None = None) -> AbstractDevice:
    """The device called `preset` with some of its values replaced.

    **Arguments:**

    - `preset`: a name in `PRESETS`.
    - `values`: bare name, dotted name or nested table -> value; numbers in the declared unit.
    - `key`: for devices that draw something when they are built (random_fourier, and every spread).

    **Raises:** `InputError` with one sentence for each mistake.
    """
    return _build(preset, values, key, None)


def make_cascade(
    stage_names: Sequence[str],
    values: Mapping[str, object],
    *,
    key: PRNGKeyArray | None = None,
    measurement: Measurement | None = None,
    plan: BenchPlan | None = None,
    in_the_loop: bool = True,
) -> AbstractDevice:
    """A chain of the stages called `stage_names`, in that order; a repeated one is called driver_2, driver_3, ...

    **Arguments:**

    - `values`, `key`: as for `make_device`.
    - `measurement`: what the stage `curve` answers from; `plan`: of the bench that answers in its place in training, or
      that measures it again, with `in_the_loop` False.

    **Raises:** `InputError` with one sentence for each mistake.
    """
    return _build(tuple(stage_names), values, key, measurement, plan, in_the_loop=in_the_loop)


def register_stage(name: str, device_type: type[AbstractDevice]) -> None:
    """Let `stages = [...]` name a class of your own from now on, in this process.

    **Arguments:**

    - `name`: lower-case letters, digits and underscores.
    - `device_type`: every declared parameter has a default, or finds its value itself.

    **Raises:** `InputError` if the name is no name or is taken by another class.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise InputError(f"a stage is called by lower-case letters, digits and underscores; got '{name}'.")
    if STAGES.setdefault(name, device_type) is not device_type:
        raise InputError(f"there is a stage '{name}' already; choose another name.")


def hardware_cost(plan: PresetOrStages, values: Mapping[str, object]) -> HardwareCost:
    """The cost model of the values under `cost.`, the others left aside.

    **Raises:** `InputError` with one sentence for each mistake.
    """
    given, mistakes = _resolve_all(values, known_names(plan))
    if mistakes:
        raise InputError("\n".join(mistakes))
    return HardwareCost(**cast(dict[str, Any], _under(COST, given)))


def known_names(plan: PresetOrStages) -> dict[str, Parameter | Option]:
    """Names that can be given a value: those of `declared`, and those under `spread.` and `cost.`.

    **Raises:** `InputError` if the preset or a stage is unknown.
    """
    own = declared(plan)
    spreads = {
        f"{SPREAD}{name}": Parameter(
            name=f"{SPREAD}{name}",
            default=0.0,
            unit="",
            low=0.0,
            high=1.0,
            low_open=False,
            high_open=False,
            typical=(0.0, 0.1),
            meaning=f"the relative spread of {name} from device to device",
        )
        for name, declaration in own.items()
        if isinstance(declaration, Parameter)
    }
    costs = {
        f"{COST}{name}": dataclasses.replace(declaration, name=f"{COST}{name}")
        for name, declaration in declarations(HardwareCost).items()
    }
    return own | spreads | costs


def namespace(name: str) -> str:
    """`spread.`, `cost.`, or nothing."""
    return next((space for space in (SPREAD, COST) if name.startswith(space)), "")


def declared(plan: PresetOrStages) -> dict[str, Parameter | Option]:
    """Every parameter and option of a preset or a list of stages, by full name.

    Each has the default of this plan.

    **Raises:** `InputError` if the preset or a stage is unknown.
    """
    found: dict[str, Parameter | Option] = {}
    preset_values = PRESETS[plan].values if isinstance(plan, str) and plan in PRESETS else {}
    for part, device_type in _parts(plan):
        for name, declaration in declarations(device_type).items():
            full_name = f"{part}.{name}" if part else name
            default = preset_values.get(full_name, declaration.default)
            found[full_name] = dataclasses.replace(declaration, name=full_name, default=default)  # pyright: ignore
    return found


def parameter_at(plan: PresetOrStages, name: str) -> Parameter:
    """The declaration of one parameter, under its full name, without building a device.

    **Raises:** `InputError` if there is none of that name, or if it is a choice and not a number.
    """
    known = known_names(plan)
    full_name, mistake = _resolve(name, known)
    if mistake:
        raise InputError(mistake)
    found = known[full_name]
    if isinstance(found, Option):
        raise InputError(f"`{found.name}` is a choice that fixes the structure of the device, not a number to vary.")
    return found


def device_mistakes(plan: PresetOrStages, values: Mapping[str, object]) -> list[str]:
    """One sentence for each value that is unknown, ambiguous, given twice, of the wrong type or out of range."""
    try:
        known = known_names(plan)
    except InputError as error:
        return [str(error)]
    return _resolve_all(values, known)[1]


def _build(
    plan: PresetOrStages,
    values: Mapping[str, object],
    key: PRNGKeyArray | None,
    measurement: Measurement | None,
    bench: BenchPlan | None = None,
    *,
    in_the_loop: bool = True,
) -> AbstractDevice:
    given, mistakes = _resolve_all(values, known_names(plan))
    if mistakes:
        raise InputError("\n".join(mistakes))
    preset = PRESETS[plan] if isinstance(plan, str) else None
    resolved = (dict(preset.values) if preset else {}) | given
    devices: dict[str, AbstractDevice] = {}
    parts = _parts(plan)
    for part, device_type in parts:
        own = _under(f"{part}." if part else "", resolved)
        if preset and preset.device:
            own |= preset.fixed
        if device_type is RandomFourierSeries:
            own["key"] = key
        if device_type is MeasuredCurve:
            if measurement is None:
                raise InputError('the stage `curve` answers from a measurement: give measured = "file.csv".')
            if bench is None:
                devices[part] = MeasuredCurve.from_measurement(measurement, **own)
            else:
                made = BenchCurve.on_bench if in_the_loop else remeasured_curve
                devices[part] = made(measurement, bench, **own)
        else:
            devices[part] = make("device", device_type, own)
            check_own_device(devices[part])
    if measurement is not None and "curve" not in devices:
        raise InputError("a measurement is given, but the stages have no `curve` that answers from it; add one.")
    device = devices[""] if "" in devices else Cascade(_with_drive_unit(devices))
    spreads = {name: value for name, value in _under(SPREAD, given).items() if value}
    if spreads:
        if key is None:
            raise InputError("a spread from device to device needs a `key` to draw from.")
        device = with_spread(device, spreads, jax.random.fold_in(key, _SPREAD_DRAW))
    costs = _under(COST, given)
    if mistakes := cost_mistakes(device, costs):
        raise InputError("\n".join(f"{COST}{mistake}" for mistake in mistakes))
    if "symbol_rate" in costs:  # of a chain that states none: what drifts with the time of a pass goes by it, too
        device = device.with_timing(Timing(device.timing.f_3db, as_scalar(costs["symbol_rate"])))
    return device


_SPREAD_DRAW = 1  # what the device's key is folded with, so that the spread is drawn apart from anything else


def _under(prefix: str, values: Mapping[str, object]) -> dict[str, Any]:
    """Values whose names begin with `prefix`, without it. Without a prefix, those of no namespace."""
    return {
        name.removeprefix(prefix): value
        for name, value in values.items()
        if name.startswith(prefix) and (prefix in (SPREAD, COST) or not namespace(name))
    }


def _with_drive_unit(devices: dict[str, AbstractDevice]) -> dict[str, AbstractDevice]:
    """The stages, with the unit of a measured curve's drive set in the `encode` before it."""
    curve, encode = devices.get("curve"), devices.get("encode")
    names = list(devices)
    if curve is None or not isinstance(encode, Encode) or names.index("curve") != names.index("encode") + 1:
        return devices
    return devices | {"encode": dataclasses.replace(encode, drive_unit=curve.units[0])}


def _parts(plan: PresetOrStages) -> list[tuple[str, type[AbstractDevice]]]:
    """(name, class) of each stage; one nameless part for a single device."""
    if isinstance(plan, str):
        if plan not in PRESETS:
            raise InputError(unknown_name("device preset", plan, tuple(PRESETS)))
        preset = PRESETS[plan]
        if preset.device is not None:
            return [("", preset.device)]
        plan = preset.stages
    if not plan:
        raise InputError(f"a chain needs at least one stage. Known: {', '.join(STAGES)}.")
    stages = [_stage(str(stage)) for stage in plan]
    names = [name for name, _ in stages]
    parts: list[tuple[str, type[AbstractDevice]]] = []
    for index, (name, device_type) in enumerate(stages):
        earlier = names[:index].count(name)
        parts.append((name if earlier == 0 else f"{name}_{earlier + 1}", device_type))
    return parts


def find_stage(name: str) -> type[AbstractDevice]:
    """The class of a stage: one of ours, one that was registered, or one's own as "module:Class".

    **Raises:** `InputError` if there is none of that name.
    """
    return Registry("device stage", AbstractDevice, STAGES).find(name)


def _stage(stage: str) -> tuple[str, type[AbstractDevice]]:
    """(name, class) of a stage; the name of the class `bench:SquareLaw` is `square_law`."""
    found = find_stage(stage)
    own_name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", stage.partition(":")[2]).lower()
    return own_name or stage, found


def _flattened(values: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """{"mach_zehnder": {"v_pi": 3}} as {"mach_zehnder.v_pi": 3}."""
    flat: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= _flattened(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def _resolve(name: str, known: Mapping[str, Parameter | Option]) -> tuple[str, str | None]:
    """(full name, None), or the name itself and a sentence on what is wrong with it."""
    if name in known:
        return name, None
    space = namespace(name)
    asked = name.removeprefix(space)
    own = [full.removeprefix(space) for full in known if namespace(full) == space]
    matches = [full for full in own if full.rpartition(".")[2] == asked]
    if len(matches) == 1:
        return space + matches[0], None
    if matches:
        return name, f"`{name}` belongs to several stages: write {' or '.join(space + match for match in matches)}."
    near = get_close_matches(asked, own, n=1)
    if not near:  # a misspelt bare name is nearer to the last part of a full one
        last_parts = {full.rpartition(".")[2]: full for full in reversed(own)}
        near = [last_parts[match] for match in get_close_matches(asked, last_parts, n=1)]
    hint = f" Did you mean '{space}{near[0]}'?" if near else ""
    return name, f"there is no device parameter '{name}'.{hint} Known: {', '.join(space + full for full in own)}."


def _resolve_all(
    values: Mapping[str, object], known: Mapping[str, Parameter | Option]
) -> tuple[dict[str, object], list[str]]:
    """Values by full name, and a sentence for each mistake."""
    resolved: dict[str, object] = {}
    mistakes: list[str] = []
    for name, value in _flattened(values).items():
        full_name, mistake = _resolve(name, known)
        if mistake is None and full_name in resolved:
            mistake = f"`{full_name}` is given twice, under a short and a full name."
        mistake = mistake or known[full_name].mistake(value)
        if mistake:
            mistakes.append(mistake)
        else:
            resolved[full_name] = value
    return resolved, mistakes
