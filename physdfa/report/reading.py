"""The content of a run folder as the report reads it, and what the folder lacks."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from physdfa.analysis.working_range import WorkingRange
from physdfa.config.raw import parse
from physdfa.errors import PhysdfaError, RunFolderError
from physdfa.report.columns import numbers
from physdfa.store import RunFolder, open_run
from physdfa.store.derived import RANGE, read_derived
from physdfa.store.evaluations import read_evaluations, table_path
from physdfa.store.run_folder import CONFIG

Part = TypeVar("Part")
EPOCH_COLUMNS = ["seed", "epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"]
BACKWARD = "backward_function"
NUMERIC_EPOCH_COLUMNS = [*EPOCH_COLUMNS, "images_per_s"]


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """One run folder in memory. A part that is not there is empty, and `missing` says so in words.

    **Arguments:**

    - `run`: the folder itself.
    - `config`, `environment`, `summary`: the parsed files; `config_text`: `config.toml` as written.
    - `epochs`: one row per seed and epoch; `generations`: one per generation; `tests`: one per seed.
    - `evaluations`: one row per evaluated candidate.
    - `angles`: one row per seed and epoch, the first one before training; empty unless they were measured.
    - `backward`: the table of g(u), see `figures.backward`.
    - `drawn`: SVG by name, of the figures that the run has drawn itself.
    - `missing`: one sentence per absent or torn part.
    - `working_range`: what `physdfa range` found, see `range_words`; empty where it was not asked for.
    """

    run: RunFolder
    config: Mapping[str, object]
    config_text: str
    environment: Mapping[str, object]
    summary: Mapping[str, object]
    epochs: pd.DataFrame
    generations: pd.DataFrame
    tests: pd.DataFrame
    evaluations: pd.DataFrame
    angles: pd.DataFrame
    backward: pd.DataFrame
    missing: tuple[str, ...]
    working_range: Mapping[str, Any] = field(default_factory=dict)
    drawn: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The experiment's name."""
        return str(section(self.config, "experiment").get("name") or self.run.path.parent.name)

    @property
    def kind(self) -> str:
        """`train`, `sweep`, `search` or `reproduce`; guessed where the summary does not say."""
        known = self.summary.get("kind")
        if isinstance(known, str):
            return known
        if self.evaluations.empty:
            return "train"
        return "search" if section(self.config, "search") else "sweep"

    @property
    def status(self) -> str:
        """`done`, `interrupted` or `failed`."""
        return str(self.summary.get("status") or "interrupted")


def section(table: Mapping[str, object], *keys: str) -> Mapping[str, object]:
    """A nested table; empty where it is absent or not a table."""
    for key in keys:
        inner = table.get(key)
        if not isinstance(inner, Mapping):
            return {}
        table = inner
    return table


def read_run(folder: Path) -> RunRecord:
    """Read a run folder, finished or not.

    **Raises:** `RunFolderError` if there is no run at `folder`, or its first files are missing or damaged.
    """
    run = open_run(folder)
    config_text = run.config_text()
    metrics = run.read_metrics()
    kinds = ("epoch", "generation", "test", "alignment")
    by_kind = {kind: [line for line in metrics.records if line.get("kind") == kind] for kind in kinds}
    summary = run.read_summary()
    missing: list[str] = []
    if metrics.num_damaged:
        lines = "1 line" if metrics.num_damaged == 1 else f"{metrics.num_damaged} lines"
        missing.append(f"{lines} of metrics.jsonl cannot be read and is left out.")
    record = RunRecord(
        run=run,
        config=parse(config_text, str(run.path / CONFIG)),
        config_text=config_text,
        environment=run.read_environment(),
        summary=summary,
        epochs=epoch_table(by_kind["epoch"]),
        generations=latest(pd.DataFrame(by_kind["generation"]), ["generation"]),
        tests=latest(pd.DataFrame(by_kind["test"]), ["seed"]),
        evaluations=if_there(table_path(run), lambda: read_evaluations(run), pd.DataFrame(), missing),
        angles=angle_table(by_kind["alignment"]),
        backward=if_there(run.figures / f"{BACKWARD}.csv", lambda: backward_table(run), pd.DataFrame(), missing),
        missing=(),
        working_range=if_there(run.path / RANGE, lambda: range_record(run), {}, missing),
        drawn=drawn_figures(run, summary, missing),
    )
    missing += what_is_missing(record)
    return replace(record, missing=tuple(missing))


