"""What a user of this package can get wrong, and the sentence for a name that is not known."""

from collections.abc import Sequence
from difflib import get_close_matches


class SearchError(ValueError):
    """A gene, a design or a setting of a search that cannot be used."""


class MissingPackageError(SearchError):
    """An optional package is absent; `package` is its name."""

    def __init__(self, package: str):
        self.package = package
        super().__init__(f"This needs the package '{package}'. Install it with: pip install {package}")


def unknown_name(kind: str, name: str, known: Sequence[str]) -> str:
    """The sentence for a name that is not in a list: the nearest known one, and all that are allowed."""
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"there is no {kind} '{name}'.{hint} Known: {', '.join(known)}."
