"""What a search is after: objectives, constraints, how a candidate stands to both, and which ones no other beats."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ga_search.genome import Fitness
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


class Limit(NamedTuple):
    """A constraint: low <= value <= high, each end where it is given."""

    low: float | None = None
    high: float | None = None

    def excess(self, value: float) -> float:
        """By how much a value lies outside, as a share of the limit (of 1 for a limit of 0); 0 inside."""
        above = 0.0 if self.high is None else (value - self.high) / (abs(self.high) or 1.0)
        below = 0.0 if self.low is None else (self.low - value) / (abs(self.low) or 1.0)
        return max(above, below, 0.0)


class Standing(NamedTuple):
    """How a candidate came out.

    **Arguments:**

    - `accuracy`: its fitness, see `fitness_of`.
    - `objectives`: each signed so that more is better, in the order of the goals.
    - `violation`: sum over the constraints of the excess, 0 if all are kept, infinite for a failed candidate.
    - `is_complete`: trained for all of its epochs.
    """

    accuracy: float
    objectives: tuple[float, ...]
    violation: float = 0.0
    is_complete: bool = True

    @property
    def fitness(self) -> Fitness:
        """What DEAP's selection compares."""
        return Fitness(self.objectives, self.violation)

    @property
    def merit(self) -> tuple[bool, float, float]:
        """What the best one has most of: trained to the end, constraints kept, accuracy."""
        return (self.is_complete, -self.violation, self.accuracy)


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
"""The goal of a plain search."""


def mean_of(records: Sequence[EvaluationRecord], name: str) -> float | None:
    """Mean over the seeds of a candidate of an objective or constrained quantity; None if a seed has none."""
    values = [getattr(record, COLUMN_OF[name]) for record in records]
    return None if any(value is None for value in values) else math.fsum(values) / len(values)


def pareto_front(standings: Mapping[str, Standing]) -> list[str]:
    """The candidates that keep all constraints, trained to the end, and are dominated by no other such one.

    In the order of the first objective, the best first; of candidates with equal objectives, the first.
    """
    eligible: dict[tuple[float, ...], str] = {}
    for name, standing in standings.items():
        if standing.violation == 0 and standing.is_complete:
            eligible.setdefault(standing.objectives, name)
    fitness = {name: Fitness(objectives) for objectives, name in eligible.items()}
    front = [name for name, own in fitness.items() if not any(other.dominates(own) for other in fitness.values())]
    return sorted(front, key=lambda name: standings[name].objectives, reverse=True)
