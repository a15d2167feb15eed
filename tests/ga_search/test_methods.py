"""Baselines and NSGA-II: equal budgets, determined by the seed alone, and as good as their theory says."""

import math
import sys
from itertools import pairwise

import pytest

from ga_search import methods
from ga_search.evolution import search
from ga_search.genome import ChoiceGene, Gene, GenomeSpace
from ga_search.methods import (
    cma_es,
    cma_population,
    in_batches,
    make_method,
    nsga2,
    num_evaluations,
    random_points,
    sobol_points,
)
from ga_search.objectives import Goals, Limit
from ga_search.operators import Breeding
from physdfa.config import SearchSection
from physdfa.config.search_schema import Gene as SearchGene
from physdfa.errors import InputError, MissingExtraError
from physdfa.workflow.candidates.records import EvaluationRecord

SPACE = GenomeSpace([Gene(f"device.g{n}", 0.0, 1.0) for n in range(4)])
MIXED = GenomeSpace(
    [Gene("device.a", 0.0, 1.0), Gene("device.bits", 1, 4, integer=True), ChoiceGene("network.reset", ("zero", "no"))]
)
FRONT = Goals(objectives=("accuracy", "energy"))


def make_evaluator(score, energy=lambda values: None, calls=None):
    def evaluate(candidates):
        if calls is not None:
            calls.append(len(candidates))
        return [
            EvaluationRecord(
                one.id, one.values, one.generation, 0, "ok", validation_accuracy=score(one.values),
                energy=energy(one.values),
            )
            for one in candidates
        ]  # fmt: skip

    return evaluate


def peak(values) -> float:
    """1 at 0.7 in each of the numbers."""
    return 1 / (1 + 5 * sum((value - 0.7) ** 2 for value in values.values()))


def make_section(**values) -> SearchSection:
    genes = {f"device.g{n}": SearchGene(low=0.0, high=1.0) for n in range(4)}
    return SearchSection(genes=genes, **values)


@pytest.mark.parametrize("method", ["genetic", "random", "sobol", "cma_es"])
@pytest.mark.parametrize(("population", "generations", "elites"), [(12, 6, 2), (5, 4, 0), (7, 1, 3)])
def test_every_method_has_the_budget_of_the_genetic_search(method, population, generations, elites):
    section = make_section(method=method, population=population, generations=generations, elites=elites)
    calls = []
    found = search(SPACE, make_method(SPACE, section, 0), make_evaluator(peak, calls=calls))
    assert found.num_evaluations == sum(calls) == population + (generations - 1) * (population - elites)
    assert [one.generation for one in found.generations] == list(range(len(calls)))
    assert max(calls) <= methods.batch_size(section)


def test_several_objectives_have_no_elites_and_every_method_the_larger_budget():
    section = make_section(population=8, generations=5, objectives=("accuracy", "energy"))
    assert num_evaluations(section) == 40
    evaluate = make_evaluator(peak, lambda values: sum(values.values()))
    assert search(SPACE, make_method(SPACE, section, 0), evaluate, goals=FRONT).num_evaluations == 40


@pytest.mark.parametrize("make", [lambda seed: cma_es(SPACE, 60, seed=seed),
                                  lambda seed: in_batches(sobol_points(SPACE, 60, seed), 12, seed),
                                  lambda seed: in_batches(random_points(SPACE, 60, seed), 12, seed),
                                  lambda seed: nsga2(SPACE, Breeding(), population=12, generations=5, seed=seed)],
                         ids=["cma_es", "sobol", "random", "nsga2"])  # fmt: skip
def test_the_seed_alone_decides_what_is_proposed(make):
    def proposals(seed):
        return [record.candidate for record in search(SPACE, make(seed), make_evaluator(peak)).records]

    assert proposals(3) == proposals(3) != proposals(4)


def test_random_search_begins_with_the_first_generation_of_the_genetic_one():
    evaluate = make_evaluator(peak)
    by_method = {
        name: search(SPACE, make_method(SPACE, make_section(method=name, population=6, generations=3), 5), evaluate)
        for name in ("genetic", "random")
    }
    first = [[one.candidate for one in found.first_generation] for found in by_method.values()]
    assert first[0] == first[1]


def test_sobol_points_fill_the_box_evenly():
    # Of the first 2^k points of a Sobol sequence exactly half lie in each half of each axis.
    points = sobol_points(SPACE, 64, 1)
    assert [sum(point[axis] < 0.5 for point in points) for axis in range(4)] == [32] * 4


