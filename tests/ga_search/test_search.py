"""The search: it improves, counts exactly, keeps its best, survives failures, and depends on its seed alone."""

import math
import os
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ga_search.evolution import genetic
from ga_search.genome import ChoiceGene, Gene, GenomeSpace
from ga_search.operators import Breeding
from ga_search.search import Search
from tests.ga_search.runs import evolved, proposals

SPACE = GenomeSpace(
    [
        Gene("training.learning_rate", 1e-4, 1e-1, scale="log"),
        Gene("device.v_bias", 0.0, 9.4),
        ChoiceGene("network.reset", ("zero", "subtract", "none")),
    ]
)


def hill(values) -> float:
    """Highest, 1, at a learning rate of 1e-3 (a sphere in its logarithm), a bias of 4.7 V and reset by subtraction."""
    distance = (math.log10(values["training.learning_rate"]) + 3) ** 2 + (values["device.v_bias"] / 4.7 - 1) ** 2
    return (1.0 if values["network.reset"] == "subtract" else 0.7) * math.exp(-distance)


def search(fitness=hill, calls=None, *, space=SPACE, **settings) -> Search:
    return evolved(space, fitness, calls, **settings)


def first_generation(found: Search) -> list[float]:
    """The fitnesses of the random first generation."""
    return [found.standings[one.id].fitness for one in found.candidates.values() if one.generation == 0]


def test_the_search_beats_its_random_first_generation():
    results = [search(seed=seed) for seed in range(25)]
    first = [max(first_generation(found)) for found in results]
    assert sum(found.best_fitness > best for found, best in zip(results, first, strict=True)) >= 24
    assert sum(found.best_fitness > 0.9 for found in results) >= 21
    assert sum(found.best.values["network.reset"] == "subtract" for found in results) >= 23


def test_the_search_beats_random_search_of_the_same_budget():
    space = GenomeSpace([Gene(f"device.g{n}", 0.0, 1.0) for n in range(6)])

    def peak(values):
        return 1 / (1 + 20 * sum((value - 0.3) ** 2 for value in values.values()))

    def best_of_random(seed, budget):
        generator = random.Random(seed)
        return max(peak(space.decode(space.sample(generator))) for _ in range(budget))

    results = [search(peak, space=space, generations=15, seed=seed) for seed in range(10)]
    wins = sum(found.best_fitness > best_of_random(seed, found.num_evaluations) for seed, found in enumerate(results))
    assert wins >= 9  # a chance of 1 % if both were equally good


@pytest.mark.parametrize("elites", [1, 2, 11])
def test_the_best_never_falls_with_elites(elites):
    generations = search(elites=elites, generations=8).generations
    best = [summary.best for summary in generations]
    assert best == sorted(best)
    assert best == [summary.best_so_far for summary in generations]


def test_the_best_so_far_never_falls_without_elites():
    summaries = search(elites=0, generations=8, breeding=Breeding(mutation_probability=1.0)).generations
    best_so_far = [summary.best_so_far for summary in summaries]
    assert best_so_far == sorted(best_so_far)
    assert any(summary.best < summary.best_so_far for summary in summaries)


@pytest.mark.parametrize(("population", "generations", "elites"), [(12, 6, 2), (5, 3, 0), (7, 1, 1), (2, 4, 1)])
def test_evaluations_are_population_plus_the_children_of_later_generations(population, generations, elites):
    calls = []
    found = search(calls=calls, population=population, generations=generations, elites=elites)
    # Over real numbers every child is new, so the bound is met: one call per generation, none too many.
    assert [len(call) for call in calls] == [population] + [population - elites] * (generations - 1)
    assert found.num_evaluations == population + (generations - 1) * (population - elites)
    assert [summary.num_evaluations for summary in found.generations] == [len(call) for call in calls]
    assert [summary.generation for summary in found.generations] == list(range(generations))


def test_a_candidate_is_never_evaluated_twice():
    calls = []
    space = GenomeSpace(
        [Gene("device.dac.num_bits", 1, 4, integer=True), ChoiceGene("network.reset", ("zero", "none"))]
    )
    found = search(lambda values: values["device.dac.num_bits"] / 4, calls, space=space, generations=20)
    counts = Counter(identity for call in calls for identity in call)
    assert set(counts.values()) == {1}
    assert len(counts) == found.num_evaluations <= 8
    assert len(found.generations) == 20  # some of which had nothing new to ask for
    assert found.best.values["device.dac.num_bits"] == 4


