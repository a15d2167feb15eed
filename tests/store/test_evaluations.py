"""The table of candidates: the same whoever finishes first, and every flipped byte seen."""

import io
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from physdfa.errors import RunFolderError
from physdfa.store.evaluations import parse_evaluations, read_evaluations, write_evaluations
from physdfa.store.files import MANIFEST
from physdfa.store.new_run import create_run


@pytest.fixture
def run(tmp_path):
    now = datetime(2025, 1, 2, tzinfo=UTC)
    return create_run(tmp_path, "digits", "", command_line=["physdfa"], kind="search", now=now)


def make_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "device.v_bias": [1.0, 2.0, 3.0, 4.0],
            "candidate": ["a", "b", "a", "c"],
            "generation": [0, 0, 0, 1],
            "seed": [0, 0, 1, 0],
            "validation_accuracy": [0.9, np.nan, 0.8, np.inf],
            "status": ["ok", "failed", "ok", "ok"],
            "reason": ["", "diverged", "", ""],
        }
    )


def test_rows_are_sorted_by_generation_candidate_and_seed(run):
    write_evaluations(run, make_table())
    table = read_evaluations(run)
    assert table["device.v_bias"].tolist() == [1.0, 3.0, 2.0, 4.0]
    assert table["reason"].tolist() == ["", "", "diverged", ""]


def test_the_file_does_not_depend_on_who_finished_first(run):
    first = write_evaluations(run, make_table()).read_bytes()
    assert write_evaluations(run, make_table()[::-1]).read_bytes() == first


def test_numbers_that_are_none_come_back_missing(run):
    write_evaluations(run, make_table())
    assert read_evaluations(run)["validation_accuracy"].isna().tolist() == [False, False, True, True]


def test_a_gene_of_mixed_types_is_kept_as_json_text(run):
    write_evaluations(run, pd.DataFrame({"network.reset": [0.5, "auto"], "seed": [0, 1]}))
    assert read_evaluations(run)["network.reset"].tolist() == ["0.5", '"auto"']


def test_a_search_that_evaluated_nothing_has_an_empty_table(run):
    write_evaluations(run, make_table()[:0])
    assert list(read_evaluations(run).columns) == list(make_table().columns)


def test_a_run_without_a_table_is_told_in_one_sentence(run):
    with pytest.raises(RunFolderError, match=r"has no evaluations\.parquet"):
        read_evaluations(run)


def test_a_flipped_byte_is_seen_anywhere_in_the_file(run):
    path = write_evaluations(run, make_table())
    original = path.read_bytes()
    for position in range(0, len(original), 41):
        changed = bytearray(original)
        changed[position] ^= 4
        path.write_bytes(bytes(changed))
        with pytest.raises(RunFolderError, match=r"evaluations\.parquet"):
            read_evaluations(run)


def test_page_checksums_alone_see_a_flipped_value(run):
    path = write_evaluations(run, make_table())
    (run.path / MANIFEST).unlink()  # a table copied without its manifest
    content = path.read_bytes()
    assert content.count(b"diverged") >= 1
    position = content.index(b"diverged")
    path.write_bytes(content[:position] + b"d" + bytes([content[position + 1] ^ 1]) + content[position + 2 :])
    with pytest.raises(RunFolderError, match="is damaged"):
        read_evaluations(run)


def packed(columns, **options) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content, **options)
    return content.getvalue()


ROWS = 20_000_000
BOMBS = {
    "rows": (lambda: packed({"a": pa.nulls(ROWS, pa.float64())}), f"{ROWS:,} cells of {8 * ROWS:,} bytes"),
    "texts": (lambda: packed({"a": ["x" * 1000] * 100_000}), "its texts would unpack to more"),
    "columns": (lambda: packed({str(name): [1.0] for name in range(3000)}), r"its footer claims [\d,]+ bytes"),
    "zeros": (lambda: packed({"a": np.zeros(100)}, compression="gzip"), "compressed by GZIP"),
    "lists": (lambda: packed({"a": [[1.0] * 100]}), "columns of lists"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_small_file_that_unpacks_to_very_much_is_refused(kind):
    make, said = BOMBS[kind]
    before = pa.total_allocated_bytes()
    with pytest.raises(RunFolderError, match=rf"^table is damaged \(.*{said}"):
        parse_evaluations(make(), Path("table"))
    assert pa.total_allocated_bytes() - before < 1 << 20


def test_a_table_killed_while_it_is_replaced_stays_the_old_one(run, monkeypatch):
    write_evaluations(run, make_table())

    def die(file: int):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", die)
        with pytest.raises(KeyboardInterrupt):
            write_evaluations(run, make_table()[:1])
    assert len(read_evaluations(run)) == 4


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads as Linux lists them")
def test_reading_a_table_starts_no_thread_that_could_outlive_the_interpreter(run):
    """A reader thread that drops its last reference to Python's bytes while Python ends aborts the process."""
    path = write_evaluations(run, make_table())
    script = (
        "import os, sys, pathlib\n"
        "from physdfa.store.evaluations import parse_evaluations\n"
        "import pandas, pyarrow.parquet\n"
        "before = len(os.listdir('/proc/self/task'))\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "parse_evaluations(path.read_bytes(), path)\n"
        "print(len(os.listdir('/proc/self/task')) - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) == 0
