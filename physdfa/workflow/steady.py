"""A search without generations: candidates are proposed as workers are free, and the order of the answers is logged."""

import statistics
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from ga_search.evolution import Candidate
from ga_search.search import GenerationSummary
from ga_search.steady import SteadySearch, Told
from physdfa.store import RunFolder
from physdfa.workflow.candidates.archive import Archive
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.candidates.goals import Goals
from physdfa.workflow.candidates.records import EvaluationRecord

TOLD = "told"
"""The kind of the lines of metrics that say in which order answers came: what was proposed follows from them."""


class SteadyEvaluation:
    """Has the candidates of a steady search evaluated, and tells it what came of them.

    - `records`: of all that was told, in that order.

    **Arguments:**

    - `evaluator`: whose program has as many members as candidates, times seeds, are proposed at a time.
    - `on_population`: given a summary each time as many as a population were told.
    """

    def __init__(
        self,
        run: RunFolder,
        search: SteadySearch,
        evaluator: Evaluator,
        archive: Archive,
        goals: Goals,
        population: int,
        on_population: Callable[[GenerationSummary], object],
    ):
        self.records: list[EvaluationRecord] = []
        self._run, self._search, self._evaluator, self._goals = run, search, evaluator, goals
        self._known = archive.answering(evaluator, evaluator.seeds)
        self._is_known = archive.knows
        self._population, self._on_population = population, on_population
        self._parts: dict[str, list[EvaluationRecord]] = {}
        self._began = time.perf_counter()

    def run(self) -> list[EvaluationRecord]:
        """Evaluate until the budget is spent, and return the records.

        What the log of an interrupted run has told is told again first.
        """
        for line in [line for line in self._run.read_metrics().records if line["kind"] == TOLD]:
            entry: dict[str, Any] = line
            candidate = self._search.catch_up(Told(entry["candidate"], entry["num_drawn"]))
            self._tell(self._known([candidate]), logged=True)
        waiting = deque[Candidate]()
        for candidate in self._search.pending:
            if self._is_known(candidate, self._evaluator.seeds):
                self._tell(self._known([candidate]))
            else:
                waiting.append(candidate)
        size = max(1, self._evaluator.trainer.capacity // len(self._evaluator.seeds))

        def propose() -> list[Candidate]:
            asked: list[Candidate] = []
            while len(asked) < size:
                candidate = waiting.popleft() if waiting else self._search.ask()
                if candidate is None:
                    break
                asked.append(candidate)
            return asked

        self._evaluator.as_free(propose, self._take)
        return self.records

    def _take(self, records: Sequence[EvaluationRecord]) -> None:
        """Tell the candidates of which all seeds have come."""
        for record in records:
            part = self._parts.setdefault(record.candidate, [])
            part.append(record)
            if len(part) == len(self._evaluator.seeds):
                self._tell(self._parts.pop(record.candidate))

    def _tell(self, records: Sequence[EvaluationRecord], *, logged: bool = False) -> None:
        group = sorted(records, key=lambda record: record.seed)
        candidate = self._search.candidates[group[0].candidate]
        self._search.tell(candidate, self._goals.standing(group))
        self.records += group
        if not logged:
            told = self._search.log[-1]
            fitness = self._search.standings[candidate.id].fitness
            self._run.append_metric({"kind": TOLD, **told._asdict(), "fitness": fitness})
        if len(self._search.log) % self._population == 0:
            self._on_population(self._summary())

    def _summary(self) -> GenerationSummary:
        """The last population that was told, in numbers."""
        standings = self._search.standings
        last = [standings[told.candidate] for told in self._search.log[-self._population :]]
        fitnesses = [standing.fitness for standing in last]
        began, self._began = self._began, time.perf_counter()
        return GenerationSummary(
            generation=len(self._search.log) // self._population - 1,
            best_so_far=standings[self._search.best.id].fitness,
            best=max(fitnesses),
            median=statistics.median(fitnesses),
            worst=min(fitnesses),
            num_evaluations=len(last),
            num_failed=sum(standing.is_failed for standing in last),
            num_feasible=sum(standing.violation == 0 for standing in last),
            wall_time_s=self._began - began,
        )
