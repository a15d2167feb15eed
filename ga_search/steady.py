"""The genetic search without generations: a candidate whenever one is wanted, from what is known by then."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from ga_search.errors import SearchError
from ga_search.evolution import NOVELTY_ATTEMPTS, Candidate, identity_of, seed_of
from ga_search.genome import Genome, GenomeSpace, candidate_id
from ga_search.objectives import Standing, best_of, standing_of
from ga_search.operators import BREEDING, Breeding, breed, mutate, mutation_probability, seeded_random


class Told(NamedTuple):
    """An entry of the log: the candidate that was told, and how many had been drawn by then."""

    candidate: str
    num_drawn: int


class SteadySearch:
    """A search that never waits: `ask` and `tell` come in any order, as workers are free and done.

        search = SteadySearch(space, budget=400, population=20, seed=0)
        while (one := search.ask()) is not None:
            search.tell(one, fitness(one.values))

    The first `population` candidates are random, those of the genetic search of the same seed. Each later one is a
    child of the best `population` that were told by then (steady state: one replaces one), by the same operators. The
    seed, the fitnesses, and the order of asking and telling decide what is proposed. That order is the `log`:
    with `catch_up` another search of the same arguments repeats it.

    **Source:** Whitley, *The GENITOR algorithm*, ICGA 1989, for replacing the worst; asynchronous: what is still being
    evaluated is no parent. Ours: tournaments for parents, and known children are mutated again.

    **Arguments:**

    - `budget`: most candidates to be asked for. `population`: random ones, and places for parents, >= 2.

    **Raises:** `SearchError` if a value leaves its range.
    """

    def __init__(
        self, space: GenomeSpace, *, budget: int, population: int = 24, seed: int = 0, breeding: Breeding = BREEDING
    ):
        if population < 2:
            raise SearchError(f"population must be at least 2; got {population}.")
        self.candidates: dict[str, Candidate] = {}
        self.standings: dict[str, Standing] = {}
        self.log: list[Told] = []
        self._space, self._budget, self._population, self._seed = space, budget, population, seed
        self._breeding = breeding
        self._units: dict[str, tuple[float, ...]] = {}
        self._parents: list[str] = []
        self._num_drawn = 0
        self._best = ""
        random = Random(seed_of(seed, 0))
        self._first = [tuple(space.sample(random)) for _ in range(population)]

    @property
    def pending(self) -> list[Candidate]:
        """Those that were asked for and not told."""
        return [one for name, one in self.candidates.items() if name not in self.standings]

    @property
    def best(self) -> Candidate:
        """The candidate of largest merit; of equals the first that was told."""
        return self.candidates[self._best]

    def ask(self) -> Candidate | None:
        """A new candidate; None once the budget is spent, or where a small space has no other.

        Its `generation` counts populations: 0 for the random ones.
        """
        while self._num_drawn < self._budget:
            if (candidate := self._drawn()) is not None:
                return candidate
        return None

    def tell(self, candidate: Candidate, fitness: float | Sequence[float] | Standing | None) -> None:
        """Learn how a candidate came out; `fitness` as in `Search.tell`, of one objective.

        **Raises:** `ValueError` for one that was not asked for, or was told before.
        """
        if candidate.id not in self.candidates or candidate.id in self.standings:
            raise ValueError(f"a fitness is needed of a candidate that is pending; '{candidate.id}' is not.")
        self.standings[candidate.id] = standing_of(fitness)
        self._best = best_of(self.standings, filter(None, [self._best, candidate.id]))
        self.log.append(Told(candidate.id, self._num_drawn))
        # Stable: of equals, the older stays.
        ranked = sorted([*self._parents, candidate.id], key=lambda name: self.standings[name].compared, reverse=True)
        self._parents = ranked[: self._population]

    def catch_up(self, told: Told) -> Candidate:
        """Draw what had been drawn by an entry of the log, and return the candidate to be told next.

        **Raises:** `ValueError` for an entry of another search.
        """
        while self._num_drawn < min(told.num_drawn, self._budget):
            self._drawn()
        if told.candidate not in self.candidates or self._num_drawn != told.num_drawn:
            raise ValueError(f"candidate '{told.candidate}' of the log is none of this search.")
        return self.candidates[told.candidate]

    def _drawn(self) -> Candidate | None:
        """The next candidate; None where it is a known one, which costs its place in the budget all the same."""
        number = self._num_drawn
        self._num_drawn += 1
        units = self._first[number] if number < self._population else self._child(number)
        values = self._space.decode(units)
        name = candidate_id(values)
        if name in self.candidates:
            return None
        self._units[name] = tuple(units)
        self.candidates[name] = Candidate(name, values, number // self._population)
        return self.candidates[name]

    def _child(self, number: int) -> Sequence[float]:
        """A child of the parents of now; random where fewer than two were told."""
        with seeded_random(seed_of(self._seed, number)):
            if len(self._parents) < 2:
                return self._space.sample(Random(seed_of(self._seed, number)))
            parents = [Genome(self._units[name], self.standings[name].compared) for name in self._parents]
            child: Genome = breed(self._space, parents, 1, self._breeding)[0]
            for _ in range(NOVELTY_ATTEMPTS):
                if identity_of(self._space, child) not in self.candidates:
                    break
                chance = mutation_probability(self._space, self._breeding)
                child = mutate(self._space, child, chance, self._breeding.eta_mutation)
        return child
