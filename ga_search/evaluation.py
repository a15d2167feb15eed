"""Candidates -> records: short trainings, a whole generation as one compiled program, scored on the validation split.

Never an exception across candidates, never a NaN: what cannot be built or diverges becomes a failed record with its
reason. A result depends on (seed, candidate) alone, so neither order nor chunking can change it.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from ga_search.evolution import Candidate
from ga_search.records import EvaluationRecord
from physdfa.analysis import EarlyScores, early_scores
from physdfa.build import Samples, build_trial, split_rows, training_key
from physdfa.config import ExperimentConfig, Kind, with_values
from physdfa.errors import ConfigError, InputError
from physdfa.training import EpochReport, Population, Splits, Trainer, Trial, structure_of

MOST_MEMBERS = 64
"""Members of one program: more did not train faster, and each costs memory."""


@dataclass(frozen=True, kw_only=True)
class _Job:
    """One training: a candidate under one seed."""

    candidate: Candidate
    seed: int
    trial: Trial


class Evaluator:
    """Scores candidates of one config; it keeps its compiled programs, so one evaluator serves a whole search.

    **Arguments:**

    - `kind`: "search" or "sweep": decides the default size of the validation split.
    - `epochs`: per candidate; `seeds`: per candidate, beginning with the experiment's.
    - `largest_batch`: candidates per call, which fixes the number of members of the program.
    - `on_epoch`: called after each epoch of each chunk with the number of trainings in it.
    """

    def __init__(
        self,
        config: ExperimentConfig,
        samples: Samples,
        *,
        kind: Kind,
        epochs: int,
        seeds: int,
        largest_batch: int,
        on_epoch: Callable[[int], None] | None = None,
    ):
        self.config = dataclasses.replace(config, training=dataclasses.replace(config.training, epochs=epochs))
        self.samples = samples
        self.kind: Kind = kind
        self.seeds = range(config.experiment.seed, config.experiment.seed + seeds)
        self.trainer = Trainer(min(MOST_MEMBERS, largest_batch * seeds))
        self._on_epoch = on_epoch

    def __call__(self, candidates: Sequence[Candidate]) -> list[EvaluationRecord]:
        """One record per candidate and seed."""
        records: list[EvaluationRecord] = []
        groups: dict[Any, list[_Job]] = {}
        for candidate in candidates:
            for seed in self.seeds:
                try:
                    config = with_values(self.config, candidate.values)
                    trial = build_trial(config, self.samples.dataset, seed)
                    split = split_rows(config, self.kind, self.samples.dataset, 1)
                except InputError as error:
                    records.append(_failed(candidate, seed, reason=_reason(error)))
                    continue
                key = (structure_of(trial), config.training.epochs, split.train.shape, split.validation.shape)
                groups.setdefault(key, []).append(_Job(candidate=candidate, seed=seed, trial=trial))
        for jobs in groups.values():
            config = with_values(self.config, jobs[0].candidate.values)
            for first in range(0, len(jobs), self.trainer.capacity):
                records += self._run(config, jobs[first : first + self.trainer.capacity])
        return records

    def _run(self, config: ExperimentConfig, jobs: Sequence[_Job]) -> list[EvaluationRecord]:
        splits: Splits = split_rows(config, self.kind, self.samples.dataset, len(jobs))
        start, compiled = time.perf_counter(), self.trainer.compile_time_s
        early: list[EarlyScores] = []

        def on_start(population: Population) -> None:
            data = self.samples.train
            early.append(self.trainer.measure("early_scores", early_scores, population, data, splits.train))

        def on_epoch(report: EpochReport) -> None:
            del report
            if self._on_epoch is not None:
                self._on_epoch(len(jobs))

        try:
            _, reports = self.trainer.fit(
                [job.trial for job in jobs],
                [training_key(job.seed, job.candidate.id) for job in jobs],
                self.samples.train,
                splits,
                config.training.epochs,
                on_start=on_start,
                on_epoch=on_epoch,
            )
        except jax.errors.JaxRuntimeError as error:  # out of memory, above all
            reason = f"could not be computed: {str(error).splitlines()[0]}"
            return [_failed(job.candidate, job.seed, reason=reason) for job in jobs]
        # Compiling is the price of the first chunk, whoever is in it.
        compiling = self.trainer.compile_time_s - compiled
        share = max(time.perf_counter() - start - compiling, 0.0) / len(jobs)
        return [
            dataclasses.replace(self._scored(job, reports, index, share), **_plain(early[0], index))
            for index, job in enumerate(jobs)
        ]

    def _scored(self, job: _Job, reports: Sequence[EpochReport], index: int, wall_time_s: float) -> EvaluationRecord:
        losses = [float(report.train.loss[index]) for report in reports]
        validation = reports[-1].validation
        assert validation is not None  # a search and a sweep always hold out a validation split
        loss = float(validation.loss[index])
        if not all(math.isfinite(value) for value in [*losses, loss]):
            epoch = next((n for n, value in enumerate(losses, start=1) if not math.isfinite(value)), len(losses))
            return _failed(job.candidate, job.seed, reason=f"diverged in epoch {epoch}", wall_time_s=wall_time_s)
        mistakes = (report.range_mistake(index) for report in reports)
        if mistake := next((mistake for mistake in mistakes if mistake), None):
            return _failed(job.candidate, job.seed, reason=mistake, wall_time_s=wall_time_s)
        outside = reports[-1].outside_range
        return EvaluationRecord(
            candidate=job.candidate.id,
            values=job.candidate.values,
            generation=job.candidate.generation,
            seed=job.seed,
            status="ok",
            validation_accuracy=float(validation.accuracy[index]),
            validation_loss=loss,
            firing_rate=float(np.mean(validation.firing_rate[index])),
            outside_range=None if outside is None else float(np.max(outside[index])),
            wall_time_s=wall_time_s,
        )


def _plain(scores: EarlyScores, index: int) -> dict[str, float]:
    """The early scores of one member by column."""
    return {name: float(values[index]) for name, values in scores._asdict().items()}


def _reason(error: InputError) -> str:
    """Why a candidate cannot be built, on one line."""
    return " ".join(error.mistakes) if isinstance(error, ConfigError) else str(error)


def _failed(candidate: Candidate, seed: int, *, reason: str, wall_time_s: float = 0.0) -> EvaluationRecord:
    return EvaluationRecord(
        candidate=candidate.id,
        values=candidate.values,
        generation=candidate.generation,
        seed=seed,
        status="failed",
        reason=reason,
        wall_time_s=wall_time_s,
    )
