"""Other libraries for spiking networks beside ours: the same network, data and batch, measured in one run.

784-800-10, leaky integrate-and-fire neurons in both layers (decay 0.9, threshold 1, reset by subtraction), cross
entropy on the spike counts of the outputs, Adam, batch 128, one thread. Every variant is a process of its own, in its
own environment; all stay alive and take turns of a few training steps, so that a busy machine harms all alike.

"ours ×" is the speed of our aDFA with the same network and coding over that of the line. Any Python 3.11 or newer runs
this; README.md says how to make the environment of the others.
"""

import argparse
import contextlib
import json
import os
import platform
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from table import Row, as_json, failures, memory_table, speed_table, summary
from variants import BATCH, OURS, PEERS, Variant

HERE = Path(__file__).resolve().parent
MEMORY_STEPS = (5, 25, 100)
TURN_S = 300
"""Longest that a turn of a warm variant may take [s]."""


class Worker:
    """A variant in its process; `reply` is its last answer, or why there is none: {"failed": why}."""

    def __init__(self, python: Path, variant: Variant, data: Path, *, num_steps: int, core: int, limit_s: float):
        self.reply: dict = {}
        self._lines: queue.Queue[str | None] = queue.Queue()
        words = [variant.build, "--data", data, "--steps", num_steps, "--core", core]
        self._process = None
        try:
            self._process = subprocess.Popen(
                [str(python), str(HERE / "worker.py"), *map(str, words)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        except OSError as error:
            self.reply = {"failed": f"not installed ({python}: {error.strerror})"}
            return
        self._reader = threading.Thread(target=self._read, args=(self._process,), daemon=True)
        self._reader.start()
        self._wait(limit_s, f"too slow to compile: no first step within {limit_s:.0f} s")

    def _read(self, process: subprocess.Popen) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)

    def _wait(self, limit_s: float, too_late: str) -> None:
        try:
            line = self._lines.get(timeout=limit_s)
        except queue.Empty:
            self.reply = {"failed": too_late}
        else:
            self.reply = json.loads(line) if line else {"failed": "its process ended without a word"}
        if "failed" in self.reply:
            self.close()

    def train(self, num_steps: int) -> None:
        """At least so many training steps; their seconds are then in `reply`."""
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # its end is seen as it is waited for
            self._process.stdin.write(f"{num_steps}\n")
            self._process.stdin.flush()
        self._wait(TURN_S, f"no answer within {TURN_S} s")

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # a question that was never read
                self._process.stdin.close()


def main() -> None:
    """Measure, and print the tables; `--json FILE` keeps them."""
    options = parse()
    variants = chosen(options.only)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.npz"
        name = write_data(options.ours, data)
        rows = measure_speed(variants, data, options) if options.rounds else [row_of(variant) for variant in variants]
        if options.memory:
            measure_memory(variants, rows, data, options)
    versions: dict[str, dict[str, str]] = {}
    for variant, row in zip(variants, rows, strict=True):
        if row.versions:
            versions.setdefault("ours" if variant.way == "ours" else "peers", row.versions)
    machine = {"processor": processor(), "cpus": os.cpu_count(), "machine": platform.machine()}

    if options.rounds:
        print(speed_table(rows, BATCH), *summary(rows), sep="\n")
    if options.memory:
        print(memory_table(rows))
    for line in failures(rows):
        print(f"not measured: {line}")
    turns = f"medians over {options.rounds} rounds of {options.turn} training steps each"
    print(f"# T = {options.steps}, {name}; {turns}; {machine}; {versions}")
    if options.json:
        kept = {
            "machine": machine,
            "versions": versions,
            "data": name,
            "steps": options.steps,
            "rounds": options.rounds,
        }
        text = json.dumps({**kept, "rows": as_json(rows, BATCH)}, indent=2, ensure_ascii=False)
        options.json.write_text(text + "\n", encoding="utf-8")


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    environments = {"ours": HERE.parents[1] / ".venv/bin/python", "peers": HERE / ".venv/bin/python"}
    parser.add_argument("--ours", type=Path, default=environments["ours"], help="our Python (default: %(default)s)")
    parser.add_argument("--peers", type=Path, default=environments["peers"], help="theirs (default: %(default)s)")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="only lines with one of these words, beside ours")
    parser.add_argument("--steps", type=int, default=25, help="time steps T (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=6, help="turns of each variant (default: %(default)s)")
    parser.add_argument("--turn", type=int, default=4, help="training steps of a turn (default: %(default)s)")
    parser.add_argument("--limit", type=float, default=120, help="seconds for a first step (default: %(default)s)")
    parser.add_argument("--core", type=int, default=0, help="which of its cores all run on (default: %(default)s)")
    parser.add_argument("--memory", action="store_true", help=f"also measure peak memory at T = {MEMORY_STEPS}")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    return parser.parse_args()


def chosen(words: list[str] | None) -> list[Variant]:
    """The lines that have one of the words, or all; and those of ours that they are compared with."""

    def matches(variant: Variant) -> bool:
        line = f"{variant.name} {variant.way} {variant.coding}".lower()
        return words is None or any(word.lower() in line for word in words)

    kept = [variant for variant in (*OURS, *PEERS) if matches(variant)]
    codings = dict.fromkeys(variant.coding for variant in kept)
    compared = [next(ours for ours in OURS if ours.coding == coding) for coding in codings]
    return list(dict.fromkeys([*compared, *kept]))


def row_of(variant: Variant) -> Row:
    """A line in which nothing is measured yet."""
    return Row(name=variant.name, way=variant.way, coding=variant.coding)


def write_data(python: Path, path: Path) -> str:
    """Let our environment write the data, and say what it is."""
    try:
        words = [str(python), str(HERE / "ours.py"), "--write", str(path)]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
    except OSError as error:
        sys.exit(f"--ours: no Python of our environment at {python} ({error.strerror}); make it, or name another.")
    except subprocess.CalledProcessError as error:
        sys.exit(f"--ours: {python} could not make the data: {error.stderr.strip().splitlines()[-1]}")
    return done.stdout.strip()


def start(variant: Variant, data: Path, options: argparse.Namespace, num_steps: int) -> Worker:
    """Its process, warm or failed."""
    python = options.ours if variant.way == "ours" else options.peers
    return Worker(python, variant, data, num_steps=num_steps, core=options.core, limit_s=options.limit)


def measure_speed(variants: list[Variant], data: Path, options: argparse.Namespace) -> list[Row]:
    """Warm up one after the other, then take turns."""
    rows, workers = [row_of(variant) for variant in variants], []
    with contextlib.ExitStack() as stack:
        for variant, row in zip(variants, rows, strict=True):
            worker = start(variant, data, options, options.steps)
            stack.callback(worker.close)
            workers.append(worker)
            row.failed = worker.reply.get("failed")
            row.start_s, row.start_cpu_s = worker.reply.get("start_s"), worker.reply.get("start_cpu_s")
            row.versions = worker.reply.get("versions", {})
            progress(f"{row.name}: {row.failed or f'warm after {row.start_s:.1f} s'}")
        for turn in range(options.rounds):
            for row, worker in running(rows, workers):
                worker.train(options.turn)
                row.failed = worker.reply.get("failed")
                row.seconds += worker.reply.get("seconds", [])
                row.cpu_seconds += worker.reply.get("cpu_seconds", [])
            progress(f"round {turn + 1} of {options.rounds}")
    return rows


def running(rows: list[Row], workers: list[Worker]) -> Iterator[tuple[Row, Worker]]:
    """Those that have not failed so far."""
    return ((row, worker) for row, worker in zip(rows, workers, strict=True) if row.failed is None)


def measure_memory(variants: list[Variant], rows: list[Row], data: Path, options: argparse.Namespace) -> None:
    """The most memory that a fresh process of each variant has held once it is warm, at several numbers of steps."""
    for variant, row in zip(variants, rows, strict=True):
        for num_steps in MEMORY_STEPS:
            if row.failed:
                break
            worker = start(variant, data, options, num_steps)
            worker.close()
            failed = worker.reply.get("failed")
            row.versions = row.versions or worker.reply.get("versions", {})
            row.memory_mb[num_steps] = failed.split(":")[0] if failed else float(worker.reply["peak_memory_mb"])
            progress(f"{row.name}, T = {num_steps}: {failed or f'{row.memory_mb[num_steps]:.0f} MB'}")


def progress(line: str) -> None:
    """Tell whoever waits what is done; the tables alone go to standard output."""
    print(line, file=sys.stderr, flush=True)


def processor() -> str:
    """The processor's own name, where the system tells it."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()


if __name__ == "__main__":
    main()
