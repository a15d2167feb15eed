"""Fetching a published data set: from mirrors in turn, verified before it gets its name, never half-written."""

import os
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pooch

from physdfa.data.files import Archive, DataFile, Publication, find_file, read_bytes
from physdfa.data.small_sets import AbstractSmallSet
from physdfa.data.sources import DATASETS, AbstractPublished, Digits
from physdfa.errors import DataError, unknown_name

Progress = Callable[[str, int, int], None]
"""Told the file's name, the bytes received and the bytes announced (0 where the mirror does not say)."""

Downloader = Callable[[str, Path, Progress], None]
"""Writes what an address holds to a path, reporting on the way; raises `OSError` where it cannot."""

TIMEOUT = 30.0
"""Longest wait for a mirror to answer or to go on sending [s]."""

CHUNK_SIZE = 1 << 16
"""Bytes per write and per progress report."""


class _ProgressBar:
    """The part of a progress bar that pooch calls, passed on to `report`."""

    def __init__(self, filename: str, report: Progress):
        self.filename = filename
        self.report = report
        self.total = 0
        self.received = 0

    def update(self, num_bytes: int) -> None:
        # Pooch counts whole chunks, the last one included, which overshoots the end.
        self.received = min(self.received + num_bytes, self.total) if self.total else self.received + num_bytes
        self.report(self.filename, self.received, self.total)

    def reset(self) -> None:
        self.received = 0

    def close(self) -> None:
        pass


def download_over_http(url: str, path: Path, progress: Progress) -> None:
    """The ordinary downloader: pooch's, which streams to disk; `identity` keeps the gzip wrapper that was published."""
    download = pooch.HTTPDownloader(
        progressbar=_ProgressBar(path.name, progress),  # pyright: ignore[reportArgumentType] (any object will do)
        chunk_size=CHUNK_SIZE,
        timeout=TIMEOUT,
        headers={"Accept-Encoding": "identity"},
    )
    download(url, str(path), None)


def _no_progress(filename: str, received: int, announced: int) -> None:
    del filename, received, announced


def fetch_dataset(
    name: str, data_dir: Path, *, progress: Progress = _no_progress, downloader: Downloader = download_over_http
) -> Path:
    """Put the published files of `name` into `data_dir / name` and return that folder; files already whole are kept.

    **Arguments:**

    - `name`: a published data set.
    - `data_dir`: folder of all data sets; made if it is missing.
    - `progress`: called as bytes arrive.
    - `downloader`: how an address is read; another one in tests.

    **Raises:** `DataError`, if there is nothing to fetch under this name, the folder cannot be written, or no mirror
    gave a file that verifies.
    """
    if name == Digits.name:
        raise DataError("digits is embedded: there is nothing to fetch.")
    if (small := DATASETS.get(name)) and issubclass(small, AbstractSmallSet):
        raise DataError(
            f"{name} was put together from published files, docs/data.md says which: put its file at "
            f"{small.path(data_dir)}."
        )
    fetched = {name: source for name, source in DATASETS.items() if issubclass(source, AbstractPublished)}
    if name not in fetched:
        raise DataError(unknown_name("data set to fetch", name, tuple(fetched)))
    return fetch_published(fetched[name].publication(), data_dir, progress=progress, downloader=downloader)


def fetch_published(
    published: Publication, data_dir: Path, *, progress: Progress = _no_progress, downloader: Downloader
) -> Path:
    """Fetch a set described by `published`, as `fetch_dataset` does."""
    folder = data_dir / published.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        missing = [file for file in published.files if not _is_whole(folder, file)]
        # Beside its destination, so that the final rename stays within one file system and is atomic.
        with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as temporary:
            if missing and published.archive is not None:
                _unpack(published, published.archive, missing, folder, Path(temporary), progress, downloader)
            elif missing:
                for file in missing:
                    name = f"{file.filename}.gz"
                    fresh = _download_verified(published, name, file.verify, Path(temporary), progress, downloader)
                    os.replace(fresh, folder / name)
    except OSError as error:
        raise DataError(
            f"{folder} cannot be written: {error.strerror or error}. Give --data another folder."
        ) from error
    return folder


def _is_whole(folder: Path, file: DataFile) -> bool:
    path = find_file(folder, file)
    if path is None:
        return False
    try:
        file.verify(path)
    except DataError:
        return False
    return True


def _unpack(
    published: Publication,
    archive: Archive,
    files: Sequence[DataFile],
    folder: Path,
    temporary: Path,
    progress: Progress,
    downloader: Downloader,
) -> None:
    """Put the files of an archive into the folder. An archive that lies there is used, else a fresh one."""
    path = folder / archive.filename
    try:
        archive.verify(path)
    except DataError:
        path = _download_verified(published, archive.filename, archive.verify, temporary, progress, downloader)
    for file in files:
        name = f"{file.filename}.gz"
        (temporary / name).write_bytes(read_bytes(zipfile.Path(path, archive.folder + name)))
        file.verify(temporary / name)
        os.replace(temporary / name, folder / name)


def _download_verified(
    published: Publication,
    filename: str,
    verify: Callable[[Path], None],
    temporary: Path,
    progress: Progress,
    downloader: Downloader,
) -> Path:
    """The file from the first mirror with the right bytes."""
    path = temporary / filename
    failures = []
    for mirror in published.mirrors:
        try:
            downloader(mirror + filename, path, progress)
            verify(path)
        except DataError as error:
            failures.append(f"{mirror}: {str(error).replace(f'{path} ', 'it ')}")
        except (OSError, ValueError) as error:
            # Connection, timeout, HTTP status: requests' errors are OSErrors (a malformed address is a ValueError).
            failures.append(f"{mirror}: {_reason(error)}")
        else:
            return path
    whole = f"the {len(published.files)} files" if published.archive is None else filename
    raise DataError(
        f"{filename} of {published.name} could not be fetched from any of {len(published.mirrors)} mirrors "
        f"({'; '.join(failures)}). Without a network, copy {whole} into a folder {published.name}/ yourself and give "
        "its parent to --data."
    )


def _reason(error: Exception) -> str:
    """The reason of a failure in a few words, since requests' own messages run over several lines."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return f"HTTP status {status}" if status else getattr(error, "strerror", None) or type(error).__name__
