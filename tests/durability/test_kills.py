"""Runs that are killed (`kill -9`) at random moments, again and again, and end as if nothing had happened."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from physdfa.report.reading import read_run
from physdfa.store import open_run
from physdfa.store.evaluation_log import LOG
from physdfa.store.verify import verify_run
from tests.workflow.tiny import SEARCH, SWEEP, TINY

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("PHYSDFA_KILLS", "26"))
"""Of each kind of run."""
PATIENCE_S = 600
OF_A_CHECKPOINT = ("data.validation_size=80", "training.keep_best=true", "training.checkpoint_every=1")
MANY_POINTS = (f"sweep.parameters.'device.v_bias'.num={3 * KILLS}", "training.epochs=4")


def setting(*keys):
    return [word for key in keys for word in ("--set", key)]


KINDS = {
    "train": ("--seeds", "2", *setting(*OF_A_CHECKPOINT, f"training.epochs={20 * KILLS}")),
    "sweep": ("--chunk", "2", *setting(*MANY_POINTS)),
    "search": setting(f"search.generations={KILLS}", "training.epochs=4", "search.compare=false"),
}
"""What each is made of, long enough for so many kills."""
RANGE = (
    *("--within-best", "20", "--verify", "40", "--yield-at", "best", "--yield-samples", "48"),
    *("--yield-spread", ",".join(f"{0.01 * number:.2f}" for number in range(1, KILLS + 1))),
)
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
        if any((path / name).exists() for name in ("metrics.jsonl", LOG)):
            return path
    return None


def num_resumes(path):
    return json.loads((path / "summary.json").read_text()).get("num_resumes") or 0


def written(path):
    """What the files that grow while a run is at work are: sizes and times, of all but its summary."""
    found = set()
    for file in path.glob("*.*"):
        with contextlib.suppress(FileNotFoundError):  # replaced at this moment
            if file.name != "summary.json":
                found.add((file.name, file.stat().st_size, file.stat().st_mtime_ns))
    return found


def wait_for(process, holds):
    """Until something holds, or the process has ended."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)


def wait_for_change(process, look):
    before = look()
    wait_for(process, lambda: look() != before)


def contents(path):
    """All that a run leaves behind, but for its times."""
    run = open_run(path)
    lines = [{key: one[key] for key in one.keys() - OWN} for one in run.read_metrics().records]
    files = {file.name: file.read_bytes() for file in run.checkpoints.glob("*.npz") if "epoch" not in file.name}
    table = read_run(path).evaluations.drop(columns="wall_time_s", errors="ignore")
    keys = ("kind", "status", "seeds", "test_accuracies", "best", "best_validation_accuracy", "num_evaluations")
    summary = {key: run.read_summary().get(key) for key in keys}
    return summary, lines, files, table.to_json()


def killed_again_and_again(process, path, resume, has_begun, seed):
    """Kill a process at random moments, each time starting `resume`; the last, alive, and the number of kills."""
    draw, kills = random.Random(seed), 0
    while kills < KILLS:
        if draw.random() < 0.7:  # else while it compiles
            wait_for_change(process, lambda: written(path))
        time.sleep(draw.uniform(0, 0.3))
        if process.poll() is not None:  # it was faster than the kills
            break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += 1
        assert verify_run(path) == [] or "torn" in " ".join(verify_run(path))
        process = resume()
        if draw.random() < 0.9:  # else before it has begun
            has_begun(process)
    assert kills >= 3
    print(f"{seed}: {kills} kills")  # seen with -s
    return process


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_is_killed_again_and_again_ends_as_the_one_that_was_not(tmp_path, kind):
    config = tmp_path / "tiny.toml"
    config.write_text(TINY + SEARCH + SWEEP)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    finish(start(whole, kind, config, *KINDS[kind]))
    process = start(killed, kind, config, *KINDS[kind])
    wait_for(process, lambda: begun(killed) is not None)
    path = begun(killed)
    assert path is not None

    def has_begun(process):
        wait_for_change(process, lambda: num_resumes(path))

    finish(killed_again_and_again(process, path, lambda: start(killed, "resume", path), has_begun, kind))
    assert verify_run(path) == []
    assert contents(path) == contents(begun(whole))


def range_of(path):
    """The record of a working range, the place of its run aside."""
    record = json.loads((path / "range.json").read_text().replace(str(path), "RUN"))
    return {key: value for key, value in record.items() if key != "sha256"}


def test_a_range_that_is_killed_again_and_again_is_the_one_that_was_not(tmp_path):
    config = tmp_path / "tiny.toml"
    config.write_text(TINY + SWEEP)
    keys = ("sweep.parameters.'device.v_bias'.num=12", "training.epochs=4", "training.learning_rate=0.05")
    finish(start(tmp_path, "sweep", config, *setting(*keys)))
    whole = begun(tmp_path)
    assert whole is not None
    killed = shutil.copytree(whole, tmp_path / "copy" / whole.name)
    finish(start(tmp_path, "range", whole, *RANGE))

    def again():
        return start(tmp_path, "range", killed, *RANGE)

    finish(killed_again_and_again(again(), killed, again, lambda process: time.sleep(3), "range"))
    assert verify_run(killed) == []
    ended, uninterrupted = (range_of(path) for path in (killed, whole))
    assert len(uninterrupted["yields"]) == KILLS
    assert len(uninterrupted["verified"]) == 80
    assert ended == uninterrupted
