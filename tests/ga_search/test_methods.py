"""Baselines and NSGA-II: equal budgets, determined by the seed alone, and as good as their theory says."""

import math
import sys
from itertools import pairwise

import pytest

from ga_search import methods
from ga_search.errors import MissingPackageError, SearchError
from ga_search.evolution import genetic
from ga_search.genome import ChoiceGene, Gene, GenomeSpace
from ga_search.methods import (
    cma_es,
    cma_population,
    nsga2,
    random_search,
    sobol_search,
)
from ga_search.objectives import Limit, Standing
from tests.ga_search.runs import proposals, searched

SPACE = GenomeSpace([Gene(f"device.g{n}", 0.0, 1.0) for n in range(4)])
MIXED = GenomeSpace(
    [Gene("device.a", 0.0, 1.0), Gene("device.bits", 1, 4, integer=True), ChoiceGene("network.reset", ("zero", "no"))]
)


def peak(values) -> float:
    """1 at 0.7 in each of the numbers."""
    return 1 / (1 + 5 * sum((value - 0.7) ** 2 for value in values.values()))


@pytest.mark.parametrize("make", [random_search, sobol_search])
def test_a_design_spends_its_budget_in_batches(make):
    calls = []
    found = searched(SPACE, make(SPACE, 25, batch=10), peak, calls)
    assert [len(call) for call in calls] == [10, 10, 5]
    assert found.num_evaluations == 25


def test_cma_es_spends_its_budget_in_generations_of_hansens_size():
    calls = []
    searched(SPACE, cma_es(SPACE, 30), peak, calls)
    assert [len(call) for call in calls] == [8, 8, 8, 6]  # 4 + floor(3 ln 4) at a time


def test_nsga2_evaluates_a_population_in_each_generation():
    found = searched(SPACE, nsga2(SPACE, population=8, generations=5), lambda one: (peak(one), -sum(one.values())))
    assert found.num_evaluations == 40


@pytest.mark.parametrize("make", [lambda seed: cma_es(SPACE, 60, seed=seed),
                                  lambda seed: sobol_search(SPACE, 60, batch=12, seed=seed),
                                  lambda seed: random_search(SPACE, 60, batch=12, seed=seed),
                                  lambda seed: nsga2(SPACE, population=12, generations=5, seed=seed)],
                         ids=["cma_es", "sobol", "random", "nsga2"])  # fmt: skip
def test_the_seed_alone_decides_what_is_proposed(make):
    one, two, other = (proposals(searched(SPACE, make(seed), peak)) for seed in (3, 3, 4))
    assert one == two != other


def test_random_search_begins_with_the_first_generation_of_the_genetic_one():
    first = genetic(SPACE, population=6, seed=5).first().population
    assert random_search(SPACE, 18, batch=6, seed=5).first().population == first


def test_sobol_points_fill_the_box_evenly():
    # Of the first 2^k points of a Sobol sequence exactly half lie in each half of each axis.
    points = sobol_search(SPACE, 64, batch=64, seed=1).first().population
    assert [sum(point[axis] < 0.5 for point in points) for axis in range(4)] == [32] * 4


def test_cma_es_asks_for_as_many_as_hansen_says():
    assert [cma_population(n) for n in (1, 2, 8, 10)] == [4, 6, 10, 10]  # 4 + floor(3 ln n)


def test_cma_es_finds_a_smooth_optimum_where_random_search_of_equal_budget_does_not():
    gaps = [1 - searched(SPACE, cma_es(SPACE, 240, seed=seed), peak).best_fitness for seed in range(5)]
    randomly = [
        1 - searched(SPACE, random_search(SPACE, 240, batch=24, seed=seed), peak).best_fitness for seed in range(5)
    ]
    assert max(gaps) < 1e-3 < min(randomly)


