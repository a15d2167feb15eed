"""The parts that an experiment file chooses by name: what there is, and the keys that each brings along."""

from collections.abc import Callable, Mapping

from physdfa.config.keys import key_of, show
from physdfa.data import DATASETS, ENCODINGS, OwnFile, find_dataset
from physdfa.devices import STAGES
from physdfa.devices.registry import find_stage
from physdfa.errors import InputError, unknown_name
from physdfa.feedback import PRECISIONS, PROJECTIONS, find_precision
from physdfa.network import READOUTS
from physdfa.neurons import NEURONS
from physdfa.parts import declarations
from physdfa.report.table import Table
from physdfa.rules import RULES
from physdfa.training.directions import OPTIMIZERS
from physdfa.training.losses import LOSSES

KINDS: dict[str, tuple[Mapping[str, type | None], Callable[[str], type | None]]] = {
    "rules": (RULES, RULES.find),
    "feedback": (PROJECTIONS, PROJECTIONS.find),
    "precisions": (PRECISIONS, find_precision),
    "devices": (STAGES, find_stage),
    "neurons": (NEURONS, NEURONS.find),
    "readouts": (READOUTS, READOUTS.find),
    "encodings": (ENCODINGS, ENCODINGS.find),
    "datasets": ({**DATASETS, OwnFile.name: OwnFile}, find_dataset),
    "losses": (LOSSES, LOSSES.find),
    "optimizers": (OPTIMIZERS, OPTIMIZERS.find),
}
"""Kinds of parts: our classes by name, and the lookup of one, which may be of one's own; devices are stages."""


def parts_table(kind: str) -> Table:
    """The parts of one kind: name, what it is, and the keys that it has.

    **Raises:** `InputError` for an unknown kind.
    """
    if kind not in KINDS:
        raise InputError(unknown_name("kind of parts", kind, list(KINDS)))
    rows = [
        (name, first_line(part), ", ".join(declarations(part)) if part is not None else "")
        for name, part in KINDS[kind][0].items()
    ]
    return Table(header=("name", "what it is", "keys"), rows=rows)


def keys_table(kind: str, name: str) -> Table:
    """The keys of one part, as an experiment file has them.

    **Raises:** `InputError` for an unknown kind or name.
    """
    parts_table(kind)
    part = KINDS[kind][1](name)
    keys = [] if part is None else [key_of(own, entry) for own, entry in declarations(part).items()]
    rows = [(key.path, key.meaning, key.unit, key.allowed, key.default_text or show(key.default)) for key in keys]
    return Table(header=("key", "meaning", "unit", "allowed", "default"), rows=rows)


def first_line(part: type | None) -> str:
    """The first line of a part's docstring: its equation or its purpose."""
    return "as it is" if part is None else (part.__doc__ or "").strip().partition("\n")[0]
