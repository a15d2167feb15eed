"""Candidates -> records: short trainings, a whole generation as one compiled program, scored on the validation split.

Never an exception across candidates, never a NaN: what cannot be built or diverges becomes a failed record with its
reason. A result depends on (seed, candidate) alone, so neither order nor chunking can change it; under successive
halving how long a candidate trains depends on its generation, too.
"""

import dataclasses
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import jax

from ga_search.evolution import Candidate
from physdfa.analysis import early_scores, mean_update_angle
from physdfa.build import Samples, build_trial, split_rows, training_key
from physdfa.config import ExperimentConfig, Halving, Kind, with_values
from physdfa.interrupt import stop_if_asked
from physdfa.training import (
    EpochReport,
    Member,
    Population,
    Splits,
    Trainer,
    Trial,
    members_of,
    structure_of,
)
from physdfa.workflow.candidates.archive import Archive, Watch
from physdfa.workflow.candidates.early import angle_column, is_early
from physdfa.workflow.candidates.failures import at_most
from physdfa.workflow.candidates.jobs import (
    Job,
    Order,
    Progressed,
    chunks_of,
    failed_record,
    failure_of,
    one_ahead,
    parts_of,
    reason_of,
)
from physdfa.workflow.candidates.records import WORST_FITNESS, EvaluationRecord
from physdfa.workflow.candidates.rungs import Stretcher, train_by_halving
from physdfa.workflow.candidates.scoring import scored, told
from physdfa.workflow.where.place import current_place

MOST_MEMBERS = 64
"""Members of one program: more did not train faster, and each costs memory."""

MOST_WAITING = 16 * MOST_MEMBERS
"""Trainings that are made ready at a time: each holds a tenth of a megabyte, and takes some milliseconds."""


