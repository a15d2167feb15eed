"""The evaluations of a sweep or search while it runs, `evaluations.jsonl`: sealed lines, appended chunk by chunk.

    {"kind":"table","form":2,"columns":[["candidate","str"],...]}             the first line
    {"kind":"begun","trainings":[["<candidate>",<seed>],...]}                 before a chunk
    {"kind":"evaluation","values":[["device.v_bias",1.5]],"candidate":...}    of each training, once it is final
    {"kind":"ended"}                                                          after the chunk, however it ended
    {"kind":"hung"}                                                           it took longer than it may

A chunk that was begun and never ended is one in which the process died. While the file is there it is the truth; at the
end of the run, or when it is stopped in an orderly way, it becomes `evaluations.parquet`.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from physdfa.errors import RunFolderError
from physdfa.store.files import write_atomic
from physdfa.store.metrics import append_lines, check_lines
from physdfa.store.records import log_line
from physdfa.store.version import FORM, FORM_KEY, as_of_now

LOG = "evaluations.jsonl"
NOT_FINITE = "float"
"""The key of a value that JSON has no number for: {"float": "inf"}."""

Training = tuple[str, int]
"""The id of a candidate, and a seed."""


class Row(NamedTuple):
    """One training: the value of each varied key, and of each column that is not empty."""

    values: Mapping[str, Any]
    columns: Mapping[str, Any]

    @property
    def training(self) -> Training:
        """Which one it is."""
        return self.columns["candidate"], self.columns["seed"]


class EvaluationLog(NamedTuple):
    """The content of a log.

    - `types`: of the columns after those of the varied keys, by their names.
    - `rows`: of each training the last one.
    - `deaths`: of trainings without a row, the sizes of the chunks in which they were begun and never ended; 0 for one
      that, alone, took longer than it may.
    - `num_damaged`: lines that were changed or torn.
    """

    types: Mapping[str, str]
    rows: list[Row]
    deaths: Mapping[Training, Sequence[int]]
    num_damaged: int


def read_log(path: Path) -> EvaluationLog:
    """The log at `path`; damaged lines are left out, and counted.

    **Raises:** `RunFolderError` if it cannot be read, or a later version wrote it.
    """
    types, rows, deaths, num_damaged = dict[str, str](), dict[Training, Row](), dict[Training, list[int]](), 0
    chunk: list[Training] = []  # in training

    def died(size: int) -> None:
        for training in chunk:
            if training not in rows:
                deaths.setdefault(training, []).append(size)
        chunk.clear()

    for line in check_lines(path):
        record: dict[str, Any] | None = line.record
        if record is None:
            num_damaged += 1
            continue
        kind = record.pop("kind", None)
        if kind == "table":
            types = dict(as_of_now(record, path)["columns"])
        elif kind == "begun":
            died(len(chunk))
            chunk = [(candidate, seed) for candidate, seed in record["trainings"]]
        elif kind == "hung":
            died(len(chunk) if len(chunk) > 1 else 0)
        elif kind == "ended":
            chunk = []
        elif kind == "evaluation":
            row = Row({key: _value(value) for key, value in record.pop("values")}, record)
            rows[row.training] = row
            deaths.pop(row.training, None)
    died(len(chunk))
    return EvaluationLog(types, list(rows.values()), deaths, num_damaged)


def begin_log(path: Path, types: Mapping[str, str], rows: Iterable[Row] = ()) -> None:
    """Put a log at `path` in one step, replacing an earlier one."""
    head = {"kind": "table", FORM_KEY: FORM, "columns": list(types.items())}
    write_atomic(path, b"".join(log_line(record).encode() + b"\n" for record in (head, *map(_record, rows))))


def append_rows(path: Path, rows: Sequence[Row]) -> None:
    """Add rows; they are on the disk when this returns, which a power cut survives, too."""
    append_lines(path, [_record(row) for row in rows], to_disk=True)


def note_begun(path: Path, trainings: Sequence[Training]) -> None:
    """Note that the training of a chunk begins."""
    append_lines(path, [{"kind": "begun", "trainings": list(trainings)}])


def note(path: Path, kind: str) -> None:
    """Note that the chunk in training "ended", or "hung"."""
    append_lines(path, [{"kind": kind}])


def read_rows(path: Path) -> EvaluationLog:
    """The log, all of whose lines but a torn last one are whole.

    **Raises:** `RunFolderError` naming the first line that is not.
    """
    damaged = [line for line in check_lines(path) if line.record is None and "torn" not in line.problem]
    if damaged:
        raise RunFolderError(
            f"{path}, line {damaged[0].number} {damaged[0].problem}; physdfa resume {path.parent} evaluates again what "
            "is lost, or restore it from a copy of the run folder."
        )
    return read_log(path)


def _record(row: Row) -> dict[str, object]:
    values = [(key, _storable(value)) for key, value in row.values.items()]
    return {"kind": "evaluation", "values": values, **{k: v for k, v in row.columns.items() if v is not None}}


def _storable(value: Any) -> Any:
    return {NOT_FINITE: repr(value)} if isinstance(value, float) and not math.isfinite(value) else value


def _value(value: Any) -> Any:
    return float(value[NOT_FINITE]) if isinstance(value, dict) and value.keys() == {NOT_FINITE} else value
