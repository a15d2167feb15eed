"""One writer at a time: `lock.json` in a run folder says which process on which machine writes the run.

    {"host":"node7","process":4711,"since":"2026-01-02T03:04:05Z",...}

It appears in one step by a hard link, which is safe on NFS, too, where locks of the system are not. A thread renews its
time of change every `HEARTBEAT_S`: that is the sign of life. A lock is taken over at once from a process of this
machine that has died, and from one elsewhere after `PATIENCE_S` without a sign. A holder that wakes up after that
notices at its next write, which is refused.
"""

import contextlib
import errno
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from physdfa.errors import RunFolderError
from physdfa.interrupt import before_leaving
from physdfa.store.records import seal, unseal
from physdfa.store.version import with_form

LOCK = "lock.json"
HEARTBEAT_S = 10.0
PATIENCE_S = 120.0
"""Time without a sign of life after which a process on another machine counts as dead."""
MANIFEST_LOCK = ".manifest.lock"
MANIFEST_PATIENCE_S = 10.0
"""A manifest is replaced within milliseconds: whoever takes longer has died."""


@dataclass
class _Held:
    """A lock of this process: what it says, and what ends the thread that renews it."""

    content: bytes
    released: threading.Event = field(default_factory=threading.Event)


_HELD: dict[Path, _Held] = {}


def hold(folder: Path, last_word: Callable[[], object] | None = None) -> None:
    """Make this process the writer of the run folder until `let_go`; it may be that already.

    Where a signal ends the process at once, `last_word` is called before.

    **Raises:** `RunFolderError` that names the holder, if another process writes the run; `OSError`, if the folder
    cannot be written.
    """
    folder = folder.absolute()
    if folder not in _HELD:
        _HELD[folder] = held = _Held(_appear(folder / LOCK))
        threading.Thread(target=_renew, args=(folder / LOCK, held), name="heartbeat", daemon=True).start()
    if last_word is not None:
        before_leaving(folder, last_word)


def let_go(folder: Path) -> None:
    """Release what `hold` took; do nothing without it."""
    folder = folder.absolute()
    before_leaving(folder, None)
    if (held := _HELD.pop(folder, None)) is not None:
        held.released.set()
        if _content(folder / LOCK) == held.content:
            (folder / LOCK).unlink(missing_ok=True)


@contextlib.contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Write the run for a while; nothing changes where this process writes it already, or cannot write it at all."""
    if folder.absolute() in _HELD:
        yield
        return
    with contextlib.suppress(OSError):
        hold(folder)
    try:
        yield
    finally:
        let_go(folder)


def check_still_held(folder: Path) -> None:
    """The look before a write: a process that was stopped for long has lost its run to another one.

    **Raises:** `RunFolderError`, if this process held the folder and holds it no more.
    """
    held = _HELD.get(folder.absolute())
    if held is not None and _content(folder / LOCK) != held.content:
        raise RunFolderError(f"{folder} is no longer this process's to write: {_who_has(folder)}.")


def is_held(folder: Path) -> bool:
    """Whether a process writes the run folder, on this machine or elsewhere."""
    return _living_holder(folder / LOCK, time.time()) is not None


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Replace the manifest of a folder, one process at a time. A report is written beside a run that goes on."""
    path, until = folder / MANIFEST_LOCK, time.monotonic() + MANIFEST_PATIENCE_S
    while True:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            break
        except FileExistsError:
            if time.monotonic() > until:
                path.unlink(missing_ok=True)
            time.sleep(0.01)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _appear(lock: Path) -> bytes:
    """Make the lock, in the place of one whose holder has died; return what it says."""
    content = json.dumps(seal(with_form(_this_process()))).encode()
    mine = lock.with_name(f".{LOCK}.{socket.gethostname()}.{os.getpid()}")
    mine.unlink(missing_ok=True)
    try:
        with mine.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        now = mine.stat().st_mtime  # by the clock that the time of the other's sign is of
        while True:
            try:
                _link(mine, lock)
                return content
            except FileExistsError:
                _refuse_or_remove(lock, mine.with_suffix(".dead"), now)
    finally:
        mine.unlink(missing_ok=True)


def _link(mine: Path, lock: Path) -> None:
    try:
        os.link(mine, lock)
    except FileExistsError:
        if mine.stat().st_nlink == 1:  # otherwise it is ours: the answer of the server was lost, and it was asked twice
            raise
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS):
            raise
        with lock.open("xb") as file:  # a file system without links
            file.write(mine.read_bytes())


def _refuse_or_remove(lock: Path, dead: Path, now: float) -> None:
    """Take away the lock of a holder that has died.

    **Raises:** `RunFolderError`, if it lives.
    """
    content, holder = _content(lock), _living_holder(lock, now)
    if holder is not None:
        raise RunFolderError(
            f"{lock.parent} is being written by {_words(holder, lock, now)}; wait for its end, or stop it there. A "
            f"process loses its run when it has died, or gives no sign for {PATIENCE_S:g} s on another machine."
        )
    with contextlib.suppress(FileNotFoundError):  # another one was faster
        lock.rename(dead)
        if _content(dead) != content:  # and has it now: what was renamed is a living lock
            with contextlib.suppress(FileExistsError):
                os.link(dead, lock)
        dead.unlink()


def _living_holder(lock: Path, now: float) -> dict[str, object] | None:
    """What the lock says of its holder; None if there is none, or it has died."""
    holder = dict[str, object]()
    try:
        sign = lock.stat().st_mtime
        with contextlib.suppress(ValueError):  # half written, on a file system without links
            holder = unseal(lock.read_bytes())
    except FileNotFoundError:
        return None
    here = _this_process()
    if holder.get("host") == here["host"] and holder.get("kernel") == here["kernel"]:
        return holder if _started(holder.get("process")) == holder.get("started") is not None else None
    return holder if now - sign < PATIENCE_S else None


def _this_process() -> dict[str, object]:
    return {
        "host": socket.gethostname(),
        "process": os.getpid(),
        "since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "started": _started(os.getpid()),
        "kernel": _kernel(),
    }


def _kernel() -> str:
    """What two processes must share for one to know by its number whether the other lives: kernel and process space."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip() + str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _started(process: object) -> str | None:
    """When a process of this machine began, in the system's words, since numbers are used again; None if it is dead."""
    if not isinstance(process, int):
        return None
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return None
        except OSError:
            pass
        return "unknown"
    return None if fields[0] in "ZX" else fields[19]


def _renew(lock: Path, held: _Held) -> None:
    while not held.released.wait(HEARTBEAT_S):
        with contextlib.suppress(OSError):  # a server that is away for a moment
            if _content(lock) == held.content:
                os.utime(lock)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _words(holder: dict[str, object], lock: Path, now: float) -> str:
    process, host, since = (_shown(holder.get(name, "unknown")) for name in ("process", "host", "since"))
    age = ""
    with contextlib.suppress(OSError):
        age = f" (last sign of life {max(0.0, now - lock.stat().st_mtime):.0f} s ago)"
    return f"process {process} on {host} since {since}{age}"


def _shown(value: object) -> str:
    """What a lock of anybody says, without what a terminal would obey."""
    return "".join(letter for letter in str(value)[:100] if letter.isprintable())


def _who_has(folder: Path) -> str:
    now = time.time()
    holder = _living_holder(folder / LOCK, now)
    if holder is None:
        return "its lock is gone, as when somebody deletes the folder"
    return f"it gave no sign of life for long, and was taken over by {_words(holder, folder / LOCK, now)}"
