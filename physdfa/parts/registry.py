"""Parts of one kind by name; one of a user's own by "module:Class"."""

import dataclasses
import inspect
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import ModuleType
from typing import Any, Generic, TypeVar

from physdfa.errors import InputError, unknown_name
from physdfa.parts.declare import declarations
from physdfa.parts.own import file_in_words, import_own, is_ours, note_part, split_name

Part = TypeVar("Part")

_kinds: dict[type, str] = {}
"""What is chosen by name: base class -> the kind in words."""


class Registry(Mapping[str, type[Part]], Generic[Part]):
    """The classes of one kind that can be chosen by name.

    **Arguments:**

    - `what`: the kind in words, "learning rule".
    - `base`: the abstract class that all of them, and those of a user, derive from.
    - `parts`: name -> class; what is added to it later is known from then on.
    """

    def __init__(self, what: str, base: type[Part], parts: Mapping[str, type[Part]]):
        self.what, self.base, self._parts = what, base, parts
        _kinds[base] = what

    def __getitem__(self, name: str) -> type[Part]:
        """The class of that name among ours."""
        return self._parts[name]

    def __iter__(self) -> Iterator[str]:
        """The names, in the order in which they are listed."""
        return iter(self._parts)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._parts)

    def find(self, name: str) -> type[Part]:
        """The class called `name`, or the class `Class` of the module `module` for "module:Class".

        **Raises:** `InputError` for an unknown name, a module that cannot be imported, or a class of another kind.
        """
        if name in self._parts:
            return self._parts[name]
        if ":" not in name:
            known = unknown_name(self.what, name, tuple(self._parts))
            raise InputError(f'{known} A class of your own is written "module:Class".')
        module_name, class_name = split_name(name)
        module = import_own(module_name)
        found = getattr(module, class_name, None)
        if isinstance(found, type) and issubclass(found, self.base) and not inspect.isabstract(found):
            if not is_ours(found):
                self._check(found, class_name)
                note_part(self.what, found)
            return found
        raise InputError(self._no_such(module, class_name, found))

    def _check(self, part: type, class_name: str) -> None:
        """Refuse declarations that cannot serve.

        **Raises:** `InputError` for a field that is no declaration's name.
        """
        if mistake := field_mistake(part):
            raise InputError(f"the {self.what} '{class_name}' of {part.__module__}: {mistake}")

    def _no_such(self, module: ModuleType, class_name: str, found: Any) -> str:
        """The sentence for a class that is not there, is of another kind, or is not finished."""
        where = f"the module '{module.__name__}' ({file_in_words(module)})"
        derived = isinstance(found, type) and issubclass(found, self.base)
        if derived and not is_ours(found):
            lacking = ", ".join(f"`{name}`" for name in sorted(getattr(found, "__abstractmethods__", ())))
            return f"the {self.what} '{class_name}' of {where} lacks {lacking}: define it."
        kind = next(
            (what for base, what in _kinds.items() if isinstance(found, type) and issubclass(found, base)), None
        )
        if kind is not None and not derived:
            return f"'{class_name}' of {where} is a {kind}, not a {self.what}."
        owner = f"{self.base.__module__.rpartition('.')[0]}.{self.base.__name__}"
        methods = ", ".join(sorted(getattr(found if derived else self.base, "__abstractmethods__", ())))
        fitting = [
            name
            for name, value in vars(module).items()
            if isinstance(value, type)
            and issubclass(value, self.base)
            and not inspect.isabstract(value)
            and not is_ours(value)
        ]
        near = get_close_matches(class_name, fitting, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        more = ", ..." if len(fitting) > 8 else ""
        has = f" It has: {', '.join(fitting[:8])}{more}." if fitting else ""
        return (
            f"{where} has no {self.what} called '{class_name}', a class that derives from {owner} and defines "
            f"{methods}.{hint}{has}"
        )


def field_mistake(part: type) -> str | None:
    """Why a declared field cannot have its name: every part of its kind has that of another meaning."""
    for name in declarations(part):
        if name == "name":
            return "a declared field cannot be called `name`, which is that of the part; rename it."
        for base in part.__mro__[1:]:
            if not is_ours(base) or name not in vars(base):
                continue
            if _kind_of_field(base, name) is not _kind_of_field(part, name):
                return f"the declared field `{name}` hides `{name}` of {base.__name__}, which means else; rename it."
    return None


def _kind_of_field(part: type, name: str) -> type | None:
    """Whether a field of a class is declared as a parameter or an option; None for what is no declared field."""
    if not dataclasses.is_dataclass(part):
        return None
    declared = declarations(part).get(name)
    return None if declared is None else type(declared)
