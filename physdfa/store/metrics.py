"""Logs, such as `metrics.jsonl`: one sealed JSON record per line, appended as it happens.

A line that is in the file outlives the process. A power cut may take what was not forced to the disk: the epochs since
the last summary, whose writer calls `num_lines`.
"""

import errno
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from physdfa.bounded import read_bounded
from physdfa.errors import RunFolderError
from physdfa.store.files import write_atomic, writing
from physdfa.store.records import log_line, unseal

_counted: dict[Path, tuple[int, int, int]] = {}
"""Of each log that this process has counted, the file's number, the bytes counted and the lines in them."""


class MetricsLog(NamedTuple):
    """The content of a log: whole records in order, and the number of damaged or torn lines."""

    records: list[dict[str, object]]
    num_damaged: int


class LogLine(NamedTuple):
    """One line of a log: its number from 1, and its record or its damage."""

    number: int
    record: dict[str, object] | None
    problem: str


def append_metric(path: Path, record: Mapping[str, object]) -> None:
    """Add one record to the log at `path`; otherwise as `append_lines`."""
    append_lines(path, [record])


def append_lines(path: Path, records: Sequence[Mapping[str, object]], *, to_disk: bool = False) -> None:
    """Add records to the log at `path`. They are in the file when this returns, `to_disk` on the disk as well.

    A last line that an earlier kill tore off is dropped first, so that it cannot spoil this one.

    **Raises:** `OSError` that names the log, where there is no room; the log is then as it was.
    """
    lines = b"".join(log_line(record).encode() + b"\n" for record in records)
    with writing(path), open(path, "ab+", buffering=0, opener=_opened_here) as file:
        _mend_end(file.fileno())
        size = os.fstat(file.fileno()).st_size
        try:
            if file.write(lines) < len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # what a disk says that took only a part
            if to_disk:
                os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), size)
            raise


def _opened_here(path: str, flags: int) -> int:
    """A descriptor of the file itself: what a link would lead to is not ours to write."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def num_lines(path: Path) -> int:
    """The number of whole lines of the log at `path`, forced to the disk. A process reads a line once."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        os.fsync(file.fileno())
        inode = os.fstat(file.fileno()).st_ino
        known, start, lines = _counted.get(path, (inode, 0, 0))
        if known != inode or start > os.fstat(file.fileno()).st_size:  # the log was rewritten
            start, lines = 0, 0
        file.seek(start)
        new = file.read()
    whole = new.rfind(b"\n") + 1
    _counted[path] = (inode, start + whole, lines + new.count(b"\n"))
    return _counted[path][2]


def forget_metrics(path: Path, kinds: Collection[str]) -> None:
    """Rewrite the log at `path` without its records of some kinds; otherwise as `keep_metrics`.

    For what is made anew, such as the last training of a sweep that grew.
    """
    keep_metrics(path, lambda record: record.get("kind") not in kinds)


def keep_metrics(path: Path, is_kept: Callable[[Mapping[str, object]], bool]) -> None:
    """Rewrite the log at `path` with the records that are to be kept, in one step; damaged lines stay."""
    kept = [line for line in check_lines(path) if line.record is None or is_kept(line.record)]
    content = path.read_bytes().split(b"\n") if path.exists() else []
    if len(kept) < len(content) - 1:
        write_atomic(path, b"".join(content[line.number - 1] + b"\n" for line in kept))


def keep_first_metrics(path: Path, num: int) -> None:
    """Rewrite the log at `path` with its first `num` lines alone, in one step."""
    lines = path.read_bytes().split(b"\n") if path.exists() else [b""]
    if len(lines) > num + 1 or lines[-1]:
        write_atomic(path, b"".join(line + b"\n" for line in lines[:num]))


def check_lines(path: Path) -> Iterator[LogLine]:
    """Every line of the log with its record, or with its damage; nothing where there is no log yet.

    **Raises:** `RunFolderError` if the file cannot be read.
    """
    try:
        content = read_bounded(path, ordinary=True)
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunFolderError(f"{path} cannot be read: {error.strerror}.") from None
    lines = content.split(b"\n")
    torn = lines.pop()  # empty, where the last line ended as it should
    for number, line in enumerate(lines, start=1):
        yield _checked(number, line)
    if torn:
        last = _checked(len(lines) + 1, torn)
        yield last if last.record is not None else last._replace(problem="is torn: the run stopped while writing it")


def read_metrics(path: Path) -> MetricsLog:
    """The whole records of the log at `path`, and the number of other lines. `path` is the file or its run folder."""
    lines = list(check_lines(path / "metrics.jsonl" if path.is_dir() else path))
    records = [line.record for line in lines if line.record is not None]
    return MetricsLog(records, len(lines) - len(records))


def _checked(number: int, line: bytes) -> LogLine:
    try:
        record = unseal(line)
        # Stricter than the hash, which is over the content: 1E-5 for 1e-5 is a flipped bit, too.
        if log_line(record).encode() != line:
            raise ValueError("is not in the form it was written in")
    except ValueError as problem:
        return LogLine(number, None, str(problem))
    return LogLine(number, record, "")


def _mend_end(file: int) -> None:
    """Make the log end with a newline: complete a whole last record, drop a torn one."""
    size = os.fstat(file).st_size
    if size == 0 or os.pread(file, 1, size - 1) == b"\n":
        return
    start = os.pread(file, size, 0).rfind(b"\n") + 1
    if _checked(0, os.pread(file, size - start, start)).record is not None:
        os.write(file, b"\n")
    else:
        os.ftruncate(file, start)
