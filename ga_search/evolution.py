"""The genetic search: a pure step from one generation to the next, and the loop that has generations evaluated.

The loop serves every method that proposes candidates; the others are in `methods.py`.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from ga_search.genome import Genome, GenomeSpace, candidate_id
from ga_search.objectives import ACCURACY, Goals, Standing, pareto_front
from ga_search.operators import Breeding, breed, mutate, mutation_probability, seeded_random
from physdfa.errors import InputError
from physdfa.workflow.candidates.records import EvaluationRecord

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
    - `best_so_far`: fitness of the best candidate of all generations up to this one, see `Standing.merit`.
    - `best`, `median`, `worst`: fitness in this generation's population, the surviving elites included.
    - `num_evaluations`: candidates evaluated in it (each once, however many seeds); known ones cost nothing.
    - `num_failed`: of these, the ones with a failed seed; `num_feasible`: the ones that keep all constraints.
    - `wall_time_s`: time that their evaluation took [s].
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


@dataclass(frozen=True)
class SearchResult:
    """All that a search found; `best` is the first of equals. `num_evaluations` counts candidates, not seeds.

    `front`: the candidates that no other beats in all objectives, the most accurate first; empty where none keeps the
    constraints, and then `best` is the one that breaks them least.
    """

    best: Candidate
    best_fitness: float
    front: tuple[Candidate, ...]
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
    """What the step to the next generation needs, in plain numbers: the state of the search is these, no more.

    Each generation draws from a generator seeded by (seed, generation), so there is no random state to carry.
    """

    seed: int
    generation: int  # of `population`; 0 is the random first one
    population: tuple[tuple[float, ...], ...]  # points of [0, 1]^n
    standings: dict[str, Standing]  # by candidate id, of everything evaluated so far
    parents: tuple[tuple[float, ...], ...] = ()  # those that NSGA-II kept, beside the population


Evaluate = Callable[[Sequence[Candidate]], Sequence[EvaluationRecord]]
OnGeneration = Callable[[GenerationSummary, Sequence[EvaluationRecord]], object]


class Method(NamedTuple):
    """A way to propose candidates: `first` and, from a scored state, `following` ones, `generations` of them."""

    first: Callable[[], EvolutionState]
    following: Callable[[EvolutionState], EvolutionState]
    generations: int


def first_generation(space: GenomeSpace, *, population: int, seed: int) -> EvolutionState:
    """A uniformly random population, nothing evaluated."""
    random = Random(seed_of(seed, 0))
    return EvolutionState(seed, 0, tuple(tuple(space.sample(random)) for _ in range(population)), {})


def unevaluated(space: GenomeSpace, state: EvolutionState) -> list[Candidate]:
    """The candidates of the population whose fitness is not known, each once, in order."""
    found: dict[str, Candidate] = {}
    for units in state.population:
        values = space.decode(units)
        identity = candidate_id(values)
        if identity not in state.standings:
            found[identity] = Candidate(identity, values, state.generation)
    return list(found.values())


def scored(state: EvolutionState, records: Sequence[EvaluationRecord], goals: Goals = ACCURACY) -> EvolutionState:
    """The state after an evaluation, its records grouped by candidate."""
    by_candidate: dict[str, list[EvaluationRecord]] = {}
    for record in records:
        by_candidate.setdefault(record.candidate, []).append(record)
    new = {name: goals.standing(group) for name, group in by_candidate.items()}
    return state._replace(standings=state.standings | new)


def next_generation(space: GenomeSpace, state: EvolutionState, breeding: Breeding, *, elites: int) -> EvolutionState:
    """The elites of a scored population, unchanged, followed by children of all of it.

    A child that is known already teaches nothing, so it is mutated again, `NOVELTY_ATTEMPTS` times at most: a space of
    few discrete points may have no other.
    """
    parents = genomes(space, state, state.population)
    # Stable: of equals, the older comes first. Keyed by identity: two copies of the best are one elite.
    ranked = sorted(parents, key=lambda parent: parent.fitness, reverse=True)
    distinct: dict[str, Genome] = {}
    for parent in ranked:
        distinct.setdefault(identity_of(space, parent), parent)
    survivors = list(distinct.values())[:elites]
    generation = state.generation + 1
    with seeded_random(seed_of(state.seed, generation)):
        children = breed(space, parents, len(parents) - len(survivors), breeding)
        children = renewed(space, children, state, breeding)
    return state._replace(generation=generation, population=tuple(tuple(units) for units in [*survivors, *children]))


def renewed(space: GenomeSpace, children: Sequence[Genome], state: EvolutionState, breeding: Breeding) -> list[Genome]:
    """The children; one that is known already is mutated again, `NOVELTY_ATTEMPTS` times at most."""
    known = set(state.standings)
    new = []
    for child in children:
        for _ in range(NOVELTY_ATTEMPTS):
            if identity_of(space, child) not in known:
                break
            child = mutate(space, child, mutation_probability(space, breeding), breeding.eta_mutation)
        known.add(identity_of(space, child))
        new.append(child)
    return new


def genomes(space: GenomeSpace, state: EvolutionState, points: Sequence[Sequence[float]]) -> list[Genome]:
    """Points that were evaluated, with their fitness."""
    return [Genome(units, state.standings[identity_of(space, units)].fitness) for units in points]


def genetic(
    space: GenomeSpace, breeding: Breeding, *, population: int, generations: int, seed: int, elites: int
) -> Method:
    """Tournaments, crossover and mutation, with the best `elites` kept: see `evolve`.

    **Raises:** `InputError` if a value leaves its range.
    """
    if population < 2:
        raise InputError(f"population must be at least 2; got {population}.")
    if generations < 1:
        raise InputError(f"generations must be at least 1 (the random first one counts); got {generations}.")
    if not 0 <= elites < population:
        raise InputError(f"elites must be between 0 and population - 1 = {population - 1}; got {elites}.")
    return Method(
        lambda: first_generation(space, population=population, seed=seed),
        lambda state: next_generation(space, state, breeding, elites=elites),
        generations,
    )


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
    - `on_generation`: see `search`.
    - the others: see `Breeding`.

    **Raises:** `InputError` if a value leaves its range; `ValueError` if `evaluate` answers for other candidates than
    those it was given.
    """
    breeding = Breeding(
        crossover_probability=crossover_probability,
        mutation_probability=mutation_probability,
        eta_crossover=eta_crossover,
        eta_mutation=eta_mutation,
        tournament_size=tournament_size,
    )
    method = genetic(space, breeding, population=population, generations=generations, seed=seed, elites=elites)
    return search(space, method, evaluate, on_generation=on_generation)


