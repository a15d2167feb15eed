"""Standings: constraints first, then the objectives, and the front that nothing beats."""

import math

import pytest

from ga_search.genome import Fitness
from ga_search.objectives import FAILED, Limit, Standing, pareto_front, standing_of


@pytest.mark.parametrize(
    ("limit", "value", "excess"),
    [
        (Limit(high=2.0), 3.0, 0.5),
        (Limit(high=2.0), 2.0, 0.0),
        (Limit(low=0.8), 0.4, 0.5),
        (Limit(low=0.8, high=0.9), 0.85, 0.0),
        (Limit(high=0.0), 0.25, 0.25),
    ],
)
def test_the_excess_is_a_share_of_the_limit(limit, value, excess):
    assert limit.excess(value) == pytest.approx(excess)


def test_by_debs_rules_a_smaller_violation_comes_first_and_then_the_objectives():
    feasible, weak = Fitness((0.1, -5.0)), Fitness((0.2, -6.0))
    slightly, badly = Fitness((0.9, -1.0), 0.1), Fitness((1.0, -0.0), 0.2)
    assert feasible.dominates(slightly)
    assert slightly.dominates(badly)
    assert not feasible.dominates(weak)
    assert not weak.dominates(feasible)
    assert sorted([badly, feasible, slightly]) == [badly, slightly, feasible]
    assert Fitness((0.5,)) != Fitness((0.5,), 0.1)
    assert len({Fitness((0.5,)), Fitness((0.5,), 0.1), Fitness((0.5,))}) == 2


def test_the_front_is_what_no_other_beats_the_best_in_the_first_objective_first():
    standings = {
        "dear": Standing(0.9, (0.9, -3.0)),
        "cheap": Standing(0.5, (0.5, -1.0)),
        "beaten": Standing(0.5, (0.5, -2.0)),
        "again": Standing(0.9, (0.9, -3.0)),
        "forbidden": Standing(1.0, (1.0, -0.5), violation=0.1),
        "dropped": Standing(0.95, (0.95, -0.5), is_complete=False),
    }
    assert pareto_front(standings) == ["dear", "cheap"]
    assert pareto_front({"forbidden": standings["forbidden"]}) == []


def test_the_best_is_evaluated_to_the_end_then_feasible_then_accurate():
    ranked = [
        Standing(0.99, (0.99,), is_complete=False),
        Standing(0.9, (0.9,), violation=0.5),
        Standing(0.8, (0.8,), violation=0.1),
        Standing(0.1, (0.1,)),
        Standing(0.2, (0.2,)),
    ]
    assert sorted(ranked, key=lambda one: one.merit) == ranked


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        (2.0, Standing(2.0, (2.0,))),
        ((2.0, -1.0), Standing(2.0, (2.0, -1.0))),
        (Standing(1.0, (1.0,), 0.5), Standing(1.0, (1.0,), 0.5)),
        (None, FAILED),
        (math.nan, FAILED),
        ((1.0, math.nan), FAILED),
    ],
)
def test_numbers_stand_for_themselves_and_none_or_nan_for_a_failure(told, standing):
    assert standing_of(told) == standing


def test_a_failed_candidate_is_worse_than_any_that_breaks_constraints():
    assert FAILED.merit < Standing(-1e9, (-1e9,), 1e9).merit
    assert Standing(-1e9, (-1e9,), 1e9).compared.dominates(FAILED.compared)
