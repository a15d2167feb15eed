"""The free table `[device]`: read, checked and described by what the devices declare about themselves."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import jax
from jaxtyping import PRNGKeyArray

from physdfa.config.bundle import Bundle, is_bundle, read_bundle
from physdfa.config.device_source import (
    REMEASURE_KEYS,
    SOURCE_KEYS,
    MeasurementSource,
    find_file,
    preset_path,
    read_preset_file,
)
from physdfa.config.keys import Key, key_of, show
from physdfa.config.schema import DeviceSection
from physdfa.config.tables import flatten
from physdfa.devices import (
    MEASURED_STAGES,
    AbstractDevice,
    device_mistakes,
    known_names,
    make_cascade,
    make_device,
    namespace,
)
from physdfa.devices.bench import read_plan
from physdfa.devices.cascade import resolved_units
from physdfa.devices.measured import disagreements
from physdfa.errors import InputError

_BUILD_SEED = 0  # for the trial build only: whatever is drawn then is thrown away


def read_device_table(
    table: Any, folders: Sequence[Path] = (), within: Bundle | None = None
) -> tuple[DeviceSection, list[str]]:
    """The section, and a sentence for each mistake in how it names the device; its values are checked later.

    **Arguments:**

    - `folders`: where files that the table names are looked for, besides the working folder.
    - `within`: the bundle whose table it is: then its measurement lies there, and nowhere else.
    """
    if not isinstance(table, Mapping):
        return DeviceSection(), [f"device = {show(table)}: must be a table, [device]."]
    values = {name: _plain(value) for name, value in table.items()}
    preset, stages = values.pop("preset", None), values.pop("stages", None)
    texts = {name: _column(name, values.pop(name)) for name in SOURCE_KEYS if name in values}
    again = {name: values.pop(name) for name in REMEASURE_KEYS if name in values}
    mistakes = [
        f"device.{name} = {show(text)}: must be text{_SAYS[name]}."
        for name, text in texts.items()
        if not isinstance(text, str)
    ]
    mistakes += _remeasuring_mistakes(again, texts)
    if texts and "measured" not in texts:
        mistakes += [
            f"device.{name}: says how a measurement is read, but there is none; add measured." for name in texts
        ]
        texts = {}
    elif not texts and preset is None and stages is None:
        mistakes.append(
            'device: needs preset = "..." (such as "mach_zehnder_ideal"), measured = "file.csv" or stages = [...].'
        )
    if preset is not None and (stages is not None or texts):
        mistakes.append(f"device: has preset and {'measured' if texts else 'stages'}; keep one of the two.")
    if preset is not None and not isinstance(preset, str):
        mistakes.append(f"device.preset = {show(preset)}: must be the name of a preset, a preset file or a bundle.")
    if stages is not None and not (isinstance(stages, list) and all(isinstance(stage, str) for stage in stages)):
        mistakes.append(f"device.stages = {show(stages)}: must be a list of names of stages.")
    elif texts and stages is not None and "curve" not in stages:
        mistakes.append(
            f"device.stages = {show(stages)}: has no `curve`, the stage that answers from the measurement; add it, or "
            f"leave stages out for {show(list(MEASURED_STAGES))}."
        )
    if mistakes:
        return DeviceSection(values=values), mistakes
    source, asked = None, "preset"
    try:
        if texts:
            asked = "measured"
            if within is None:
                path = find_file(texts["measured"], folders)
            else:
                path = within.file(texts["measured"])
                texts["measured"] = f"{within.named}/{texts['measured']}"
            asked, plan = "instrument", texts.get("instrument")
            bench = None if plan is None else read_plan(find_file(plan, folders))
            source = MeasurementSource(path=path, plan=bench, **texts, **again)
            stages = stages or MEASURED_STAGES
        if preset is not None and (path := preset_path(preset, folders)) is not None:
            return _read_preset_file(path, preset, values)
    except InputError as error:
        named = texts[asked] if texts else preset
        return DeviceSection(values=values), [
            f"device.{asked} = {show(named)}: {line}" for line in str(error).splitlines()
        ]
    return DeviceSection(preset=preset, stages=tuple(stages or ()), source=source, values=values), []


def _remeasuring_mistakes(again: Mapping[str, Any], texts: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the keys that say when a device is measured again, one sentence each."""
    for name, value in again.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if name == "remeasure_every" and not (is_number and isinstance(value, int) and value >= 1):
            yield f"device.{name} = {show(value)}: must be a whole number of epochs >= 1."
        elif name == "remeasure_beyond" and not (is_number and 0 < value < math.inf):
            yield f"device.{name} = {show(value)}: must be a share of the swing of the curve, above 0, such as 0.02."
        if "instrument" not in texts:
            yield (
                f"device.{name}: says when an instrument measures the device again, but there is none; add "
                'instrument = "bench.toml", or remove this key.'
            )
    if again and texts.get("repeat") not in (None, "mean"):
        yield (
            f"device.repeat = {show(texts['repeat'])}: a device that is measured again has the mean of all sweeps of "
            "its plan; leave repeat out."
        )


def _column(name: str, value: Any) -> Any:
    """The number of a column or repeat as the text that names it."""
    is_number = (
        name in ("x", "y", "setting_column", "repeat") and isinstance(value, int) and not isinstance(value, bool)
    )
    return str(value) if is_number else value


_SAYS = {
    "measured": ", the file of a measurement",
    "x": " or a number, the column of the drive",
    "y": " or a number, the column of the output",
    "setting_column": " or a number, the column of the temperature or wavelength",
    "x_unit": ", the unit of the drive",
    "y_unit": ", the unit of the output",
    "repeat": ' "mean", or the number of a repeat',
    "instrument": ", the plan of a bench (.toml)",
}


