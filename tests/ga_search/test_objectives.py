"""Goals: means over seeds, the sign of each objective, constraints first, and the front that nothing beats."""

import math

import pytest

from ga_search.genome import Fitness
from ga_search.objectives import Goals, Limit, Standing, pareto_front
from physdfa.workflow.candidates.records import EvaluationRecord


def record(accuracy=0.5, *, seed=0, **values):
    status = "failed" if accuracy is None else "ok"
    return EvaluationRecord("a", {}, 0, seed, status, validation_accuracy=accuracy, **values)


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


def test_energy_counts_against_and_accuracy_for_a_candidate_in_means_over_its_seeds():
    goals = Goals(objectives=("accuracy", "energy", "robustness"))
    standing = goals.standing(
        [record(0.5, energy=2.0, robustness=0.2), record(0.7, seed=1, energy=4.0, robustness=0.4)]
    )
    assert standing.objectives == pytest.approx((0.6, -3.0, 0.3))
    assert standing.accuracy == pytest.approx(0.6)


def test_violations_of_several_constraints_add_up():
    goals = Goals(limits={"accuracy": Limit(low=0.8), "energy": Limit(high=1.0), "outside_range": Limit(high=0.1)})
    assert goals.standing([record(0.4, energy=3.0)]).violation == pytest.approx(0.5 + 2.0)
    assert goals.standing([record(0.4, energy=3.0, outside_range=0.2)]).violation == pytest.approx(3.5)
    assert goals.standing([record(0.9, energy=1.0)]).violation == 0


def test_a_failed_candidate_or_one_without_the_number_asked_for_is_worse_than_any_violation():
    goals = Goals(objectives=("accuracy", "robustness"))
    for records in ([record(None, robustness=1.0)], [record(0.9)], [record(0.9, robustness=1.0), record(None, seed=1)]):
        standing = goals.standing(records)
        assert standing.violation == math.inf
        assert not any(math.isnan(value) for value in standing.objectives)


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


def test_the_front_is_what_no_other_beats_the_most_accurate_first():
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


def test_the_best_is_trained_to_the_end_then_feasible_then_accurate():
    ranked = [
        Standing(0.99, (0.99,), is_complete=False),
        Standing(0.9, (0.9,), violation=0.5),
        Standing(0.8, (0.8,), violation=0.1),
        Standing(0.1, (0.1,)),
        Standing(0.2, (0.2,)),
    ]
    assert sorted(ranked, key=lambda one: one.merit) == ranked
