"""Tables in which a part is chosen by name. Its declared numbers are keys of that table, beside the table's own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple

from physdfa.config.keys import KEYS, Key, key_of, show
from physdfa.config.schema import SECTIONS, ExperimentConfig
from physdfa.config.search_schema import SearchSection, SweepSection
from physdfa.data import DATASETS, ENCODINGS, OwnFile, find_dataset
from physdfa.errors import InputError, unknown_name
from physdfa.feedback import PRECISIONS, PROJECTIONS, find_precision
from physdfa.network import READOUTS
from physdfa.neurons import NEURONS
from physdfa.parts import declarations, is_ours
from physdfa.parts.own import make
from physdfa.rules import RULES
from physdfa.training.directions import OPTIMIZERS
from physdfa.training.losses import LOSSES


class Choice(NamedTuple):
    """A key that names a part.

    - `key`: dotted, "rule.name"; `what`: what the part is called, "rule".
    - `names`: our parts; `find`: the class of a name, None for one that has nothing to declare.
    """

    key: str
    what: str
    names: Sequence[str]
    find: Callable[[str], type | None]

    def keys(self, name: str) -> dict[str, Key]:
        """The keys that the part of this name brings, by their dotted paths; none for a name that is wrong."""
        try:
            part = self.find(name)
        except InputError:
            return {}
        return {} if part is None else _declared_keys(self.key.partition(".")[0], part)


@cache
def _declared_keys(section: str, part: type) -> dict[str, Key]:
    return {f"{section}.{name}": key_of(f"{section}.{name}", entry) for name, entry in declarations(part).items()}


QUOTE = "'"

CHOICES = {
    "data": (
        Choice("data.name", "data set", (*DATASETS, OwnFile.name), find_dataset),
        Choice("data.encoding", "encoding", tuple(ENCODINGS), ENCODINGS.find),
    ),
    "network": (
        Choice("network.neuron", "neuron", tuple(NEURONS), NEURONS.find),
        Choice("network.readout", "readout", tuple(READOUTS), READOUTS.find),
    ),
    "rule": (Choice("rule.name", "rule", tuple(RULES), RULES.find),),
    "feedback": (
        Choice("feedback.kind", "feedback", tuple(PROJECTIONS), PROJECTIONS.find),
        Choice("feedback.precision", "precision", tuple(PRECISIONS), find_precision),
    ),
    "training": (
        Choice("training.optimizer", "optimizer", tuple(OPTIMIZERS), OPTIMIZERS.find),
        Choice("training.loss", "loss", tuple(LOSSES), LOSSES.find),
    ),
}
"""The choices of each table that has some."""


def chosen_names(config: ExperimentConfig, section: str) -> list[tuple[Choice, str]]:
    """The choices of a table with the name that the configuration gives to each."""
    return [
        (choice, getattr(getattr(config, section), choice.key.partition(".")[2])) for choice in CHOICES.get(section, ())
    ]


def part_keys(config: ExperimentConfig, section: str) -> dict[str, Key]:
    """The keys that the chosen parts of a table bring, by path."""
    return {path: key for choice, name in chosen_names(config, section) for path, key in choice.keys(name).items()}


def own_values(config: ExperimentConfig, table: str) -> dict[str, Any]:
    """Values of the chosen parts, by bare name: those of the file, or the defaults.

    **Arguments:**

    - `table`: its name, "network", for all of its parts; or the key of one choice, "network.readout".
    """
    section = table.partition(".")[0]
    given = getattr(config, section).values
    return {
        bare: given.get(bare, key.default)
        for choice, name in chosen_names(config, section)
        if table in (section, choice.key)
        for bare, key in ((path.partition(".")[2], key) for path, key in choice.keys(name).items())
    }


def part_class(config: ExperimentConfig, key: str) -> Any:
    """The class that a key such as "network.readout" names; None for a name without a part."""
    (found,) = [choice.find(name) for choice, name in chosen_names(config, key.partition(".")[0]) if choice.key == key]
    return found


def make_part(config: ExperimentConfig, key: str) -> Any:
    """The part that a key such as "network.readout" names, with its values.

    **Raises:** `InputError` for a value that it does not take.
    """
    (what,) = [choice.what for choice in CHOICES[key.partition(".")[0]] if choice.key == key]
    return make(what, part_class(config, key), own_values(config, key))


def canonical(config: ExperimentConfig) -> ExperimentConfig:
    """The configuration without values that its parts have anyway, and without those of no part at all.

    Where a candidate chooses another part, what nobody has asked for is then the default of that part. Files that were
    written as a whole say every default, so a default that is said counts as one that is not.
    """
    for section, choices in CHOICES.items():
        table, own = getattr(config, section), part_keys(config, section)
        elsewhere = {
            path
            for choice in choices
            for name in varied_names(config.sweep, config.search, choice.key)
            for path in choice.keys(name)
        }
        kept = {
            name: value
            for name, value in table.values.items()
            if (own[path].default != value if (path := f"{section}.{name}") in own else path in elsewhere)
        }
        config = replace(config, **{section: replace(table, values=kept)})
    return config


def varied_names(sweep: SweepSection | None, search: SearchSection | None, key: str) -> list[Any]:
    """Names that the sweep and the search of a file choose from for a key that names a part."""
    entries = [sweep.parameters.get(key) if sweep else None, search.genes.get(key) if search else None]
    return [choice for entry in entries if entry is not None for choice in entry.choices or ()]


def all_part_keys(section: str) -> dict[str, dict[str, Key]]:
    """Keys of every part that can be chosen in a table, by path, then by part."""
    found: dict[str, dict[str, Key]] = {}
    for choice in CHOICES.get(section, ()):
        for name in choice.names:
            for path, key in choice.keys(name).items():
                found.setdefault(path, {})[name] = key
    return found


def not_of_the_part(config: ExperimentConfig, path: str) -> str | None:
    """The reason why a key is none of the chosen parts. None where it is, and for tables without choices."""
    section, _, bare = path.partition(".")
    owners = all_part_keys(section).get(path, {})
    chosen = chosen_names(config, section)
    own = part_keys(config, section)
    if path in own or path in KEYS or not chosen:
        return None
    if owners:
        choice, name = next((choice, name) for choice, name in chosen if path in _keys_of_any(choice))
        return f"the {choice.what} '{name}' has no '{bare}'; {_who_has(owners)}"
    return unknown_name("key", bare, [*_fixed(section), *(one.partition(".")[2] for one in own)]).rstrip(".")


def _fixed(section: str) -> list[str]:
    """The keys that a table has whatever its parts are, by bare name."""
    return [path.partition(".")[2] for path in KEYS if path.startswith(f"{section}.")]


def read_values(
    section: str, table: Mapping[str, Any], possible: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values of parts in a table as it was written, by bare name; and the mistakes by path.

    A key of none of the `possible` parts is left out where it says the default of a part that has it: files that were
    written by earlier versions say everything.

    **Arguments:**

    - `table`: without the keys that the table itself declares.
    - `possible`: key of a choice -> the names that the file, or a candidate of its sweep or search, chooses.
    """
    values: dict[str, Any] = {}
    mistakes: dict[str, str] = {}
    choices = CHOICES[section]
    own: dict[str, list[tuple[str, Key]]] = {}
    for choice in choices:
        for name in possible.get(choice.key, ()):
            for path, key in choice.keys(name).items():
                own.setdefault(path, []).append((f"the {choice.what} '{name}'", key))
    elsewhere = all_part_keys(section)
    for bare, value in table.items():
        path = f"{section}.{bare}"
        owners = elsewhere.get(path, {})
        if path in own:
            named, key = next(((named, key) for named, key in own[path] if key.allows(value)), own[path][0])
            if key.allows(value):
                values[bare] = key.check(value)
            else:
                mistakes[path] = refusal_for(named, key, value)
        elif any(key.default == value for key in owners.values()):
            continue
        else:
            mistakes[path] = f"{path} = {show(value)}: " + _no_key(choices, possible, path, owners, own)
    return values, mistakes


