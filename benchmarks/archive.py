"""Time to archive evaluations against their number: a chunk is appended, so ten times as many take ten times as long.

python benchmarks/archive.py [--most 100000]
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from physdfa.store import create_run
from physdfa.workflow.candidates.archive import Archive, read_records
from physdfa.workflow.candidates.records import EvaluationRecord
from physdfa.workflow.sweep import SWEEP_BATCH


class Times(NamedTuple):
    """Seconds to append evaluations in chunks, of them those of the processor, to make their table, to read it."""

    append: float
    append_cpu: float
    table: float
    read: float


def times_of(num: int, folder: Path) -> Times:
    """What it takes to archive `num` evaluations."""
    run = create_run(folder, f"archive-{num}", "", command_line=["benchmarks/archive.py"], kind="sweep")
    started, cpu = time.perf_counter(), time.process_time()
    with Archive(run) as archive:
        for first in range(0, num, SWEEP_BATCH):
            numbers = range(first, min(first + SWEEP_BATCH, num))
            with archive.training([(str(n), 0) for n in numbers]):
                pass
            archive.add([record_of(n) for n in numbers])
            run.write_summary({"num_evaluations": len(archive.records)})
        appended, appended_cpu = time.perf_counter(), time.process_time()
    written = time.perf_counter()
    assert len(read_records(run)) == num
    return Times(appended - started, appended_cpu - cpu, written - appended, time.perf_counter() - written)


def record_of(number: int) -> EvaluationRecord:
    """A record like that of a small network with two varied keys."""
    value = number / 7
    scores = dict.fromkeys(("alignment", "g_mean_over_spread", "g_correlation", "g_rms", "firing_rate"), value)
    return EvaluationRecord(
        candidate=str(number),
        values={"device.v_bias": value, "device.drive_gain": 1 / (1 + value)},
        generation=0,
        seed=0,
        status="ok",
        validation_accuracy=1 / (1 + value),
        validation_loss=value,
        epochs=3,
        wall_time_s=0.1,
        **scores,
    )


def main() -> None:
    """Print the times for a tenth of the number, and for the number."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=100_000, help="evaluations of the larger archive")
    most = parser.parse_args().most
    with tempfile.TemporaryDirectory() as folder:
        few, many = (times_of(num, Path(folder)) for num in (most // 10, most))
    for num, times in ((most // 10, few), (most, many)):
        print(
            f"{num:>8,}: appended in {times.append:.2f} s, {times.append_cpu:.2f} s of them computing "
            f"({num / times.append:,.0f} a second); table made in {times.table:.2f} s, read in {times.read:.2f} s"
        )
    ratios = (many.append / few.append, many.append_cpu / few.append_cpu)
    print("ten times as many took {:.1f} times as long to append, {:.1f} times in computing".format(*ratios))


if __name__ == "__main__":
    main()
