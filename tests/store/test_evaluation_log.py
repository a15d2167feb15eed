"""The log of evaluations: values come back as they went, and a chunk that killed its process is known."""

import math
from datetime import UTC, datetime

import pytest

from physdfa.errors import RunFolderError
from physdfa.store.evaluation_log import (
    LOG,
    Row,
    append_rows,
    begin_log,
    note,
    note_begun,
    read_log,
    read_rows,
)
from physdfa.store.evaluations import parse_evaluations, read_evaluations, write_evaluations
from physdfa.store.new_run import create_run
from physdfa.store.verify import verify_run

TYPES = {"candidate": "str", "generation": "int64", "seed": "int64", "loss": "float64", "epochs": "Int64"}
A, B = ("a", 0), ("b", 0)


@pytest.fixture
def run(tmp_path):
    now = datetime(2025, 1, 2, tzinfo=UTC)
    return create_run(tmp_path, "digits", "", command_line=["physdfa"], kind="search", now=now)


@pytest.fixture
def log(run):
    begin_log(run.path / LOG, TYPES)
    return run.path / LOG


def make_row(candidate="a", seed=0, loss: float | None = 0.1, **values):
    return Row(values or {"x": 1.0}, {"candidate": candidate, "generation": 0, "seed": seed, "loss": loss})


@pytest.mark.parametrize("value", [0.1 + 0.2, 5e-324, -0.0, math.inf, -math.inf, 3, True, "auto", None, [1, 2.5]])
def test_a_value_comes_back_as_it_went(log, value):
    append_rows(log, [make_row(z=1, a=value)])
    (row,) = read_log(log).rows
    assert list(row.values) == ["z", "a"]  # in the order in which they went
    assert (repr(row.values["a"]), type(row.values["a"])) == (repr(value), type(value))


def test_nan_comes_back_as_nan(log):
    append_rows(log, [make_row(a=math.nan)])
    assert math.isnan(read_log(log).rows[0].values["a"])


def test_a_training_that_was_made_again_counts_once(log):
    append_rows(log, [make_row(loss=0.1), make_row("b"), make_row(loss=0.2)])
    assert {row.training: row.columns["loss"] for row in read_log(log).rows} == {A: 0.2, B: 0.1}


def test_the_table_of_a_log_is_the_one_that_its_file_will_have(run, log):
    append_rows(log, [make_row("b", x=0.5), make_row("a", loss=None, x="auto")])
    from_log = read_evaluations(run)
    assert from_log["x"].tolist() == ['"auto"', "0.5"]  # of mixed kinds: as JSON text; sorted by candidate
    path = write_evaluations(run, from_log)
    from_file = parse_evaluations(path.read_bytes(), path)
    assert from_file.equals(from_log)
    assert from_file.dtypes.tolist() == from_log.dtypes.tolist()
    assert from_file.attrs == from_log.attrs == {"json_texts": ["x"]}


@pytest.mark.parametrize(
    ("events", "deaths"),
    [
        ([[A, B], "ended"], {}),
        ([[A, B]], {A: [2], B: [2]}),
        ([[A, B], [A]], {A: [2, 1], B: [2]}),
        ([[A, B], "hung", [A], "hung"], {A: [2, 0], B: [2]}),
        ([[A, B], "row", "ended", [B]], {B: [1]}),  # a is known: whatever killed the process, it was not its training
        ([[A, B], [A, B], "row"], {B: [2, 2]}),
        ([[A], "row", [A], "ended"], {}),
    ],
)
def test_what_was_in_training_when_the_process_died_is_known(log, events, deaths):
    for event in events:
        if event == "row":
            append_rows(log, [make_row()])
        elif isinstance(event, str):
            note(log, event)
        else:
            note_begun(log, event)
    assert read_log(log).deaths == deaths


def test_a_torn_line_costs_itself_and_a_changed_one_is_told(run, log):
    append_rows(log, [make_row("a"), make_row("b")])
    whole = log.read_bytes()
    log.write_bytes(whole[:-9])
    assert len(read_evaluations(run)) == 1
    log.write_bytes(whole.replace(b'"candidate":"a"', b'"candidate":"c"'))
    with pytest.raises(RunFolderError, match=r"evaluations\.jsonl, line 2 is not what was written.*resume"):
        read_rows(log)
    assert verify_run(run.path) == [f"{log}, line 2 is not what was written: its content does not match its SHA-256."]


def test_a_log_of_a_later_version_is_refused(log, monkeypatch):
    monkeypatch.setattr("physdfa.store.evaluation_log.FORM", 99)
    begin_log(log, TYPES)
    with pytest.raises(RunFolderError, match=r"later physdfa \(form 99"):
        read_log(log)
