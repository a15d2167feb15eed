"""The bytes of a file that somebody else may have made: never more of them than such a file can need."""

import errno
import math
import os
import stat
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np

MIB = 1 << 20
TEXT_AT_MOST = 4 * MIB
"""Bytes of an experiment or preset file, of which the largest have tens of thousands."""

UNREADABLE_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
"""Exceptions of `zipfile` for an archive that is damaged, encrypted, or of a later form (`NotImplementedError`)."""

UNREADABLE_HEADER = (tokenize.TokenError, TypeError, SyntaxError, RecursionError, MemoryError, OverflowError)
"""Exceptions of NumPy, besides `ValueError`, for a header that NumPy has not written."""


def memory_share() -> int:
    """Half of the bytes of memory of this machine: no one file may take more."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def read_bounded(path: Path, most: int | None = None, *, ordinary: bool = False) -> bytes:
    """The bytes of a file, at most `most` of them, or `memory_share()`.

    **Arguments:**

    - `ordinary`: whether a pipe or a device, which may never end or answer, is refused unread.

    **Raises:** `OSError` that says so; `ValueError` for a path that no system knows.
    """
    most = memory_share() if most is None else most
    waits = os.O_NONBLOCK if ordinary else 0
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | waits)) as file:
        status = os.fstat(file.fileno())
        is_ordinary = stat.S_ISREG(status.st_mode)
        if ordinary and not is_ordinary:
            raise OSError(errno.EINVAL, "it is no ordinary file, but a pipe or a device", str(path))
        content = b"" if is_ordinary and status.st_size > most else file.read(-1 if is_ordinary else most + 1)
        size = max(status.st_size, len(content))
        if size > most:
            raise OSError(errno.EFBIG, f"it has more than the {most:,} bytes that such a file can need", str(path))
        return content


def archive_of(path: Path) -> tuple[Path, str] | None:
    """The zip archive, and the name in it, that a path such as mine.zip/sweep.csv means; None for other paths."""
    for archive in path.parents:
        if archive.suffix == ".zip" and archive.is_file():
            return archive, path.relative_to(archive).as_posix()
    return None


def is_packed(path: Path) -> bool:
    """Whether a path such as mine.zip/sweep.csv means a file in an archive that can be read."""
    try:
        place = archive_of(path)
        if place is None:
            return False
        with zipfile.ZipFile(place[0]) as archive:
            return place[1] in archive.namelist()
    except (OSError, ValueError, NotImplementedError, *UNREADABLE_ZIP):
        return False


def read_packed(path: Path, most: int | None = None, *, ordinary: bool = False) -> bytes:
    """As `read_bounded`, of a file that may lie in a zip archive: mine.zip/sweep.csv.

    **Raises:** `OSError` that says so, of an archive or a file in it as well; `ValueError` as `read_bounded`.
    """
    place = archive_of(path)
    if place is None:
        return read_bounded(path, most, ordinary=ordinary)
    most = memory_share() if most is None else most
    try:
        with zipfile.ZipFile(place[0]) as archive, archive.open(place[1]) as member:
            content = member.read(most + 1)
    except KeyError:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from None
    except (*UNREADABLE_ZIP, NotImplementedError) as error:
        raise OSError(errno.EINVAL, f"its zip archive is damaged or of another kind: {error}", str(path)) from None
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than the {most:,} bytes that such a file can need", str(path))
    return content


def check_array(stream: IO[bytes], size: int, name: str) -> None:
    """Refuse a `.npy` file of `size` bytes that is none, or claims more numbers than its bytes can hold.

    **Raises:** `ValueError` saying so of the array called `name`; `UNREADABLE_HEADER`.
    """
    if stream.read(len(np.lib.format.MAGIC_PREFIX)) != np.lib.format.MAGIC_PREFIX:
        raise ValueError(f"`{name}` is no array")
    stream.seek(0)
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(stream)
    held = size - stream.tell()
    if dtype.hasobject:
        raise ValueError(f"`{name}` holds Python objects")
    claimed = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or claimed != held:
        raise ValueError(f"`{name}` claims the shape {shape}, {claimed:.3g} bytes, and has {held}")
