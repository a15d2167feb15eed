"""One run, one folder: `results/<experiment>/<run id>/`, whole or absent, and everything that is written into it.

A run folder appears in one step, with its `config.toml`, `environment.json` and a `summary.json` whose status is
`interrupted`: that is the truth about a run that never says otherwise, so a killed process leaves nothing to repair.
"""

import contextlib
import csv
import io
import re
import shutil
import tomllib
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np

from physdfa.errors import RunFolderError
from physdfa.interrupt import keeps, undivided
from physdfa.store import checkpoint, metrics
from physdfa.store.environment import environment
from physdfa.store.files import MANIFEST, read_sealed, read_whole, write_atomic, write_recorded
from physdfa.store.form import STATUSES, form_problem
from physdfa.store.records import plain, sealed_text, sha256_of
from physdfa.store.running import check_still_held, hold, holding, is_held, let_go

CONFIG, ENVIRONMENT, SUMMARY, METRICS = "config.toml", "environment.json", "summary.json", "metrics.jsonl"
INPUTS = "inputs"
"""The folder of the files that the config names."""
REQUIRED = (CONFIG, ENVIRONMENT, SUMMARY)
RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
RESUMABLE = ("search", "sweep")
"""Kinds of runs that `physdfa resume` goes on with."""
STOPPED_AT_ONCE = "stopped at once by the user"
SUMMARY_KEYS = (
    "kind",
    "status",
    "reason",
    "seed",
    "rule",
    "dataset",
    "test_accuracy",
    "test_accuracy_std",
    "test_accuracies",
    "best",
    "num_evaluations",
    "num_failed",
    "wall_time_s",
    "compile_time_s",
    "images_per_s",
    "peak_memory_bytes",
    "num_compilations",
)


@runtime_checkable
class Columns(Protocol):
    """Equally long columns by name: a dict of arrays, or a pandas table (which this module need not import)."""

    def __iter__(self) -> Any: ...
    def __getitem__(self, name: Any, /) -> Any: ...


