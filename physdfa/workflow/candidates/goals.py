"""What a search is after: objectives and constraints on what a record says, and how each candidate stands to them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ga_search.objectives import Limit, Standing, best_of
from physdfa.config import SearchSection
from physdfa.workflow.candidates.records import WORST_FITNESS, EvaluationRecord, fitness_of

COLUMN_OF = {
    "accuracy": "validation_accuracy",
    "robustness": "robustness",
    "energy": "energy",
    "feedback_bits": "feedback_bits",
    "outside_range": "outside_range",
    "firing_rate": "firing_rate",
}
"""Where a record keeps what an objective or a constraint is about."""

TO_BE_SMALL = ("energy", "feedback_bits")
"""Objectives of which less is better; of accuracy and robustness, more is."""


@dataclass(frozen=True, kw_only=True)
class Goals:
    """What is sought: `objectives`, the first of which is the accuracy, under `limits` by name."""

    objectives: tuple[str, ...] = ("accuracy",)
    limits: Mapping[str, Limit] = field(default_factory=dict)

    def standing(self, records: Sequence[EvaluationRecord]) -> Standing:
        """How a candidate stands by its records, one per seed: means over the seeds."""
        accuracy = fitness_of(records)
        values = {name: mean_of(records, name) for name in (*self.objectives, *self.limits)}
        if "outside_range" in values:  # a device without a measured range cannot leave it
            values["outside_range"] = values["outside_range"] or 0.0
        known = {name: value for name, value in values.items() if value is not None}
        if any(record.status == "failed" for record in records) or len(known) < len(values):
            return Standing(accuracy, (WORST_FITNESS,) * len(self.objectives), math.inf, False)
        objectives = tuple(-known[name] if name in TO_BE_SMALL else known[name] for name in self.objectives)
        violation = math.fsum(limit.excess(known[name]) for name, limit in self.limits.items())
        return Standing(accuracy, objectives, violation, all(record.is_complete for record in records))


ACCURACY = Goals()
"""The goal of a sweep and of a plain search."""


def goals_of(section: SearchSection) -> Goals:
    """What `[search]` is after."""
    limits = {name: Limit(entry.low, entry.high) for name, entry in section.constraints.items()}
    return Goals(objectives=section.objectives, limits=limits)


def mean_of(records: Sequence[EvaluationRecord], name: str) -> float | None:
    """Mean over the seeds of a candidate of an objective or constrained quantity; None if a seed has none."""
    values = [getattr(record, COLUMN_OF[name]) for record in records]
    return None if any(value is None for value in values) else math.fsum(values) / len(values)


def by_candidate(records: Sequence[EvaluationRecord]) -> dict[str, list[EvaluationRecord]]:
    """The records of each candidate, in the order in which candidates appear."""
    groups: dict[str, list[EvaluationRecord]] = {}
    for record in records:
        groups.setdefault(record.candidate, []).append(record)
    return groups


def standings_of(records: Sequence[EvaluationRecord], goals: Goals = ACCURACY) -> dict[str, Standing]:
    """How each candidate stands."""
    return {name: goals.standing(group) for name, group in by_candidate(records).items()}


class Tally:
    """What is known of records that grow in number. Only those that are new since the last `update` cost time.

    - `standings`: of each candidate, in the order of its first record; `wall_time_s`: of all records.

    **Arguments:**

    - `records`: to whose end new ones are added.
    """

    def __init__(self, records: Sequence[EvaluationRecord], goals: Goals = ACCURACY):
        self.standings: dict[str, Standing] = {}
        self.wall_time_s = 0.0
        self._records, self._goals, self._num_seen = records, goals, 0
        self._groups: dict[str, list[EvaluationRecord]] = {}
        self._places: dict[str, int] = {}
        self._failed: set[str] = set()
        self._best = ""
        self.update()

    def update(self) -> None:
        """Take in the records that are new."""
        changed: dict[str, None] = {}
        for record in self._records[self._num_seen :]:
            self._groups.setdefault(record.candidate, []).append(record)
            self._places.setdefault(record.candidate, len(self._places))
            self.wall_time_s += record.wall_time_s
            if record.status == "failed":
                self._failed.add(record.candidate)
            changed[record.candidate] = None
        self._num_seen = len(self._records)
        for name in changed:
            self.standings[name] = self._goals.standing(self._groups[name])
        if self._best in changed:  # with a new seed it may be worse than another
            self._best = best_of(self.standings)
        elif changed:
            self._best = max(filter(None, [self._best, *changed]), key=self._merit)

    def _merit(self, name: str) -> tuple[Any, int]:
        return self.standings[name].merit, -self._places[name]

    @property
    def best(self) -> EvaluationRecord:
        """A record of the candidate of largest merit, the first of equals."""
        return self._groups[self._best][0]

    @property
    def num_failed(self) -> int:
        """Candidates of which a training failed."""
        return len(self._failed)


def median_record(records: Sequence[EvaluationRecord]) -> EvaluationRecord | None:
    """A record of the candidate in the middle of the ranking of those that trained, or None.

    Of two in the middle it is the better one, so as not to flatter the search.
    """
    failed = {record.candidate for record in records if record.status == "failed"}
    standings = standings_of([record for record in records if record.candidate not in failed])
    ranked = sorted(standings, key=lambda name: standings[name].fitness)
    return next((record for record in records if ranked and record.candidate == ranked[len(ranked) // 2]), None)
