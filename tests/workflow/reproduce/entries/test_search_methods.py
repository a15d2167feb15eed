"""Methods of search at equal budget: how soon each comes near the best of its repetition."""

from physdfa.workflow.reproduce.entries.search_methods import Course, rows_of


def test_evaluations_count_until_a_search_is_near_the_best_of_its_repetition():
    courses = {
        "genetic": {"0": Course([10, 20], [0.90, 0.95], 0.9)},
        "random": {"0": Course([10, 20], [0.90, 0.944], 0.9)},
        "CMA-ES": {"0": Course([10, 20], [0.947, 0.947], 0.9)},
    }
    genetic, random, cma_es = (row[-1] for row in rows_of(courses))
    assert genetic == "median 20 (20)"
    assert random == "median never (never)"
    assert cma_es == "median 10 (10)"


def test_each_repetition_has_a_best_of_its_own():
    courses = {
        "genetic": {"0": Course([10], [0.8], 0.8), "1": Course([10], [0.9], 0.9)},
        "random": {"0": Course([10], [0.7], 0.7)},
    }
    genetic, random = rows_of(courses)
    assert genetic[1:3] == ["2", "85.00 ± 7.07 %"]  # the deviation of two numbers is their distance over sqrt(2)
    assert genetic[-1] == "median 10 (10, 10)"
    assert random[-1] == "median never (never)"
