"""Time to archive evaluations, and of a genetic search without trainings, against their number: both are linear in it.

python benchmarks/archive.py [--most 100000]
"""

import argparse
import dataclasses
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ga_search.evolution import Candidate, genetic
from ga_search.genome import Gene, GenomeSpace
from ga_search.search import GenerationSummary, Search
from physdfa.store import create_run
from physdfa.training import Trainer
from physdfa.workflow.candidates.archive import Archive, read_records
from physdfa.workflow.candidates.finish import archive_summary
from physdfa.workflow.candidates.goals import ACCURACY, Tally
from physdfa.workflow.candidates.records import EvaluationRecord
from physdfa.workflow.search import evaluate_generations
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


def search_times(num: int, folder: Path) -> float:
    """Seconds of a genetic search of so many evaluations that cost nothing: to propose, archive and sum up."""
    space = GenomeSpace([Gene(f"device.p{n}", 0.0, 1.0) for n in range(4)])
    search = Search(space, genetic(space, population=24, generations=1 + (num - 24) // 22, seed=0))
    run = create_run(folder, f"search-{num}", "", command_line=["benchmarks/archive.py"], kind="search")
    started, trainer = time.perf_counter(), Trainer(1)
    with Archive(run) as archive:
        tally = Tally(archive.records)

        def evaluate(candidates: Sequence[Candidate]) -> list[EvaluationRecord]:
            made = [
                EvaluationRecord(
                    one.id, one.values, one.generation, 0, "ok", validation_accuracy=one.values["device.p0"]
                )
                for one in candidates
            ]
            archive.add(made)
            return made

        def on_generation(summary: GenerationSummary) -> None:
            run.append_metric({"kind": "generation", **dataclasses.asdict(summary)})
            run.write_summary(archive_summary(tally, trainer))

        evaluate_generations(search, archive.answering(evaluate, [0]), ACCURACY, on_generation)
        return time.perf_counter() - started


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
    with tempfile.TemporaryDirectory() as folder:
        few_s, many_s = (search_times(num, Path(folder)) for num in (most // 10, most))
    print(f"a search of {most:,} that cost nothing took {many_s:.1f} s, {many_s / few_s:.1f} times one of a tenth")


if __name__ == "__main__":
    main()
