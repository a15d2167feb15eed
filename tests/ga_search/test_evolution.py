"""The step from one generation to the next, in plain numbers."""

import pytest

from ga_search.errors import SearchError
from ga_search.evolution import EvolutionState, genetic, next_generation, unevaluated
from ga_search.genome import Gene, GenomeSpace, candidate_id
from ga_search.objectives import Standing
from ga_search.operators import Breeding

SPACE = GenomeSpace([Gene(name, 0.0, 1.0) for name in ("a", "b", "c")])


def test_elites_survive_unchanged_and_each_once():
    best, good, poor = (0.1, 0.1, 0.1), (0.2, 0.2, 0.2), (0.3, 0.3, 0.3)
    standings = {
        candidate_id(SPACE.decode(units)): Standing(score, (score,))
        for units, score in ((best, 0.9), (good, 0.8), (poor, 0.1))
    }
    state = EvolutionState(seed=0, generation=4, population=(poor, best, best, good), standings=standings)
    following = next_generation(SPACE, state, Breeding(), elites=2)
    assert following.population[:2] == (best, good)
    assert len(following.population) == 4
    assert following.generation == 5


def test_only_unknown_candidates_wait_for_evaluation():
    known, new = (0.1, 0.1, 0.1), (0.2, 0.2, 0.2)
    standings = {candidate_id(SPACE.decode(known)): Standing(0.5, (0.5,))}
    state = EvolutionState(seed=0, generation=1, population=(known, new, new), standings=standings)
    (waiting,) = unevaluated(SPACE, state)
    assert (dict(waiting.values), waiting.generation) == (SPACE.decode(new), 1)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        (dict(population=1), "population must be at least 2; got 1"),
        (dict(generations=0), "generations must be at least 1"),
        (dict(population=12, elites=12), "elites must be between 0 and population - 1 = 11; got 12"),
    ],
)
def test_settings_out_of_range_are_refused(settings, complaint):
    with pytest.raises(SearchError, match=complaint):
        genetic(SPACE, **settings)
