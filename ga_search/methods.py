"""The other ways to propose candidates: NSGA-II for several objectives, and the baselines that a search must beat."""

import math
from collections.abc import Sequence
from importlib.util import find_spec
from random import Random
from zlib import crc32

import numpy as np
from deap import tools

from ga_search.designs import sobol_units
from ga_search.evolution import (
    EvolutionState,
    Method,
    first_generation,
    genetic,
    genomes,
    identity_of,
    renewed,
    seed_of,
)
from ga_search.genome import Genome, GenomeSpace
from ga_search.operators import Breeding, children_of, seeded_random
from physdfa.config import SearchSection
from physdfa.errors import InputError, MissingExtraError

LEAST_FOR_NSGA2 = 4
"""Individuals in a round of NSGA-II's tournaments."""

CMA_SPREAD = 0.3
"""Initial standard deviation of CMA-ES in the unit cube, from the middle of which it starts: Hansen's advice for a
box, so that the optimum lies within about two of them."""


def num_evaluations(section: SearchSection) -> int:
    """The candidates that a search may evaluate, whatever its method: those of the genetic one.

    population + (generations - 1) (population - elites), without elites where there are several objectives
    """
    elites = section.elites if len(section.objectives) == 1 else 0
    return section.population + (section.generations - 1) * (section.population - elites)


def batch_size(section: SearchSection) -> int:
    """Most candidates that are evaluated at once: CMA-ES asks for as many as its theory says, the others for all."""
    if section.method == "cma_es":
        return min(cma_population(len(section.genes)), num_evaluations(section))
    return section.population


def cma_population(num_genes: int) -> int:
    """4 + 3 ln n: N. Hansen, arXiv:1604.00772, eq. 48; its other constants suit this one."""
    return 4 + math.floor(3 * math.log(num_genes))


def make_method(space: GenomeSpace, section: SearchSection, seed: int) -> Method:
    """The method that `[search]` asks for.

    **Raises:** `InputError` if it cannot do what is asked; `MissingExtraError` if its package is not installed.
    """
    breeding = Breeding(
        crossover_probability=section.crossover_probability,
        mutation_probability=section.mutation_probability,
        eta_crossover=section.crossover_eta,
        eta_mutation=section.mutation_eta,
        tournament_size=section.tournament_size,
    )
    size = {"population": section.population, "generations": section.generations}
    if section.method == "genetic":
        if len(section.objectives) > 1:
            return nsga2(space, breeding, **size, seed=seed)
        return genetic(space, breeding, **size, seed=seed, elites=section.elites)
    budget = num_evaluations(section)
    if section.method == "cma_es":
        return cma_es(space, budget, seed=seed)
    design = random_points if section.method == "random" else sobol_points
    return in_batches(design(space, budget, seed), section.population, seed)


def nsga2(space: GenomeSpace, breeding: Breeding, *, population: int, generations: int, seed: int) -> Method:
    """Generations of which each competes with its parents; fronts first, then those with room around them.

    **Source:** Deb, Pratap, Agarwal & Meyarivan, IEEE Trans. Evol. Comput. 6, 182 (2002), with the selection of DEAP.
    Ours: copies of a candidate compete once, and known children are mutated again, as in the genetic search.

    **Raises:** `InputError` for fewer than four individuals, or no generation.
    """
    if population < LEAST_FOR_NSGA2:
        raise InputError(f"population must be at least {LEAST_FOR_NSGA2} for several objectives; got {population}.")

    def following(state: EvolutionState) -> EvolutionState:
        distinct: dict[str, Sequence[float]] = {}
        for units in (*state.parents, *state.population):
            distinct.setdefault(identity_of(space, units), units)
        pool = genomes(space, state, list(distinct.values()))
        with seeded_random(seed_of(state.seed, state.generation + 1)):
            parents = tools.selNSGA2(pool, population)
            children = children_of(space, _winners(parents, population + population % 2), breeding)[:population]
            children = renewed(space, children, state, breeding)
        return state._replace(
            generation=state.generation + 1,
            parents=tuple(tuple(units) for units in parents),
            population=tuple(tuple(units) for units in children),
        )

    return Method(lambda: first_generation(space, population=population, seed=seed), following, generations)


def in_batches(points: Sequence[Sequence[float]], size: int, seed: int) -> Method:
    """A fixed list of points, so many at a time."""
    batches = [tuple(tuple(units) for units in points[start : start + size]) for start in range(0, len(points), size)]

    def following(state: EvolutionState) -> EvolutionState:
        generation = state.generation + 1
        return state._replace(generation=generation, population=batches[generation])

    return Method(lambda: EvolutionState(seed, 0, batches[0], {}), following, len(batches))


def random_points(space: GenomeSpace, num_points: int, seed: int) -> list[Genome]:
    """Independent points, beginning with the first generation of the genetic search of the same seed."""
    random = Random(seed_of(seed, 0))
    return [space.sample(random) for _ in range(num_points)]


def sobol_points(space: GenomeSpace, num_points: int, seed: int) -> list[list[float]]:
    """The points of `designs.sobol`, as genomes."""
    return sobol_units(len(space.genes), num_points, seed=seed)


def cma_es(space: GenomeSpace, budget: int, *, seed: int) -> Method:
    """CMA-ES on [0, 1]^n, from its middle; whole numbers and choices through the genome, failed candidates are worst.

    What is left of the budget after whole generations makes a smaller last one, of which nothing is learnt any more.

    **Source:** N. Hansen, *The CMA Evolution Strategy: A Tutorial*, arXiv:1604.00772, by the package `cmaes`.

    **Raises:** `MissingExtraError` if the package is not installed.
    """
    if find_spec("cmaes") is None:
        raise MissingExtraError("cmaes", "search")
    from cmaes import CMA  # an optional extra, for this baseline only

    size = cma_population(len(space.genes))
    box = np.tile([0.0, 1.0], (len(space.genes), 1))
    optimizer = CMA(
        mean=np.full(len(space.genes), 0.5),
        sigma=CMA_SPREAD,
        bounds=box,
        seed=crc32(seed_of(seed, 0).encode()),
        population_size=size,
    )
    num_generations = -(-budget // size)

    def ask(count: int) -> tuple[tuple[float, ...], ...]:
        return tuple(tuple(float(unit) for unit in optimizer.ask()) for _ in range(count))

    def following(state: EvolutionState) -> EvolutionState:
        told = [(np.asarray(units), _loss(space, state, units)) for units in state.population]
        optimizer.tell(told)
        generation = state.generation + 1
        return state._replace(generation=generation, population=ask(min(size, budget - generation * size)))

    return Method(lambda: EvolutionState(seed, 0, ask(min(size, budget)), {}), following, num_generations)


def _loss(space: GenomeSpace, state: EvolutionState, units: Sequence[float]) -> float:
    """What CMA-ES makes small: minus the accuracy; with broken constraints above every candidate that keeps them."""
    standing = state.standings[identity_of(space, units)]
    return 1.0 + min(standing.violation, 1e30) if standing.violation > 0 else -standing.accuracy


def _winners(parents: Sequence[Genome], count: int) -> list[Genome]:
    """Winners of tournaments by front, then by room around; DEAP plays them in rounds of four different ones."""
    pool = list(parents) * -(-LEAST_FOR_NSGA2 // len(parents))
    winners: list[Genome] = []
    while len(winners) < count:
        winners += tools.selTournamentDCD(pool, len(pool) - len(pool) % LEAST_FOR_NSGA2)
    return winners[:count]
