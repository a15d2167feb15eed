"""The number of the form in each file of a run: an older one is read, a later one refused.

`form` stands in every sealed JSON file, in the first line of `evaluations.jsonl` and in the metadata of
`evaluations.parquet`. `summary.json` speaks for `metrics.jsonl` and `config.toml`, a manifest for the files it lists.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from physdfa.errors import RunFolderError

FORM_KEY = "form"
FORM = 2
"""Of what this version writes. 1 is that of physdfa 0.1.0, which wrote no number."""


def _from_1(name: str, record: dict[str, Any]) -> dict[str, Any]:
    """`added.json` alone had a number of its own."""
    return {key: value for key, value in record.items() if (name, key) != ("added.json", "format")}


MIGRATIONS: dict[int, Callable[[str, dict[str, Any]], dict[str, Any]]] = {1: _from_1}
"""By form, what makes a record of the file with a name one of the next form."""


def with_form(record: Mapping[str, object]) -> dict[str, object]:
    """The record with the number of the form that this version writes, as its first key."""
    return {FORM_KEY: FORM, **record}


def as_of_now(record: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """A record of the file at `path` in the form of this version, without the number.

    **Raises:** `RunFolderError` if a later version wrote it, or the number is none.
    """
    record = dict(record)
    form = record.pop(FORM_KEY, 1)
    if not isinstance(form, int) or isinstance(form, bool) or form < 1:
        raise RunFolderError(f"{path} was not written by physdfa: its `form` is {form!r}, and must be a whole number.")
    if form > FORM:
        raise RunFolderError(
            f"{path} was written by a later physdfa (form {form}; this one reads up to {FORM}); update physdfa with "
            "pip install --upgrade physdfa."
        )
    for old in range(form, FORM):
        record = MIGRATIONS[old](path.name, record)
    return record
