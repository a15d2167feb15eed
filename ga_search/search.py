"""A search in progress: it asks for the fitness of candidates, is told, and knows the best."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ga_search.evolution import Candidate, EvolutionState, Method, identity_of, unevaluated
from ga_search.genome import GenomeSpace
from ga_search.objectives import Standing, best_of, pareto_front, standing_of


@dataclass(frozen=True)
class GenerationSummary:
    """One generation in numbers.

    **Arguments:**

    - `generation`: 0 is the random first one.
    - `best_so_far`: fitness of the best candidate of all generations up to this one, see `Standing.merit`.
    - `best`, `median`, `worst`: fitness in this generation's population, the surviving elites included.
    - `num_evaluations`: candidates evaluated in it; known ones cost nothing.
    - `num_failed`: of these, the ones that failed; `num_feasible`: the ones that keep all constraints.
    - `wall_time_s`: time between `ask` and `tell` [s].
    """

    generation: int
    best_so_far: float
    best: float
    median: float
    worst: float
    num_evaluations: int
    num_failed: int
    num_feasible: int
    wall_time_s: float


class Search:
    """A search of a box by a method: `ask`, evaluate, `tell`, until `is_done`.

        search = Search(space, genetic(space, population=20, generations=30, seed=0))
        while not search.is_done:
            candidates = search.ask()
            search.tell(candidates, [fitness(one.values) for one in candidates])
        search.best.values

    Fitness is made as large as possible. The seed of the method and the fitnesses alone decide what is proposed;
    Python's global `random` is neither read nor changed.

    **Arguments:**

    - `method`: made for the same `space`; it serves one search.
    """

    def __init__(self, space: GenomeSpace, method: Method):
        self.candidates: dict[str, Candidate] = {}
        self.generations: list[GenerationSummary] = []
        self._space = space
        self._method = method
        self._state: EvolutionState | None = None
        self._asked: list[Candidate] | None = None
        self._asked_at = 0.0
        self._best = ""

    @property
    def is_done(self) -> bool:
        """Whether all generations have been told."""
        return len(self.generations) == self._method.generations

    @property
    def standings(self) -> Mapping[str, Standing]:
        """How each candidate stands, by its id, in the order of evaluation."""
        return {} if self._state is None else self._state.standings

    @property
    def best(self) -> Candidate:
        """The candidate of largest merit; of equals the first."""
        return self.candidates[self._best]

    @property
    def best_fitness(self) -> float:
        """The fitness of the best candidate."""
        return self.standings[self.best.id].fitness

    @property
    def front(self) -> list[Candidate]:
        """The candidates that no other beats in all objectives, the best in the first one first."""
        return [self.candidates[name] for name in pareto_front(self.standings)]

    @property
    def num_evaluations(self) -> int:
        """Candidates evaluated so far."""
        return len(self.standings)

    def ask(self) -> list[Candidate]:
        """The new candidates of the next generation; none where a small space has no others. Known ones are left out.

        **Raises:** `ValueError` for a search that is done.
        """
        if self.is_done:
            raise ValueError(f"this search is done after {self._method.generations} generations.")
        if self._asked is None:
            state = self._state
            self._state = self._method.first() if state is None else self._method.following(state)
            self._asked = unevaluated(self._space, self._state)
            self._asked_at = time.perf_counter()
        return list(self._asked)

    def tell(
        self, candidates: Sequence[Candidate], fitnesses: Sequence[float | Sequence[float] | Standing | None]
    ) -> GenerationSummary:
        """Learn how the candidates of the last `ask` came out, in any order.

        **Arguments:**

        - `fitnesses`: for each candidate a number; several numbers for several objectives; a `Standing` where there are
          constraints; None or NaN for one that failed.

        **Raises:** `ValueError` unless exactly the candidates asked for are told.
        """
        wall_time_s = time.perf_counter() - self._asked_at
        told = dict(zip((one.id for one in candidates), map(standing_of, fitnesses), strict=True))
        if self._state is None or self._asked is None or set(told) != {one.id for one in self._asked}:
            asked = [one.id for one in self._asked or ()]
            raise ValueError(f"fitnesses are needed for exactly the candidates asked for, {asked}; got {list(told)}.")
        new = {one.id: told[one.id] for one in self._asked}  # in the order asked, so that the caller's leaves no trace
        self._state.standings.update(new)  # in place: a copy in each generation takes time by all so far
        self._best = best_of(self._state.standings, filter(None, [self._best, *new]))
        self.candidates |= {one.id: one for one in self._asked}
        self._asked = None
        self.generations.append(_summary(self._space, self._state, new, self.best_fitness, wall_time_s))
        return self.generations[-1]


def _summary(
    space: GenomeSpace, state: EvolutionState, new: Mapping[str, Standing], best_so_far: float, wall_time_s: float
) -> GenerationSummary:
    fitnesses = [state.standings[identity_of(space, units)].fitness for units in state.population]
    return GenerationSummary(
        generation=state.generation,
        best_so_far=best_so_far,
        best=max(fitnesses),
        median=statistics.median(fitnesses),
        worst=min(fitnesses),
        num_evaluations=len(new),
        num_failed=sum(standing.is_failed for standing in new.values()),
        num_feasible=sum(standing.violation == 0 for standing in new.values()),
        wall_time_s=wall_time_s,
    )
