"""The genetic search itself: a pure step from one generation to the next, and the loop that has each one evaluated."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from ga_search.genome import Genome, GenomeSpace, candidate_id
from ga_search.operators import Breeding, breed, mutate, mutation_probability, seeded_random
from ga_search.records import EvaluationRecord, fitness_of
from physdfa.errors import InputError

NOVELTY_ATTEMPTS = 10  # extra mutations of a child that is known already, before its slot is given up


@dataclass(frozen=True)
class Candidate:
    """A point to be evaluated: its id, its value by varied key, and the generation that proposed it first."""

    id: str
    values: Mapping[str, Any]
    generation: int


@dataclass(frozen=True)
class GenerationSummary:
    """One generation in numbers.

    **Arguments:**

    - `generation`: 0 is the random first one.
    - `best_so_far`: largest fitness of all generations up to this one.
    - `best`, `median`, `worst`: of this generation's population, the surviving elites included.
    - `num_evaluations`: candidates evaluated in it (each once, however many seeds); known ones cost nothing.
    - `num_failed`: of these, the ones with a failed seed.
    - `wall_time_s`: time that their evaluation took [s].
    """

    generation: int
    best_so_far: float
    best: float
    median: float
    worst: float
    num_evaluations: int
    num_failed: int
    wall_time_s: float


@dataclass(frozen=True)
class SearchResult:
    """All that a search found; `best` is the first of equals. `num_evaluations` counts candidates, not seeds."""

    best: Candidate
    best_fitness: float
    records: tuple[EvaluationRecord, ...]
    generations: tuple[GenerationSummary, ...]

    @property
    def first_generation(self) -> tuple[EvaluationRecord, ...]:
        """The records of the random first generation, the baseline that a search must beat."""
        return tuple(record for record in self.records if record.generation == 0)

    @property
    def num_evaluations(self) -> int:
        """Candidates evaluated in all generations."""
        return sum(summary.num_evaluations for summary in self.generations)


class EvolutionState(NamedTuple):
    """What the step to the next generation needs, in plain numbers: the state of the search is these four, no more.

    Each generation draws from a generator seeded by (seed, generation), so there is no random state to carry.
    """

    seed: int
    generation: int  # of `population`; 0 is the random first one
    population: tuple[tuple[float, ...], ...]  # points of [0, 1]^n
    fitness: dict[str, float]  # by candidate id, of everything evaluated so far


Evaluate = Callable[[Sequence[Candidate]], Sequence[EvaluationRecord]]
OnGeneration = Callable[[GenerationSummary, Sequence[EvaluationRecord]], object]


def first_generation(space: GenomeSpace, *, population: int, seed: int) -> EvolutionState:
    """A uniformly random population, nothing evaluated."""
    random = Random(_seed_of(seed, 0))
    return EvolutionState(seed, 0, tuple(tuple(space.sample(random)) for _ in range(population)), {})


def unevaluated(space: GenomeSpace, state: EvolutionState) -> list[Candidate]:
    """The candidates of the population whose fitness is not known, each once, in order."""
    found: dict[str, Candidate] = {}
    for units in state.population:
        values = space.decode(units)
        identity = candidate_id(values)
        if identity not in state.fitness:
            found[identity] = Candidate(identity, values, state.generation)
    return list(found.values())


def scored(state: EvolutionState, records: Sequence[EvaluationRecord]) -> EvolutionState:
    """The state after an evaluation, its records grouped by candidate."""
    by_candidate: dict[str, list[EvaluationRecord]] = {}
    for record in records:
        by_candidate.setdefault(record.candidate, []).append(record)
    return state._replace(fitness=state.fitness | {name: fitness_of(group) for name, group in by_candidate.items()})


def next_generation(space: GenomeSpace, state: EvolutionState, breeding: Breeding, *, elites: int) -> EvolutionState:
    """The elites of a scored population, unchanged, followed by children of all of it.

    A child that is known already teaches nothing, so it is mutated again, `NOVELTY_ATTEMPTS` times at most: a space of
    few discrete points may have no other.
    """
    parents = [Genome(units, state.fitness[_identity(space, units)]) for units in state.population]
    # Stable: of equals, the older comes first. Keyed by identity: two copies of the best are one elite.
    ranked = sorted(parents, key=lambda parent: parent.fitness.values, reverse=True)
    distinct: dict[str, Genome] = {}
    for parent in ranked:
        distinct.setdefault(_identity(space, parent), parent)
    survivors = list(distinct.values())[:elites]
    known = set(state.fitness)
    generation = state.generation + 1
    with seeded_random(_seed_of(state.seed, generation)):
        children = breed(space, parents, len(parents) - len(survivors), breeding)
        for position, child in enumerate(children):
            for _ in range(NOVELTY_ATTEMPTS):
                if _identity(space, child) not in known:
                    break
                child = mutate(space, child, mutation_probability(space, breeding), breeding.eta_mutation)
            known.add(_identity(space, child))
            children[position] = child
    return state._replace(generation=generation, population=tuple(tuple(units) for units in [*survivors, *children]))


def evolve(
    space: GenomeSpace,
    evaluate: Evaluate,
    *,
    population: int,
    generations: int,
    seed: int,
    elites: int = 2,
    crossover_probability: float = 0.9,
    mutation_probability: float | None = None,
    eta_crossover: float = 10.0,
    eta_mutation: float = 10.0,
    tournament_size: int = 3,
    on_generation: OnGeneration | None = None,
) -> SearchResult:
    """Search `space` for the candidate of largest fitness (mean validation accuracy) by a genetic algorithm.

    evaluations <= population + (generations - 1) (population - elites) <= population * generations

    **Arguments:**

    - `evaluate`: called once per generation with all its new candidates, never with one evaluated before and never with
      none; returns a record per candidate and seed, in any order. What it raises passes through.
    - `population`: individuals per generation, >= 2.
    - `generations`: how many, the random first one included, >= 1.
    - `seed`: alone decides what is proposed, with the fitnesses; Python's global `random` is neither read nor changed.
    - `elites`: best different individuals that survive unchanged, 0 to population - 1.
    - `on_generation`: called after each generation with its summary and its records, sorted by candidate and seed: what
      it stores survives an interrupt of a later one.
    - the others: see `Breeding`.

    **Raises:** `InputError` if a value leaves its range; `ValueError` if `evaluate` answers for other candidates than
    those it was given.
    """
    if population < 2:
        raise InputError(f"population must be at least 2; got {population}.")
    if generations < 1:
        raise InputError(f"generations must be at least 1 (the random first one counts); got {generations}.")
    if not 0 <= elites < population:
        raise InputError(f"elites must be between 0 and population - 1 = {population - 1}; got {elites}.")
    breeding = Breeding(
        crossover_probability=crossover_probability,
        mutation_probability=mutation_probability,
        eta_crossover=eta_crossover,
        eta_mutation=eta_mutation,
        tournament_size=tournament_size,
    )
    state = first_generation(space, population=population, seed=seed)
    candidates: dict[str, Candidate] = {}
    records: list[EvaluationRecord] = []
    summaries: list[GenerationSummary] = []
    for generation in range(generations):
        if generation > 0:
            state = next_generation(space, state, breeding, elites=elites)
        pending = unevaluated(space, state)
        started = time.perf_counter()
        new_records = _in_order(pending, evaluate(pending)) if pending else []
        wall_time_s = time.perf_counter() - started
        state = scored(state, new_records)
        candidates |= {candidate.id: candidate for candidate in pending}
        records += new_records
        summaries.append(_summary(space, state, new_records, wall_time_s))
        if on_generation is not None:
            on_generation(summaries[-1], new_records)
    # `max` returns the first of equals, and `fitness` is in the order of evaluation.
    best = max(state.fitness, key=state.fitness.__getitem__)
    return SearchResult(candidates[best], state.fitness[best], tuple(records), tuple(summaries))


def _summary(
    space: GenomeSpace, state: EvolutionState, records: Sequence[EvaluationRecord], wall_time_s: float
) -> GenerationSummary:
    fitnesses = [state.fitness[_identity(space, units)] for units in state.population]
    return GenerationSummary(
        generation=state.generation,
        best_so_far=max(state.fitness.values()),
        best=max(fitnesses),
        median=statistics.median(fitnesses),
        worst=min(fitnesses),
        num_evaluations=len({record.candidate for record in records}),
        num_failed=len({record.candidate for record in records if record.status == "failed"}),
        wall_time_s=wall_time_s,
    )


def _in_order(pending: Sequence[Candidate], records: Sequence[EvaluationRecord]) -> list[EvaluationRecord]:
    """The records by candidate as proposed, then by seed, so that scheduling leaves no trace in what is stored."""
    position = {candidate.id: at for at, candidate in enumerate(pending)}
    answered = {record.candidate for record in records}
    if answered != set(position):
        missing, foreign = sorted(set(position) - answered), sorted(answered - set(position))
        raise ValueError(
            f"the evaluation did not answer for candidates {missing} and answered for unknown ones {foreign}."
        )
    return sorted(records, key=lambda record: (position[record.candidate], record.seed))


def _identity(space: GenomeSpace, units: Sequence[float]) -> str:
    return candidate_id(space.decode(units))


def _seed_of(seed: int, generation: int) -> str:
    return f"ga_search/{seed}/{generation}"