def _no_key(
    choices: Sequence[Choice],
    possible: Mapping[str, Sequence[str]],
    path: str,
    owners: Mapping[str, Key],
    own: Mapping[str, Any],
) -> str:
    """The sentence for a key that none of the chosen parts has."""
    section, _, bare = path.partition(".")
    known = [path.partition(".")[2] for path in own]
    if undeclared := _undeclared(choices, possible, bare):
        return undeclared
    if not owners and len(_fixed(section)) > len(choices):  # one of the table's own, misspelt or misplaced
        home = next((f" It belongs in [{other}]." for other in SECTIONS if _has(other, bare)), "")
        return unknown_name("key", bare, [*_fixed(section), *known]) + home
    asked = [choice for choice in choices if not owners or path in _keys_of_any(choice)]
    named = " and ".join(
        f"the {choice.what} {listed(dict.fromkeys(map(str, possible.get(choice.key, ()))), quote=QUOTE)}"
        for choice in asked
    )
    said = f"{named} {'has' if len(asked) == 1 else 'have'} no key '{bare}'"
    has = f"; {_who_has(owners)}" if owners else ""
    near = get_close_matches(bare, known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"{said}{has}. Known: {', '.join(known) or 'none of its own'}.{hint}"


def _undeclared(choices: Sequence[Choice], possible: Mapping[str, Sequence[str]], bare: str) -> str | None:
    """The sentence for a field of a part that is not declared, where a file gives it a value."""
    for choice in choices:
        for name in possible.get(choice.key, ()):
            part = _found(choice, name)
            theirs = () if part is None else [base for base in part.__mro__ if not is_ours(base)]
            if any(bare in vars(base).get("__annotations__", {}) for base in theirs):
                return (
                    f"the {choice.what} '{name}' has a field '{bare}' that is not declared, so that no file sets it; "
                    f'write `{bare}: pf.Param = pf.parameter(default=..., unit="", meaning="...")`, or pf.option(...).'
                )
    return None


def _found(choice: Choice, name: str) -> Any:
    try:
        return choice.find(name) if ":" in name else None
    except InputError:
        return None


def _has(section: str, bare: str) -> bool:
    return f"{section}.{bare}" in KEYS or f"{section}.{bare}" in all_part_keys(section)


def _keys_of_any(choice: Choice) -> set[str]:
    """The keys that any part of ours brings."""
    return {path for name in choice.names for path in choice.keys(name)}


def _who_has(owners: Mapping[str, Key]) -> str:
    return f"{listed(owners, 'and', QUOTE)} {'has' if len(owners) == 1 else 'have'} one"


def refusal_for(named: str, key: Key, value: Any) -> str:
    """The sentence for a value that the part called `named` does not take."""
    sentence = key.refusal(value)
    return f"{sentence.removesuffix('.')} for {named}." if key.kind == "choice" else sentence


def listed(names: Iterable[str], word: str = "or", quote: str = '"') -> str:
    """Names in words: "direct", "rate" or "latency"."""
    *most, last = [f"{quote}{name}{quote}" for name in names]
    return f"{', '.join(most)} {word} {last}" if most else last