def test_cma_es_reads_the_order_of_the_fitnesses_and_nothing_else():
    # Hansen, arXiv:1604.00772, section 1: invariant to order-preserving transformations of the objective.
    plain, scaled = (
        searched(SPACE, cma_es(SPACE, 80, seed=0), fitness) for fitness in (peak, lambda values: 1e6 * peak(values) - 7)
    )
    assert proposals(plain) == proposals(scaled)


def test_cma_es_survives_failed_candidates_whole_numbers_choices_and_a_single_gene():
    def score(values):
        return None if values["network.reset"] == "no" else values["device.a"] * values["device.bits"] / 4

    found = searched(MIXED, cma_es(MIXED, 150, seed=0), score)
    assert found.best.values["network.reset"] == "zero"
    assert found.best_fitness > 0.9
    lone = GenomeSpace([Gene("device.a", 0.0, 1.0)])
    best = searched(lone, cma_es(lone, 40, seed=0), lambda values: 1 - abs(values["device.a"] - 0.3)).best
    assert best.values["device.a"] == pytest.approx(0.3, abs=0.02)


def test_cma_es_prefers_what_keeps_the_constraints():
    def below_a_half(values):
        return Standing(values["device.g0"], (values["device.g0"],), Limit(high=0.5).excess(values["device.g0"]))

    found = searched(SPACE, cma_es(SPACE, 160, seed=0), below_a_half)
    assert 0.45 < found.best.values["device.g0"] <= 0.5


def test_without_its_package_cma_es_says_which_one(monkeypatch):
    monkeypatch.setattr(methods, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "cmaes", None)
    with pytest.raises(MissingPackageError, match="pip install cmaes"):
        cma_es(SPACE, 30)


def test_nsga2_spreads_along_a_known_front():
    # Schaffer's first problem: x^2 against (x - 2)^2 on [-10, 10], whose front is 0 <= x <= 2.
    space = GenomeSpace([Gene("x", -10.0, 10.0), Gene("idle", 0.0, 1.0)])
    method = nsga2(space, population=20, generations=15, seed=1)
    found = searched(space, method, lambda values: (1 - values["x"] ** 2 / 100, -((values["x"] - 2) ** 2)))
    places = sorted(one.values["x"] for one in found.front)
    assert len(places) >= 20
    assert all(-0.01 <= x <= 2.01 for x in places)
    assert places[0] < 0.1
    assert places[-1] > 1.9
    assert max(b - a for a, b in pairwise(places)) < 0.5
    assert found.best == found.front[0]  # the best in the first objective


def test_nsga2_keeps_to_constraints_that_its_first_generation_breaks():
    space = GenomeSpace([Gene(f"g{n}", 0.0, 1.0) for n in range(3)])

    def cheap_and_good(values):
        accuracy = 1 - sum((value - 0.5) ** 2 for value in values.values())
        return Standing(accuracy, (accuracy, -values["g0"]), Limit(low=0.98).excess(accuracy))

    found = searched(space, nsga2(space, population=16, generations=12, seed=0), cheap_and_good)
    assert found.generations[0].num_feasible < 4 < found.generations[-1].num_feasible
    assert found.front
    # Least g0 under the constraint: 0.5 - sqrt(0.02).
    assert min(one.values["g0"] for one in found.front) == pytest.approx(0.5 - math.sqrt(0.02), abs=0.05)


def test_nsga2_ends_in_a_space_of_fewer_points_than_its_population():
    space = GenomeSpace([ChoiceGene("network.reset", ("zero", "subtract", "none"))])
    method = nsga2(space, population=8, generations=4, seed=0)
    found = searched(space, method, lambda values: (len(values["network.reset"]) / 10, -1.0))
    assert found.num_evaluations <= 3
    assert [one.values["network.reset"] for one in found.front] == ["subtract"]


def test_nsga2_needs_a_round_of_four():
    with pytest.raises(SearchError, match="at least 4 for several objectives; got 3"):
        nsga2(SPACE, population=3, generations=2, seed=0)
