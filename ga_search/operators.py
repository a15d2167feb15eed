"""Selection, crossover and mutation: DEAP's, on vectors in [0, 1]^n, with choices treated as unordered."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from deap import tools

from ga_search.errors import SearchError
from ga_search.genome import ChoiceGene, Genome, GenomeSpace

SWAP_PROBABILITY = 0.5  # per choice gene: uniform crossover, as simulated binary crossover treats each number


@contextmanager
def seeded_random(seed: int | str) -> Iterator[None]:
    """Python's global `random`, from which DEAP draws, seeded inside the block and put back as it was after it."""
    outside = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(outside)


@dataclass(frozen=True, kw_only=True)
class Breeding:
    """How children are made from scored parents.

    **Arguments:**

    - `crossover_probability`: per pair of parents, [0, 1].
    - `mutation_probability`: per gene of a child, [0, 1]; None is 1 / number of genes.
    - `eta_crossover`, `eta_mutation`: distribution indices, >= 0; the larger, the nearer a child stays to its parents.
    - `tournament_size`: individuals drawn, with replacement, of which the best becomes a parent, >= 1.

    **Raises:** `SearchError` if a value leaves its range.
    """

    crossover_probability: float = 0.9
    mutation_probability: float | None = None
    eta_crossover: float = 10.0
    eta_mutation: float = 10.0
    tournament_size: int = 3

    def __post_init__(self):
        for name in ("crossover_probability", "mutation_probability"):
            probability = getattr(self, name)
            if probability is not None and not 0 <= probability <= 1:
                raise SearchError(f"{name} is a probability in [0, 1]; got {probability}.")
        for name in ("eta_crossover", "eta_mutation"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise SearchError(f"{name} must be >= 0 and finite; got {getattr(self, name)}.")
        if self.tournament_size < 1:
            raise SearchError(f"tournament_size must be at least 1; got {self.tournament_size}.")


BREEDING = Breeding()
"""What a search does unless it is told otherwise."""


def select(parents: Sequence[Genome], count: int, tournament_size: int) -> list[Genome]:
    """`count` winners of tournaments among scored parents; the same one may win several."""
    return tools.selTournament(list(parents), count, tournsize=tournament_size)


def crossover(space: GenomeSpace, first: Genome, second: Genome, eta: float) -> tuple[Genome, Genome]:
    """Two children: bounded simulated binary crossover of the numbers, uniform exchange of the choices.

    Two choices have no "between", so blending their positions would favour the middle one of a list.

    **Source:** Deb & Agrawal, Complex Systems 9, 115 (1995), in the bounded form of DEAP's `cxSimulatedBinaryBounded`.
    """
    one, two = list(first), list(second)
    numbers, choices = _positions(space)
    for at in choices:
        if random.random() < SWAP_PROBABILITY:
            one[at], two[at] = two[at], one[at]
    blended = tools.cxSimulatedBinaryBounded([one[at] for at in numbers], [two[at] for at in numbers], eta, 0.0, 1.0)
    for at, one_unit, two_unit in zip(numbers, *blended, strict=True):
        one[at], two[at] = _clipped(one_unit), _clipped(two_unit)
    return Genome(one), Genome(two)


def mutate(space: GenomeSpace, genome: Genome, probability: float, eta: float) -> Genome:
    """A copy in which each gene, with the given probability, moves: numbers by polynomial mutation, choices drawn anew.

    **Source:** Deb & Goyal, Computer Science and Informatics 26, 30 (1996), in the bounded form of DEAP's
    `mutPolynomialBounded`.
    """
    units = list(genome)
    numbers, choices = _positions(space)
    for at in choices:
        if random.random() < probability:
            units[at] = random.random()
    (moved,) = tools.mutPolynomialBounded([units[at] for at in numbers], eta, 0.0, 1.0, probability)
    for at, unit in zip(numbers, moved, strict=True):
        units[at] = _clipped(unit)
    return Genome(units)


def breed(space: GenomeSpace, parents: Sequence[Genome], count: int, breeding: Breeding) -> list[Genome]:
    """`count` unscored children of scored parents: tournaments, then crossover of pairs, then mutation of each."""
    chosen = select(parents, count + count % 2, breeding.tournament_size)
    return children_of(space, chosen, breeding)[:count]


def children_of(space: GenomeSpace, chosen: Sequence[Genome], breeding: Breeding) -> list[Genome]:
    """Two children of each two neighbours in an even number of chosen parents: crossover, then mutation."""
    probability = mutation_probability(space, breeding)
    children: list[Genome] = []
    for first, second in zip(chosen[::2], chosen[1::2], strict=True):
        pair = (first, second)
        if random.random() < breeding.crossover_probability:
            pair = crossover(space, first, second, breeding.eta_crossover)
        children.extend(mutate(space, child, probability, breeding.eta_mutation) for child in pair)
    return children


def mutation_probability(space: GenomeSpace, breeding: Breeding) -> float:
    """The mutation probability per gene: as given, or one gene per child on average."""
    given = breeding.mutation_probability
    return 1 / len(space.genes) if given is None else given


def _positions(space: GenomeSpace) -> tuple[list[int], list[int]]:
    """Where the numbers and where the choices stand in a genome."""
    choices = [at for at, gene in enumerate(space.genes) if isinstance(gene, ChoiceGene)]
    return [at for at in range(len(space.genes)) if at not in choices], choices


def _clipped(unit: float) -> float:
    return min(max(unit, 0.0), 1.0)
