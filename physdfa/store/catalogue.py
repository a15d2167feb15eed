"""The runs under results/, a row each, read from the folders each time. The folders alone are the truth."""

from pathlib import Path
from typing import Any

import pandas as pd

from physdfa.errors import InputError, RunFolderError, unknown_name
from physdfa.store.known_runs import looks_like_run, open_run, run_folders_of
from physdfa.store.where import parse_where
from physdfa.toml_text import load_toml

# Name and kind of each column; `time` is ISO 8601 in UTC, which sorts and compares as text.
COLUMNS: dict[str, type] = {
    "run": str,
    "experiment": str,
    "run_id": str,
    "time": str,
    "kind": str,
    "status": str,
    "rule": str,
    "device": str,
    "dataset": str,
    "seed": float,
    "test_accuracy": float,
    "test_accuracy_std": float,
    "wall_time_s": float,
    "num_evaluations": float,
    "reason": str,
}
WHOLE_NUMBERS = ("seed", "num_evaluations")
FROM_SUMMARY = tuple(name for name in list(COLUMNS)[list(COLUMNS).index("kind") :] if name != "device")


def list_runs(out_dir: Path) -> pd.DataFrame:
    """One row per run folder under `out_dir`, oldest first; a damaged one has status `damaged` and a `reason`.

    One that a process of this machine is still making has the status `running`.

    Hidden folders and `reference/` (which has its own runs: list that folder) are passed over.

    **Raises:** `InputError` if `out_dir` is not a folder; an absent one has no runs.
    """
    if not out_dir.exists():
        return _table([])
    if not out_dir.is_dir():
        raise InputError(f"{out_dir} is a file, not a folder of results; name the folder with --out.")
    runs: list[Path] = []
    for child in sorted(out_dir.iterdir()):
        if looks_like_run(child):  # a folder copied here from another machine
            runs.append(child)
        elif child.is_dir() and not child.name.startswith(".") and child.name != "reference":
            runs.extend(run_folders_of(child))
    rows = sorted((_row(run) for run in runs), key=lambda row: (str(row["time"] or ""), str(row["run"])))
    return _table(rows)


def filter_runs(table: pd.DataFrame, where: str | None = None, sort: str | None = None) -> pd.DataFrame:
    """The rows for which the condition `where` holds, sorted by the column `sort`, `-sort` for the largest first.

    Rows without a value in that column come last; rows with equal values keep their order.

    **Raises:** `InputError` for a condition that cannot be read, or an unknown column.
    """
    if where is not None:
        holds = parse_where(where, COLUMNS)
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
        table = table.loc[[holds({str(key): value for key, value in row.items()}) for row in rows]]
    if sort is not None:
        column = sort.removeprefix("-")
        if column not in COLUMNS:
            raise InputError(f"--sort: {unknown_name('column', column, tuple(COLUMNS))}")
        table = table.sort_values(column, ascending=not sort.startswith("-"), kind="stable", na_position="last")
    return table.reset_index(drop=True)


def _row(path: Path) -> dict[str, object]:
    """The catalogue's row of one folder. Nothing in the folder raises an exception."""
    row: dict[str, object] = {name: None for name in COLUMNS}
    row.update(run=str(path), experiment=path.parent.name, run_id=path.name)
    try:
        run = open_run(path)
        summary = run.read_summary()
        row["time"] = str(run.read_environment().get("created") or "")
        config = load_toml(run.config_text())
        row["experiment"] = config.get("experiment", {}).get("name", path.parent.name)
        row["device"] = _device(config.get("device", {}))
        row.update({name: summary.get(name) for name in FROM_SUMMARY})
        if row["status"] == "interrupted" and run.is_running:
            row.update(status="running", reason=None)
    except RunFolderError as problem:
        row.update(status="damaged", reason=str(problem))
    except Exception as problem:  # whatever somebody has put there: it must not hide the other runs
        row.update(status="damaged", reason=f"{path} cannot be read: {type(problem).__name__}: {problem}")
    return row


def _device(table: dict[str, Any]) -> str | None:
    """The device of a run in a word: the file that was measured, the preset, or the stages; None without one."""
    named = table.get("measured") or table.get("preset")
    return Path(str(named)).name if named else ", ".join(table.get("stages", [])) or None


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for name, kind in COLUMNS.items():
        if kind is float:
            numbers = pd.Series(pd.to_numeric(table[name], errors="coerce"))
            table[name] = numbers.astype("Int64" if name in WHOLE_NUMBERS else float)
        else:
            table[name] = table[name].astype(object).where(table[name].notna(), None)
    return table
