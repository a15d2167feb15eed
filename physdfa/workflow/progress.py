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


class NoProgress:
    """A listener that does nothing with what it hears."""

    def begin(self, what: str, total: int) -> None:
        """Take no notice."""

    def advance(self, parts: int = 1, text: str = "") -> None:
        """Take no notice."""

    def say(self, text: str) -> None:
        """Take no notice."""


NO_PROGRESS = NoProgress()
"""The listener where nobody asked for progress."""
