"""A run folder appears in one step, whole or not at all."""

import contextlib
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from physdfa.errors import RunFolderError
from physdfa.interrupt import undivided
from physdfa.store.environment import environment
from physdfa.store.files import write_atomic, write_recorded
from physdfa.store.records import sealed_text, sha256_of
from physdfa.store.run_folder import CONFIG, ENVIRONMENT, INPUTS, SUMMARY, SUMMARY_KEYS, RunFolder


def create_run(
    out_dir: Path,
    experiment_name: str,
    config_toml: str,
    *,
    command_line: Sequence[str],
    kind: str | None = None,
    now: datetime | None = None,
    compute_devices: Sequence[str] = (),
    inputs: Mapping[str, bytes] | None = None,
    known: Mapping[str, object] | None = None,
) -> RunFolder:
    """Make `out_dir/<experiment_name>/<run id>/`, whole or not at all; run id = UTC `YYYYMMDDTHHMMSSZ`-config hash.

    **Arguments:**

    - `config_toml`: the resolved, complete configuration.
    - `command_line`: as typed.
    - `kind`: `train`, `sweep`, `search`, …
    - `now`: the time of the start, default the present; a time without a zone counts as local.
    - `compute_devices`: names of the accelerators in use.
    - `inputs`: content by name of the files that the config names, kept in `inputs/`, so that the folder is all that
      the run needs.
    - `known`: what its first summary says beside that, such as all that is needed to go on with it.

    **Raises:** `RunFolderError` if the folder exists, cannot be written, or the name cannot be a folder's.
    """
    problem = experiment_name_problem(experiment_name)
    if problem:
        raise RunFolderError(problem)
    started = (now or datetime.now(UTC)).astimezone(UTC)
    digest = sha256_of(config_toml.encode())
    path = out_dir / experiment_name / f"{started:%Y%m%dT%H%M%SZ}-{digest[:6]}"
    record = {
        "created": f"{started:%Y-%m-%dT%H:%M:%SZ}",
        **environment(command_line, compute_devices),
        "config_sha256": digest,
    }
    first_files = {
        CONFIG: config_toml,
        ENVIRONMENT: sealed_text(record),
        SUMMARY: sealed_text({**_first_summary(config_toml, kind), **(known or {})}),
    }
    absent = [folder for folder in (path.parent, out_dir) if not folder.exists()]
    try:
        _appear(path, first_files, inputs or {})
    except BaseException as error:
        for folder in absent:  # leave nothing that was not there; a folder somebody filled meanwhile stays
            with contextlib.suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            raise RunFolderError(
                f"cannot make the run folder {path}: {error.strerror}; name another place with --out."
            ) from None
        raise
    return RunFolder(path)


def experiment_name_problem(name: str) -> str | None:
    """A sentence on why `name`, also the name of a folder, cannot name an experiment; None if it can."""
    if name == "reference":  # results/reference/ is committed
        return (
            "an experiment cannot be called 'reference': that folder holds the published results; choose another name."
        )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", name):
        return (
            f"an experiment's name is also a folder's: up to 100 letters, digits, '.', '_' and '-', "
            f"beginning with a letter or digit; got {name!r}."
        )
    return None


def _appear(path: Path, files: Mapping[str, str], inputs: Mapping[str, bytes]) -> None:
    """Make the folder `path` with its first files in one step: a hidden sibling is filled, then renamed."""
    exists = RunFolderError(
        f"the run folder {path} exists already: the same configuration was started within this second; "
        "start again, or give another --out."
    )
    partial = path.with_name(f".{path.name}.partial")
    if path.exists():
        raise exists
    with undivided():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.mkdir()
        except FileExistsError:  # a second process, at this moment
            raise exists from None
        try:
            for name, text in files.items():
                write_atomic(partial / name, text.encode())
            if inputs:
                (partial / INPUTS).mkdir()
            for name, content in inputs.items():
                write_recorded(partial / INPUTS / name, content)
            try:
                partial.rename(path)
            except OSError:
                if path.exists():
                    raise exists from None
                raise
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise


def _first_summary(config_toml: str, kind: str | None) -> dict[str, object]:
    """A summary with every key: seed, rule and data set from the configuration, null where only the run can know."""
    try:
        config = tomllib.loads(config_toml)
    except tomllib.TOMLDecodeError as error:
        raise RunFolderError(f"the configuration to be stored is not TOML: {error}.") from None
    known = {
        "kind": kind,
        "status": "interrupted",
        "reason": "the run never said that it finished",
        "seed": config.get("experiment", {}).get("seed"),
        "rule": config.get("rule", {}).get("name"),
        "dataset": config.get("data", {}).get("name"),
    }
    return {**dict.fromkeys(SUMMARY_KEYS), **known}
