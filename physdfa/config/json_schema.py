"""A JSON schema of experiment files, for editors that complete keys and mark mistakes while one writes."""

import math
from typing import Any

from pydantic import TypeAdapter

from physdfa.config.annotations import Named
from physdfa.config.choices import CHOICES, all_part_keys
from physdfa.config.device_source import REMEASURE_KEYS, SOURCE_KEYS
from physdfa.config.keys import Key, keys_of
from physdfa.config.schema import SECTIONS
from physdfa.devices import PRESETS, STAGES

DIALECT = "http://json-schema.org/draft-07/schema#"
"""The version of JSON schema that editors of TOML read."""


def json_schema() -> dict[str, Any]:
    """The schema of a whole file: every table with its keys, those of all parts among them.

    It allows what the program may refuse: a key of a part that is not chosen, keys of `[device]` that the device does
    not have, what keys must have in common.
    """
    shared: dict[str, Any] = {}
    tables = {name: _table(name, shared) for name in SECTIONS}
    return {
        "$schema": DIALECT,
        "title": "Experiment file of physdfa",
        "type": "object",
        "properties": tables | {"device": _device()},
        "required": [name for name, table in tables.items() if table["required"] and name not in ("sweep", "search")],
        "additionalProperties": False,
        "definitions": shared,
    }


def _table(name: str, shared: dict[str, Any]) -> dict[str, Any]:
    """One table; definitions that its keys refer to are added to the `shared` ones."""
    own = keys_of(name, SECTIONS[name])
    properties = {path.partition(".")[2]: _key(key, shared) for path, key in own.items()}
    for path, by_part in all_part_keys(name).items():
        parts = ", ".join(by_part)
        shown = {str(one): one for one in (_key(key, shared) for key in by_part.values())}
        alike = {"anyOf": list(shown.values())} if len(shown) > 1 else next(iter(shown.values()))
        properties[path.partition(".")[2]] = alike | {"description": f"{alike.get('description', path)} (of {parts})"}
    made = {
        "type": "object",
        "description": (SECTIONS[name].__doc__ or "").partition("\n")[0],
        "properties": properties,
        "required": [path.partition(".")[2] for path, key in own.items() if key.required],
    }
    if name not in CHOICES:
        return made | {"additionalProperties": False}
    # A class of one's own brings keys that are not known here.
    is_own = [
        {"properties": {key: {"pattern": ":"}}, "required": [key]}
        for key in (choice.key.partition(".")[2] for choice in CHOICES[name])
    ]
    return made | {"if": {"not": {"anyOf": is_own}}, "then": {"propertyNames": {"enum": list(properties)}}}


def _key(key: Key, shared: dict[str, Any]) -> dict[str, Any]:
    """The type of a key with its range, and what it means."""
    shown = _writable(TypeAdapter(key.annotation).json_schema(ref_template="#/definitions/{model}"))
    shared |= shown.pop("$defs", {})
    named = [item for item in getattr(key.annotation, "__metadata__", ()) if isinstance(item, Named)]
    if named:
        known: dict[str, Any] = {"enum": list(named[0].names)}
        own: list[Any] = [{"type": "string", "pattern": "^[^:]+:[^:]+$"}] if named[0].own else []
        paths: list[Any] = [{"type": "string", "pattern": "\\.(npz|h5|hdf5)$"}] if named[0].paths else []
        either: dict[str, Any] = {"anyOf": [known, *own, *paths]}
        shown = either if own else known
    unit = f" [{key.unit}]" if key.unit else ""
    shown["description"] = f"{key.meaning}{unit}; {key.allowed}"
    if key.default is not None:
        shown["default"] = list(key.default) if isinstance(key.default, tuple) else key.default
    return shown


def _writable(shown: Any) -> Any:
    """A schema without what TOML and JSON cannot write: None, and infinite ends of a range."""
    if isinstance(shown, list):
        return [_writable(one) for one in shown]
    if not isinstance(shown, dict):
        return shown
    made = {
        name: _writable(value)
        for name, value in shown.items()
        if not (name == "default" and value is None) and not (isinstance(value, float) and math.isinf(value))
    }
    rest = [one for one in made.pop("anyOf", ()) if one.get("type") != "null"]
    if len(rest) == 1:
        return made | rest[0]
    return made | ({"anyOf": rest} if rest else {})


def _device() -> dict[str, Any]:
    """The free table: a preset, stages or a measurement, and numbers under names that the device decides."""
    properties: dict[str, Any] = {
        "preset": {
            "type": "string",
            "description": "a preset, a preset file (.toml), or a bundle (a folder or .zip)",
            "examples": list(PRESETS),
        },
        "stages": {
            "type": "array",
            "items": {"anyOf": [{"enum": list(STAGES)}, {"type": "string", "pattern": "^[^:]+:[^:]+$"}]},
            "description": "the stages in the order in which the signal passes",
        },
    }
    properties |= {name: {"type": ["string", "integer"], "description": "of a measurement"} for name in SOURCE_KEYS}
    properties |= {
        name: {"type": kind, "exclusiveMinimum": 0, "description": "when the instrument measures the device again"}
        for name, kind in zip(REMEASURE_KEYS, ("integer", "number"), strict=True)
    }
    return {"type": "object", "description": "The backward device.", "properties": properties}
