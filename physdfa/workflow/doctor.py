"""Whether this installation can work: versions, what JAX computes on, caches, data, and where results go."""

import importlib.metadata
import os
import shutil
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import NamedTuple

import jax
from packaging.requirements import Requirement

from physdfa.data import list_datasets
from physdfa.store.environment import PACKAGE_FOLDER, code_revision, machine
from physdfa.training.free_memory import free_host_bytes

NEEDED_BYTES = 100_000_000
"""Least free room for results: a search keeps a few megabytes, a study its page."""


class Finding(NamedTuple):
    """What was looked at, what was found, and the sentence on how to mend it; empty where it is well."""

    what: str
    found: str
    problem: str = ""


def examine(data_dir: Path, out_dir: Path, environ: MutableMapping[str, str]) -> list[Finding]:
    """Everything that a command needs, in the order in which it needs it. Nothing is written that stays."""
    return [
        *_packages(),
        Finding(
            "computes on", ", ".join(f"{device.device_kind} ({device.platform})" for device in jax.local_devices())
        ),
        Finding(
            "processors", f"{machine()['cpu_count_usable']} usable, {free_host_bytes() / 1e9:.1f} GB of memory free"
        ),
        _compiled(environ),
        *(
            Finding(f"data {row.name}", row.where if row.is_present else f"not here: physdfa data fetch {row.name}")
            for row in list_datasets(data_dir)
        ),
        _results(out_dir),
    ]


def _packages() -> Iterator[Finding]:
    """This package, each that it needs in the versions that it takes, and the extras."""
    revision = code_revision(PACKAGE_FOLDER)["revision"]
    here = f"{PACKAGE_FOLDER}, code {str(revision)[:12]}" if revision else str(PACKAGE_FOLDER)
    yield Finding("physdfa", f"{importlib.metadata.version('physdfa')}, {here}")
    extras: dict[str, list[Finding]] = {}
    for text in importlib.metadata.requires("physdfa") or []:
        needed = Requirement(text)
        extra = str(needed.marker).rpartition("extra == ")[2].strip("\"'") if needed.marker else ""
        if extra not in ("dev", "docs"):
            finding = _package(needed, extra)
            if extra:
                extras.setdefault(extra, []).append(finding)
            else:
                yield finding
    yield from (finding for findings in extras.values() for finding in findings)


def _package(needed: Requirement, extra: str) -> Finding:
    wanted = f"physdfa[{extra}]" if extra else "physdfa"
    try:
        version = importlib.metadata.version(needed.name)
    except importlib.metadata.PackageNotFoundError:
        way_out = f"pip install '{wanted}'"
        return Finding(
            needed.name, f"not installed: {way_out}", "" if extra else f"{needed.name} is missing: {way_out}."
        )
    if needed.specifier.contains(version, prereleases=True):
        return Finding(needed.name, version)
    return Finding(needed.name, version, f"{needed.name} {version}: {wanted} takes {needed.specifier}; install that.")


def _compiled(environ: MutableMapping[str, str]) -> Finding:
    """Where compiled programs are kept, as the command line has set it."""
    folder = environ.get("JAX_COMPILATION_CACHE_DIR")
    if folder is None:
        return Finding("compiled programs", "not kept: each command compiles anew")
    size = sum(path.stat().st_size for path in Path(folder).glob("*") if path.is_file())
    return Finding("compiled programs", f"{folder}, {size / 1e6:.0f} MB; may be deleted at any time")


def _results(out_dir: Path) -> Finding:
    """Whether run folders can be made, in the folder itself or in the nearest above it that is there."""
    there = next(folder for folder in (out_dir.absolute(), *out_dir.absolute().parents) if folder.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Finding("results", str(out_dir), f"{there} cannot be written: name another place with --out.")
    free = shutil.disk_usage(there).free
    found = f"{out_dir}, {free / 1e9:.1f} GB free"
    return Finding(
        "results", found, f"{there}: make room, or name another place with --out." if free < NEEDED_BYTES else ""
    )
