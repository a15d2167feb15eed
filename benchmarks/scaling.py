"""How far a search goes beyond one machine: the scheduler with simulated workers, and Ray with one worker and two.

python benchmarks/scaling.py simulate [--workers 1000 --evaluations 100000]
python benchmarks/scaling.py ray [--points 48]
"""

import argparse
import heapq
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ga_search.evolution import Candidate
from ga_search.genome import Gene, GenomeSpace, candidate_id
from ga_search.steady import SteadySearch
from physdfa.build import load_samples
from physdfa.config import read_config
from physdfa.store import create_run
from physdfa.workflow.candidates.archive import Archive
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.candidates.records import EvaluationRecord
from physdfa.workflow.where.place import Here, evaluating_at
from physdfa.workflow.where.scheduler import Answered, Joined, Lost, Raised, Scheduler
from physdfa.workflow.where.workers import Workers

MEDIAN_S, SPREAD = 60.0, 0.5
"""Simulated duration of an evaluation: log-normal."""
LOST_PER_MINUTE = 0.01
STOPPED = 0.001
"""Share of the evaluations during which the worker does not answer for `STOPPED_S`."""
STOPPED_S = 3600.0
BACK_S = 120.0
"""Time until there is a worker in the place of a lost one."""


class SimulatedPool:
    """Workers on a simulated clock, which are lost, stopped and replaced at random."""

    def __init__(self, num_workers: int, seed: int):
        self.time, self.lost = 0.0, 0
        self._draw, self._coming, self._order = random.Random(seed), list[tuple[float, int, Any]](), 0
        for number in range(num_workers):
            self._at(self._draw.uniform(0.0, 60.0), Joined(f"worker {number}"))

    def _at(self, when: float, event: Any) -> None:
        self._order += 1
        heapq.heappush(self._coming, (when, self._order, event))

    def give(self, worker: str, number: int, task: Any) -> None:
        """The fate of a task is drawn when it is begun."""
        seconds = MEDIAN_S * self._draw.lognormvariate(0.0, SPREAD)
        if self._draw.random() < STOPPED:
            seconds += STOPPED_S
        until_lost = self._draw.expovariate(LOST_PER_MINUTE / 60.0)
        if until_lost < seconds:
            self.lost += 1
            self._at(self.time + until_lost, Lost(worker))
            self._at(self.time + until_lost + BACK_S, Joined(f"{worker}'"))
        else:
            self._at(self.time + seconds, Answered(worker, number, task))

    def events(self, timeout_s: float) -> list[Joined | Lost | Answered | Raised]:
        """What happens within so long; then it is that late."""
        limit = self.time + timeout_s
        if self._coming and self._coming[0][0] <= limit:
            self.time = max(self.time, self._coming[0][0])
        else:
            self.time = limit
        found = []
        while self._coming and self._coming[0][0] <= self.time:
            found.append(heapq.heappop(self._coming)[2])
        return found

    def now(self) -> float:
        """The simulated time [s]."""
        return self.time


class Simulated(NamedTuple):
    """What a simulation has found."""

    evaluations: int
    missing: int
    doubled: int
    lost_workers: int
    given_again: int
    late: int
    hours: float
    busy: float
    archive_per_s: float
    driver_s: float
    peak_gb: float


def simulate(num_workers: int, num_evaluations: int, folder: Path, seed: int = 0) -> Simulated:
    """A steady search with fake evaluations; what proposes, schedules and writes is the real code."""
    space = GenomeSpace([Gene(f"device.p{n}", 0.0, 1.0) for n in range(4)])
    search = SteadySearch(space, budget=num_evaluations, population=100, seed=seed)
    run = create_run(folder, "simulated", "", command_line=["scaling"], kind="search")
    run.begin()
    pool, counted = SimulatedPool(num_workers, seed), Counter[str]()
    scheduler, writing, began = Scheduler(pool), 0.0, time.perf_counter()
    with Archive(run) as archive:
        for task, _ in scheduler.run(search.ask):
            counted[task.id] += 1
            accuracy = 1.0 - sum((value - 0.3) ** 2 for value in task.values.values()) / 4
            record = EvaluationRecord(task.id, task.values, task.generation, 0, "ok", validation_accuracy=accuracy)
            start = time.perf_counter()
            archive.add([record])
            writing += time.perf_counter() - start
            search.tell(task, accuracy)
    wall = time.perf_counter() - began
    return Simulated(
        evaluations=len(counted),
        missing=num_evaluations - len(counted),
        doubled=sum(counted.values()) - len(counted),
        lost_workers=scheduler.tally.lost,
        given_again=scheduler.tally.given_again,
        late=scheduler.tally.late,
        hours=pool.time / 3600,
        busy=num_evaluations * MEDIAN_S * 1.133 / (pool.time * num_workers),  # mean of the log-normal: exp(0.5² / 2)
        archive_per_s=num_evaluations / writing,
        driver_s=wall,
        peak_gb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    )


CONFIG = """
[experiment]
name = "scaling"
[data]
name = "digits"
[network]
hidden = [256]
num_steps = 20
[rule]
name = "adfa"
[device]
preset = "mach_zehnder"
reference = "balanced"
[training]
epochs = 10
batch_size = 32
"""
CHUNK = 4


def points(num: int, first: int) -> list[Candidate]:
    """Points along the bias, none of them twice."""
    values = [{"device.v_bias": 9.4 * (first + n) / 10_000} for n in range(num)]
    return [Candidate(candidate_id(each), each, 0) for each in values]


def timed(num: int) -> Iterator[tuple[str, float, dict[tuple[str, int], Any]]]:
    """Seconds for so many points once all is compiled: here, and on Ray with one worker and with two."""
    import tomllib

    from physdfa.workflow.where.ray_pool import ray_pool

    config = read_config(tomllib.loads(CONFIG))
    samples = load_samples(config, None)

    def measure(name: str, place: Any) -> tuple[str, float, dict[tuple[str, int], Any]]:
        with evaluating_at(place):
            evaluator = Evaluator(
                config, samples, kind="sweep", epochs=config.training.epochs, seeds=1, largest_batch=num
            )
            evaluator(points(4 * CHUNK, 5_000))  # compiles
            start = time.perf_counter()
            records = evaluator(points(num, 0))
            seconds = time.perf_counter() - start
        return (
            name,
            seconds,
            {(one.candidate, one.seed): (one.validation_accuracy, one.validation_loss) for one in records},
        )

    yield measure("here", Here(CHUNK))
    for workers in (1, 2):
        with ray_pool("local", None, num_cpus=workers) as pool:
            yield measure(f"Ray, {workers} worker{'s' * (workers > 1)}", Workers(pool, CHUNK))


def main() -> None:
    """Print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["simulate", "ray"])
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--evaluations", type=int, default=100_000)
    parser.add_argument("--points", type=int, default=48)
    options = parser.parse_args()
    if options.what == "simulate":
        with tempfile.TemporaryDirectory() as folder:
            found = simulate(options.workers, options.evaluations, Path(folder))
        for name, value in found._asdict().items():
            print(f"{name}: {value:,.4g}" if isinstance(value, float) else f"{name}: {value:,}")
        return
    reference = None
    for name, seconds, results in timed(options.points):
        reference = reference or (seconds, results)
        same = "same results" if results == reference[1] else "OTHER RESULTS"
        print(
            f"{name}: {seconds:.2f} s, {options.points / seconds * 3600:,.0f} evaluations per hour, {same}", flush=True
        )


if __name__ == "__main__":
    main()
