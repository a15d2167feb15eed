"""One variant in a process of its own, on one core: `worker.py module:function --data FILE --steps T`.

It builds and warms up, writes one line of JSON, and then answers each line "N" on its standard input with the seconds
per training step of at least N steps, until that input ends. A failure is a line too: {"failed": why}.

Libraries are imported only after the process is bound to its core, since they count the cores as they start.
"""

import argparse
import importlib
import importlib.metadata
import json
import os
import sys
import time
from pathlib import Path

WARM_UP_CALLS = 3  # some compiled variants compile once more at their second call

ONE_THREAD = {
    "NPROC": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",
}
# A compile time is that of a first use: nothing is taken from earlier runs, and nothing kept for later ones.
NO_CACHES = {"TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1", "JAX_ENABLE_COMPILATION_CACHE": "false"}
VERSIONS = ("physdfa", "jax", "jaxlib", "torch", "snntorch", "spikingjelly", "norse", "spyx", "jaxpike")


def clocks() -> tuple[float, float]:
    """Seconds by the clock on the wall, and of processor time, with that of ended child processes (compilers)."""
    times = os.times()
    return time.perf_counter(), time.process_time() + times.children_user + times.children_system


def peak_memory_mb() -> float:
    """The most memory that this process has held so far [MB]."""
    import resource  # not there on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e6 / 1024)


def versions() -> dict[str, str]:
    """The versions of what is installed beside this process and matters here."""
    found = {"python": sys.version.split()[0]}
    for name in VERSIONS:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def main() -> None:
    """Measure the variant named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", help="module:function of this folder")
    parser.add_argument("--data", type=Path, required=True, help=".npz with images [n, 784] of 0 to 1 and labels [n]")
    parser.add_argument("--steps", type=int, default=25, help="time steps T (default: 25)")
    parser.add_argument("--core", type=int, default=0, help="which of the cores that it may use, from 0 (default: 0)")
    options = parser.parse_args()

    os.environ.update(ONE_THREAD | NO_CACHES)
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[options.core % len(cores)]})

    # What libraries print must not come between our lines.
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)

    def say(**values: object) -> None:
        out.write(json.dumps(values) + "\n")

    try:
        serve(options, say)
    except ModuleNotFoundError as error:
        say(failed=f"not installed ({error})")
    except Exception as error:  # any mistake of a library is a line of the table
        said = str(error).strip().splitlines()
        say(failed=f"{type(error).__name__}: {said[0] if said else ''}")
        raise


def serve(options: argparse.Namespace, say) -> None:
    """Build, warm up, and answer until standard input ends."""
    module, name = options.build.split(":")
    build = getattr(importlib.import_module(module), name)
    from variants import Setting

    np = importlib.import_module("numpy")
    with np.load(options.data) as data:
        setting = Setting(data["images"], data["labels"], options.steps)

    began, calls = clocks(), []
    training = build(setting)
    for index in range(WARM_UP_CALLS):
        before = clocks()
        training.call(index)
        calls.append([after - start for start, after in zip(before, clocks(), strict=True)])
    # From the imports to the first step: all of it less the steps themselves.
    start_s, start_cpu_s = (
        after - start - WARM_UP_CALLS * last for start, after, last in zip(began, clocks(), calls[-1], strict=True)
    )
    say(start_s=start_s, start_cpu_s=start_cpu_s, peak_memory_mb=peak_memory_mb(), versions=versions())

    batch = WARM_UP_CALLS
    for line in sys.stdin:
        training.call(batch)  # brings weights and code back into the caches after the turns of the others
        wall, cpu = [], []
        for _ in range(-(-int(line) // training.steps)):
            batch += 1
            before = clocks()
            training.call(batch)
            after = clocks()
            wall.append((after[0] - before[0]) / training.steps)
            cpu.append((after[1] - before[1]) / training.steps)
        say(seconds=wall, cpu_seconds=cpu)


if __name__ == "__main__":
    main()
