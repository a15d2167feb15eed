"""Operators: children stay in the cube, choices are never blended, the caller's random state is left alone."""

import random
import statistics

import pytest

from ga_search.errors import SearchError
from ga_search.genome import ChoiceGene, Gene, Genome, GenomeSpace
from ga_search.operators import Breeding, breed, crossover, mutate, seeded_random, select

MIXED = GenomeSpace([Gene("a", 0, 1), ChoiceGene("b", ("x", "y", "z")), Gene("c", 1, 10, scale="log")])
NUMBERS = GenomeSpace([Gene(f"g{n}", 0, 1) for n in range(4)])


@pytest.fixture(autouse=True)
def _seeded():
    with seeded_random(0):
        yield


def test_the_random_state_outside_is_untouched_even_after_an_error():
    before = random.getstate()
    with pytest.raises(KeyError), seeded_random(7):
        {}[random.random()]
    assert random.getstate() == before


def test_the_seed_decides_the_draws():
    def draw(seed):
        with seeded_random(seed):
            return [random.random() for _ in range(3)]

    assert draw("search/0/1") == draw("search/0/1") != draw("search/0/2")


@pytest.mark.parametrize("eta", [0.0, 10.0, 1000.0])
def test_children_stay_in_the_unit_cube_and_are_never_nan(eta):
    corners = [0.0, 1.0, 0.5, 1e-15, 1.0 - 1e-15, 0.5 + 1e-14]
    for _ in range(2000):
        first, second = (Genome(random.choice(corners) for _ in range(3)) for _ in range(2))
        for child in crossover(MIXED, first, second, eta):
            # `Genome` itself refuses whatever is outside [0, 1] or NaN; the decoded value proves that it is usable.
            assert set(MIXED.decode(mutate(MIXED, child, 1.0, eta))) == {"a", "b", "c"}


def test_crossover_keeps_the_mean_of_the_parents():
    # Simulated binary crossover is symmetric about the parents' mean where the bounds are equally far away.
    first, second = Genome([0.4] * 4), Genome([0.6] * 4)
    children = [child for _ in range(2000) for child in crossover(NUMBERS, first, second, 10.0)]
    assert statistics.mean(unit for child in children for unit in child) == pytest.approx(0.5, abs=5e-3)
    assert all(child != first for child in children[:1])


def test_crossover_of_choices_only_exchanges_them():
    first, second = Genome([0.2, 0.1, 0.2]), Genome([0.8, 0.9, 0.8])
    seen = [{one[1], two[1]} for one, two in (crossover(MIXED, first, second, 2.0) for _ in range(200))]
    assert all(pair == {0.1, 0.9} for pair in seen)


def test_half_of_the_crossovers_exchange_a_choice():
    first, second = Genome([0.2, 0.1, 0.2]), Genome([0.8, 0.9, 0.8])
    exchanged = sum(crossover(MIXED, first, second, 2.0)[0][1] == 0.9 for _ in range(2000))
    assert exchanged / 2000 == pytest.approx(0.5, abs=4 * 0.5 / 2000**0.5)


def test_operators_leave_the_parents_as_they_were():
    first, second = Genome([0.2, 0.1, 0.2], 0.5), Genome([0.8, 0.9, 0.8], 0.6)
    child, _ = crossover(MIXED, first, second, 2.0)
    mutate(MIXED, first, 1.0, 2.0)
    assert (list(first), list(second)) == ([0.2, 0.1, 0.2], [0.8, 0.9, 0.8])
    assert not child.fitness.valid


def test_mutation_reaches_each_gene_with_its_probability():
    moved = sum(unit != 0.5 for _ in range(2000) for unit in mutate(NUMBERS, Genome([0.5] * 4), 0.25, 10.0))
    assert moved / 8000 == pytest.approx(0.25, abs=4 * (0.25 * 0.75 / 8000) ** 0.5)


def test_mutation_with_probability_zero_changes_nothing():
    genome = Genome([0.5, 0.5, 0.5])
    assert all(mutate(MIXED, genome, 0.0, 10.0) == genome for _ in range(100))


def test_a_mutated_choice_is_drawn_uniformly():
    drawn = [MIXED.decode(mutate(MIXED, Genome([0.5, 0.1, 0.5]), 1.0, 10.0))["b"] for _ in range(3000)]
    for choice in ("x", "y", "z"):
        assert drawn.count(choice) / 3000 == pytest.approx(1 / 3, abs=4 * (2 / 9 / 3000) ** 0.5)


def test_a_larger_index_keeps_mutants_nearer():
    def spread(eta):
        return statistics.mean(abs(mutate(NUMBERS, Genome([0.5] * 4), 1.0, eta)[0] - 0.5) for _ in range(500))

    assert spread(100.0) < spread(10.0) < spread(1.0)


def test_the_best_of_n_wins_a_tournament_as_often_as_it_is_drawn():
    parents = [Genome([0.1 * n], 0.1 * n) for n in range(10)]
    winners = select(parents, 5000, 3)
    # The best wins whenever it is among the three drawn with replacement: 1 - (9/10)^3.
    share = sum(winner is parents[-1] for winner in winners) / 5000
    assert share == pytest.approx(1 - 0.9**3, abs=4 * (0.271 * 0.729 / 5000) ** 0.5)


def test_breeding_gives_the_number_asked_for_even_if_odd():
    parents = [Genome([0.1 * n] * 3, 0.1 * n) for n in range(6)]
    assert [len(breed(MIXED, parents, count, Breeding())) for count in (0, 1, 2, 5)] == [0, 1, 2, 5]


def test_without_crossover_and_mutation_children_are_copies_of_parents():
    parents = [Genome([0.1 * n] * 3, 0.1 * n) for n in range(6)]
    children = breed(MIXED, parents, 10, Breeding(crossover_probability=0.0, mutation_probability=0.0))
    assert all(child in parents for child in children)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("crossover_probability", 1.5),
        ("mutation_probability", -0.1),
        ("eta_crossover", -1.0),
        ("eta_mutation", float("nan")),
        ("tournament_size", 0),
    ],
)
def test_settings_out_of_range_are_refused(name, value):
    with pytest.raises(SearchError, match=name):
        Breeding(**{name: value})
