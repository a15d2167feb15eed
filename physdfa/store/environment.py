"""The content of `environment.json`: software, machine and command line of a run."""

import hashlib
import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path, PurePath
from typing import Any

# Read from package metadata, not by import: writing down a version must not cost the start-up time of the package.
PACKAGES = (
    "physdfa",
    "jax",
    "jaxlib",
    "numpy",
    "equinox",
    "optax",
    "deap",
    "scipy",
    "scikit-learn",
    "pandas",
    "pyarrow",
)
PACKAGE_FOLDER = Path(__file__).parents[1]
SEARCH_FOLDER = PACKAGE_FOLDER.with_name("ga_search")
ROOMS_WITHOUT_NUMBERS = ("cli/", "report/", "workflow/reproduce/")
"""Rooms that only call, print or draw, and so cannot change what a run computes."""
COMMAND_TIMEOUT_S = 10  # a hanging file system must not hang a run


def environment(command_line: Sequence[str], compute_devices: Sequence[str] = ()) -> dict[str, object]:
    """Versions, code revision, machine and command line.

    **Arguments:**

    - `command_line`: as typed; of the program, and of folders named from the root, only the last name is kept, so that
      no home folder is written down.
    - `compute_devices`: names of the accelerators in use, as the caller knows them.
    """
    program = [PurePath(command_line[0]).name] if command_line else []
    return {
        "versions": versions(),
        "code": {**code_revision(PACKAGE_FOLDER), "sha256": running_code()},
        "machine": {**machine(), "compute_devices": list(compute_devices)},
        "command_line": [*program, *(_without_root(word) for word in command_line[1:])],
    }


def changes_since(before: Mapping[str, Any]) -> list[str]:
    """What differs between the software of a run and this process's, a few words each.

    **Arguments:**

    - `before`: what `environment` gave for the run.
    """
    now = {"versions": versions(), "code": {**code_revision(PACKAGE_FOLDER), "sha256": running_code()}}
    return changes_between(before, now, ("then", "now"))


def changes_between(first: Mapping[str, Any], second: Mapping[str, Any], words: tuple[str, str]) -> list[str]:
    """What differs between two environments; `words` name the first and the second."""
    one, other = first.get("versions") or {}, second.get("versions") or {}
    told = "{} {} {}, {} {}".format
    changes = [
        told(name, one[name], words[0], other[name], words[1])
        for name in other
        if name in one and one[name] != other[name]
    ]
    codes = [environment.get("code") or {} for environment in (first, second)]
    if codes[0].get("sha256") != codes[1].get("sha256"):
        was, now = map(_revision_words, codes)
        changes.append(told("the code:", was, words[0], now, words[1]))
    return changes


def _revision_words(code: Mapping[str, Any]) -> str:
    """A revision as a reader compares it."""
    revision = code.get("revision")
    return f"{revision[:12]}{' with changes' * bool(code.get('dirty'))}" if revision else "not from a checkout"


def _without_root(word: str) -> str:
    """A word of a command line whose absolute path, alone or after "=", shows its last name only."""
    key, equals, value = word.rpartition("=")
    path = PurePath(value)
    return f"{key}{equals}…/{path.name}" if path.is_absolute() else word


def versions() -> dict[str, str | None]:
    """Version of Python and of each package that can change a number; null where one is not installed."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = None
    return found


def code_revision(folder: Path) -> dict[str, object]:
    """The commit that `folder` is checked out from, and whether it was changed (results/ aside); null outside git.

    A package installed into somebody's checkout (a `.venv` inside it) is not part of it: the folder's own
    `__init__.py` must be tracked.
    """
    unknown: dict[str, object] = {"revision": None, "dirty": None}
    if _answer("git", "-C", str(folder), "ls-files", "--error-unmatch", "__init__.py") is None:
        return unknown
    revision = _answer("git", "-C", str(folder), "rev-parse", "HEAD")
    changes = _answer("git", "-C", str(folder), "status", "--porcelain", "--", ":/", ":(top,exclude)results")
    if revision is None or changes is None:
        return unknown
    return {"revision": revision, "dirty": changes != ""}


def code_digest(*packages: Path) -> str:
    """SHA-256 of the Python files that a run computes with: equal for equal code, in a checkout or installed."""
    digest = hashlib.sha256()
    for package in packages:
        for file in sorted(package.rglob("*.py")):
            place = file.relative_to(package).as_posix()
            if not place.startswith(ROOMS_WITHOUT_NUMBERS):
                content = hashlib.sha256(file.read_bytes()).hexdigest()
                digest.update(f"{package.name}/{place} {content}\n".encode())
    return digest.hexdigest()


@cache
def running_code() -> str:
    """The digest of this process's own code, as of the first call."""
    return code_digest(PACKAGE_FOLDER, SEARCH_FOLDER)


def machine() -> dict[str, object]:
    """Operating system, processor, the processors this process may use, and the memory in bytes; no host name."""
    affinity = getattr(os, "sched_getaffinity", None)
    return {
        "platform": platform.platform(),
        "processor": _processor_name(),
        "cpu_count": os.cpu_count(),
        "cpu_count_usable": len(affinity(0)) if affinity else os.cpu_count(),
        "memory_bytes": _memory_bytes(),
    }


def _processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    if platform.system() == "Darwin":
        name = _answer("sysctl", "-n", "machdep.cpu.brand_string")
        if name:
            return name
    return platform.processor() or platform.machine()


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def _answer(*command: str) -> str | None:
    """The stripped output of a command; None if the command is absent, fails or takes too long."""
    # Inside a git hook, GIT_DIR and its like point at another repository than the folder asked about.
    variables = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    variables["GIT_OPTIONAL_LOCKS"] = "0"
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_TIMEOUT_S,
            env=variables,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