def _read_preset_file(path: Path, named: str, values: Mapping[str, Any]) -> tuple[DeviceSection, list[str]]:
    """The device of a preset file or bundle that is `named` so, with `values` in the place of its own."""
    if is_bundle(path):
        bundle = read_bundle(path, named)
        section, mistakes = read_device_table(bundle.device, within=bundle)
    else:
        table = dict(flatten(read_preset_file(path)))
        if isinstance(inner := table.get("preset"), str) and preset_path(inner, (path.parent,)) is not None:
            raise InputError(f"names another preset file, {show(inner)}; name that one, and give the values beside it.")
        section, mistakes = read_device_table(table, (path.parent,))
    return with_device_values(section, values), mistakes


def check_device_table(device: DeviceSection) -> list[str]:
    """One sentence for each mistake: an unknown device or parameter, a value out of range, parts that do not fit."""
    if mistake := plan_mistake(device):
        named = f"device.preset = {show(device.preset)}" if device.preset else f"device.stages = {show(device.stages)}"
        return [f"{named}: {mistake}"]
    mistakes = []
    by_path: dict[str, str] = {}
    for name, value in device.values.items():
        mistakes += [f"device.{name} = {show(value)}: {said}" for said in device_mistakes(device.plan, {name: value})]
        key = device_keys(device).get(name)
        if key is not None:
            earlier = by_path.setdefault(key.path, name)
            if earlier != name:
                mistakes.append(
                    f"device.{name} = {show(value)}: is given twice, as '{earlier}' too; keep one of the two."
                )
    if mistakes:
        return mistakes
    try:
        make_from(device, jax.random.key(_BUILD_SEED))
    except InputError as error:
        return [f"device: {line}" for line in str(error).splitlines()]
    return []


def device_warnings(device: DeviceSection, varied: Collection[str] = ()) -> tuple[str, ...]:
    """One sentence for each kind of sweeps that the device averages although they disagree, unasked.

    **Arguments:**

    - `varied`: keys that a sweep or search varies.
    """
    if device.source is None:
        return ()
    said = [device.values[name] for name in ("branch", "curve.branch") if name in device.values]
    if {"device.branch", "device.curve.branch"} & set(varied):
        said.append("mean")
    return disagreements(device.source.read(), said[0] if said else None)


def plan_mistake(device: DeviceSection) -> str | None:
    """What is wrong with the preset or the stages themselves."""
    found = device_mistakes(device.plan, {})
    return found[0] if found else None


def build_device(device: DeviceSection, changed: Mapping[str, Any] | None = None) -> AbstractDevice:
    """The device of a section, some values `changed`. It is for a look alone: what it draws is not the run's, and a
    device on a bench is not moved: its curve answers.
    """
    return make_from(with_device_values(device.at_rest(), changed or {}), jax.random.key(_BUILD_SEED))


def make_from(device: DeviceSection, key: PRNGKeyArray) -> AbstractDevice:
    """The device of a section; what it draws comes from `key`.

    **Raises:** `InputError` with one sentence for each mistake.
    """
    if device.preset is not None:
        return make_device(device.preset, device.values, key=key)
    source = device.source
    if source is None:
        return make_cascade(device.stages, device.values, key=key)
    return make_cascade(
        device.stages, device.values, key=key, measurement=source.read(), plan=source.plan,
        in_the_loop=not source.is_remeasured,
    )  # fmt: skip


def device_keys(device: DeviceSection | None) -> dict[str, Key]:
    """The device's parameters as keys, under their full names and under those bare names that only one stage has."""
    return {} if device is None else _keys_of_plan(device.plan, device.source)


@lru_cache(maxsize=64)
def _keys_of_plan(plan: str | tuple[str, ...], source: MeasurementSource | None) -> dict[str, Key]:
    try:
        declarations = known_names(plan)
    except InputError:
        return {}  # reported by `check_device_table`
    units = _units_of_plan(plan, source)
    keys = {
        name: key_of(f"device.{name}", replace(declared, unit=units[name]) if name in units else declared)
        for name, declared in declarations.items()
    }
    bare = [_bare(name) for name in keys]
    return keys | {_bare(name): key for name, key in keys.items() if bare.count(_bare(name)) == 1}


def _units_of_plan(plan: str | tuple[str, ...], source: MeasurementSource | None) -> dict[str, str]:
    """The units that the chain resolves; none for one that cannot be built without values."""
    values = {} if source is None else {"curve.outside": "hold"}
    preset, stages = (plan, ()) if isinstance(plan, str) else (None, plan)
    section = DeviceSection(preset=preset, stages=stages, source=source, values=values)
    try:
        return resolved_units(make_from(section, jax.random.key(0)))
    except InputError:
        return {}


def with_device_values(device: DeviceSection, values: Mapping[str, Any]) -> DeviceSection:
    """The section with values replaced; a bare name and its full name are one parameter."""
    kept = {old: value for old, value in device.values.items() if not any(is_alias(old, new) for new in values)}
    new = {name: _plain(value) for name, value in values.items()}
    return replace(device, values=kept | new)


def is_alias(one: str, other: str) -> bool:
    """Whether two names of device parameters mean the same: equal, or one is the bare end of the other."""
    if namespace(one) != namespace(other):
        return False
    one, other = one.removeprefix(namespace(one)), other.removeprefix(namespace(other))
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _bare(name: str) -> str:
    """The name without its stage, in its namespace."""
    return namespace(name) + name.rpartition(".")[2]


def _plain(value: Any) -> Any:
    """Numbers of NumPy and tuples as TOML knows them; whole numbers in a list of coefficients as floats."""
    if isinstance(value, list | tuple):
        return [float(item) if isinstance(item, int) and not isinstance(item, bool) else item for item in value]
    return value.item() if hasattr(value, "item") else value
