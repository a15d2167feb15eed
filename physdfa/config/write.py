"""A configuration as TOML text, complete and in a fixed order, and the hash of that text."""

import hashlib
from dataclasses import asdict, fields
from typing import Any

import tomli_w

from physdfa.config.choices import CHOICES, own_values
from physdfa.config.schema import DeviceSection, ExperimentConfig


def to_toml(config: ExperimentConfig) -> str:
    """The whole configuration, defaults included; what is derived later ("all", "a sixth") is left out, as in the file.

    Reading the text gives an equal configuration.
    """
    tables: dict[str, Any] = {}
    for entry in fields(config):
        section = getattr(config, entry.name)
        if section is not None:
            if isinstance(section, DeviceSection):
                tables[entry.name] = table_of_device(section)
                continue
            table = asdict(section)
            if entry.name in CHOICES:
                table |= table.pop("values") | own_values(config, entry.name)
            tables[entry.name] = _without_none(table)
    return tomli_w.dumps(tables)


def config_hash(config: ExperimentConfig) -> str:
    """SHA-256 of the TOML text, in hexadecimal: equal for equal configurations, on every machine."""
    return hashlib.sha256(to_toml(config).encode()).hexdigest()


def table_of_device(device: DeviceSection) -> dict[str, Any]:
    """`[device]` of a section, stage names as tables: {"mach_zehnder.v_pi": 3} is [device.mach_zehnder] v_pi = 3."""
    named = {"preset": device.preset} if device.preset is not None else {"stages": list(device.stages)}
    table: dict[str, Any] = named | (device.source.said() if device.source is not None else {})
    for name, value in device.values.items():
        *stage, bare = name.split(".")
        holder = table
        for part in stage:
            holder = holder.setdefault(part, {})
        holder[bare] = value
    return table


def _without_none(table: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _without_none(value) if isinstance(value, dict) else value
        for name, value in table.items()
        if value is not None
    }
