"""The text of an experiment file and its `--set` overrides as plain tables with dotted keys, before any check."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from physdfa.bounded import TEXT_AT_MOST, read_bounded
from physdfa.config.choices import all_part_keys
from physdfa.config.device_table import is_alias
from physdfa.config.keys import INNER_TABLES, KEYS, RANGE_TABLES
from physdfa.config.tables import flatten
from physdfa.errors import ConfigError, InputError, shortened
from physdfa.toml_text import TooMuchError, load_toml

RawTable = dict[str, Any]


def read_file(path: Path) -> RawTable:
    """The tables of a TOML file.

    **Raises:** `InputError` if it cannot be opened; `ConfigError` with line and column if it is not TOML.
    """
    try:
        content = read_bounded(path, TEXT_AT_MOST)
    except FileNotFoundError:
        raise InputError(f"There is no file '{path}'; give the path of an experiment file (TOML).") from None
    except IsADirectoryError:
        raise InputError(f"'{path}' is a folder; give the path of an experiment file (TOML).") from None
    except (OSError, ValueError) as error:  # a name with a null byte is a ValueError
        raise InputError(f"{shortened(path)} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"line {line}: is not UTF-8 text; save the file as UTF-8."], str(path)) from None
    return parse(text, str(path))


def parse(text: str, source: str) -> RawTable:
    """The tables of TOML text; `source` names it in errors.

    **Raises:** `ConfigError` with line and column.
    """
    try:
        return load_toml(text)
    except TooMuchError as error:
        raise ConfigError([f"cannot be read: {error}."], source) from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        lines = text.split("\n")
        line, column = place.groups() if place else (len(lines), len(lines[-1]) + 1)
        what = re.sub(r"\s*\(at [^()]*\)$", "", str(error))
        raise ConfigError([f"line {line}, column {column}: is not valid TOML: {what}."], source) from None


def _is_range(value: Any) -> bool:
    """A table with a word of a range in it, or anything that is no table of tables."""
    if not isinstance(value, Mapping):
        return True
    words = {path.rsplit(".", 1)[1] for path in KEYS if ".*." in path}
    return bool(words & set(value)) or not all(isinstance(inner, Mapping) for inner in value.values()) or not value


def with_dotted_keys(table: RawTable) -> RawTable:
    """A copy whose `[device]` and whose tables of config keys have dotted keys, as they may be written."""
    made = {name: dict(value) if isinstance(value, Mapping) else value for name, value in table.items()}
    if isinstance(made.get("device"), dict):
        made["device"] = dict(flatten(made["device"]))
    for path in RANGE_TABLES:
        section, name = path.split(".")
        if isinstance(made.get(section), dict) and isinstance(made[section].get(name), Mapping):
            ranges = flatten(made[section][name], _is_range)
            made[section][name] = {key: dict(it) if isinstance(it, Mapping) else it for key, it in ranges}
    for path, keys in INNER_TABLES.items():
        section, name = path.split(".")
        if keys is None and isinstance(made.get(section), dict) and isinstance(made[section].get(name), Mapping):
            made[section][name] = dict(flatten(made[section][name]))
    return made


def parse_override(text: str) -> tuple[list[str], Any]:
    """The key path and the value of one "key.path=value"; the value is TOML, or else bare text.

    **Raises:** `InputError`, if there is no key path before the "=".
    """
    path, equals, value = text.partition("=")
    try:
        keys = _path_of(load_toml(f"{path.strip()} = 0")) if equals and "\n" not in path else []
    except tomllib.TOMLDecodeError:
        keys = []
    if len(keys) < 2:
        raise InputError(f"--set {text}: must read key.path=value, such as training.epochs=5.")
    try:
        parsed = load_toml(f"value = {value.strip()}")
    except TooMuchError as error:
        raise InputError(f"--set {path.strip()}: the value cannot be read: {error}.") from None
    except tomllib.TOMLDecodeError:
        parsed = {}
    # More than one key means that the value brought lines of its own: it is text, then.
    result = parsed["value"] if set(parsed) == {"value"} else value.strip()
    path = ".".join(keys)
    known = [KEYS[path]] if path in KEYS else all_part_keys(keys[0]).get(path, {}).values()
    is_text = any(key.kind in ("text", "choice") for key in known)
    return keys, value.strip() if is_text and not isinstance(result, str) else result


def _path_of(nested: Any) -> list[str]:
    keys = []
    while isinstance(nested, Mapping):
        (name, nested), *_ = nested.items()
        keys.append(name)
    return keys


def apply_override(table: RawTable, keys: list[str], value: Any) -> str:
    """Put a value into a table made by `with_dotted_keys`, and return the path under which mistakes will name it.

    A path that does not exist is put in as well: the check of the whole file refuses it with the nearest known name.
    """
    section, *rest = keys
    holder = table.setdefault(section, {})
    if not isinstance(holder, dict):
        holder = table[section] = {}
    if section == "device":
        name = ".".join(rest)
        for other in [other for other in holder if is_alias(other, name)]:
            del holder[other]
        holder[name] = value
        return f"device.{name}"
    if f"{section}.{rest[0]}" in RANGE_TABLES and len(rest) > 1:
        ranges = holder.setdefault(rest[0], {})
        is_entry = isinstance(value, Mapping)
        key = ".".join(rest[1:] if is_entry else rest[1:-1])
        if is_entry or not key:
            ranges[key or rest[1]] = value
            return f'{section}.{rest[0]}."{key or rest[1]}"'
        entry = ranges.setdefault(key, {})
        entry[rest[-1]] = value
        return f'{section}.{rest[0]}."{key}".{rest[-1]}'
    if f"{section}.{rest[0]}" in INNER_TABLES and len(rest) > 1 and isinstance(holder.setdefault(rest[0], {}), dict):
        holder[rest[0]][".".join(rest[1:])] = value
        return ".".join(keys)
    holder[".".join(rest)] = value
    return ".".join(keys)
