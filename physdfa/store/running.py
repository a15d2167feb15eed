"""A lock that says whether the process that makes a run still lives. It ends with the process.

A lock, unlike a note in the folder, needs no repair: the system lets it go when the process is killed.
"""

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from physdfa.interrupt import before_leaving

_HELD: dict[Path, BinaryIO] = {}


def hold(path: Path, last_word: Callable[[], object]) -> None:
    """Lock the file at `path`, one that is never replaced, for this process until `let_go` or its end.

    Where a signal ends the process at once, `last_word` is called before.
    """
    before_leaving(path.absolute(), last_word)
    file = path.open("rb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # a file system without locks: the run then counts as interrupted until it says otherwise
        file.close()
        return
    _HELD[path.absolute()] = file


def let_go(path: Path) -> None:
    """Release the lock that `hold` took; do nothing without one."""
    before_leaving(path.absolute(), None)
    if (file := _HELD.pop(path.absolute(), None)) is not None:
        file.close()


def is_held(path: Path) -> bool:
    """Whether any process of this machine holds the file at `path`."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
