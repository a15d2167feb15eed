"""One writer at a time: the second is told who it is, and whoever died loses the run."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from physdfa.errors import RunFolderError
from physdfa.store.known_runs import open_run
from physdfa.store.new_run import create_run
from physdfa.store.records import seal, unseal
from physdfa.store.running import LOCK, PATIENCE_S, is_held, let_go

HOLD = """
import sys, time
from pathlib import Path
from physdfa.store.known_runs import open_run
open_run(Path(sys.argv[1])).begin()
print("begun", flush=True)
time.sleep(600)
"""


@pytest.fixture
def run(tmp_path):
    now = datetime(2025, 1, 2, tzinfo=UTC)
    made = create_run(tmp_path, "digits", "", command_line=["physdfa"], kind="search", now=now)
    yield made
    let_go(made.path)


@pytest.fixture
def other(run):
    with subprocess.Popen([sys.executable, "-c", HOLD, str(run.path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        yield process
        process.kill()


def change_lock(run, *, age_s=0.0, **changed):
    path = run.path / LOCK
    path.write_text(json.dumps(seal({**unseal(path.read_bytes()), **changed})))
    os.utime(path, (time.time() - age_s, time.time() - age_s))


def test_a_second_writer_is_refused_and_told_who_it_is(run, other):
    with pytest.raises(RunFolderError, match=rf"being written by process {other.pid} on \S+ since 20\S+Z \(last sign"):
        run.begin()
    with pytest.raises(RunFolderError, match="being written by"), run.held():
        pass
    assert run.read_summary()["reason"] == "the run never said that it finished"  # of the first, untouched


def test_a_run_is_taken_over_at_once_from_a_process_that_was_killed_here(run, other):
    other.kill()
    other.wait()
    assert (run.path / LOCK).exists()
    run.begin()
    assert json.loads((run.path / LOCK).read_text())["process"] == os.getpid()


def test_a_run_of_another_machine_is_taken_over_once_it_gives_no_sign(run, other):
    change_lock(run, host="elsewhere", age_s=PATIENCE_S - 30)
    with pytest.raises(RunFolderError, match="on elsewhere since"):
        run.begin()
    change_lock(run, host="elsewhere", age_s=PATIENCE_S + 30)
    run.begin()
    assert run.is_running


def test_a_number_that_another_process_has_now_is_not_the_holder(run, other):
    change_lock(run, started="7")
    assert not is_held(run.path)
    run.begin()


def test_whoever_lost_its_run_writes_no_more(run):
    run.begin()
    (run.path / LOCK).unlink()
    with pytest.raises(RunFolderError, match="no longer this process's to write: its lock is gone"):
        run.append_metric({"kind": "epoch"})
    (run.path / LOCK).write_text(json.dumps(seal({"host": "else\x1b[2Jwhere", "process": 7, "since": "then"})))
    with pytest.raises(RunFolderError, match=r"taken over by process 7 on else\[2Jwhere since then"):
        run.write_summary({"seeds": [0]})
    assert run.read_metrics().records == []


def test_the_lock_goes_with_the_status_and_is_free_again(run):
    run.begin({"seeds": [1]})
    run.begin()  # by the same process, which goes on
    assert run.read_summary()["seeds"] == [1]
    assert run.is_running
    run.write_summary({"status": "failed"})
    assert not (run.path / LOCK).exists()
    with run.held():
        with open_run(run.path).held():
            pass
        assert run.is_running
    assert [path.name for path in run.path.iterdir() if "lock" in path.name] == []


def test_a_holder_gives_a_sign_of_life(run, monkeypatch):
    monkeypatch.setattr("physdfa.store.running.HEARTBEAT_S", 0.01)
    run.begin()
    change_lock_time = (run.path / LOCK).stat().st_mtime - 50
    os.utime(run.path / LOCK, (change_lock_time, change_lock_time))
    until = time.monotonic() + 30
    while (run.path / LOCK).stat().st_mtime == change_lock_time and time.monotonic() < until:
        time.sleep(0.01)
    assert (run.path / LOCK).stat().st_mtime > change_lock_time
