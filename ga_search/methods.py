"""The other ways to propose candidates: NSGA-II for several objectives, and the baselines that a search must beat."""

import math
from collections.abc import Sequence
from importlib.util import find_spec
from random import Random
from zlib import crc32

import numpy as np
from deap import tools

from ga_search.designs import sobol_units
from ga_search.errors import MissingPackageError, SearchError
from ga_search.evolution import (
    EvolutionState,
    Method,
    first_generation,
    genomes,
    identity_of,
    renewed,
    seed_of,
)
from ga_search.genome import Genome, GenomeSpace
from ga_search.operators import BREEDING, Breeding, children_of, seeded_random

LEAST_FOR_NSGA2 = 4
"""Individuals in a round of NSGA-II's tournaments."""

CMA_SPREAD = 0.3
"""Initial standard deviation of CMA-ES in the unit cube, from the middle of which it starts: Hansen's advice for a
box, so that the optimum lies within about two of them."""


def cma_population(num_genes: int) -> int:
    """4 + 3 ln n: N. Hansen, arXiv:1604.00772, eq. 48; its other constants suit this one."""
    return 4 + math.floor(3 * math.log(num_genes))


def nsga2(
    space: GenomeSpace, *, population: int = 24, generations: int = 15, seed: int = 0, breeding: Breeding = BREEDING
) -> Method:
    """NSGA-II for several objectives: each generation competes with its parents, front by front.

    **Source:** Deb, Pratap, Agarwal & Meyarivan, IEEE Trans. Evol. Comput. 6, 182 (2002), with the selection of DEAP.
    Ours: copies of a candidate compete once, and known children are mutated again, as in the genetic search.

    **Raises:** `SearchError` for fewer than four individuals, or no generation.
    """
    if population < LEAST_FOR_NSGA2:
        raise SearchError(f"population must be at least {LEAST_FOR_NSGA2} for several objectives; got {population}.")

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


def random_search(space: GenomeSpace, budget: int, *, batch: int, seed: int = 0) -> Method:
    """Independent points, so many at a time; they begin with the first generation of the genetic search of the seed."""
    random = Random(seed_of(seed, 0))
    return _in_batches([space.sample(random) for _ in range(budget)], batch, seed)


def sobol_search(space: GenomeSpace, budget: int, *, batch: int, seed: int = 0) -> Method:
    """The points of `designs.sobol`, so many at a time."""
    return _in_batches(sobol_units(len(space.genes), budget, seed=seed), batch, seed)


def _in_batches(points: Sequence[Sequence[float]], size: int, seed: int) -> Method:
    batches = [tuple(tuple(units) for units in points[start : start + size]) for start in range(0, len(points), size)]

    def following(state: EvolutionState) -> EvolutionState:
        generation = state.generation + 1
        return state._replace(generation=generation, population=batches[generation])

    return Method(lambda: EvolutionState(seed, 0, batches[0], {}), following, len(batches))


def cma_es(space: GenomeSpace, budget: int, *, seed: int = 0) -> Method:
    """CMA-ES on [0, 1]^n, from its middle; whole numbers and choices through the genome, failed candidates are worst.

    What is left of the budget after whole generations makes a smaller last one, of which nothing is learnt any more.

    **Source:** N. Hansen, *The CMA Evolution Strategy: A Tutorial*, arXiv:1604.00772, by the package `cmaes`.

    **Raises:** `MissingPackageError` if the package is not installed.
    """
    if find_spec("cmaes") is None:
        raise MissingPackageError("cmaes")
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
        optimizer.tell([(np.asarray(units), rank) for rank, units in enumerate(_ranked(space, state))])
        generation = state.generation + 1
        return state._replace(generation=generation, population=ask(min(size, budget - generation * size)))

    return Method(lambda: EvolutionState(seed, 0, ask(min(size, budget)), {}), following, num_generations)


def _ranked(space: GenomeSpace, state: EvolutionState) -> list[tuple[float, ...]]:
    """The population, the best first: constraints kept, then fitness. CMA-ES reads nothing but this order."""

    def loss(units: Sequence[float]) -> tuple[float, float]:
        standing = state.standings[identity_of(space, units)]
        return standing.violation, 0.0 if standing.violation > 0 else -standing.fitness

    return sorted(state.population, key=loss)


def _winners(parents: Sequence[Genome], count: int) -> list[Genome]:
    """Winners of tournaments by front, then by room around; DEAP plays them in rounds of four different ones."""
    pool = list(parents) * -(-LEAST_FOR_NSGA2 // len(parents))
    winners: list[Genome] = []
    while len(winners) < count:
        winners += tools.selTournamentDCD(pool, len(pool) - len(pool) % LEAST_FOR_NSGA2)
    return winners[:count]
