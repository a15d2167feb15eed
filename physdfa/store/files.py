"""Files that are whole or absent, and the manifest with the hash of each.

`manifest.json` lies beside the files it speaks for:

    {"files": {"last.npz": {"sha256": ["<of the content>"]}}, "sha256": "<of this manifest>"}

While a file is being replaced, the list holds the old and the new hash, so that a process killed at any moment leaves
a file that its manifest still recognises. One process at a time replaces a manifest.
"""

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from physdfa.bounded import MIB, read_bounded
from physdfa.errors import RunFolderError, shortened
from physdfa.interrupt import undivided
from physdfa.store.records import sealed_text, sha256_of, unseal
from physdfa.store.running import alone
from physdfa.store.version import as_of_now

MANIFEST = "manifest.json"
PARTIAL = ".partial"
"""The end of the name of a file that is being written."""
SEALED_AT_MOST = 64 * MIB
"""Bytes of a sealed JSON file, of which the largest of ours have a tenth of a megabyte."""
PLAIN_NAME = re.compile(r"(?!\.{1,2}$)[^/\x00-\x1f\x7f]{1,255}")
"""The name of a file of a run, which is no path."""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """A write to `path` that no signal cuts. An `OSError` in it names the file, which a full disk does not."""
    try:
        with undivided():
            yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def write_atomic(path: Path, content: bytes) -> None:
    """Put `content` at `path` in one step: a hidden neighbour is written, forced to disk and renamed over it.

    No folder is made: one that is gone was moved or removed by somebody. Neither a link at `path` nor one put beside it
    is followed.

    **Raises:** `OSError` that names `path`, which is then as it was.
    """
    with writing(path):
        _write_atomic(path, content)


def _write_atomic(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{secrets.token_hex(8)}{PARTIAL}")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:  # Ctrl-C as well: the neighbour must not outlive the attempt
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def write_output(path: Path, content: bytes) -> None:
    """Put `content` at a path that the user has named, in one step, and make the folders that it lacks.

    **Raises:** `OSError` that names `path`, which is then as it was.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_atomic(path, content)


def plain_name(name: object, where: Path) -> str:
    """A name that a file of a run gives to another file, which must lie beside it.

    **Raises:** `RunFolderError` naming `where` for anything else, such as a path.
    """
    if not isinstance(name, str) or not PLAIN_NAME.fullmatch(name):
        raise RunFolderError(
            f"{where} names {shortened(name)}, which is not the plain name of a file; restore it from a copy."
        )
    return name


def read_whole(path: Path, most: int | None = None) -> bytes:
    """The bytes of a file of a run, at most `most` of them.

    **Raises:** `RunFolderError` if it is missing, larger, no ordinary file, or cannot be read.
    """
    try:
        return read_bounded(path, most, ordinary=True)
    except FileNotFoundError:
        raise RunFolderError(f"{path} is missing; restore it from a copy of the run folder.") from None
    except OSError as error:
        raise RunFolderError(f"{path} cannot be read: {error.strerror}.") from None


def read_sealed(path: Path) -> dict[str, object]:
    """The record of a sealed JSON file.

    **Raises:** `RunFolderError` naming the file, if it is missing, does not match its own hash, or is of a later form.
    """
    try:
        return as_of_now(unseal(read_whole(path, SEALED_AT_MOST)), path)
    except RunFolderError:
        raise
    except ValueError as problem:
        raise RunFolderError(f"{path} {problem}; restore it from a copy of the run folder.") from None


def read_manifest(folder: Path) -> dict[str, list[str]]:
    """File name to the hashes it may have; empty where the folder has no manifest.

    **Raises:** `RunFolderError` if the manifest itself is damaged.
    """
    if not (folder / MANIFEST).exists():
        return {}
    files = read_sealed(folder / MANIFEST).get("files", {})
    try:
        return {
            plain_name(name, folder / MANIFEST): [str(digest) for digest in entry["sha256"]]
            for name, entry in cast(Any, files).items()
        }
    except (AttributeError, TypeError, KeyError):
        raise RunFolderError(f"{folder / MANIFEST} is no list of files and hashes; restore it from a copy.") from None


def write_recorded(path: Path, content: bytes) -> None:
    """Write a file in one step and record its hash in the manifest of its folder.

    **Raises:** `OSError` where there is no room; the folder is then as whole as it was.
    """
    with writing(path), alone(path.parent):
        manifest = read_manifest(path.parent)
        digest = sha256_of(content)
        if path.name in manifest:  # until the old file is gone, either content is the right one
            _write_manifest(path.parent, {**manifest, path.name: [*manifest[path.name], digest]})
        write_atomic(path, content)
        try:
            _write_manifest(path.parent, {**manifest, path.name: [digest]})
        except OSError:
            if path.name not in manifest:  # nothing vouches for it
                path.unlink(missing_ok=True)
            raise


def remove_recorded(path: Path) -> None:
    """Remove a file, after its folder's manifest has forgotten it; one that is not there is no mistake."""
    with writing(path), alone(path.parent):
        manifest = read_manifest(path.parent)
        if manifest.pop(path.name, None) is not None:
            _write_manifest(path.parent, manifest)
        path.unlink(missing_ok=True)


def read_recorded(path: Path) -> bytes:
    """The bytes of a file, checked against the manifest of its folder.

    **Raises:** `RunFolderError` naming the file: missing, not in the manifest, or changed since it was written.
    """
    content = read_whole(path)
    allowed = read_manifest(path.parent).get(path.name)
    if allowed is None:
        raise RunFolderError(f"{path} is not listed in the {MANIFEST} beside it, so nothing says that it is whole.")
    if sha256_of(content) not in allowed:
        raise RunFolderError(
            f"{path} has changed since it was written: its SHA-256 is not the one in {MANIFEST}; "
            "restore it from a copy of the run folder."
        )
    return content


def _write_manifest(folder: Path, manifest: dict[str, list[str]]) -> None:
    files = {name: {"sha256": digests} for name, digests in sorted(manifest.items())}
    write_atomic(folder / MANIFEST, sealed_text({"files": files}).encode())
