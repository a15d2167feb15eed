"""The genetic search against random search and CMA-ES, at equal budget.

In repetition r all methods share the seed r, hence validation split and seeds.
"""

from collections.abc import Sequence
from functools import partial
from itertools import accumulate
from math import inf
from pathlib import Path
from statistics import mean, median, stdev
from typing import NamedTuple

from physdfa.config import ExperimentConfig
from physdfa.report.formatting import accuracy
from physdfa.store import RunFolder
from physdfa.workflow.reproduce.entry import Entry, Finished, Record, Row, Table, Work, Workplace
from physdfa.workflow.reproduce.finished import find_finished
from physdfa.workflow.reproduce.packaged import packaged_config
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import not_done_text
from physdfa.workflow.reproduce.training import lines_of
from physdfa.workflow.search import run_search, search_size

METHODS = {"genetic": "genetic", "random": "random", "cma_es": "CMA-ES"}
REPETITIONS = 5
TOLERANCE = 0.005
"""How near to the best of its repetition a search must come."""

SMOKE = ("data.validation_size=96", "search.population=4", "search.generations=2", "search.elites=1")
HEADER = ("method", "searches", "best in validation", "its test accuracy", "evaluations to come within 0.5 points")


def read_row(method: str, repetition: int, scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of one search."""
    overrides = (f"search.method={method}", f"experiment.seed={repetition}")
    return packaged_config(
        "search_methods",
        name=f"{method}_{repetition}",
        overrides=overrides,
        scale=scale,
        smoke=SMOKE,
        kind="search",
        data_dir=data_dir,
    )


def make(config: ExperimentConfig, place: Workplace, num_seeds: int) -> RunFolder:
    """The search, finished already or run."""
    found = find_finished(place.out_dir, config, num_seeds=num_seeds, kind="search")
    return found or run_search(
        config,
        out_dir=place.out_dir,
        data_dir=place.data_dir,
        command_line=place.command_line,
        progress=place.progress,
    )


class Course(NamedTuple):
    """One search: evaluations so far and best validation accuracy so far, generation by generation; its test."""

    evaluations: list[int]
    best: list[float]
    test_accuracy: float


def course_of(run: RunFolder, record: Record) -> Course:
    """The course of a finished search."""
    generations = lines_of(run, "generation")
    spent = list(accumulate(int(line["num_evaluations"]) for line in generations))
    return Course(spent, [float(line["best_so_far"]) for line in generations], float(record["test_accuracy"]))


def evaluations_needed(course: Course, wanted: float) -> float:
    """Evaluations of one search until its best reached `wanted`, by whole generations; infinite if it never did."""
    reached = (spent for spent, best in zip(course.evaluations, course.best, strict=True) if best >= wanted)
    return float(next(reached, inf))


def rows_of(courses: dict[str, dict[str, Course]]) -> list[list[str]]:
    """A line per method, from its searches by repetition."""
    tops: dict[str, float] = {}
    for own in courses.values():
        for repetition, course in own.items():
            tops[repetition] = max(tops.get(repetition, 0.0), course.best[-1])
    rows = []
    for title, own in courses.items():
        needed = [evaluations_needed(course, tops[repetition] - TOLERANCE) for repetition, course in own.items()]
        best, tested = [course.best[-1] for course in own.values()], [course.test_accuracy for course in own.values()]
        counts = f"median {count_text(median(needed))} ({', '.join(map(count_text, needed))})"
        rows.append([title, str(len(own)), spread(best), spread(tested), counts])
    return rows


def count_text(value: float) -> str:
    """A number of evaluations."""
    return "never" if value == inf else f"{value:.0f}"


def spread(values: Sequence[float]) -> str:
    """Mean ± standard deviation in percent."""
    return accuracy(mean(values), stdev(values) if len(values) > 1 else 0.0)


def tables(finished: Sequence[Finished]) -> list[Table]:
    """What each method finds, and how soon."""
    courses: dict[str, dict[str, Course]] = {}
    for one in finished:
        if one.is_done and one.run is not None:
            of_method = courses.setdefault(one.row.cells["method"], {})
            of_method[one.row.cells["repetition"]] = course_of(one.run, one.record)
    return [Table(title="Searches", header=HEADER, rows=rows_of(courses), text=not_done_text(finished))]


def row_of(method: str, repetition: int) -> Row:
    """One search."""
    return Row(
        name=f"{method}_{repetition}",
        cells={"method": METHODS[method], "repetition": str(repetition)},
        read=partial(read_row, method, repetition),
        work=Work(kind="search", make=make, size=search_size),
        seeds=0,
        group=str(repetition),
        kept=f"search_methods/{method}_{repetition}",
    )


SEARCH_METHODS = Entry(
    name="search-methods",
    title="Genetic search, random search and CMA-ES at equal budget",
    source="not as such",
    datasets=("mnist",),
    full_time="half an hour on 2 cores (estimated)",
    rows=tuple(row_of(method, repetition) for repetition in range(REPETITIONS) for method in METHODS),
    tables=tables,
)
