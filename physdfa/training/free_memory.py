"""How much memory a program may take: what is free where it will run, and what this process holds already."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import jax

MEMINFO = Path("/proc/meminfo")
STATUS = Path("/proc/self/status")
OWN_CGROUP = Path("/proc/self/cgroup")
CGROUP = Path("/sys/fs/cgroup")
"""Where Linux says what is free, what this process holds, and what a container may hold; elsewhere they are missing."""

LIMITS = (
    ("", "memory.max", "memory.current", "inactive_file"),
    ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""Of control groups of version 2 and 1: folder, limit, use, and the part of the use that is given back when needed."""


STANDING_IN_BYTES = 1 << 32
"""What a processor that stands in for an accelerator may use, and one that does not tell."""


def free_bytes() -> int:
    """Bytes free where JAX computes: on the fullest accelerator, or of the memory of the machine.

    Of the machine's it is the least of what the system says is available, what the control groups of this process (a
    container, a batch job) leave, and what its own limit (`ulimit -v`) leaves.
    """
    stats = [] if shares_memory() else [device.memory_stats() for device in jax.local_devices()]
    free = [
        int(known["bytes_limit"] - known.get("bytes_in_use", 0)) for known in stats if known and "bytes_limit" in known
    ]
    return min(free, default=free_host_bytes())


def accelerator_bytes() -> int:
    """Bytes, in use or not, that JAX has of the smallest accelerator; of one that does not tell `STANDING_IN_BYTES`."""
    stats = [device.memory_stats() or {} for device in jax.local_devices()]
    return min(int(known.get("bytes_limit", STANDING_IN_BYTES)) for known in stats)


def free_host_bytes() -> int:
    """Bytes free for this process in the processor's memory."""
    return int(max(min(_free_on_machine(), _left_in_groups(), _left_of_own_limit()), 0))


def resident_bytes() -> int | None:
    """Bytes of memory that this process holds now; None where the system does not tell."""
    return _kibibytes(STATUS, "VmRSS")


def shares_memory() -> bool:
    """Whether all devices have one memory, the processor's; accelerators have one each."""
    return jax.default_backend() == "cpu"


def _free_on_machine() -> int:
    available = _kibibytes(MEMINFO, "MemAvailable")
    if available is not None:
        return available
    # macOS does not tell what is free without a package: all that there is, of which callers take a share.
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _left_in_groups() -> float:
    """The least that the control groups of this process leave; each lies within the one above it."""
    left = float("inf")
    for folder, limit_name, use_name, spare_name in LIMITS:
        for group in _own_groups(CGROUP / folder):
            try:
                limit = int((group / limit_name).read_text())
                use = int((group / use_name).read_text())
            except (OSError, ValueError):  # no such group, or "max": no limit
                continue
            left = min(left, float(limit - use + _spare(group, spare_name)))
    return left


def _own_groups(root: Path) -> Iterator[Path]:
    """The control groups of this process below `root`, the outermost first; `root` alone is a container's own."""
    yield root
    try:
        lines = OWN_CGROUP.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        group = root
        for part in Path(line.rpartition(":")[2].lstrip("/")).parts:
            group = group / part
            yield group


def _spare(group: Path, name: str) -> int:
    """Bytes of files that the system keeps in mind for the group, and drops when somebody needs the room."""
    try:
        counted = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        return int(counted[name])
    except (OSError, ValueError, KeyError):
        return 0


def _left_of_own_limit() -> float:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    held = _kibibytes(STATUS, "VmSize")
    return float("inf") if limit == resource.RLIM_INFINITY or held is None else float(limit - held)


def _kibibytes(path: Path, name: str) -> int | None:
    """The bytes that a line such as "MemAvailable:  2048 kB" of `path` tells; None without file or line."""
    try:
        for line in path.read_text().splitlines():
            found, _, value = line.partition(":")
            if found == name:
                return 1024 * int(value.split()[0])
    except (OSError, ValueError, IndexError):
        pass
    return None