def search(
    space: GenomeSpace,
    method: Method,
    evaluate: Evaluate,
    *,
    goals: Goals = ACCURACY,
    on_generation: OnGeneration | None = None,
) -> SearchResult:
    """Have the candidates of each generation of a method evaluated, and find the best.

    **Arguments:**

    - `evaluate`: as in `evolve`.
    - `on_generation`: called after each generation with its summary and its records, sorted by candidate and seed: what
      it stores survives an interrupt of a later one.

    **Raises:** `ValueError` if `evaluate` answers for other candidates than those it was given.
    """
    state = method.first()
    candidates: dict[str, Candidate] = {}
    records: list[EvaluationRecord] = []
    summaries: list[GenerationSummary] = []
    for generation in range(method.generations):
        if generation > 0:
            state = method.following(state)
        pending = unevaluated(space, state)
        started = time.perf_counter()
        new_records = _in_order(pending, evaluate(pending)) if pending else []
        wall_time_s = time.perf_counter() - started
        state = scored(state, new_records, goals)
        candidates |= {candidate.id: candidate for candidate in pending}
        records += new_records
        summaries.append(_summary(space, state, new_records, wall_time_s))
        if on_generation is not None:
            on_generation(summaries[-1], new_records)
    best = best_of(state.standings)
    front = tuple(candidates[name] for name in pareto_front(state.standings))
    return SearchResult(candidates[best], state.standings[best].accuracy, front, tuple(records), tuple(summaries))


def best_of(standings: Mapping[str, Standing]) -> str:
    """The candidate of largest merit, the first of equals in the order of evaluation."""
    return max(standings, key=lambda name: standings[name].merit)


def _summary(
    space: GenomeSpace, state: EvolutionState, records: Sequence[EvaluationRecord], wall_time_s: float
) -> GenerationSummary:
    fitnesses = [state.standings[identity_of(space, units)].accuracy for units in state.population]
    evaluated = {record.candidate for record in records}
    return GenerationSummary(
        generation=state.generation,
        best_so_far=state.standings[best_of(state.standings)].accuracy,
        best=max(fitnesses),
        median=statistics.median(fitnesses),
        worst=min(fitnesses),
        num_evaluations=len(evaluated),
        num_failed=len({record.candidate for record in records if record.status == "failed"}),
        num_feasible=sum(state.standings[name].violation == 0 for name in evaluated),
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


def identity_of(space: GenomeSpace, units: Sequence[float]) -> str:
    """The id of the candidate at a point of the unit cube."""
    return candidate_id(space.decode(units))


def seed_of(seed: int, generation: int) -> str:
    """What seeds the draws of one generation."""
    return f"ga_search/{seed}/{generation}"
