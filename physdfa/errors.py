"""Errors that a user can cause. Each owes one sentence: what, where, what is allowed, the way out."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path


def shortened(text: object, most: int = 200) -> str:
    """A path, or other text of a user, in quotes. A long one is shown by both of its ends."""
    full = str(text)
    return f"'{full}'" if len(full) <= most else f"'{full[: most // 2]}…{full[-most // 2 :]}'"


def home_expanded(path: str | Path) -> Path:
    """The path with a leading ~ replaced by the home folder that it names.

    **Raises:** `InputError` where nobody knows that folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise InputError(f"{shortened(path)}: there is no home folder to put for ~; write the path in full.") from None


class PhysdfaError(Exception):
    """A problem to be told to the user without a traceback; the command line exits with code 2."""


class InputError(PhysdfaError, ValueError):
    """A value, file or option that the user gave and that cannot be used."""


class ConfigError(InputError):
    """Every mistake of one experiment file, reported together.

    **Arguments:**

    - `mistakes`: one sentence each, beginning with the key path.
    - `source`: the file or option that was read.
    """

    def __init__(self, mistakes: Sequence[str], source: str):
        self.mistakes = tuple(mistakes)
        self.source = source
        count = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        super().__init__(f"{source}: {count}\n" + "\n".join(f"  {mistake}" for mistake in self.mistakes))


class DataError(InputError):
    """A data set that is missing, truncated or not what its name says."""


class RunFolderError(InputError):
    """A run folder that is missing, exists already, or is not whole."""


class MissingExtraError(PhysdfaError):
    """An optional package is absent; the message names the extra that brings it."""

    def __init__(self, package: str, extra: str):
        super().__init__(f"This needs the package '{package}'. Install it with: pip install 'physdfa[{extra}]'")


def unknown_name(kind: str, name: str, known: Sequence[str]) -> str:
    """The sentence for a name that is not in a list: the nearest known one, and all that are allowed."""
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"there is no {kind} '{name}'.{hint} Known: {', '.join(known)}."
