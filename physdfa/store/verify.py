"""Verification of a run folder: every stored hash and checksum is compared with the file."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from physdfa.errors import RunFolderError
from physdfa.store.evaluation_log import LOG
from physdfa.store.evaluations import EVALUATIONS, parse_evaluations
from physdfa.store.files import MANIFEST, read_manifest, read_recorded, read_sealed, read_whole
from physdfa.store.known_runs import RUN_ID
from physdfa.store.metrics import check_lines
from physdfa.store.records import sha256_of
from physdfa.store.run_folder import CONFIG, ENVIRONMENT, INPUTS, METRICS, RECORDED, REQUIRED, SUMMARY, read_summary
from physdfa.toml_text import load_toml


def verify_run(path: Path) -> list[str]:
    """Every problem of the run folder at `path`, a sentence each, naming the file; empty if it is whole.

    **Raises:** `RunFolderError` if `path` is not a run folder at all.
    """
    if not path.is_dir() or not any((path / name).exists() for name in REQUIRED):
        raise RunFolderError(f"{path} is not a run folder; name the folder results/<experiment>/<run id>.")
    return [*_first_files(path), *_inputs(path), *_log(path), *_recorded_files(path), *_manifests(path), *_table(path)]


def _first_files(path: Path) -> list[str]:
    problems = []
    for read, name in ((read_summary, SUMMARY), (read_sealed, ENVIRONMENT)):
        try:
            read(path / name)
        except RunFolderError as problem:
            problems.append(str(problem))
    try:
        digest = sha256_of(read_whole(path / CONFIG))
    except RunFolderError as problem:
        return [*problems, str(problem)]
    if RUN_ID.fullmatch(path.name) and not path.name.endswith(digest[:6]):
        problems.append(f"{path / CONFIG} is not the configuration that was run: its hash is not in the folder's name.")
    try:
        if read_sealed(path / ENVIRONMENT).get("config_sha256") != digest:
            problems.append(
                f"{path / CONFIG} is not the configuration that was run: its SHA-256 is not the one in {ENVIRONMENT}."
            )
    except RunFolderError:
        pass  # said above
    return problems


def _inputs(path: Path) -> list[str]:
    """A sentence if the measurement that the configuration names is missing. Its manifest tells whether it is whole."""
    try:
        device = load_toml(read_whole(path / CONFIG).decode()).get("device", {})
    except (RunFolderError, ValueError):
        return []  # said above
    if not isinstance(device, Mapping):
        return []
    kept = path / INPUTS / Path(str(device.get("measured", ""))).name
    if "measured" not in device or os.path.exists(kept) or (kept.parent / MANIFEST).exists():
        return []  # with a manifest, a missing file is told below
    return [f"{kept} is missing; restore it from a copy of the run folder."]


def _log(path: Path) -> list[str]:
    try:
        lines, evaluations = (list(check_lines(path / name)) for name in (METRICS, LOG))
    except RunFolderError as problem:
        return [str(problem)]
    problems = [
        f"{path / name}, line {line.number} {line.problem}."
        for name, checked in ((METRICS, lines), (LOG, evaluations))
        for line in checked
        if line.record is None
    ]
    try:
        expected = read_sealed(path / SUMMARY).get("num_metrics", 0)
    except RunFolderError:
        return problems
    if isinstance(expected, int) and len(lines) < expected:
        problems.append(f"{path / METRICS} has {len(lines)} of the {expected} lines that were written.")
    return problems


def _recorded_files(path: Path) -> list[str]:
    problems = []
    for manifest in sorted(path.rglob(MANIFEST)):
        try:
            names = list(read_manifest(manifest.parent))
        except RunFolderError as problem:
            problems.append(str(problem))
            continue
        for name in names:
            try:
                read_recorded(manifest.parent / name)
            except RunFolderError as problem:
                problems.append(str(problem))
    return problems


def _manifests(path: Path) -> list[str]:
    """A sentence for each manifest that the summary tells of and that is gone, or has forgotten a file that is there.

    The small files of a run that are kept alone, as in results/reference/, have neither.
    """
    try:
        recorded = read_summary(path / SUMMARY).get(RECORDED) or {}
    except RunFolderError:
        return []  # said above
    assert isinstance(recorded, Mapping)
    if not any(os.path.isdir(path / folder) for folder in recorded if folder != "."):
        return []
    problems = []
    for folder, names in recorded.items():
        manifest = path / folder / MANIFEST
        if not os.path.exists(manifest):
            problems.append(f"{manifest} is missing; restore it from a copy of the run folder.")
            continue
        with contextlib.suppress(RunFolderError):  # said above
            listed = read_manifest(manifest.parent)
            problems += [
                f"{manifest} has forgotten {name}, so nothing says that it is whole; restore both from a copy."
                for name in names
                if name not in listed
                and os.path.exists(manifest.parent / name)  # False, too, for what no file can be called
            ]
    return problems


def _table(path: Path) -> list[str]:
    if not (path / EVALUATIONS).exists():
        return []
    try:
        parse_evaluations(read_whole(path / EVALUATIONS), path / EVALUATIONS)
    except RunFolderError as problem:
        return [str(problem)]
    return []
