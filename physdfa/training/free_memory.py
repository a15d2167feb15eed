"""How much memory a program may take: what is free where it will run."""

import os
from pathlib import Path

import jax

MEMINFO = Path("/proc/meminfo")
CGROUP = Path("/sys/fs/cgroup")
"""Where Linux says what is free, and what a container may hold; elsewhere, and without limits, these are not there."""


def free_bytes() -> int:
    """Bytes free where JAX computes: on the fullest accelerator, or of the machine's (a container's) memory."""
    stats = [] if shares_memory() else [device.memory_stats() for device in jax.local_devices()]
    free = [
        int(known["bytes_limit"] - known.get("bytes_in_use", 0)) for known in stats if known and "bytes_limit" in known
    ]
    return min(free, default=int(min(_free_on_machine(), _left_in_container())))


def shares_memory() -> bool:
    """Whether all devices have one memory, the processor's; accelerators have one each."""
    return jax.default_backend() == "cpu"


def _free_on_machine() -> int:
    try:
        for line in MEMINFO.read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "MemAvailable":
                return 1024 * int(value.split()[0])
    except (OSError, ValueError, IndexError):
        pass
    # macOS does not tell what is free without a package: all that there is, of which callers take a share.
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _left_in_container() -> float:
    try:
        limit = int((CGROUP / "memory.max").read_text())
        return max(float(limit - int((CGROUP / "memory.current").read_text())), 0.0)
    except (OSError, ValueError):  # no container, or "max": no limit
        return float("inf")
