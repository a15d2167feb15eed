"""The search without generations: what it proposes follows from its seed and its log, and it gets better."""

import random

import pytest

from ga_search import ChoiceGene, Gene, GenomeSpace, SteadySearch, Told
from ga_search.evolution import first_generation

SPACE = GenomeSpace([Gene("x", -2.0, 2.0), Gene("y", -1.0, 3.0)])


def fitness(values):
    return -((1 - values["x"]) ** 2) - (values["y"] - 1) ** 2


def make_search(budget=60, **settings):
    return SteadySearch(SPACE, **{"budget": budget, "population": 10, "seed": 3, **settings})


def run(search, num_workers, seed):
    """So many are being evaluated at a time, and any of them may be done next."""
    draw, at_work = random.Random(seed), search.pending
    while True:
        while len(at_work) < num_workers and (one := search.ask()) is not None:
            at_work.append(one)
        if not at_work:
            return search
        one = at_work.pop(draw.randrange(len(at_work)))
        search.tell(one, fitness(one.values))


def test_it_begins_as_the_genetic_search_of_the_same_seed():
    first = [SPACE.decode(units) for units in first_generation(SPACE, population=10, seed=3).population]
    search = make_search()
    assert [search.ask().values for _ in range(10)] == first


@pytest.mark.parametrize("num_workers", [1, 7, 30])
def test_its_budget_is_spent_and_it_gets_nearer_than_chance(num_workers):
    search = run(make_search(budget=200), num_workers, seed=0)
    assert len(search.standings) == len(search.candidates) == 200
    assert search.pending == []
    best = max(map(fitness, (one.values for one in list(search.candidates.values())[:100])))
    assert search.standings[search.best.id].fitness >= best
    assert search.standings[search.best.id].fitness > -0.01


def test_the_log_gives_the_same_proposals_again_and_the_order_of_answers_matters():
    one, other = run(make_search(), 7, seed=0), run(make_search(), 7, seed=1)
    assert list(one.candidates) != list(other.candidates)
    again = make_search()
    for told in one.log:
        candidate = again.catch_up(told)
        again.tell(candidate, fitness(candidate.values))
    assert list(again.candidates.items()) == list(one.candidates.items())
    assert again.log == one.log


def test_a_search_that_stopped_goes_on_with_what_was_pending():
    stopped = make_search()
    whole = run(make_search(), 1, seed=0)
    for told in whole.log[:25]:
        candidate = stopped.catch_up(told)
        stopped.tell(candidate, fitness(candidate.values))
    assert list(run(stopped, 1, seed=0).candidates) == list(whole.candidates)
    wide = make_search()
    asked = [wide.ask() for _ in range(12)]
    wide.tell(asked[4], 1.0)
    again = make_search()
    again.tell(again.catch_up(wide.log[0]), 1.0)
    assert again.pending == [one for one in asked if one is not asked[4]]


def test_a_log_of_another_search_and_an_answer_nobody_asked_for_are_refused():
    search = make_search()
    with pytest.raises(ValueError, match="is none of this search"):
        search.catch_up(Told("another", 3))
    one = search.ask()
    search.tell(one, 0.5)
    with pytest.raises(ValueError, match="is not"):
        search.tell(one, 0.5)


def test_a_failed_candidate_is_no_parent_of_choice_and_a_space_may_run_out():
    search = SteadySearch(GenomeSpace([ChoiceGene("c", ("a", "b", "d"))]), budget=50, population=4, seed=0)
    while (one := search.ask()) is not None:
        search.tell(one, None if one.values["c"] == "a" else 1.0)
    assert len(search.candidates) == 3
    assert search.best.values["c"] != "a"
