"""From names to devices: a preset or a list of stages, and values under bare or dotted names.

`v_pi` is enough where only one stage of the chain has it; `mach_zehnder.v_pi` (or a nested table) always works. The
same names serve configs, sweeps and genes, and `parameter_at` answers about them without building anything.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from jaxtyping import PRNGKeyArray

from physdfa.devices.base import AbstractDevice
from physdfa.devices.cascade import Cascade
from physdfa.devices.functions import RandomFourierSeries
from physdfa.devices.parameter import Option, Parameter, declarations
from physdfa.devices.presets import PRESETS, STAGES
from physdfa.errors import InputError, unknown_name

Plan = str | Sequence[str]
"""The name of a preset, or the names of stages in order."""


def make_device(preset: str, values: Mapping[str, object], *, key: PRNGKeyArray | None = None) -> AbstractDevice:
    """The device called `preset` with some of its values replaced.

    **Arguments:**

    - `preset`: a name in `PRESETS`.
    - `values`: bare name, dotted name or nested table -> value; numbers in the declared unit.
    - `key`: for devices that draw something when they are built (random_fourier).

    **Raises:** `InputError` with one sentence for each mistake.
    """
    return _build(preset, values, key)


def make_cascade(
    stage_names: Sequence[str], values: Mapping[str, object], *, key: PRNGKeyArray | None = None
) -> AbstractDevice:
    """A chain of the stages called `stage_names`, in that order; a repeated one is called driver_2, driver_3, ...

    **Raises:** `InputError` with one sentence for each mistake.
    """
    return _build(tuple(stage_names), values, key)


def declared(plan: Plan) -> dict[str, Parameter | Option]:
    """Every parameter and option of a preset or a list of stages, by full name, with the default of this plan.

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


def parameter_at(plan: Plan, name: str) -> Parameter:
    """The declaration of one parameter, under its full name, without building a device.

    **Raises:** `InputError` if there is none of that name, or if it is a choice and not a number.
    """
    known = declared(plan)
    full_name, mistake = _resolve(name, known)
    if mistake:
        raise InputError(mistake)
    found = known[full_name]
    if isinstance(found, Option):
        raise InputError(f"`{found.name}` is a choice that fixes the structure of the device, not a number to vary.")
    return found


def declared_parameters(device: AbstractDevice) -> dict[str, Parameter]:
    """Every parameter of a built device, by dotted name in a cascade, with its declared default."""
    parts = zip(device.names, device.stages, strict=True) if isinstance(device, Cascade) else [("", device)]
    found = {}
    for part, stage in parts:
        for name, declaration in declarations(type(stage)).items():
            if isinstance(declaration, Parameter):
                full_name = f"{part}.{name}" if part else name
                found[full_name] = dataclasses.replace(declaration, name=full_name)
    return found


def device_mistakes(plan: Plan, values: Mapping[str, object]) -> list[str]:
    """One sentence for each value that is unknown, ambiguous, given twice, of the wrong type or out of range."""
    try:
        known = declared(plan)
    except InputError as error:
        return [str(error)]
    return _resolve_all(values, known)[1]


def _build(plan: Plan, values: Mapping[str, object], key: PRNGKeyArray | None) -> AbstractDevice:
    known = declared(plan)
    given, mistakes = _resolve_all(values, known)
    if mistakes:
        raise InputError("\n".join(mistakes))
    preset = PRESETS[plan] if isinstance(plan, str) else None
    resolved = (dict(preset.values) if preset else {}) | given
    devices = {}
    for part, device_type in _parts(plan):
        prefix = f"{part}." if part else ""
        own: dict[str, Any] = {
            name.removeprefix(prefix): value for name, value in resolved.items() if name.startswith(prefix)
        }
        if preset and preset.device:
            own |= preset.fixed
        if device_type is RandomFourierSeries:
            own["key"] = key
        devices[part] = device_type(**own)
    return devices[""] if "" in devices else Cascade(devices)


def _parts(plan: Plan) -> list[tuple[str, type[AbstractDevice]]]:
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
    parts: list[tuple[str, type[AbstractDevice]]] = []
    for index, stage in enumerate(plan):
        if stage not in STAGES:
            raise InputError(unknown_name("device stage", str(stage), tuple(STAGES)))
        earlier = list(plan[:index]).count(stage)
        parts.append((stage if earlier == 0 else f"{stage}_{earlier + 1}", STAGES[stage]))
    return parts


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
    """(full name, None), or the name itself and the sentence that says what is wrong with it."""
    if name in known:
        return name, None
    matches = [full for full in known if full.rpartition(".")[2] == name]
    if len(matches) == 1:
        return matches[0], None
    if matches:
        return name, f"`{name}` belongs to several stages: write {' or '.join(matches)}."
    near = get_close_matches(name, known, n=1)
    if not near:  # a misspelt bare name is nearer to the last part of a full one
        last_parts = {full.rpartition(".")[2]: full for full in reversed(tuple(known))}
        near = [last_parts[match] for match in get_close_matches(name, last_parts, n=1)]
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return name, f"there is no device parameter '{name}'.{hint} Known: {', '.join(known)}."


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
