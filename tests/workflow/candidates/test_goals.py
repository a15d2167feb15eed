"""Goals: means over seeds, the sign of each objective, constraints, and the best and the median record."""

import math

import pytest

from ga_search.objectives import Limit
from physdfa.workflow.candidates.goals import Goals, Tally, median_record
from tests.workflow.candidates.made import make_record


def test_the_best_is_the_first_of_the_equally_best():
    assert Tally([make_record("a", 0.1), make_record("b", 0.5), make_record("c", 0.5)]).best.candidate == "b"
    means = [make_record("a", 0.9), make_record("a", 0.1, seed=1), make_record("b", 0.6)]
    assert Tally(means).best.candidate == "b"


def test_a_tally_takes_in_what_is_new_alone_and_a_new_seed_may_cost_the_best_its_place(monkeypatch):
    asked, standing = [], Goals.standing

    def counted(goals, records):
        asked.append(records[0].candidate)
        return standing(goals, records)

    monkeypatch.setattr(Goals, "standing", counted)
    records = [make_record("a", 0.4), make_record("b", 0.9), make_record("c", 0.7)]
    tally = Tally(records)
    assert tally.best.candidate == "b"
    records += [make_record("a", 1.0, seed=1), make_record("b", 0.5, seed=1)]
    tally.update()
    assert tally.best.candidate == "a"  # 0.7, as b and c, but first
    records += [make_record("d", None), make_record("e", 0.8)]
    tally.update()
    assert (tally.best.candidate, tally.num_failed) == ("e", 1)
    assert asked == ["a", "b", "c", "a", "b", "d", "e"]


def test_the_median_is_of_those_that_trained_and_the_better_of_two():
    ranked = [make_record(name, accuracy) for name, accuracy in zip("abcde", (0.1, 0.2, 0.3, 0.4, None), strict=True)]
    middle = median_record(ranked)
    assert middle is not None
    assert middle.candidate == "c"
    assert median_record([make_record("a", None)]) is None


def test_energy_counts_against_and_accuracy_for_a_candidate_in_means_over_its_seeds():
    goals = Goals(objectives=("accuracy", "energy", "robustness"))
    standing = goals.standing(
        [make_record("a", 0.5, energy=2.0, robustness=0.2), make_record("a", 0.7, seed=1, energy=4.0, robustness=0.4)]
    )
    assert standing.objectives == pytest.approx((0.6, -3.0, 0.3))
    assert standing.fitness == pytest.approx(0.6)


def test_violations_of_several_constraints_add_up():
    goals = Goals(limits={"accuracy": Limit(low=0.8), "energy": Limit(high=1.0), "outside_range": Limit(high=0.1)})
    assert goals.standing([make_record("a", 0.4, energy=3.0)]).violation == pytest.approx(0.5 + 2.0)
    assert goals.standing([make_record("a", 0.4, energy=3.0, outside_range=0.2)]).violation == pytest.approx(3.5)
    assert goals.standing([make_record("a", 0.9, energy=1.0)]).violation == 0


def test_a_failed_candidate_or_one_without_the_number_asked_for_is_worse_than_any_violation():
    goals = Goals(objectives=("accuracy", "robustness"))
    for records in (
        [make_record("a", None, robustness=1.0)],
        [make_record("a", 0.9)],
        [make_record("a", 0.9, robustness=1.0), make_record("a", None, seed=1)],
    ):
        standing = goals.standing(records)
        assert standing.violation == math.inf
        assert not any(math.isnan(value) for value in standing.objectives)
