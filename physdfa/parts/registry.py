"""Parts of one kind by name; one of a user's own by "module:Class"."""

import importlib
import inspect
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

from physdfa.errors import InputError, unknown_name

Part = TypeVar("Part")


class Registry(Mapping[str, type[Part]], Generic[Part]):
    """The classes of one kind that can be chosen by name.

    **Arguments:**

    - `what`: the kind in words, "learning rule".
    - `base`: the abstract class that all of them, and those of a user, derive from.
    - `parts`: name -> class; what is added to it later is known from then on.
    """

    def __init__(self, what: str, base: type[Part], parts: Mapping[str, type[Part]]):
        self.what, self.base, self._parts = what, base, parts

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
        module, colon, class_name = name.partition(":")
        if not colon:
            known = unknown_name(self.what, name, tuple(self._parts))
            raise InputError(f'{known} A class of your own is written "module:Class".')
        try:
            found = getattr(importlib.import_module(module), class_name, None)
        except Exception as problem:  # whatever somebody's module raises while it is imported
            raise InputError(f"'{name}': the module '{module}' cannot be imported ({problem!r}).") from None
        if isinstance(found, type) and issubclass(found, self.base) and not inspect.isabstract(found):
            return found
        owner = f"{self.base.__module__.rpartition('.')[0]}.{self.base.__name__}"
        unfinished = found if isinstance(found, type) and issubclass(found, self.base) else self.base
        raise InputError(
            f"'{name}': the module '{module}' has no {self.what} called '{class_name}', a class that derives from "
            f"{owner} and defines {', '.join(sorted(getattr(unfinished, '__abstractmethods__', ())))}."
        )