class Evaluator:
    """Scores candidates of one config; it keeps its compiled programs, so one evaluator serves a whole search.

    **Arguments:**

    - `kind`: "search" or "sweep": decides the default size of the validation split.
    - `epochs`: per candidate; `seeds`: per candidate, beginning with the experiment's.
    - `first_seed`: of them where it is not the experiment's; the validation split stays that of the experiment.
    - `largest_batch`: candidates per call, which fixes the number of members of the program.
    - `trainer`: whose programs are shared, `largest_batch` or not; None: one of its own.
    - `halving`: candidates of one call compete for the right to train on; None: all train to the end.
    - `robustness`: values under which each candidate is trained once more, by config key.
    - `memory_bytes`: what one program may hold; None: anything.
    - `scores_early`: take the scores before training and early in it, which is two more programs per structure.
    - `on_epoch`: called after each epoch of each chunk with the number of trainings in it.
    - `archive`: is told what is in training, and given records as soon as they are final: after each chunk, or with
      halving after each call.
    """

    def __init__(
        self,
        config: ExperimentConfig,
        samples: Samples,
        *,
        kind: Kind,
        epochs: int,
        seeds: int,
        first_seed: int | None = None,
        largest_batch: int,
        trainer: Trainer | None = None,
        halving: Halving | None = None,
        robustness: Mapping[str, Any] | None = None,
        memory_bytes: int | None = None,
        scores_early: bool = True,
        on_epoch: Callable[[int], None] | None = None,
        archive: Archive | Watch | None = None,
    ):
        self.config = dataclasses.replace(config, training=dataclasses.replace(config.training, epochs=epochs))
        self.samples = samples
        self.kind: Kind = kind
        first = config.experiment.seed if first_seed is None else first_seed
        self.seeds = range(first, first + seeds)
        self.trainer = trainer or Trainer(current_place().chunk_of(min(MOST_MEMBERS, largest_batch * seeds)))
        self._halving = halving
        self._robustness = dict(robustness or {})
        self._memory_bytes = memory_bytes
        self._scores_early = scores_early
        self._restricted: set[Any] = set()
        self._on_epoch = on_epoch
        self._archive = archive

    def __call__(self, candidates: Sequence[Candidate]) -> list[EvaluationRecord]:
        """One record per candidate and seed.

        **Raises:** `Interrupted` between two chunks, if a signal asked to stop; under halving, what the call has
        trained so far is not final, and lost.
        """
        if self._halving is not None:
            jobs, records = self._jobs(candidates)
            total, seed = self.config.training.epochs, self.config.experiment.seed
            train_by_halving(jobs, self._halving, total, seed, self._train_anywhere)
            records += self._records(jobs)
            self._keep(records)
            return records
        records, most = list[EvaluationRecord](), max(1, MOST_WAITING // len(self.seeds))
        for first in range(0, len(candidates), most):
            records += self._trained(candidates[first : first + most])
        return records

    def _trained(self, candidates: Sequence[Candidate]) -> list[EvaluationRecord]:
        """The records of candidates that wait together, trained chunk by chunk, in a fixed order.

        A program's worth of them is made ready at a time: the next ones while these train.
        """
        size = max(1, self.trainer.capacity // len(self.seeds))
        records, begun = list[EvaluationRecord](), list[Job]()

        def ready() -> Iterator[list[Job]]:
            for jobs, failed in one_ahead(map(self._jobs, parts_of(candidates, size))):
                self._keep(failed)
                records.extend(failed)
                yield jobs

        waiting, found = self._chunks(ready()), dict[tuple[str, int], EvaluationRecord]()

        def next_chunk() -> list[Job] | None:
            chunk = next(waiting, None)
            begun.extend(chunk or ())
            return chunk

        for made in current_place().evaluate(self, next_chunk):
            self._keep(made)
            found |= {(record.candidate, record.seed): record for record in made}
        return [*records, *(found[job.candidate.id, job.seed] for job in begun)]

    def as_free(
        self, propose: Callable[[], Sequence[Candidate]], take: Callable[[Sequence[EvaluationRecord]], object]
    ) -> None:
        """Evaluate candidates that are proposed whenever a worker is free; it ends when none is proposed or at work.

        **Arguments:**

        - `propose`: asked after all records so far were taken; a few candidates, whose chunks may be several.
        - `take`: given records as they come, those of one chunk at a time.
        """
        chunks = deque[list[Job]]()

        def taken(records: Sequence[EvaluationRecord]) -> None:
            self._keep(records)
            take(records)

        def next_chunk() -> list[Job] | None:
            while not chunks and (candidates := propose()):
                jobs, failed = self._jobs(candidates)
                chunks.extend(self._chunks([jobs]))
                taken(failed)
            return chunks.popleft() if chunks else None

        for made in current_place().evaluate(self, next_chunk):
            taken(made)

    def score(self, chunk: Sequence[Job]) -> list[EvaluationRecord]:
        """The records of one chunk, trained in this process to the last epoch."""
        self.train(chunk, range(1, chunk[0].config.training.epochs + 1))
        return self._records(chunk)

    def order(self, chunk: Sequence[Job]) -> Order:
        """What an evaluator on another machine needs to know to train this chunk as it would be trained here."""
        pairs = [(job.candidate, job.seed) for job in chunk]
        limit = None if self._archive is None else self._archive.time_limit(len(chunk))
        return Order(pairs=pairs, members=self.trainer.capacity_of(chunk[0].trial), time_limit_s=limit)

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments that make such an evaluator elsewhere, but for its samples, trainer and listeners."""
        return {
            "config": self.config,
            "kind": self.kind,
            "epochs": self.config.training.epochs,
            "seeds": len(self.seeds),
            "first_seed": self.seeds.start,
            "robustness": self._robustness,
            "scores_early": self._scores_early,
        }

    def fulfil(self, order: Order) -> Sequence[EvaluationRecord | Progressed]:
        """What came of a chunk that another evaluator has ordered; what takes too long ends this process."""
        with at_most(order.time_limit_s, lambda: "a chunk took longer than its time limit"):
            jobs = [self._job(candidate, seed) for candidate, seed in order.pairs]
            if order.stretch is None:
                return self.score(jobs)
            for job, state in zip(jobs, order.stretch.states, strict=True):
                job.member = None if state is None else Member(job.trial, state)
            self.train(jobs, order.stretch.epochs, goes_on=order.stretch.goes_on)
            return [Progressed.of(job) for job in jobs]

    def advance(self, trainings: int) -> None:
        """Say that so many epochs of trainings were done."""
        if self._on_epoch is not None:
            self._on_epoch(trainings)

    def unanswered(self, job: Job, reason: str) -> EvaluationRecord:
        """The record of a training that no worker has answered."""
        return failed_record(job.candidate, job.seed, reason=reason)

    def _keep(self, records: Sequence[EvaluationRecord]) -> None:
        if self._archive is not None:
            self._archive.add(records)

    def _jobs(
        self, candidates: Sequence[Candidate], changed: Mapping[str, Any] | None = None
    ) -> tuple[list[Job], list[EvaluationRecord]]:
        """The trainings, and a failed record for each that cannot be built.

        **Arguments:**

        - `changed`: values that all candidates have in common, over their own.
        """
        jobs: list[Job] = []
        failed: list[EvaluationRecord] = []
        for candidate in candidates:
            for seed in self.seeds:
                try:
                    job = self._job(candidate, seed, changed)
                except Exception as error:
                    failed.append(failed_record(candidate, seed, reason=reason_of(error)))
                    continue
                if self._archive is not None and (refusal := self._archive.refusal((candidate.id, seed))):
                    failed.append(failed_record(candidate, seed, reason=refusal))
                    continue
                jobs.append(job)
        return jobs, failed

    def _job(self, candidate: Candidate, seed: int, changed: Mapping[str, Any] | None = None) -> Job:
        config = with_values(self.config, {**candidate.values, **(changed or {})})
        trial = build_trial(config, self.samples.dataset, seed)
        split = split_rows(config, self.kind, self.samples.dataset, 1)
        self._restrict(trial, split)
        bucket = (structure_of(trial), config.training.epochs, split.train.shape, split.validation.shape)
        return Job(candidate=candidate, seed=seed, trial=trial, config=config, bucket=bucket)

    def _restrict(self, trial: Trial, split: Splits) -> None:
        """As few members per program of this structure as memory asks for, found out once."""
        structure = structure_of(trial)
        if self._memory_bytes is None or structure in self._restricted:
            return
        self.trainer.restrict(trial, training_key(0), self.samples.train, split, self._memory_bytes)
        self._restricted.add(structure)

    def _chunks(self, ready: Iterable[Sequence[Job]]) -> Iterator[list[Job]]:
        """The jobs by structure, of each as many at a time as its program has members.

        Those in whose chunk a process has died are by themselves, and fewer.
        """

        def kind(job: Job) -> tuple[Any, int | None]:
            archive = self._archive
            return job.bucket, None if archive is None else archive.most_together((job.candidate.id, job.seed))

        def size(kind: tuple[Any, int | None], job: Job) -> int:
            return min(kind[1] or MOST_MEMBERS, self.trainer.capacity_of(job.trial))

        return chunks_of(ready, kind, size)

    def train(self, jobs: Sequence[Job], epochs: range, *, goes_on: bool = False) -> None:
        """Epochs of jobs of one structure, which keep what came of them; what fails is tried again in halves.

        Out of memory, the program itself is made half as large. An error of a part of one's own while the program is
        made is the same for all in it.

        **Arguments:**

        - `goes_on`: keep the state of each, to be trained on.
        """
        if len(jobs) > (
            size := self.trainer.capacity_of(jobs[0].trial)
        ):  # which was halved since they were put together
            for part in parts_of(jobs, size):
                self.train(part, epochs, goes_on=goes_on)
            return
        config = jobs[0].config
        splits: Splits = split_rows(config, self.kind, self.samples.dataset, len(jobs))
        start, compiled = time.perf_counter(), self.trainer.compile_time_s

        def on_epoch(report: EpochReport) -> None:
            del report
            self.advance(len(jobs))

        try:
            with self._noted(jobs):
                population, reports = self._epochs(jobs, splits, epochs, on_epoch)
        except Exception as error:
            failure = failure_of(error)
            if isinstance(error, jax.errors.JaxRuntimeError) and len(jobs) > 1:
                if "RESOURCE_EXHAUSTED" in failure:
                    self.trainer.halve(jobs[0].trial)
                for half in parts_of(jobs, -(-len(jobs) // 2)):
                    stop_if_asked()
                    self.train(half, epochs, goes_on=goes_on)
                return
            for job in jobs:
                job.failure = failure
            return
        # Compiling is the price of the first chunk, whoever is in it.
        compiling = self.trainer.compile_time_s - compiled
        members: Sequence[Member | None] = members_of(population) if goes_on else [None] * len(jobs)
        share = max(time.perf_counter() - start - compiling, 0.0) / len(jobs)
        for index, job in enumerate(jobs):
            job.member = members[index]
            job.reports += [report.of(index) for report in reports]
            job.wall_time_s += share

    def _train_anywhere(self, jobs: Sequence[Job], epochs: range, goes_on: bool) -> None:
        """As `train`, chunk by chunk, wherever evaluations run."""
        waiting, known = iter(self._chunks([jobs])), {(job.candidate.id, job.seed): job for job in jobs}
        for made in current_place().evaluate(Stretcher(self, epochs, goes_on), lambda: next(waiting, None)):
            for one in made:
                one.put_into(known[one.training])

    def _noted(self, jobs: Sequence[Job]) -> AbstractContextManager[None]:
        """The archive knows what is in training."""
        if self._archive is None:
            return nullcontext()
        return self._archive.training([(job.candidate.id, job.seed) for job in jobs])

    def _epochs(
        self, jobs: Sequence[Job], splits: Splits, epochs: range, on_epoch: Callable[[EpochReport], None]
    ) -> tuple[Population, list[EpochReport]]:
        total, data, measure = jobs[0].config.training.epochs, self.samples.train, self.trainer.measure
        if epochs.start > 1:
            population = self.trainer.regroup([job.member for job in jobs if job.member is not None])
        else:
            trials, keys = [job.trial for job in jobs], [training_key(job.seed, job.candidate.id) for job in jobs]
            population = self.trainer.start(trials, keys, data, splits)

        def score_early(epoch: int, population: Population) -> None:
            if not (self._scores_early and is_early(epoch, total)):
                return
            found = measure("mean_update_angle", mean_update_angle, population, data, splits.train, in_turn=True)
            for job, degrees in zip(jobs, found, strict=True):
                job.early[angle_column(epoch)] = float(degrees)

        if epochs.start == 1 and self._scores_early:
            scores = measure("early_scores", early_scores, population, data, splits.train, in_turn=True)
            for index, job in enumerate(jobs):
                job.early |= {name: float(values[index]) for name, values in scores._asdict().items()}
            score_early(0, population)
        return self.trainer.go_on(population, data, splits, epochs, total, on_epoch=on_epoch, on_states=score_early)

    def _records(self, jobs: Sequence[Job]) -> list[EvaluationRecord]:
        """The records of jobs that have trained; what trained to the end is trained for its robustness as well."""
        complete = [job for job in jobs if not job.failure and len(job.reports) == job.config.training.epochs]
        robustness = self._robust_accuracies(complete) if self._robustness else {}
        return [told(job, robustness.get((job.candidate.id, job.seed))) for job in jobs]

    def _robust_accuracies(self, jobs: Sequence[Job]) -> dict[tuple[str, int], float]:
        """By candidate and seed the accuracy of the same training under `robustness`; the worst where it fails."""
        asked = {(job.candidate.id, job.seed) for job in jobs}
        candidates = {job.candidate.id: job.candidate for job in jobs}
        robust, failed = self._jobs(list(candidates.values()), self._robustness)
        robust = [job for job in robust if (job.candidate.id, job.seed) in asked]
        found = {(record.candidate, record.seed): WORST_FITNESS for record in failed}
        for chunk in self._chunks([robust]):
            self.train(chunk, range(1, chunk[0].config.training.epochs + 1))
            for job in chunk:
                record = None if job.failure else scored(job)
                accuracy = None if record is None else record.validation_accuracy
                found[job.candidate.id, job.seed] = WORST_FITNESS if accuracy is None else accuracy
        return found
