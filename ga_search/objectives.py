"""How a candidate came out: objectives, broken constraints, and which candidates no other beats."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ga_search.genome import Fitness


class Limit(NamedTuple):
    """A constraint: low <= value <= high, each end where it is given."""

    low: float | None = None
    high: float | None = None

    def excess(self, value: float) -> float:
        """Distance of a value from the limit, as a share of it. A limit of 0 counts as 1; inside it is 0."""
        above = 0.0 if self.high is None else (value - self.high) / (abs(self.high) or 1.0)
        below = 0.0 if self.low is None else (self.low - value) / (abs(self.low) or 1.0)
        return max(above, below, 0.0)


class Standing(NamedTuple):
    """How a candidate came out.

    **Arguments:**

    - `fitness`: one number, to be large; with several objectives the first of them.
    - `objectives`: each signed so that more is better.
    - `violation`: sum over the constraints of the excess, 0 if all are kept, infinite for a failed candidate.
    - `is_complete`: evaluated to the end, not stopped early.
    """

    fitness: float
    objectives: tuple[float, ...]
    violation: float = 0.0
    is_complete: bool = True

    @property
    def is_failed(self) -> bool:
        """Whether there is no fitness to speak of."""
        return self.violation == math.inf

    @property
    def compared(self) -> Fitness:
        """What DEAP's selection compares."""
        return Fitness(self.objectives, self.violation)

    @property
    def merit(self) -> tuple[bool, float, float]:
        """What the best one has most of: evaluated to the end, constraints kept, fitness."""
        return (self.is_complete, -self.violation, self.fitness)


FAILED = Standing(-math.inf, (-math.inf,), math.inf, is_complete=False)


def standing_of(told: float | Sequence[float] | Standing | None) -> Standing:
    """The standing of a candidate by what is told of it; see `Search.tell`."""
    if isinstance(told, Standing):
        return told
    numbers = tuple(told) if isinstance(told, Sequence) else (told,)
    objectives = tuple(math.nan if number is None else float(number) for number in numbers)
    return FAILED if any(math.isnan(number) for number in objectives) else Standing(objectives[0], objectives)


def best_of(standings: Mapping[str, Standing], among: Iterable[str] | None = None) -> str:
    """The candidate of largest merit, of all or `among` these; of equals the first."""
    return max(standings if among is None else among, key=lambda name: standings[name].merit)


def pareto_front(standings: Mapping[str, Standing]) -> list[str]:
    """The candidates that keep all constraints, evaluated to the end, and are dominated by no other such one.

    In the order of the first objective, the best first; of candidates with equal objectives, the first.
    """
    eligible: dict[tuple[float, ...], str] = {}
    for name, standing in standings.items():
        if standing.violation == 0 and standing.is_complete:
            eligible.setdefault(standing.objectives, name)
    fitness = {name: Fitness(objectives) for objectives, name in eligible.items()}
    front = [name for name, own in fitness.items() if not any(other.dominates(own) for other in fitness.values())]
    return sorted(front, key=lambda name: standings[name].objectives, reverse=True)
