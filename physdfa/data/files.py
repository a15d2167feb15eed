"""Published files on this machine, plain, gzipped or in an archive, and their bytes."""

import gzip
import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, runtime_checkable

from physdfa.bounded import UNREADABLE_ZIP
from physdfa.errors import DataError

Location = Path | zipfile.Path
"""A file of its own, or a member of a zip archive."""

CHUNK_SIZE = 1 << 20
"""Bytes that are read at once where a whole file is not needed in memory."""


PACKED_AT_MOST = 200
"""Largest ratio of unpacked to packed size. Images have 4 to 20; the format allows 1,032."""

UNPACKED_AT_EASE = 256 << 20
"""Unpacked bytes up to which any ratio is allowed."""


@runtime_checkable
class DataFile(Protocol):
    """Known facts of one published file."""

    @property
    def filename(self) -> str:
        """Published name without `.gz`."""
        ...

    def verify(self, path: Location) -> None:
        """Refuse a file that is not this one.

        **Raises:** `DataError` naming the path and what is wrong.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A zip archive in which gzipped files are published together.

    **Arguments:**

    - `filename`: its published name; `folder`: where in it the files lie, ending in a slash.
    - `sha256`: SHA-256 of its bytes, in hexadecimal.
    """

    filename: str
    folder: str
    sha256: str

    def verify(self, path: Path) -> None:
        """Refuse an archive that is not this one.

        **Raises:** `DataError` naming the path and what is wrong.
        """
        check_digest(path, "SHA-256", digest_of(path, "sha256"), self.sha256)


@runtime_checkable
class Publication(Protocol):
    """A published data set: its files, and the addresses they come from."""

    @property
    def name(self) -> str:
        """Name of the data set and of its folder."""
        ...

    @property
    def files(self) -> Sequence[DataFile]:
        """All files."""
        ...

    @property
    def mirrors(self) -> tuple[str, ...]:
        """Addresses, ending in a slash, below which the gzipped files, or the archive, lie."""
        ...

    @property
    def archive(self) -> Archive | None:
        """The zip archive in which the files are published; None where each is published for itself."""
        ...


def find_file(folder: Path, file: DataFile, archive: Archive | None = None) -> Location | None:
    """The place of `file` in `folder`: gzipped, plain, or in the archive there; None without any.

    **Raises:** `DataError`, if the archive is needed and is no zip file.
    """
    for path in (folder / f"{file.filename}.gz", folder / file.filename):
        if path.is_file():
            return path
    if archive is None or not (folder / archive.filename).is_file():
        return None
    try:
        member = zipfile.Path(folder / archive.filename, f"{archive.folder}{file.filename}.gz")
    except (*UNREADABLE_ZIP, OSError) as error:
        raise DataError(f"{folder / archive.filename} is not a whole zip archive: {error}.") from error
    return member if member.is_file() else None


def way_out(name: str) -> str:
    """Advice where the files of a data set are missing or damaged."""
    return f"Run 'physdfa data fetch {name}', or give --data the folder that holds {name}/."


def find_all(published: Publication, data_dir: Path) -> list[Location]:
    """The places of a data set's files below `data_dir`, in their order.

    **Raises:** `DataError` with the way out, if the folder or a file is missing.
    """
    name, folder = published.name, data_dir / published.name
    if not folder.is_dir():
        help_text = way_out(name)
        if find_file(data_dir, published.files[0]) is not None:
            help_text = f"The files seem to lie in {data_dir} itself: name that folder '{name}' and give its parent."
        raise DataError(f"data file missing: {folder} is not a folder. {help_text}")
    try:
        found = [find_file(folder, file, published.archive) for file in published.files]
    except DataError as error:
        raise DataError(f"{error} {way_out(name)}") from error
    missing = [f"{file.filename}.gz" for file, path in zip(published.files, found, strict=True) if path is None]
    if missing:
        raise DataError(f"data file missing: {folder} lacks {', '.join(missing)}. {way_out(name)}")
    return [path for path in found if path is not None]


def read_bytes(path: Location, limit: int | None = None) -> bytes:
    """The bytes of a file as it lies, or at most `limit` of them.

    **Raises:** `DataError`, if it cannot be read.
    """
    with _reading(path) as stream:
        return stream.read(-1 if limit is None else limit)


def read_uncompressed(path: Location, limit: int | None = None) -> bytes:
    """The bytes, out of the gzip wrapper where the name ends in `.gz`: all, or at most `limit` of them.

    With a limit, a damaged or hostile file cannot fill the memory.

    **Raises:** `DataError`, if it cannot be read or is not a whole gzip file.
    """
    if not path.name.endswith(".gz"):
        return read_bytes(path, limit)
    try:
        with path.open("rb") as stream, gzip.GzipFile(fileobj=stream) as content:  # pyright: ignore[reportArgumentType]
            return content.read(-1 if limit is None else limit)
    except EOFError as error:
        raise DataError(f"{path} is truncated: its gzip stream ends early.") from error
    except (gzip.BadGzipFile, *UNREADABLE_ZIP) as error:
        raise DataError(f"{path} is not a whole gzip file: {error}.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error


def digest_of(path: Location, algorithm: str) -> str:
    """The digest of a file as it lies, in hexadecimal. Only a megabyte of it is in memory at a time.

    **Arguments:**

    - `algorithm`: "md5" or "sha256".

    **Raises:** `DataError`, if it cannot be read.
    """
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with _reading(path) as stream:
        while chunk := stream.read(CHUNK_SIZE):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _reading(path: Location) -> Iterator[IO[bytes]]:
    """The opened file, as it lies.

    **Raises:** `DataError`, if it cannot be read, there or in its zip archive.
    """
    try:
        with path.open("rb") as stream:
            yield stream  # pyright: ignore[reportReturnType]  (opened as bytes)
    except UNREADABLE_ZIP as error:
        raise DataError(f"{path} is damaged within its zip archive: {error}.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error


def check_packing(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse a zip archive whose declared sizes would fill the memory, before anything is unpacked.

    A reader stops at the declared size, so that one that is too small does no harm.

    **Raises:** `DataError` with both sizes.
    """
    unpacked, packed = sum(member.file_size for member in members), path.stat().st_size
    if unpacked > UNPACKED_AT_EASE and unpacked > PACKED_AT_MOST * packed:
        raise DataError(
            f"{path} holds {packed / 1e6:,.3g} MB that would unpack to {unpacked / 1e6:,.0f} MB, more than "
            f"{PACKED_AT_MOST} times as much: it is not unpacked. If the data are right, store them with numpy.savez, "
            "which does not pack."
        )


def check_digest(path: Location, name: str, found: str, published: str) -> None:
    """Refuse a file whose digest is not the published one; `name` is that of the digest.

    **Raises:** `DataError` with the beginnings of both.
    """
    if found != published:
        raise DataError(f"{path} is not the published file: its {name} is {found[:12]}…, not {published[:12]}…")
