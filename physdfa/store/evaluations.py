"""The table of a sweep or search: one row per candidate. `evaluations.parquet`, every page with a checksum.

While a run goes on, its table is the log `evaluations.jsonl` (`store.evaluation_log`), which is appended.
"""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from physdfa.bounded import MIB, memory_share
from physdfa.errors import RunFolderError
from physdfa.store.evaluation_log import LOG, Row, read_rows
from physdfa.store.files import read_manifest, read_recorded, read_whole, write_recorded
from physdfa.store.records import canonical
from physdfa.store.run_folder import RunFolder
from physdfa.store.version import as_of_now, with_form

EVALUATIONS = "evaluations.parquet"
ROW_ORDER = ("generation", "candidate", "seed")
TEXTS = "json_texts"
"""The attribute of a table that names the columns whose cells are JSON texts; in the file it stands in the metadata."""
METADATA = b"physdfa"
FOOTER_AT_MOST = MIB // 4
"""Bytes of the footer of a table, of which ours have 6,000, and 200 more with each varied key."""
CODECS = ("SNAPPY", "UNCOMPRESSED")
"""Ours, and none. Snappy cannot unpack a byte to more than 22, as others can."""
UNPACKED_AT_LEAST, UNPACKED_TIMES = 64 * MIB, 256
"""A table in memory may have so many bytes, or so many times those of its file: ours have 4 times, 45 at most."""
CELL_BYTES = 8


def frame_of(rows: Sequence[Row], types: Mapping[str, str]) -> pd.DataFrame:
    """One row each: a column per varied key, then those of `types`; what is not in a row is empty.

    Choices that mix kinds of value, or are lists, are written as JSON text: a Parquet column has one type.

    **Raises:** `ValueError` if the rows do not vary the same keys.
    """
    keys = list(rows[0].values) if rows else []
    if any(set(row.values) != set(keys) for row in rows):
        raise ValueError(f"records of one table vary the same keys; the first varies {keys}.")
    varied = {key: [row.values[key] for row in rows] for key in keys}
    texts = [key for key, values in varied.items() if not _is_plain(values)]
    varied |= {key: [canonical(value) for value in varied[key]] for key in texts}
    kept = {name: pd.Series([row.columns.get(name) for row in rows], dtype=dtype) for name, dtype in types.items()}
    frame = pd.DataFrame(varied | kept)
    frame.attrs[TEXTS] = texts
    return frame


def write_evaluations(run: RunFolder, table: pd.DataFrame) -> Path:
    """Write the whole table in one step, replacing an earlier one; return the path of the file.

    Rows are sorted by generation, candidate and seed (where there are such columns), so that the file does not depend
    on who finished first. Infinities become null; a column of mixed types becomes its JSON texts.
    """
    content = io.BytesIO()
    pq.write_table(_arrow_table(table), content, write_page_checksum=True)
    path = run.path / EVALUATIONS
    write_recorded(path, content.getvalue())
    return path


def table_path(run: RunFolder) -> Path:
    """The file that holds the table of a run now: the log while there is one."""
    log = run.path / LOG
    return log if log.exists() else run.path / EVALUATIONS


def read_evaluations(run: RunFolder) -> pd.DataFrame:
    """The table of the run's evaluated candidates as it stands.

    It is checked against the hashes of its lines, or its page checksums and, if listed, its manifest.

    **Raises:** `RunFolderError` if the run has no such table, or a byte of it changed.
    """
    path = run.path / EVALUATIONS
    if table_path(run) != path:
        log = read_rows(run.path / LOG)
        if log.rows:
            return _to_pandas(_arrow_table(frame_of(log.rows, log.types)), path)
    if not path.exists():
        raise RunFolderError(f"{run.path} has no {EVALUATIONS}: only sweeps and searches that evaluated something do.")
    # Page checksums do not cover the footer (names, types); the manifest does.
    content = read_recorded(path) if path.name in read_manifest(run.path) else read_whole(path)
    return parse_evaluations(content, path)


