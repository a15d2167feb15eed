"""The bytes of a file that somebody else may have made: never more of them than such a file can need."""

import errno
import os
import stat
from pathlib import Path

MIB = 1 << 20
TEXT_AT_MOST = 4 * MIB
"""Bytes of an experiment or preset file, of which the largest have tens of thousands."""


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