def test_the_seed_alone_decides_the_search():
    random.seed(1)
    one = search(seed=3)
    random.seed(2)
    two = search(seed=3)
    assert proposals(one) == proposals(two) != proposals(search(seed=4))


def test_the_search_is_the_same_in_every_process_and_leaves_the_global_random_state_alone():
    # In processes of their own, for another hash seed, and as the suite's run-time type checks draw from `random`, too.
    program = """
import random
from ga_search import Gene, GenomeSpace, Search, genetic

random.seed(int(__import__("sys").argv[1]))
before = random.getstate()
space = GenomeSpace([Gene("a", 0, 1)])
search = Search(space, genetic(space, population=6, generations=4, seed=0))
while not search.is_done:
    asked = search.ask()
    search.tell(asked, [one.values["a"] for one in asked])
assert random.getstate() == before
print(list(search.candidates))
"""
    printed = {
        subprocess.run(
            [sys.executable, "-c", program, number],
            env=os.environ | {"PYTHONHASHSEED": number},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for number in ("1", "2")
    }
    assert len(printed) == 1


def test_an_evaluation_that_draws_random_numbers_and_answers_in_any_order_changes_nothing():
    restless = Search(SPACE, genetic(SPACE, population=12, generations=6, seed=0))
    while not restless.is_done:
        candidates = restless.ask()
        random.shuffle(candidates)
        restless.tell(candidates, [hill(one.values) for one in candidates])
    assert list(restless.standings.items()) == list(search().standings.items())


@pytest.mark.parametrize("fitness", [math.nan, None])
def test_a_candidate_that_fails_costs_one_evaluation_and_is_never_best(fitness):
    def half_fail(values):
        return fitness if values["device.v_bias"] > 4.0 else hill(values) - 10

    found = search(half_fail, generations=8)
    assert found.num_evaluations == 12 + 7 * 10
    assert found.best.values["device.v_bias"] <= 4.0
    assert all(math.isfinite(one.best_so_far) for one in found.generations)
    failed = [one for one in found.standings.values() if one.is_failed]
    assert 0 < len(failed) == sum(summary.num_failed for summary in found.generations)


def test_a_search_in_which_everything_fails_ends_and_says_so():
    found = search(lambda values: None, generations=3)
    assert found.best_fitness == -math.inf
    assert [summary.num_failed for summary in found.generations] == [12, 10, 10]
    assert found.front == []


def test_the_median_of_the_first_generation_is_that_of_its_fitnesses():
    found = search(population=5, generations=1)
    fitnesses, summary = sorted(first_generation(found)), found.generations[0]
    assert (summary.worst, summary.median, summary.best) == (fitnesses[0], fitnesses[2], fitnesses[4])


def test_a_longer_search_begins_with_the_shorter_one():
    short, long = proposals(search(generations=3)), proposals(search(generations=6))
    assert long[: len(short)] == short


def test_asking_twice_asks_for_the_same():
    found = Search(SPACE, genetic(SPACE))
    assert found.ask() == found.ask()


def test_an_answer_for_others_and_a_question_too_many_are_refused():
    found = Search(SPACE, genetic(SPACE, population=3, generations=1))
    candidates = found.ask()
    with pytest.raises(ValueError, match="exactly the candidates asked for"):
        found.tell(candidates[1:], [0.0, 0.0])
    found.tell(candidates, [0.0, 1.0, 0.5])
    with pytest.raises(ValueError, match="exactly the candidates asked for"):
        found.tell(candidates, [0.0, 1.0, 0.5])
    with pytest.raises(ValueError, match="done after 1 generation"):
        found.ask()
    assert found.best == candidates[1]


def test_the_example_of_the_page_finds_the_least_value_of_rosenbrocks_function():
    page = (Path(__file__).parents[2] / "docs" / "searching.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    known = {}
    exec(compile(example, "searching.md", "exec"), known)
    best = known["search"].best.values
    assert best == {"x": pytest.approx(1, abs=0.1), "y": pytest.approx(1, abs=0.2)}
