"""The table of a sweep or search, `evaluations.parquet`: one row per candidate, every page with a checksum."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from physdfa.errors import RunFolderError
from physdfa.store.files import read_manifest, read_recorded, read_whole, write_recorded
from physdfa.store.records import plain
from physdfa.store.run_folder import RunFolder

EVALUATIONS = "evaluations.parquet"
ROW_ORDER = ("generation", "candidate", "seed")


def write_evaluations(run: RunFolder, table: pd.DataFrame) -> Path:
    """Write the whole table in one step, replacing an earlier one; return the path of the file.

    Rows are sorted by generation, candidate and seed (where there are such columns), so that the file does not depend
    on who finished first. Infinities become null; a column of mixed types becomes its JSON texts.
    """
    order = [column for column in ROW_ORDER if column in table.columns]
    rows = table.sort_values(order, kind="stable", ignore_index=True) if order else table.reset_index(drop=True)
    columns = {str(name): _arrow_column(pd.Series(rows[name])) for name in rows.columns}
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content, write_page_checksum=True)
    path = run.path / EVALUATIONS
    write_recorded(path, content.getvalue())
    return path


def read_evaluations(run: RunFolder) -> pd.DataFrame:
    """The table of the run's evaluated candidates, checked against its page checksums and, if listed, its manifest.

    **Raises:** `RunFolderError` if the run has no such table, or a byte of it changed.
    """
    path = run.path / EVALUATIONS
    if not path.exists():
        raise RunFolderError(f"{run.path} has no {EVALUATIONS}: only sweeps and searches that evaluated something do.")
    # Page checksums do not cover the footer (names, types); the manifest does.
    content = read_recorded(path) if path.name in read_manifest(run.path) else read_whole(path)
    return parse_evaluations(content, path)


def parse_evaluations(content: bytes, path: Path) -> pd.DataFrame:
    """The table in the bytes of a Parquet file, page checksums verified.

    **Raises:** `RunFolderError` naming `path`, if they do not hold.
    """
    try:
        # In this thread alone: `read_table` leaves the last reference to `content` to a thread of Arrow's, which needs
        # the interpreter to drop it. Python ends such a thread while it shuts down, and C++ then aborts the process.
        file = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True, pre_buffer=False)
        return file.read(use_threads=False).to_pandas(use_threads=False)
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise RunFolderError(f"{path} is damaged ({reason}); restore it from a copy of the run folder.") from None


def _arrow_column(column: pd.Series) -> pa.Array | pa.ChunkedArray:
    if pd.api.types.is_float_dtype(column.dtype):
        return pa.array(column.where(np.isfinite(column.to_numpy(float, na_value=np.nan))), from_pandas=True)
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # a gene whose choices are 0.5 and "auto"
        return pa.array([json.dumps(plain(value), allow_nan=False) for value in column])