def test_cma_es_asks_for_as_many_as_hansen_says():
    assert [cma_population(n) for n in (1, 2, 8, 10)] == [4, 6, 10, 10]  # 4 + floor(3 ln n)


def test_cma_es_finds_a_smooth_optimum_where_random_search_of_equal_budget_does_not():
    evaluate = make_evaluator(peak)
    gaps = [1 - search(SPACE, cma_es(SPACE, 240, seed=seed), evaluate).best_fitness for seed in range(5)]
    randomly = [
        1 - search(SPACE, in_batches(random_points(SPACE, 240, seed), 24, seed), evaluate).best_fitness
        for seed in range(5)
    ]
    assert max(gaps) < 1e-3 < min(randomly)


def test_cma_es_survives_failed_candidates_whole_numbers_choices_and_a_single_gene():
    def score(values):
        return None if values["network.reset"] == "no" else values["device.a"] * values["device.bits"] / 4

    found = search(MIXED, cma_es(MIXED, 150, seed=0), make_evaluator(score))
    assert found.best.values["network.reset"] == "zero"
    assert found.best_fitness > 0.9
    lone = GenomeSpace([Gene("device.a", 0.0, 1.0)])
    best = search(lone, cma_es(lone, 40, seed=0), make_evaluator(lambda values: 1 - abs(values["device.a"] - 0.3)))
    assert best.best.values["device.a"] == pytest.approx(0.3, abs=0.02)


def test_cma_es_prefers_what_keeps_the_constraints():
    goals = Goals(limits={"energy": Limit(high=0.5)})
    evaluate = make_evaluator(lambda values: values["device.g0"], lambda values: values["device.g0"])
    found = search(SPACE, cma_es(SPACE, 160, seed=0), evaluate, goals=goals)
    assert 0.45 < found.best.values["device.g0"] <= 0.5


def test_without_its_package_cma_es_names_the_extra(monkeypatch):
    monkeypatch.setattr(methods, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "cmaes", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'physdfa\[search\]'"):
        make_method(SPACE, make_section(method="cma_es"), 0)


def test_nsga2_spreads_along_a_known_front():
    # Schaffer's first problem, scaled: x^2 against (x - 2)^2 on [-10, 10], whose front is 0 <= x <= 2.
    space = GenomeSpace([Gene("device.x", -10.0, 10.0), Gene("device.idle", 0.0, 1.0)])
    evaluate = make_evaluator(lambda values: 1 - values["device.x"] ** 2 / 100, lambda v: (v["device.x"] - 2) ** 2)
    method = nsga2(space, Breeding(), population=20, generations=15, seed=1)
    found = search(space, method, evaluate, goals=FRONT)
    places = sorted(one.values["device.x"] for one in found.front)
    assert len(places) >= 20
    assert all(-0.01 <= x <= 2.01 for x in places)
    assert places[0] < 0.1
    assert places[-1] > 1.9
    assert max(b - a for a, b in pairwise(places)) < 0.5
    assert found.best == found.front[0]  # the most accurate of the front


def test_nsga2_keeps_to_constraints_that_its_first_generation_breaks():
    goals = Goals(objectives=("accuracy", "energy"), limits={"accuracy": Limit(low=0.98)})
    space = GenomeSpace([Gene(f"device.g{n}", 0.0, 1.0) for n in range(3)])
    evaluate = make_evaluator(
        lambda values: 1 - sum((value - 0.5) ** 2 for value in values.values()), lambda values: values["device.g0"]
    )
    method = nsga2(space, Breeding(), population=16, generations=12, seed=0)
    found = search(space, method, evaluate, goals=goals)
    assert found.generations[0].num_feasible < 4 < found.generations[-1].num_feasible
    assert found.front
    # Least energy under the constraint: 0.5 - sqrt(0.02).
    assert min(one.values["device.g0"] for one in found.front) == pytest.approx(0.5 - math.sqrt(0.02), abs=0.05)


def test_nsga2_ends_in_a_space_of_fewer_points_than_its_population():
    space = GenomeSpace([ChoiceGene("network.reset", ("zero", "subtract", "none"))])
    evaluate = make_evaluator(lambda values: len(values["network.reset"]) / 10, lambda values: 1.0)
    method = nsga2(space, Breeding(), population=8, generations=4, seed=0)
    found = search(space, method, evaluate, goals=FRONT)
    assert found.num_evaluations <= 3
    assert [one.values["network.reset"] for one in found.front] == ["subtract"]


def test_nsga2_needs_a_round_of_four():
    with pytest.raises(InputError, match="at least 4 for several objectives; got 3"):
        nsga2(SPACE, Breeding(), population=3, generations=2, seed=0)
