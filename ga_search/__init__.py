"""Search a box of numbers and choices: ask for candidates, tell how good they are. Usable without physdfa."""

from ga_search.errors import MissingPackageError, SearchError
from ga_search.evolution import Candidate, Method, genetic
from ga_search.genome import ChoiceGene, Gene, GenomeSpace
from ga_search.methods import cma_es, nsga2, random_search, sobol_search
from ga_search.objectives import Limit, Standing
from ga_search.operators import Breeding
from ga_search.search import GenerationSummary, Search
from ga_search.steady import SteadySearch, Told

__all__ = [
    "Breeding",
    "Candidate",
    "ChoiceGene",
    "Gene",
    "GenerationSummary",
    "GenomeSpace",
    "Limit",
    "Method",
    "MissingPackageError",
    "Search",
    "SearchError",
    "Standing",
    "SteadySearch",
    "Told",
    "cma_es",
    "genetic",
    "nsga2",
    "random_search",
    "sobol_search",
]