def if_there(path: Path, read: Callable[[], Part], empty: Part, missing: list[str]) -> Part:
    """The part of a run that `read` gives; `empty` without the file `path`. A damaged file is told in `missing`."""
    if not path.exists():
        return empty
    try:
        return read()
    except PhysdfaError as error:
        missing.append(str(error))
        return empty


def backward_table(run: RunFolder) -> pd.DataFrame:
    """The table of g(u).

    **Raises:** `RunFolderError` if it has changed since it was written, or is no table of numbers.
    """
    try:
        return pd.read_csv(io.BytesIO(run.figure_data(BACKWARD))).astype(float)
    except RunFolderError:
        raise
    except ValueError as error:
        raise RunFolderError(f"{BACKWARD}.csv cannot be read: {str(error).splitlines()[0]}.") from None


def drawn_figures(run: RunFolder, summary: Mapping[str, Any], missing: list[str]) -> dict[str, bytes]:
    """SVG by name, of the figures that a summary lists and that are there. A changed one is told in `missing`."""
    names = [str(words["name"]) for words in summary.get("figures") or []]
    drawn = {name: if_there(run.figures / f"{name}.svg", partial(run.figure_data, name, "svg"), b"", missing)
             for name in names}  # fmt: skip
    return {name: svg for name, svg in drawn.items() if svg}


def range_record(run: RunFolder) -> Mapping[str, Any]:
    """The saved working range.

    **Raises:** `PhysdfaError` if it is damaged.
    """
    record: dict[str, Any] = read_derived(run, RANGE)
    WorkingRange.from_dict(record.get("range", {}))
    return record


def what_is_missing(record: RunRecord) -> list[str]:
    """Sentences about numbers that a finished run of this kind would have, and this one lacks."""
    missing = []
    if record.status != "done":
        reason = record.summary.get("reason")
        because = f": {reason}" if reason else ""
        missing.append(f"The run is {record.status}{because}. Numbers and figures show what was reached.")
        if record.kind == "train" and (kept := record.run.epochs_kept):
            of = section(record.config, "training").get("epochs")
            missing.append(
                f"Its networks are kept after epoch {kept[-1]} of {of}: `physdfa evaluate` scores them, "
                "`physdfa resume` goes on."
            )
    if record.kind == "reproduce":  # its trainings have folders of their own
        return missing
    if record.summary.get("test_accuracy") is None and record.tests.empty:
        missing.append("There is no test accuracy: the test set was not read.")
    if record.kind == "train" and record.epochs.empty:
        missing.append("No epoch was recorded, so there are no training curves.")
    if record.kind != "train" and record.evaluations.empty:
        missing.append("There is no evaluation of a candidate (evaluations.parquet is absent or empty).")
    return missing


def epoch_table(lines: list[dict[str, object]]) -> pd.DataFrame:
    """Epoch lines as a table. Where a resumed run repeats an epoch, its last line counts."""
    table = layer_table(lines)
    table = table.reindex(columns=[*EPOCH_COLUMNS, *(name for name in table.columns if name not in EPOCH_COLUMNS)])
    for column in NUMERIC_EPOCH_COLUMNS:
        if column in table:
            table[column] = pd.to_numeric(table[column], errors="coerce")
    return latest(table.dropna(subset=["seed", "epoch"]), ["seed", "epoch"])


def angle_table(lines: list[dict[str, object]]) -> pd.DataFrame:
    """Lines of angles and norm ratios as a table of numbers, layers as `update_angle_1`, …"""
    table = layer_table(lines)
    return latest(pd.DataFrame({name: numbers(table, name) for name in table}), ["seed", "epoch"])


def layer_table(lines: list[dict[str, object]]) -> pd.DataFrame:
    """Lines of a log as a table, layers as `firing_rate_1`, …"""
    rows = []
    for line in lines:
        row = {}
        for key, value in line.items():
            if isinstance(value, list):
                row |= {f"{key}_{layer}": of_layer for layer, of_layer in enumerate(value, start=1)}
            elif key not in ("kind", "sha256"):
                row[key] = value
        rows.append(row)
    return pd.DataFrame(rows)


def latest(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """The last row of each key, in the order of the keys; bookkeeping columns dropped."""
    if table.empty or not set(keys) <= set(table.columns):
        return table.iloc[:0]
    table = table.drop(columns=[name for name in ("kind", "sha256") if name in table])
    return table.drop_duplicates(keys, keep="last").sort_values(keys).reset_index(drop=True)