@dataclass(frozen=True)
class RunFolder:
    """The folder of one run; made by `create_run` or `open_run`."""

    path: Path

    @property
    def run_id(self) -> str:
        """The folder's name; UTC time and config hash, unless somebody renamed it."""
        return self.path.name

    @property
    def checkpoints(self) -> Path:
        """The folder of checkpoints; it exists once there is one."""
        return self.path / "checkpoints"

    @property
    def figures(self) -> Path:
        """The folder of figures and the numbers behind them; it exists once there is one."""
        return self.path / "figures"

    def begin(self, values: Mapping[str, object] | None = None) -> None:
        """State that this process makes the run, or goes on with it, until it writes a status or ends.

        **Arguments:**

        - `values`: what the summary says meanwhile.

        **Raises:** `RunFolderError` naming the process, if another one makes the run.
        """
        hold(self.path, lambda: self.write_summary({"status": "interrupted", "reason": STOPPED_AT_ONCE}))
        keeps(self.what_is_kept)
        if values is not None:
            self._put_summary(values)

    def held(self) -> AbstractContextManager[None]:
        """For as long as it lasts, no other process writes the run; **raises** as `begin`."""
        return holding(self.path)

    def check_held(self) -> None:
        """The look before a write: see `check_still_held`."""
        check_still_held(self.path)

    @property
    def is_running(self) -> bool:
        """Whether a process has called `begin` and has not ended."""
        return is_held(self.path)

    def what_is_kept(self) -> str:
        """Sentences for a user who stopped the run: the files in its folder, and how to go on."""
        summary = self.read_summary()
        kind, num_epochs = summary.get("kind"), sum(r.get("kind") == "epoch" for r in self.read_metrics().records)
        if summary.get("status") == "done":
            return f"the run was done and is whole: {self.path}"
        if kind in RESUMABLE:
            more = "" if kind == "search" else f", or to its range with: physdfa study {self.path}"
            return f"what was evaluated is kept in {self.path}; go on with: physdfa resume {self.path}{more}"
        if kind == "reproduce":
            return f"the rows that were finished are kept beside {self.path}; the same command goes on after them"
        seen = f"the log of its epochs is kept in {self.path}" if num_epochs else f"{self.path} holds no epoch yet"
        return f"{seen}, its network is not: start the training again with: physdfa train {self.path / CONFIG}"

    def config_text(self) -> str:
        """The resolved configuration, as TOML."""
        return read_whole(self.path / CONFIG).decode()

    def read_environment(self) -> dict[str, object]:
        """Versions, code revision, machine and command line of the run."""
        return read_sealed(self.path / ENVIRONMENT)

    def append_metric(self, record: Mapping[str, object]) -> None:
        """Add one line to `metrics.jsonl`; it is in the file when this returns."""
        self.check_held()
        metrics.append_metric(self.path / METRICS, record)

    def forget_metrics(self, kinds: Collection[str]) -> None:
        """Drop the lines of some kinds from `metrics.jsonl`: of what is made anew."""
        metrics.forget_metrics(self.path / METRICS, kinds)

    def read_metrics(self) -> metrics.MetricsLog:
        """The whole records of `metrics.jsonl`, and how many lines were damaged or torn."""
        return metrics.read_metrics(self.path / METRICS)

    def read_summary(self) -> dict[str, object]:
        """The summary, without its hash; every key of `SUMMARY_KEYS` is there, null where it is not known.

        **Raises:** `RunFolderError` if it is damaged, or not of our form.
        """
        return read_summary(self.path / SUMMARY)

    def write_summary(self, values: Mapping[str, object]) -> None:
        """Update `summary.json` in one step: keys not given keep their value.

        **Raises:** `ValueError` for a `status` other than done, interrupted or failed; `RunFolderError`, if the run was
        this process's and is another one's by now.
        """
        self._put_summary(values)
        if "status" in values:
            let_go(self.path)

    def _put_summary(self, values: Mapping[str, object]) -> None:
        self.check_held()
        summary = {**self.read_summary(), **values}
        if summary["status"] not in STATUSES:
            raise ValueError(f"a run's status is one of {', '.join(STATUSES)}; got {summary['status']!r}.")
        if summary["status"] == "done" and "reason" not in values:
            summary["reason"] = ""
        # So that lines cut off the end of the log, each of which was whole, are missed.
        summary["num_metrics"] = metrics.num_lines(self.path / METRICS)
        write_atomic(self.path / SUMMARY, sealed_text(summary).encode())

    def save_tree(self, name: str, tree: Mapping[str, object], metadata: Mapping[str, object] | None = None) -> Path:
        """Write `checkpoints/name.npz`; see `checkpoint.save_tree`."""
        return checkpoint.save_tree(self.checkpoints, name, tree, metadata)

    def load_tree(self, name: str) -> tuple[dict[str, np.ndarray], dict[str, object]]:
        """Read `checkpoints/name.npz`; see `checkpoint.load_tree`."""
        return checkpoint.load_tree(self.checkpoints, name)

    def write_figure_data(self, name: str, columns: Columns) -> Path:
        """Write the numbers behind a figure as `figures/name.csv`; NaN, infinities and None become empty cells."""
        names = list(columns)
        values = [cast(list[object], plain(np.asarray(columns[column]))) for column in names]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(zip(*values, strict=True))
        return self.write_text(f"figures/{name}.csv", text.getvalue())

    def write_text(self, relative: str, text: str) -> Path:
        """Write a derived file, such as `report.html` or `figures/accuracy.svg`, in one step, and record its hash.

        **Raises:** `ValueError` for a path that leaves the folder or names one of the run's own records.
        """
        place = PurePosixPath(relative)
        own = (*REQUIRED, METRICS)
        if place.is_absolute() or ".." in place.parts or relative in own or place.name in ("", MANIFEST):
            raise ValueError(f"'{relative}' is not the path of a derived file inside a run folder.")
        path = self.path / place
        write_recorded(path, text.encode())
        return path


def read_summary(path: Path) -> dict[str, object]:
    """A summary, as `RunFolder.read_summary`."""
    summary = read_sealed(path)
    problem = form_problem(summary)
    if problem is not None:
        raise RunFolderError(f"{path} was not written by physdfa: {problem}; restore it from a copy of the run folder.")
    return {**dict.fromkeys(SUMMARY_KEYS), **summary}


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
        SUMMARY: sealed_text(_first_summary(config_toml, kind)),
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
    if sha256_of(read_whole(path / CONFIG)) != run.read_environment().get("config_sha256"):
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


def _what_is_in(folder: Path) -> str:
    """A sentence for a user who named the wrong folder: the experiments in it, or that there are none."""
    experiments = sorted(
        child.name for child in folder.iterdir() if child.is_dir() and any(map(looks_like_run, child.iterdir()))
    )
    if experiments:
        return f"it holds experiments, of which one must be named: {', '.join(experiments)}"
    return f"it holds no {CONFIG}; `physdfa runs` lists the run folders there are"
