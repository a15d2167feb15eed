"""Runs that are killed (`kill -9`) at random moments, again and again, and end as if nothing had happened."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from physdfa.report.reading import read_run
from physdfa.store import open_run
from physdfa.store.verify import verify_run
from tests.workflow.tiny import SEARCH, SWEEP, TINY

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("PHYSDFA_KILLS", "14"))
"""Of each kind of run."""
PATIENCE_S = 600
OF_A_CHECKPOINT = ("data.validation_size=80", "training.keep_best=true", "training.checkpoint_every=1")
KINDS = {
    "train": ("--seeds", "2", *(word for key in (*OF_A_CHECKPOINT, "training.epochs=40") for word in ("--set", key))),
    "sweep": ("--set", "sweep.parameters.'device.v_bias'.num=12", "--set", "training.epochs=4"),
    "search": ("--set", "search.generations=8", "--set", "training.epochs=4", "--set", "search.compare=false"),
}
OWN = {"wall_time_s", "images_per_s", "sha256"}
"""What differs between two runs of the same: times, and the hashes of lines that hold one."""


def start(folder, *words):
    """A command in a process of its own, its compiled programs kept between calls."""
    script = "import sys; from physdfa.cli.main import main; sys.argv[0] = 'physdfa'; sys.exit(main())"
    cache = {"JAX_COMPILATION_CACHE_DIR": str(folder.parent / "compiled")}
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, words), "--quiet"],
        cwd=folder,
        env={**os.environ, **cache},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process):
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err


def begun(folder):
    """The one run folder below a folder, once it is there and anything was logged or evaluated."""
    for path in folder.glob("results/*/*"):
        if any((path / name).exists() for name in ("metrics.jsonl", "evaluations.parquet")):
            return path
    return None


def num_resumes(path):
    return json.loads((path / "summary.json").read_text()).get("num_resumes") or 0


def written(path):
    """Bytes of the files that grow while a run is at work, all but its summary."""
    size = 0
    for file in path.glob("*.*"):
        with contextlib.suppress(FileNotFoundError):  # replaced at this moment
            size += file.stat().st_size if file.name != "summary.json" else 0
    return size


def wait_for(process, holds):
    """Until something holds, or the process has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


def contents(path):
    """All that a run leaves behind, but for its times."""
    run = open_run(path)
    lines = [{key: one[key] for key in one.keys() - OWN} for one in run.read_metrics().records]
    files = {file.name: file.read_bytes() for file in run.checkpoints.glob("*.npz") if "epoch" not in file.name}
    table = read_run(path).evaluations.drop(columns="wall_time_s", errors="ignore")
    keys = ("kind", "status", "seeds", "test_accuracies", "best", "best_validation_accuracy", "num_evaluations")
    summary = {key: run.read_summary().get(key) for key in keys}
    return summary, lines, files, json.loads(table.to_json())


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_is_killed_again_and_again_ends_as_the_one_that_was_not(tmp_path, kind):
    config = tmp_path / "tiny.toml"
    config.write_text(TINY + SEARCH + SWEEP)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    finish(start(whole, kind, config, *KINDS[kind]))
    draw, kills = random.Random(kind), 0
    process = start(killed, kind, config, *KINDS[kind])
    wait_for(process, lambda: begun(killed) is not None)
    path = begun(killed)
    assert path is not None
    while kills < KILLS:
        wait_for(process, lambda resumes=kills: num_resumes(path) == resumes)
        if draw.random() < 0.7:  # else while it compiles
            before = written(path)
            wait_for(process, lambda size=before: written(path) > size)
        time.sleep(draw.uniform(0, 0.3))
        if process.poll() is not None:  # it was faster than the kills
            break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += 1
        assert verify_run(path) == [] or "torn" in " ".join(verify_run(path))
        process = start(killed, "resume", path)
    finish(process)
    assert kills >= 3
    assert verify_run(path) == []
    assert contents(path) == contents(begun(whole))
    print(f"{kind}: {kills} kills")  # seen with -s
