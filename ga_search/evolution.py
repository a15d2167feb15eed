"""The genetic search: a pure step from one generation to the next. Other methods are in `methods.py`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, NamedTuple

from ga_search.errors import SearchError
from ga_search.genome import Genome, GenomeSpace, candidate_id
from ga_search.objectives import Standing
from ga_search.operators import BREEDING, Breeding, breed, mutate, mutation_probability, seeded_random

NOVELTY_ATTEMPTS = 10  # extra mutations of a child that is known already, before its slot is given up


@dataclass(frozen=True)
class Candidate:
    """A point to be evaluated: its id, its value by varied key, and the generation that proposed it first."""

    id: str
    values: Mapping[str, Any]
    generation: int


class EvolutionState(NamedTuple):
    """What the step to the next generation needs, in plain numbers: the state of the search is these, no more.

    Each generation draws from a generator seeded by (seed, generation), so there is no random state to carry.
    """

    seed: int
    generation: int  # of `population`; 0 is the random first one
    population: tuple[tuple[float, ...], ...]  # points of [0, 1]^n
    standings: dict[str, Standing]  # by candidate id, of everything evaluated so far
    parents: tuple[tuple[float, ...], ...] = ()  # those that NSGA-II kept, beside the population


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
    new, names = [], set[str]()
    for child in children:
        for _ in range(NOVELTY_ATTEMPTS):
            if (name := identity_of(space, child)) not in state.standings and name not in names:
                break
            child = mutate(space, child, mutation_probability(space, breeding), breeding.eta_mutation)
        names.add(identity_of(space, child))
        new.append(child)
    return new


def genomes(space: GenomeSpace, state: EvolutionState, points: Sequence[Sequence[float]]) -> list[Genome]:
    """Points that were evaluated, with their fitness."""
    return [Genome(units, state.standings[identity_of(space, units)].compared) for units in points]


def genetic(
    space: GenomeSpace,
    *,
    population: int = 24,
    generations: int = 15,
    seed: int = 0,
    elites: int = 2,
    breeding: Breeding = BREEDING,
) -> Method:
    """Tournaments, crossover and mutation; the best `elites` survive unchanged.

    evaluations <= population + (generations - 1) (population - elites) <= population * generations

    **Arguments:**

    - `population`: individuals per generation, >= 2.
    - `generations`: how many, the random first one included, >= 1.
    - `elites`: best different individuals that survive, 0 to population - 1.

    **Raises:** `SearchError` if a value leaves its range.
    """
    if population < 2:
        raise SearchError(f"population must be at least 2; got {population}.")
    if generations < 1:
        raise SearchError(f"generations must be at least 1 (the random first one counts); got {generations}.")
    if not 0 <= elites < population:
        raise SearchError(f"elites must be between 0 and population - 1 = {population - 1}; got {elites}.")
    return Method(
        lambda: first_generation(space, population=population, seed=seed),
        lambda state: next_generation(space, state, breeding, elites=elites),
        generations,
    )


def identity_of(space: GenomeSpace, units: Sequence[float]) -> str:
    """The id of the candidate at a point of the unit cube."""
    return candidate_id(space.decode(units))


def seed_of(seed: int, generation: int) -> str:
    """What seeds the draws of one generation."""
    return f"ga_search/{seed}/{generation}"
