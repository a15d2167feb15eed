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
    """Why a field cannot have its name: every part of its kind has that of another meaning."""
    declared = declarations(part)
    for field in dataclasses.fields(part):
        if field.name == "name" and field.name in declared:
            return "a declared field cannot be called `name`, which is that of the part; rename it."
        if field.metadata.get("static") and field.name not in declared:
            continue  # a fact of the class that each object states for itself
        for base in part.__mro__[1:]:
            if not is_ours(base):
                continue
            is_field = _is_field(base, field.name)
            is_fact = field.name in vars(base) and not is_field
            if field.name not in declared and (is_fact or field.name == "name"):
                return (
                    f"`{field.name}` is a fact of the class, not a number of it: write `{field.name} = ...` without a "
                    "type, or with ClassVar[...]."
                )
            if is_fact or (
                is_ours(base) and _is_field(base, field.name) and _kind(base, field) is not _kind(part, field)
            ):
                return (
                    f"the declared field `{field.name}` hides `{field.name}` of {base.__name__}, which has another "
                    "meaning; rename it."
                )
    return None


def _is_field(part: type, name: str) -> bool:
    return dataclasses.is_dataclass(part) and name in {field.name for field in dataclasses.fields(part)}


def _kind(part: type, field: dataclasses.Field[Any]) -> type | None:
    """Whether a field of a class is declared as a parameter or as an option."""
    return type(declarations(part).get(field.name))
