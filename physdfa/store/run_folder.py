"""One run, one folder: `results/<experiment>/<run id>/`, whole or absent, and everything that is written into it.

A run folder appears in one step, with its `config.toml`, `environment.json` and a `summary.json` whose status is
`interrupted`: that is the truth about a run that never says otherwise, so a killed process leaves nothing to repair.
"""

import contextlib
import csv
import io
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np

from physdfa.bounded import TEXT_AT_MOST
from physdfa.errors import RunFolderError
from physdfa.harmless import for_spreadsheet
from physdfa.interrupt import keeps
from physdfa.store import checkpoint, metrics
from physdfa.store.files import (
    MANIFEST,
    PARTIAL,
    plain_name,
    read_manifest,
    read_recorded,
    read_sealed,
    read_whole,
    remove_recorded,
    write_atomic,
    write_recorded,
)
from physdfa.store.form import STATUSES, form_problem
from physdfa.store.records import plain, sealed_text
from physdfa.store.running import check_still_held, hold, holding, is_held, let_go

CONFIG, ENVIRONMENT, SUMMARY, METRICS = "config.toml", "environment.json", "summary.json", "metrics.jsonl"
RECORDED = "recorded"
"""The key of the summary with the names in each manifest, by the folder of it."""
INPUTS = "inputs"
"""The folder of the files that the config names."""
REQUIRED = (CONFIG, ENVIRONMENT, SUMMARY)
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


