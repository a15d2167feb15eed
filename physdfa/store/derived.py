"""Records that are computed from a finished run and kept with it, such as its working range: `range.json`."""

from collections.abc import Mapping
from pathlib import Path

from physdfa.errors import RunFolderError
from physdfa.store.files import SEALED_AT_MOST, read_manifest, read_recorded, read_whole
from physdfa.store.records import sealed_text, unseal
from physdfa.store.run_folder import RunFolder
from physdfa.store.version import as_of_now

RANGE = "range.json"


def write_derived(run: RunFolder, name: str, record: Mapping[str, object]) -> Path:
    """Write a sealed record into the run folder in one step, and its hash into the manifest."""
    return run.write_text(name, sealed_text(record))


def read_derived(run: RunFolder, name: str) -> dict[str, object]:
    """The record, checked against its own hash and, if listed there, the manifest's.

    The committed folders of results/reference/ hold the record and no manifest.

    **Raises:** `RunFolderError` if it is missing, changed, or of a later form.
    """
    path = run.path / name
    try:
        return as_of_now(unseal(read_beside(run, name)), path)
    except RunFolderError:
        raise
    except ValueError as problem:
        raise RunFolderError(f"{path} {problem}; compute it again.") from None


def read_beside(run: RunFolder, name: str) -> bytes:
    """The bytes of a file of the run folder, checked against the manifest, if it is listed there.

    **Raises:** `RunFolderError` if it is missing or changed.
    """
    path = run.path / name
    return read_recorded(path) if name in read_manifest(run.path) else read_whole(path, SEALED_AT_MOST)
