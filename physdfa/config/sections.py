"""Reading of one table of an experiment file. Every mistake becomes a sentence of ours."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from physdfa.config.choices import CHOICES, all_part_keys, read_values, varied_names
from physdfa.config.keys import INNER_TABLES, KEYS, RANGE_TABLES, show
from physdfa.config.schema import SECTIONS
from physdfa.config.search_schema import SearchSection, SweepSection
from physdfa.errors import unknown_name

# Stands in for required values that are missing or wrong, so that the rest of the file can still be checked.
_PLACEHOLDERS: dict[str, dict[str, Any]] = {
    "experiment": {"name": "unnamed"},
    "data": {"name": "digits"},
    "network": {"hidden": [1]},
    "rule": {"name": "dfa"},
    "sweep": {"parameters": {}},
    "search": {"genes": {}},
}


class SectionReading(NamedTuple):
    """A table as read: the dataclass, with defaults in the place of `bad` keys, and the mistakes."""

    section: Any
    mistakes: list[str]
    bad: set[str]


def read_section(
    name: str, table: Any, *, sweep: SweepSection | None = None, search: SearchSection | None = None
) -> SectionReading:
    """Read one table other than [device].

    **Arguments:**

    - `name`: of the table, one of `SECTIONS`.
    - `table`: what stands in the file; anything but a table is a mistake.
    - `sweep`, `search`: those of the file, which may choose other parts for this table.
    """
    if name not in CHOICES or not isinstance(table, Mapping):
        return _read_fixed(name, table)
    reading = _read_fixed(name, {key: value for key, value in table.items() if f"{name}.{key}" in KEYS})
    if any(choice.key in reading.bad for choice in CHOICES[name]):
        return reading  # what keys there are is not known
    possible = {
        choice.key: [getattr(reading.section, choice.key.partition(".")[2]), *varied_names(sweep, search, choice.key)]
        for choice in CHOICES[name]
    }
    rest = {key: value for key, value in table.items() if f"{name}.{key}" not in KEYS}
    values, mistakes = read_values(name, rest, possible)
    section = replace(reading.section, values=values)
    return SectionReading(section, [*reading.mistakes, *mistakes.values()], reading.bad | set(mistakes))


def _read_fixed(name: str, table: Any) -> SectionReading:
    placeholders = _PLACEHOLDERS.get(name, {})
    if not isinstance(table, Mapping):
        every = {path for path in KEYS if path.startswith(f"{name}.")}
        mistake = f"{name} = {show(table)}: must be a table, [{name}]."
        return SectionReading(_adapter(name).validate_python(placeholders), [mistake], every)
    try:
        return SectionReading(_adapter(name).validate_python(table), [], set())
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
    mistakes: dict[str, str] = {}
    bad: set[str] = set()
    usable = {key: dict(value) if isinstance(value, Mapping) else value for key, value in table.items()}
    for detail in details:
        location = [str(part) for part in detail["loc"]]
        path, sentence = _sentence(name, table, location, detail["type"], detail["msg"])
        mistakes.setdefault(path, sentence)
        bad.add(f"{name}.{location[0]}")
        is_inner = f"{name}.{location[0]}" in INNER_TABLES
        if len(location) >= 2 and isinstance(table.get(location[0]), Mapping) and not is_inner:
            usable[location[0]].pop(location[1], None)
        else:
            usable.pop(location[0], None)
    return SectionReading(_adapter(name).validate_python(placeholders | usable), list(mistakes.values()), bad)


def _sentence(name: str, table: Mapping[str, Any], location: list[str], kind: str, message: str) -> tuple[str, str]:
    """Key path and sentence for one refused value, told by our own declaration of the key."""
    holder, path, pattern = table, f"{name}.{location[0]}", f"{name}.{location[0]}"
    last = location[0]
    if pattern in RANGE_TABLES and len(location) > 1 and isinstance(table.get(location[0]), Mapping):
        holder, last = table[location[0]], location[1]
        path = f'{pattern}."{location[1]}"'
        if len(location) == 2:
            return path, f"{path} = {show(holder[last])}: must be a table such as {{ low = 0.0, high = 1.0 }}."
        holder, last = holder[location[1]], location[2]
        path, pattern = f"{path}.{location[2]}", f"{pattern}.*.{location[2]}"
    elif pattern in INNER_TABLES and len(location) > 1 and isinstance(table.get(location[0]), Mapping):
        holder, last = table[location[0]], location[1]
        path = pattern = f"{pattern}.{location[1]}"
    key = KEYS.get(pattern)
    if kind == "missing" and key is not None:
        return path, f"{path}: is missing. It is the {key.meaning}: {key.allowed}."
    if key is None:
        table_path = pattern.removesuffix(f".{last}")
        siblings = [known.rsplit(".", 1)[1] for known in KEYS if known.rsplit(".", 1)[0] == table_path]
        elsewhere = [section for section in SECTIONS if f"{section}.{last}" in KEYS]
        elsewhere += [other for other in CHOICES if f"{other}.{last}" in all_part_keys(other)]
        hint = f" It belongs in [{elsewhere[0]}]." if elsewhere and last not in siblings else ""
        return path, f"{path} = {show(holder[last])}: {unknown_name('key', last, siblings)}{hint}"
    if kind == "value_error":  # of a name: what there is
        return path, f"{path} = {show(holder[last])}: {message.removeprefix('Value error, ')}"
    unit = f" [{key.unit}]" if key.unit else ""
    finite = " and finite" if kind == "finite_number" else ""
    return path, f"{path} = {show(holder[last])}: must be {key.allowed}{unit}{finite}."


@cache
def _adapter(name: str) -> TypeAdapter:  # bare: the run-time checks do not know its parameter
    return TypeAdapter(SECTIONS[name])