def columns_csv(columns: Columns) -> str:
    """Equally long columns as CSV with their names; NaN, infinities and None become empty cells."""
    names = list(columns)
    values = [cast(list[object], plain(np.asarray(columns[column]))) for column in names]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        map(for_spreadsheet, row) for row in (names, *zip(*values, strict=True))
    )
    return text.getvalue()


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
    def epochs_kept(self) -> list[int]:
        """The epochs after which a training has kept itself, in order."""
        return checkpoint.epochs_in(self.checkpoints)

    @property
    def figures(self) -> Path:
        """The folder of figures and the numbers behind them; it exists once there is one."""
        return self.path / "figures"

    def begin(self, values: Mapping[str, object] | None = None) -> None:
        """State that this process makes the run, or goes on with it, until it writes a status or ends.

        What a killed one left half written is dropped.

        **Arguments:**

        - `values`: what the summary says meanwhile.

        **Raises:** `RunFolderError` naming the process, if another one makes the run.
        """
        hold(self.path, lambda: self.write_summary({"status": "interrupted", "reason": STOPPED_AT_ONCE}))
        for left in self.path.rglob(f".*{PARTIAL}"):
            left.unlink(missing_ok=True)
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
        if summary.get("status") == "done" and not is_open_study(summary):
            return f"the run was done and is whole: {self.path}"
        go_on = f"go on with: physdfa resume {self.path}"
        if summary.get("kind") != "train" or any(self.checkpoints.glob(checkpoint.epoch_name("*", "*"))):
            return f"what was finished is kept in {self.path}; {go_on}"
        epochs = self.epochs_kept
        return f"{f'epoch {epochs[-1]} is kept in' if epochs else 'no epoch is kept in'} {self.path}; {go_on}"

    def config_text(self) -> str:
        """The resolved configuration, as TOML.

        **Raises:** `RunFolderError` if it cannot be read, or is not UTF-8 text.
        """
        try:
            return read_whole(self.path / CONFIG, TEXT_AT_MOST).decode()
        except UnicodeDecodeError:
            raise RunFolderError(f"{self.path / CONFIG} is not UTF-8 text; restore it from a copy.") from None

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

    def keep_metrics(self, is_kept: Callable[[Mapping[str, object]], bool]) -> None:
        """Drop the lines of `metrics.jsonl` that are not to be kept; damaged ones stay."""
        metrics.keep_metrics(self.path / METRICS, is_kept)

    def keep_first_metrics(self, num: int) -> None:
        """Drop the lines of `metrics.jsonl` after the first `num`: of a run that goes on from an earlier moment."""
        metrics.keep_first_metrics(self.path / METRICS, num)

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
        summary[RECORDED] = _recorded(self.path, summary.get(RECORDED))
        write_atomic(self.path / SUMMARY, sealed_text(summary).encode())

    def save_tree(self, name: str, tree: Mapping[str, object], metadata: Mapping[str, object] | None = None) -> Path:
        """Write `checkpoints/name.npz`; see `checkpoint.save_tree`."""
        return checkpoint.save_tree(self._folder("checkpoints"), name, tree, metadata)

    def load_tree(self, name: str) -> tuple[dict[str, np.ndarray], dict[str, object]]:
        """Read `checkpoints/name.npz`; see `checkpoint.load_tree`."""
        return checkpoint.load_tree(self.checkpoints, name)

    def forget_tree(self, name: str) -> None:
        """Remove `checkpoints/name.npz`."""
        remove_recorded(self.checkpoints / f"{name}.npz")

    def figure_data(self, name: object, suffix: str = "csv") -> bytes:
        """The content of `figures/<name>.<suffix>`, as it was written.

        **Raises:** `RunFolderError` for a name that is a path, and for a file that is missing or has changed.
        """
        return read_recorded(self.figures / plain_name(f"{name}.{suffix}", self.path))

    def write_figure_data(self, name: str, columns: Columns) -> Path:
        """Write the numbers behind a figure as `figures/name.csv`; NaN, infinities and None become empty cells."""
        return self.write_text(f"figures/{name}.csv", columns_csv(columns))

    def write_text(self, relative: str, text: str) -> Path:
        """Write a derived file, such as `report.html` or `figures/accuracy.svg`, in one step, and record its hash.

        **Raises:** `ValueError` for a path that leaves the folder or names one of the run's own records;
        `RunFolderError` for one below a link.
        """
        place = PurePosixPath(relative)
        own = (*REQUIRED, METRICS)
        if place.is_absolute() or ".." in place.parts or relative in own or place.name in ("", MANIFEST):
            raise ValueError(f"'{relative}' is not the path of a derived file inside a run folder.")
        path = self._folder(*place.parts[:-1]) / place.name
        write_recorded(path, text.encode())
        return path

    def forget_text(self, relative: str) -> None:
        """Remove a file that `write_text` wrote; **raises** as that for one below a link."""
        place = PurePosixPath(relative)
        remove_recorded(self._folder(*place.parts[:-1]) / place.name)

    def _folder(self, *names: str) -> Path:
        """A folder inside this one, made where it is missing. One that is a link would lead the writing elsewhere.

        **Raises:** `RunFolderError` for a link.
        """
        folder = self.path
        for name in names:
            folder = folder / name
            if folder.is_symlink():
                raise RunFolderError(
                    f"{folder} is a link, and nothing is written through it; put the folder itself in its place."
                )
            folder.mkdir(exist_ok=True)
        return folder


def _recorded(path: Path, before: Any) -> dict[str, object]:
    """The names in each manifest by its folder, so that one that is gone is missed; as before of a damaged one.

    Without the checkpoints of epochs, which come and go between two summaries.
    """
    found = dict(before or {})
    for manifest in sorted(path.rglob(MANIFEST)):
        with contextlib.suppress(RunFolderError):
            found[manifest.parent.relative_to(path).as_posix()] = [
                name for name in sorted(read_manifest(manifest.parent)) if not name.startswith(checkpoint.EPOCH)
            ]
    return found


def is_open_study(summary: Mapping[str, Any]) -> bool:
    """Whether a sweep belongs to a study that has not come to its end."""
    study = summary.get("study")
    return isinstance(study, Mapping) and not study.get("done")


def read_summary(path: Path) -> dict[str, object]:
    """A summary, as `RunFolder.read_summary`."""
    summary = read_sealed(path)
    problem = form_problem(summary)
    if problem is not None:
        raise RunFolderError(f"{path} was not written by physdfa: {problem}; restore it from a copy of the run folder.")
    return {**dict.fromkeys(SUMMARY_KEYS), **summary}
