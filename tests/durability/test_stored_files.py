"""Every stored file: what is cut off or flipped is detected or harmless, and a full disk leaves what was there."""

import errno
import os
import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from physdfa.errors import RunFolderError
from physdfa.store import create_run, open_run
from physdfa.store.derived import RANGE, write_derived
from physdfa.store.evaluation_log import LOG
from physdfa.store.verify import verify_run
from physdfa.workflow.candidates.archive import Archive, read_records
from physdfa.workflow.candidates.records import EvaluationRecord

pytestmark = pytest.mark.slow

FLIPS = 200
CONFIG = '[experiment]\nname = "a"\nseed = 0\n'


def records_of(numbers):
    return [
        EvaluationRecord(f"c{n}", {"device.v_bias": n / 7}, 0, 0, "ok", validation_accuracy=n / 9, wall_time_s=0.1)
        for n in numbers
    ]


def make_run(folder: Path, *, table: bool = True):
    """A run with a file of every kind; its evaluations as a table, or as a log."""
    run = create_run(folder, "a", CONFIG, command_line=["x"], kind="sweep", now=datetime(2026, 1, 1, tzinfo=UTC))
    run.append_metric({"kind": "epoch", "epoch": 1})
    run.append_metric({"kind": "test", "seed": 0})
    run.save_tree("final", {"weights/0": np.ones((3, 2), np.float32)}, {"seeds": [0]})
    run.write_figure_data("accuracy", {"epoch": [1], "accuracy": [0.5]})
    write_derived(run, RANGE, {"format": 2, "run": run.run_id})
    archive = Archive(run)
    with archive.training([("c1", 0), ("c2", 0)]):
        pass
    archive.add(records_of([1, 2, 3]))
    if table:
        archive.__exit__(None)
    run.write_summary({"status": "done"})
    return run


def kinds_of(run):
    return sorted(path.relative_to(run.path).as_posix() for path in run.path.rglob("*") if path.is_file())


def is_detected_or_harmless(run, name: str, whole: bytes) -> bool:
    """Told by `verify`; or, in the log of evaluations, what is lost is evaluated again, and nothing else is read.

    The newline at the end of a JSON file says nothing.
    """
    if verify_run(run.path) or (run.path / name).read_bytes() == whole.removesuffix(b"\n"):
        return True
    return name == LOG and set(map(str, read_records(run))) <= set(map(str, records_of([1, 2, 3])))


@pytest.fixture(scope="module", params=[True, False], ids=["table", "log"])
def run(request, tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("whole"), table=request.param)


def test_every_truncation_is_detected_or_harmless(run):
    assert verify_run(run.path) == []
    for name in kinds_of(run):
        path = run.path / name
        whole = path.read_bytes()
        for length in range(len(whole)):
            path.write_bytes(whole[:length])
            assert is_detected_or_harmless(run, name, whole), (name, length)
        path.write_bytes(whole)
    assert verify_run(run.path) == []


def test_random_flips_of_every_file_are_detected(run):
    draw = random.Random(0)
    for name in kinds_of(run):
        path = run.path / name
        whole = path.read_bytes()
        for _ in range(FLIPS):
            changed = bytearray(whole)
            position = draw.randrange(len(whole))
            changed[position] ^= 1 << draw.randrange(8)
            path.write_bytes(bytes(changed))
            assert is_detected_or_harmless(run, name, whole), (name, position)
        path.write_bytes(whole)


def test_no_room_at_any_write_leaves_a_run_that_is_whole_or_absent(tmp_path, monkeypatch):
    """The nth write of a run's life fails, for every n: what was kept before is there, and the error names a file."""
    fsync, left = os.fsync, [0]

    def full(file):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(file)

    monkeypatch.setattr("os.fsync", full)
    num, failed = 0, True
    while failed:
        folder, left[0], failed = tmp_path / str(num), num, False
        try:
            make_run(folder)
        except (OSError, RunFolderError):
            failed = True
        left[0] = 10**9
        for path in folder.glob("a/*"):
            assert verify_run(path) == [], num
            assert {str(one) for one in read_records(open_run(path))} <= set(map(str, records_of([1, 2, 3])))
        shutil.rmtree(folder, ignore_errors=True)
        num += 1
    assert num > 15  # there are that many writes


RACE = """
import sys, time
from pathlib import Path
from physdfa.errors import RunFolderError
from physdfa.store import open_run
run = open_run(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
try:
    run.begin()
except RunFolderError:
    print("refused", flush=True)
else:
    print("held", flush=True)
    sys.stdin.readline()
"""

HOLD = "import sys; from pathlib import Path; from physdfa.store import open_run; open_run(Path(sys.argv[1])).begin()"


@pytest.mark.parametrize("leaves_a_dead_lock", [False, True])
def test_of_many_writers_that_begin_at_once_one_holds_the_run(tmp_path, leaves_a_dead_lock):
    run = create_run(tmp_path, "a", CONFIG, command_line=["x"], kind="sweep")
    for _ in range(10):
        if leaves_a_dead_lock:
            subprocess.run([sys.executable, "-c", HOLD, str(run.path)], check=True)
        others = [
            subprocess.Popen(
                [sys.executable, "-c", RACE, str(run.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(4)
        ]
        try:
            for each in others:
                assert each.stdout is not None
                assert each.stdout.readline() == "ready\n"
            for each in others:
                assert each.stdin is not None
                each.stdin.write("go\n")
                each.stdin.flush()
            said = [each.stdout.readline() for each in others if each.stdout is not None]
            assert sorted(said) == ["held\n", *["refused\n"] * 3]
        finally:
            for each in others:
                each.kill()
                each.communicate()