def parse_evaluations(content: bytes, path: Path) -> pd.DataFrame:
    """The table in the bytes of a Parquet file, page checksums verified.

    **Raises:** `RunFolderError` naming `path`, if they do not hold, they would unpack to far more than they are, or a
    later version wrote it.
    """
    try:
        check_footer(content)
        # In this thread alone: `read_table` leaves the last reference to `content` to a thread of Arrow's, which needs
        # the interpreter to drop it. Python ends such a thread while it shuts down, and C++ then aborts the process.
        metadata = pq.read_metadata(pa.BufferReader(content))
        most = check_unpacked(metadata, len(content))
        types = metadata.schema.to_arrow_schema()
        texts = [
            field.name for field in types if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)
        ]
        file = pq.ParquetFile(
            pa.BufferReader(content),
            metadata=metadata,
            page_checksum_verification=True,
            pre_buffer=False,
            read_dictionary=texts,  # each text once: a long one may stand in every row
        )
        table = file.read(use_threads=False)
        if sum(_text_bytes(table[name]) for name in texts) > most:
            raise ValueError(f"its texts would unpack to more than the {most:,} bytes that such a file can need")
        return _to_pandas(table.cast(types), path)
    except (OSError, ValueError, pa.ArrowException) as error:
        if isinstance(error, RunFolderError):
            raise
        reason = str(error).splitlines()[0]
        raise RunFolderError(f"{path} is damaged ({reason}); restore it from a copy of the run folder.") from None


def check_footer(content: bytes) -> None:
    """Refuse a Parquet file whose footer is larger than ours can be, before it is parsed.

    **Raises:** `ValueError` that says so.
    """
    size = int.from_bytes(content[-8:-4], "little")
    if size > FOOTER_AT_MOST:
        raise ValueError(f"its footer claims {size:,} bytes, more than the {FOOTER_AT_MOST:,} that it can need")


def check_unpacked(metadata: pq.FileMetaData, size: int) -> int:
    """The bytes that a table from a file of `size` bytes may have in memory, texts aside.

    **Raises:** `ValueError` if its footer claims more, or what we do not write: nested columns, other compression.
    """
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    chunks = [group.column(index) for group in groups for index in range(group.num_columns)]
    if codecs := {chunk.compression for chunk in chunks} - set(CODECS):
        raise ValueError(f"it is compressed by {', '.join(sorted(codecs))}; ours are by {CODECS[0]}")
    if any(metadata.schema.column(index).max_repetition_level for index in range(metadata.num_columns)):
        raise ValueError("it has columns of lists; ours are of numbers and texts")
    most = min(max(UNPACKED_AT_LEAST, UNPACKED_TIMES * size), memory_share())
    cells = sum(max(group.num_rows, 0) for group in groups) * metadata.num_columns
    claimed = max(CELL_BYTES * cells, sum(max(chunk.total_uncompressed_size, 0) for chunk in chunks))
    if claimed > most:
        raise ValueError(
            f"its {size:,} bytes claim {cells:,} cells of {claimed:,} bytes, more than the {most:,} that they can need"
        )
    return most


def _text_bytes(column: pa.ChunkedArray) -> int:
    """Bytes of the texts of a column of dictionaries, once they are written out."""
    total = 0
    for chunk in column.chunks:
        lengths = np.array([len(text or "") for text in chunk.dictionary.to_pylist()], dtype=np.int64)
        total += int(lengths[chunk.indices.drop_null().to_numpy()].sum())
    return total


def _arrow_table(frame: pd.DataFrame) -> pa.Table:
    order = [column for column in ROW_ORDER if column in frame.columns]
    rows = frame.sort_values(order, kind="stable", ignore_index=True) if order else frame.reset_index(drop=True)
    columns = {str(name): _arrow_column(pd.Series(rows[name])) for name in rows.columns}
    about = with_form({TEXTS: frame.attrs.get(TEXTS, [])})
    return pa.table(columns).replace_schema_metadata({METADATA: json.dumps(about).encode()})


def _to_pandas(table: pa.Table, path: Path) -> pd.DataFrame:
    about = as_of_now(json.loads((table.schema.metadata or {}).get(METADATA, b"{}")), path)
    frame = table.to_pandas(use_threads=False)
    frame.attrs[TEXTS] = about.get(TEXTS, [])
    return frame


def _arrow_column(column: pd.Series) -> pa.Array | pa.ChunkedArray:
    if pd.api.types.is_float_dtype(column.dtype):
        return pa.array(column.where(np.isfinite(column.to_numpy(float, na_value=np.nan))), from_pandas=True)
    try:
        return pa.array(column, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # a gene whose choices are 0.5 and "auto"
        return pa.array([canonical(value) for value in column])


def _is_plain(values: list[Any]) -> bool:
    kinds = {type(value) for value in values}
    return kinds <= {int, float} or kinds in ({bool}, {str})
