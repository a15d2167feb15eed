"""The sentence for an argument of another kind: a class in the place of an object, a name, a number."""

from typing import Any

from physdfa.errors import InputError


def check_object(name: str, value: Any, kinds: type | tuple[type, ...], example: str) -> None:
    """Refuse an argument that is none of the kinds.

    **Arguments:**

    - `name`: of the argument; `example`: how one of these kinds is written.

    **Raises:** `InputError` with the example, and what was given.
    """
    if not isinstance(value, kinds):
        raise InputError(f"`{name}` must be an object such as {example}; got {object_in_words(value)}.")


def object_in_words(value: Any) -> str:
    """An argument in words, with the way out where it is nearly right."""
    if isinstance(value, type):
        return f"the class {value.__name__}: make one of it, {value.__name__}(...)"
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {value.__name__}: call it, {value.__name__}(...)"
    if isinstance(value, str):
        return f"the text {value!r}"
    return f"{'an' if type(value).__name__[0] in 'AEIOaeio' else 'a'} {type(value).__name__}"


def is_function(value: Any) -> bool:
    """Whether it can be called and is no class."""
    return callable(value) and not isinstance(value, type)
