"""Single values of a configuration by dotted key: read, replaced, and resolved where the file leaves them open."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from physdfa.config.checks import Kind
from physdfa.config.choices import CHOICES, all_part_keys, canonical, part_keys
from physdfa.config.device_table import device_keys, is_alias, with_device_values
from physdfa.config.keys import KEYS, RANGE_TABLES, Key, show
from physdfa.config.ranges import unknown_key
from physdfa.config.schema import ExperimentConfig
from physdfa.errors import ConfigError, InputError, unknown_name

_VALIDATION_SHARE = 6  # one sample in six is held out where a sweep or a search compares candidates


def with_values(config: ExperimentConfig, values: Mapping[str, Any]) -> ExperimentConfig:
    """The configuration with some values replaced, each checked against its own range only: cheap, once per candidate.

    **Arguments:**

    - `values`: "device.v_bias", "training.learning_rate", ... -> value; NumPy numbers are taken as well.

    **Raises:** `ConfigError` with every value that its key does not allow.
    """
    mistakes: list[str] = []
    changed: dict[str, dict[str, Any]] = {}
    named = with_names(config, values)
    for path, given in values.items():
        value = given.item() if hasattr(given, "item") else given
        section, _, name = path.partition(".")
        key = _settable_key(named, path)
        if key is None:
            mistakes.append(f"{path} = {show(value)}: {_unknown(named, path)}")
            continue
        if key.kind == "whole number" and isinstance(value, float) and value.is_integer():
            value = int(value)
        try:
            changed.setdefault(section, {})[name] = key.check(value)
        except ValueError:
            mistakes.append(key.refusal(value, path))
    if mistakes:
        raise ConfigError(mistakes, "values")
    sections = {
        section: with_device_values(config.device, new)
        if section == "device" and config.device is not None
        else _with_section_values(getattr(config, section), section, new)
        for section, new in changed.items()
    }
    return canonical(replace(config, **sections))


def with_names(config: ExperimentConfig, values: Mapping[str, Any]) -> ExperimentConfig:
    """The configuration with the parts that `values` names, where those names are right; nothing else is replaced."""
    for choices in CHOICES.values():
        for choice in choices:
            if choice.key in values and KEYS[choice.key].allows(values[choice.key]):
                section, _, name = choice.key.partition(".")
                config = replace(config, **{section: replace(getattr(config, section), **{name: values[choice.key]})})
    return config


def value_at(config: ExperimentConfig, path: str) -> Any:
    """The value of a key; of a device parameter, what the file gives, or else the default of its device.

    **Raises:** `InputError`, if there is no such key.
    """
    key = _settable_key(config, path)
    if key is None:
        raise InputError(f"{path}: {_unknown(config, path)}")
    section, _, name = path.partition(".")
    if section == "device" and config.device is not None:
        full_name = key.path.removeprefix("device.")
        given = [value for old, value in config.device.values.items() if is_alias(old, full_name)]
        return given[0] if given else key.default
    if key.path in KEYS:
        return getattr(getattr(config, section), name)
    return getattr(config, section).values.get(name, key.default)


def _with_section_values(table: Any, section: str, new: Mapping[str, Any]) -> Any:
    fixed = {name: value for name, value in new.items() if f"{section}.{name}" in KEYS}
    of_parts = {name: value for name, value in new.items() if name not in fixed}
    return replace(table, **fixed, **({"values": {**table.values, **of_parts}} if of_parts else {}))


def validation_size(config: ExperimentConfig, kind: Kind, num_train: int) -> int:
    """The number of training samples held out: as the file says, or a sixth in a sweep or search.

    **Raises:** `InputError`, if none would be left to train on, or none to compare candidates on.
    """
    size = config.data.validation_size
    if size is None:
        size = 0 if kind == "train" else max(1, num_train // _VALIDATION_SHARE)
    if size == 0 and kind != "train":
        raise InputError(f"data.validation_size = 0: a {kind} compares candidates on validation samples; set it >= 1.")
    if size >= num_train:
        raise InputError(f"data.validation_size = {size}: must be below the {num_train} training samples.")
    return size


def _settable_key(config: ExperimentConfig, path: str) -> Key | None:
    section, _, name = path.partition(".")
    if section == "device":
        return device_keys(config.device).get(name)
    if path in RANGE_TABLES or "." in name or getattr(config, section, None) is None:
        return None
    if path in KEYS:
        return KEYS[path]
    chosen, elsewhere = part_keys(config, section).get(path), all_part_keys(section).get(path)
    # What another part has is kept beside: the next value may be the name of that part.
    return chosen or (next(iter(elsewhere.values())) if elsewhere else None)


def _unknown(config: ExperimentConfig, path: str) -> str:
    section = path.partition(".")[0]
    if section in ("experiment", "sweep", "search") and getattr(config, section) is not None:
        return unknown_name("key", path, [key for key in KEYS if key.startswith(f"{section}.") and ".*" not in key])
    return unknown_key(config, path)
