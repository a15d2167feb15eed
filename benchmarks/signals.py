"""Does every command end as it should, whenever a signal comes? Sends SIGINT or SIGTERM at random moments.

    python benchmarks/signals.py --each 20 --commands train sweep search range reproduce

Each command is run once to its end for its duration, then `--each` times with a signal at a moment drawn evenly over
that duration; where it has ended by then, an earlier moment is drawn. It has ended well if its exit code is 130
(SIGINT) or 143 (SIGTERM), or the signal itself ended it while the interpreter started; if it says no traceback; and if
every run folder in its folder of results is whole.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from physdfa.store.known_runs import open_run, run_folders_of
from physdfa.store.verify import verify_run

EXPERIMENT = """
[experiment]
name = "signals"
[data]
name = "digits"
train_size = 480
[network]
hidden = [16]
num_steps = 4
[rule]
name = "adfa"
[device]
preset = "mach_zehnder"
reference = "balanced"
[training]
epochs = 30
batch_size = 32
[search]
population = 6
generations = 3
epochs = 2
[search.genes]
"device.v_bias" = { low = 0.0, high = 9.4 }
"device.drive_gain" = { low = 0.1, high = 10.0, scale = "log" }
[sweep]
epochs = 2
[sweep.parameters]
"device.v_bias" = { low = 0.0, high = 9.4, num = 6 }
"device.drive_gain" = { low = 0.1, high = 10.0, num = 6, scale = "log" }
"""
COMMANDS = {
    "train": ["train", "experiment.toml"],
    "sweep": ["sweep", "experiment.toml"],
    "search": ["search", "experiment.toml"],
    "range": ["range", "results/signals", "--within-best", "5", "--yield-spread", "0.05", "--yield-samples", "4"],
    "reproduce": ["reproduce", "adfa-mnist"],
    "report": ["report", "results/signals"],
}
ON_A_FINISHED_RUN = ("range", "report")
PROGRAM = "import sys; from physdfa.cli.main import program; sys.argv[0] = 'physdfa'; program()"
SIGNALS = (signal.SIGINT, signal.SIGTERM)
LONGEST_S = 300.0


class Ending(NamedTuple):
    """How one command ended: seconds from the signal to the end, its exit code, and what was wrong."""

    code: int
    seconds: float
    problems: list[str]


def start(words: list[str], folder: Path) -> subprocess.Popen:
    """The command in a folder of its own, its cache of compiled programs in the folder above."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(folder.parent / "cache")},
    )


def run_folders(folder: Path) -> list[Path]:
    """All run folders below `results/` of the folder."""
    results = folder / "results"
    return [run for child in results.iterdir() for run in run_folders_of(child)] if results.exists() else []


def problems_of(folder: Path, code: int, number: int, err: str) -> list[str]:
    """What is not as it should be after a signal."""
    found = []
    if code not in (128 + number, -number):
        found.append(f"exit code {code}")
    if "Traceback" in err or "Exception ignored" in err:
        found.append(f"a traceback: {err.strip().splitlines()[-1]}")
    for run in run_folders(folder):
        found += verify_run(run)
    partial = [str(path) for path in folder.rglob(".*.partial")]
    return found + [f"left behind: {path}" for path in partial]


def interrupted(
    words: list[str], folder: Path, delay_s: float, number: int, *, twice: bool
) -> tuple[Ending | None, str]:
    """Run a command, and send it a signal after the delay, a second one half a second later if `twice`.

    None where the command had ended before the signal.
    """
    process = start(words, folder)
    try:
        time.sleep(delay_s)
        sent = time.monotonic()
        if process.poll() is not None:
            return None, process.communicate()[1]
        process.send_signal(number)
        if twice:
            time.sleep(0.5)
            process.send_signal(number)
        out, err = process.communicate(timeout=LONGEST_S)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return Ending(process.returncode, LONGEST_S, ["it did not end"]), err
    problems = problems_of(folder, process.returncode, number, err)
    del out
    return Ending(process.returncode, time.monotonic() - sent, problems), err


def fresh_folder(base: Path, command: str, finished: Path | None) -> Path:
    """A folder with the experiment file, and with a finished sweep where the command needs one."""
    folder = Path(tempfile.mkdtemp(prefix=f"{command}-", dir=base))
    (folder / "experiment.toml").write_text(EXPERIMENT)
    if finished is not None:
        shutil.copytree(finished / "results", folder / "results")
    return folder


def finished_sweep(base: Path) -> Path:
    """A folder with a finished sweep."""
    folder = fresh_folder(base, "finished", None)
    process = start(["sweep", "experiment.toml", "--quiet"], folder)
    _, err = process.communicate()
    assert process.returncode == 0, err
    return folder


def measure(command: str, base: Path, each: int, draw: random.Random, *, twice: bool) -> None:
    """Print how `each` runs of a command ended."""
    finished = finished_sweep(base) if command in ON_A_FINISHED_RUN else None
    whole_s = 0.0
    for _ in range(2):  # the first fills the cache of compiled programs
        began, folder = time.monotonic(), fresh_folder(base, command, finished)
        process = start(COMMANDS[command], folder)
        _, err = process.communicate()
        assert process.returncode == 0, err
        whole_s = time.monotonic() - began
    codes: dict[int, int] = {}
    slowest, bad = 0.0, 0
    statuses: dict[str, int] = {}
    for n in range(each):
        folder = fresh_folder(base, command, finished)
        delay_s, number = draw.uniform(0.0, whole_s), SIGNALS[n % 2]
        ending, err = interrupted(COMMANDS[command], folder, delay_s, number, twice=twice)
        while ending is None:
            shutil.rmtree(folder)
            folder, delay_s = fresh_folder(base, command, finished), draw.uniform(0.0, delay_s)
            ending, err = interrupted(COMMANDS[command], folder, delay_s, number, twice=twice)
        codes[ending.code] = codes.get(ending.code, 0) + 1
        slowest = max(slowest, ending.seconds)
        for run in run_folders(folder):
            status = str(open_run(run).read_summary()["status"])
            statuses[status] = statuses.get(status, 0) + 1
        if ending.problems:
            bad += 1
            print(
                f"  {command}, signal {number} after {delay_s:.2f} s: {'; '.join(ending.problems)}\n{err}", flush=True
            )
        else:
            shutil.rmtree(folder)
    print(
        f"{command}: {each - bad} of {each} ended well; {whole_s:.1f} s long; exit codes {codes}; run folders "
        f"{statuses}; at most {slowest:.1f} s from signal to end",
        flush=True,
    )


def main() -> None:
    """Measure the commands that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=20, help="signals per command")
    parser.add_argument("--commands", nargs="+", choices=list(COMMANDS), default=list(COMMANDS))
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    parser.add_argument("--twice", action="store_true", help="send a second signal half a second later")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="physdfa-signals-") as base:
        for command in options.commands:
            measure(command, Path(base), options.each, random.Random(options.seed), twice=options.twice)


if __name__ == "__main__":
    main()
