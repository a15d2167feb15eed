"""Searches of functions that cost nothing."""

from collections.abc import Callable
from typing import Any

from ga_search.evolution import Method, genetic
from ga_search.genome import GenomeSpace
from ga_search.search import Search


def searched(space: GenomeSpace, method: Method, fitness: Callable[[Any], Any], calls: list | None = None) -> Search:
    """A whole search for the largest `fitness(values)`; `calls` takes the ids of each generation that asks for any."""
    search = Search(space, method)
    while not search.is_done:
        candidates = search.ask()
        if calls is not None and candidates:
            calls.append([one.id for one in candidates])
        search.tell(candidates, [fitness(one.values) for one in candidates])
    return search


def evolved(space: GenomeSpace, fitness: Callable[[Any], Any], calls: list | None = None, **settings) -> Search:
    """A genetic search of 6 generations of 12, unless told otherwise."""
    return searched(space, genetic(space, **{"population": 12, "generations": 6, **settings}), fitness, calls)


def proposals(search: Search) -> list[tuple[str, int]]:
    """What was evaluated, in order, and in which generation."""
    return [(one.id, one.generation) for one in search.candidates.values()]
