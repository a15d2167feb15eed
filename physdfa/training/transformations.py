"""When two transformations of optax are the same, so that their trainings share a compiled program."""

from types import FunctionType
from typing import Any

from optax import GradientTransformation


class Transformation:
    """A transformation of optax, equal to another one that was made in the same way with the same numbers.

    `optax.adam(1e-3)` gives new functions at each call; they are equal where their code and all that they close over
    is. Functions from elsewhere, a schedule of your own for one, are equal to themselves alone: what they read besides
    may change.
    """

    def __init__(self, functions: GradientTransformation):
        self.functions = functions
        self._meaning = _meaning(functions)
        self._hash = hash(self._meaning)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Transformation) and self._meaning == other._meaning

    def __hash__(self) -> int:
        return self._hash


class _Itself:
    """An object that is equal to itself alone, and kept, so that no other one takes its place in memory."""

    def __init__(self, value: object):
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def _meaning(value: Any, within: tuple[int, ...] = ()) -> Any:
    """What makes `value` what it is, to be compared and hashed; `within`: the functions around it, by identity."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return type(value), repr(value)  # -0.0 is equal to 0.0, and not the same
    if isinstance(value, tuple):
        return type(value), tuple(_meaning(one, within) for one in value)
    is_of_optax = isinstance(value, FunctionType) and (value.__module__ or "").partition(".")[0] == "optax"
    if not is_of_optax or id(value) in within:
        return _Itself(value)
    try:
        closed_over = tuple(cell.cell_contents for cell in value.__closure__ or ())
    except ValueError:  # a cell that is still empty
        return _Itself(value)
    defaults = (value.__defaults__, tuple(sorted((value.__kwdefaults__ or {}).items())))
    return value.__code__, _meaning((closed_over, defaults), (*within, id(value)))
