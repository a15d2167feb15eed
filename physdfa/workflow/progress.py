"""How long work says how far it is, without knowing whether a terminal or a log listens."""

from typing import Protocol, runtime_checkable

WARNING = "warning: "
"""How a line begins that even a reader must see who wants no progress."""


@runtime_checkable
class Progress(Protocol):
    """Listens to a piece of work of `total` equal parts."""

    def begin(self, what: str, total: int) -> None:
        """`total` parts of `what` follow."""
        ...

    def advance(self, parts: int = 1, text: str = "") -> None:
        """So many parts are done; `text` is the newest number worth reading."""
        ...

    def say(self, text: str) -> None:
        """One line for the reader; one that begins with `WARNING` must be seen."""
        ...


class Silent:
    """Listens to nothing."""

    def begin(self, what: str, total: int) -> None:
        """Nothing."""

    def advance(self, parts: int = 1, text: str = "") -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""
