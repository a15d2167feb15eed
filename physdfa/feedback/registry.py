"""From names to projections: a kind of matrix, and the precision of the error that goes through it."""

from collections.abc import Mapping
from typing import Any

from physdfa.errors import InputError, unknown_name
from physdfa.feedback.base import AbstractProjection
from physdfa.feedback.broadcast import BroadcastProjection
from physdfa.feedback.dense import DenseProjection
from physdfa.feedback.quantised import AbstractCoarseError, RoundedError, TernaryError
from physdfa.feedback.scattering import ScatteringProjection
from physdfa.feedback.sparse import BlockProjection, FanInProjection, SingleEntryProjection, SparseProjection
from physdfa.feedback.weight_bank import WeightBankProjection
from physdfa.parts import Option, Parameter, Registry, declarations
from physdfa.parts.own import make

PROJECTIONS = Registry(
    "feedback projection",
    AbstractProjection,
    {
        "dense": DenseProjection,
        "broadcast": BroadcastProjection,
        "sparse": SparseProjection,
        "fan_in": FanInProjection,
        "single_entry": SingleEntryProjection,
        "block": BlockProjection,
        "scattering": ScatteringProjection,
        "weight_bank": WeightBankProjection,
    },
)
"""Kinds of matrix."""

PRECISIONS: dict[str, type[AbstractCoarseError] | None] = {
    "exact": None,
    "ternary": TernaryError,
    "rounded": RoundedError,
}
"""What stands between the error and the matrix."""


def find_precision(name: str) -> type[AbstractCoarseError] | None:
    """What stands between the error and the matrix; None for the error as it is.

    **Raises:** `InputError` for an unknown name.
    """
    if name not in PRECISIONS:
        raise InputError(unknown_name("precision", name, list(PRECISIONS)))
    return PRECISIONS[name]


def projection_declarations(kind: str, precision: str = "exact") -> dict[str, Parameter | Option]:
    """The numbers and choices that this kind and this precision take, by name.

    **Raises:** `InputError` for an unknown name.
    """
    projection, wrapper = PROJECTIONS.find(kind), find_precision(precision)
    return declarations(projection) | ({} if wrapper is None else declarations(wrapper))


def projection_parameters(kind: str, precision: str = "exact") -> dict[str, Parameter]:
    """The numbers alone: what a search may vary within one program.

    **Raises:** `InputError` for an unknown name.
    """
    found = projection_declarations(kind, precision)
    return {name: entry for name, entry in found.items() if isinstance(entry, Parameter)}


def make_projection(
    kind: str, precision: str = "exact", values: Mapping[str, object] | None = None
) -> AbstractProjection:
    """A projection without its matrix, which is drawn when a training starts.

    **Arguments:**

    - `kind`: a name in `PROJECTIONS`; `precision`: one in `PRECISIONS`.
    - `values`: name -> number or choice, of those in `projection_declarations(kind, precision)`.

    **Raises:** `InputError` for a name that these do not take, or a value out of its range.
    """
    values = values or {}
    known = projection_declarations(kind, precision)
    for name in values:
        if name not in known:
            raise InputError(unknown_name("parameter", name, list(known)))
    made, wrapper = PROJECTIONS.find(kind), find_precision(precision)
    own: dict[str, Any] = {name: value for name, value in values.items() if name in declarations(made)}
    projection = make("feedback projection", made, own)
    if wrapper is None:
        return projection
    fields: dict[str, Any] = {name: value for name, value in values.items() if name not in own}
    return wrapper(projection, **fields)
