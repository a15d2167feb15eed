"""One training of a candidate under one seed: how far it has come, and why it failed."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import jax

from ga_search.evolution import Candidate
from physdfa.config import ExperimentConfig
from physdfa.errors import ConfigError, InputError
from physdfa.parts import error_in_own_part
from physdfa.training import EpochReport, Member, TrainState, Trial
from physdfa.workflow.candidates.records import DIVERGED, WORST_FITNESS, EvaluationRecord

Item = TypeVar("Item")


@dataclass(kw_only=True)
class Job:
    """One training: a candidate under one seed, and how far it has come."""

    candidate: Candidate
    seed: int
    trial: Trial
    config: ExperimentConfig
    bucket: Any
    member: Member | None = None
    reports: list[EpochReport] = field(default_factory=list)
    rung_accuracy: float | None = None
    dropped_at: int | None = None
    wall_time_s: float = 0.0
    failure: str = ""
    early: dict[str, float] = field(default_factory=dict)

    @property
    def accuracy(self) -> float:
        """Validation accuracy after the last epoch; the worst where there is none."""
        validation = self.reports[-1].validation if self.reports and not self.failure else None
        accuracy = math.nan if validation is None else float(validation.accuracy[0])
        loss = math.nan if validation is None else float(validation.loss[0])
        return accuracy if math.isfinite(loss) and not diverged(self.reports, 0) else WORST_FITNESS


class Stretch(NamedTuple):
    """Epochs of trainings that others may follow, as they travel.

    - `goes_on`: whether others do; `states`: of each training where it goes on, None at the beginning.
    """

    epochs: range
    goes_on: bool
    states: list[TrainState | None]


class Order(NamedTuple):
    """A chunk of trainings as it travels: candidates and seeds of one structure, and the members of its program.

    - `time_limit_s`: of the whole chunk; None: any time. `stretch`: of its epochs; None: all of them, to be scored.
    """

    pairs: list[tuple[Candidate, int]]
    members: int
    time_limit_s: float | None
    stretch: Stretch | None = None


class Progressed(NamedTuple):
    """What came of a training in a stretch, as it travels; `state` is None where it does not go on."""

    training: tuple[str, int]
    state: TrainState | None = None
    reports: Sequence[EpochReport] = ()
    wall_time_s: float = 0.0
    failure: str = ""
    early: Mapping[str, float] = {}

    @classmethod
    def of(cls, job: Job) -> "Progressed":
        """That of a job of this process, whose first stretch it was."""
        state = None if job.member is None else job.member.state
        return cls((job.candidate.id, job.seed), state, job.reports, job.wall_time_s, job.failure, job.early)

    def put_into(self, job: Job) -> None:
        """Have a job of this process come as far."""
        job.member = None if self.state is None else Member(job.trial, self.state)
        job.reports += self.reports
        job.wall_time_s += self.wall_time_s
        job.failure = self.failure
        job.early |= self.early


def parts_of(items: Sequence[Item], size: int) -> list[list[Item]]:
    """The items in their order, `size` at a time."""
    return [list(items[first : first + size]) for first in range(0, len(items), size)]


def chunks_of(
    ready: Iterable[Sequence[Job]], kind: Callable[[Job], Any], size: Callable[[Any, Job], int]
) -> Iterator[list[Job]]:
    """The jobs by `kind`, of each `size` at a time.

    Whole chunks of the first kind come as soon as they are ready, the rest after all jobs: in one order, however many
    are ready at a time.
    """
    kinds: dict[Any, list[Job]] = {}
    for jobs in ready:
        for job in jobs:
            kinds.setdefault(kind(job), []).append(job)
        for first, waiting in islice(kinds.items(), 1):
            while waiting and len(waiting) >= (whole := size(first, waiting[0])):
                chunk = waiting[:whole]
                del waiting[:whole]
                yield chunk
    for each, waiting in kinds.items():
        if waiting:
            yield from parts_of(waiting, size(each, waiting[0]))


def one_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items in their order; a thread of its own makes the next one while the last is used."""
    with ThreadPoolExecutor(1) as maker:
        coming = maker.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = maker.submit(next, items, None)
            yield item


def diverged(reports: Sequence[EpochReport], index: int) -> str:
    """The first epoch of a member with something that is no finite number. It says what, but for the loss."""
    for epoch, report in enumerate(reports, start=1):
        if what := report.not_finite(index):
            return f"{DIVERGED} in epoch {epoch}" + ("" if "loss" in what else f": {what}")
    return ""


def reason_of(error: Exception) -> str:
    """Why a candidate cannot be built, on one line; otherwise as `failure_of`."""
    if isinstance(error, ConfigError):
        return " ".join(error.mistakes)
    if isinstance(error, InputError):
        return str(error)
    return failure_of(error)


def failure_of(error: Exception) -> str:
    """Why a training could not be computed, on one line. Another error is a mistake of ours, and raised again."""
    if sentence := error_in_own_part(error):
        return sentence
    if isinstance(error, jax.errors.JaxRuntimeError | MemoryError):  # out of memory, above all
        first_line, *_ = str(error).splitlines() or [type(error).__name__]
        return f"could not be computed: {first_line}"
    raise error


def failed_record(candidate: Candidate, seed: int, *, reason: str, wall_time_s: float = 0.0) -> EvaluationRecord:
    return EvaluationRecord(
        candidate=candidate.id,
        values=candidate.values,
        generation=candidate.generation,
        seed=seed,
        status="failed",
        reason=reason,
        wall_time_s=wall_time_s,
    )
