"""The parts that an experiment file chooses by name: what there is, and the keys that each brings along."""

from collections.abc import Mapping

from physdfa.config.keys import key_of, show
from physdfa.devices import STAGES
from physdfa.errors import InputError, unknown_name
from physdfa.feedback import PRECISIONS, PROJECTIONS
from physdfa.parts import Registry, declarations
from physdfa.report.table import Table
from physdfa.rules import RULES
from physdfa.training.directions import OPTIMIZERS

KINDS: dict[str, Mapping[str, type | None]] = {
    "rules": RULES,
    "feedback": PROJECTIONS,
    "precisions": PRECISIONS,
    "devices": STAGES,
    "optimizers": OPTIMIZERS,
}
"""Kinds of parts with their classes by name; a stage is a part of a backward device."""


def parts_table(kind: str) -> Table:
    """The parts of one kind: name, what it is, and the keys that it has.

    **Raises:** `InputError` for an unknown kind.
    """
    if kind not in KINDS:
        raise InputError(unknown_name("kind of parts", kind, list(KINDS)))
    rows = [
        (name, first_line(part), ", ".join(declarations(part)) if part is not None else "")
        for name, part in KINDS[kind].items()
    ]
    return Table(header=("name", "what it is", "keys"), rows=rows)


def keys_table(kind: str, name: str) -> Table:
    """The keys of one part, as an experiment file has them.

    **Raises:** `InputError` for an unknown kind or name.
    """
    parts_table(kind)
    known = KINDS[kind]
    if name not in known and not isinstance(known, Registry):
        raise InputError(unknown_name(kind.removesuffix("s"), name, list(known)))
    part = known.find(name) if isinstance(known, Registry) else known[name]
    keys = [] if part is None else [key_of(own, entry) for own, entry in declarations(part).items()]
    rows = [(key.path, key.meaning, key.unit, key.allowed, key.default_text or show(key.default)) for key in keys]
    return Table(header=("key", "meaning", "unit", "allowed", "default"), rows=rows)


def first_line(part: type | None) -> str:
    """The first line of a part's docstring: its equation or its purpose."""
    return "as it is" if part is None else (part.__doc__ or "").strip().partition("\n")[0]
