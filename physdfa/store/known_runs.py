"""Run folders that are there: found by name or content, and opened if they are whole."""

import re
from pathlib import Path

from physdfa.bounded import TEXT_AT_MOST
from physdfa.errors import RunFolderError
from physdfa.store.files import read_whole
from physdfa.store.records import sha256_of
from physdfa.store.run_folder import CONFIG, ENVIRONMENT, REQUIRED, SUMMARY, RunFolder

RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")


def open_run(path: Path) -> RunFolder:
    """The run folder at `path`; the newest run where `path` is the folder of an experiment (or its `/latest`).

    **Raises:** `RunFolderError` saying what is there instead, or which of its first files is missing or damaged.
    """
    if path.name == "latest" and not path.exists():
        path = path.parent
    if not path.exists():
        raise RunFolderError(f"there is no run folder {path}; `physdfa runs` lists those there are.")
    if not path.is_dir():
        raise RunFolderError(f"{path} is a file, not a run folder; name the folder results/<experiment>/<run id>.")
    if not looks_like_run(path):
        runs = run_folders_of(path)
        if not runs:
            raise RunFolderError(f"{path} is not a run folder: {_what_is_in(path)}.")
        path = max(runs, key=lambda run: run.name)
    missing = [name for name in REQUIRED if not (path / name).is_file()]
    if missing:
        raise RunFolderError(
            f"{path} is not a whole run folder: {' and '.join(missing)} missing; restore it from a copy."
        )
    run = RunFolder(path)
    run.read_summary()
    if sha256_of(read_whole(path / CONFIG, TEXT_AT_MOST)) != run.read_environment().get("config_sha256"):
        raise RunFolderError(
            f"{path / CONFIG} is not the configuration that was run: its SHA-256 is not the one in {ENVIRONMENT}; "
            "change a copy of it and start a new run."
        )
    return run


def looks_like_run(path: Path) -> bool:
    """Whether a folder is or was a run folder, by its name or by the files in it. Hidden ones are not."""
    if path.name.startswith(".") or not path.is_dir():
        return False
    return RUN_ID.fullmatch(path.name) is not None or ((path / CONFIG).is_file() and (path / SUMMARY).is_file())


def run_folders_of(folder: Path) -> list[Path]:
    """The run folders directly under an experiment's folder, oldest first."""
    return sorted((child for child in folder.iterdir() if looks_like_run(child)), key=lambda run: run.name)


def _what_is_in(folder: Path) -> str:
    """A sentence for a user who named the wrong folder: the experiments in it, or that there are none."""
    experiments = sorted(
        child.name for child in folder.iterdir() if child.is_dir() and any(map(looks_like_run, child.iterdir()))
    )
    if experiments:
        return f"it holds experiments, of which one must be named: {', '.join(experiments)}"
    return f"it holds no {CONFIG}; `physdfa runs` lists the run folders there are"
