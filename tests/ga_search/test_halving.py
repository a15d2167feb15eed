"""Successive halving: the better share goes on, and of equals the first."""

import pytest

from ga_search.halving import at_rung

ACCURACIES = {"a": 0.1, "b": 0.5, "c": 0.3, "d": 0.5, "e": 0.2}


@pytest.mark.parametrize(("keep", "kept"), [(0.5, "bdc"), (0.2, "b"), (0.01, "b"), (0.7, "bdce")])
def test_the_best_share_goes_on_rounded_up_and_the_first_of_equals_first(keep, kept):
    rung = at_rung(ACCURACIES, keep=keep, checks=0, seed=0)
    assert rung.kept == tuple(kept)
    assert set(rung.kept) | set(rung.dropped) == set(ACCURACIES)
    assert rung.checked == ()


def test_checked_ones_are_drawn_from_the_dropped_by_the_seed_and_the_candidates_alone():
    many = {f"candidate {n}": n / 100 for n in range(40)}
    drawn = [at_rung(many, keep=0.5, checks=3, seed=seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0].checked != drawn[2].checked
    assert set(drawn[0].checked) < set(drawn[0].dropped)
    assert len(at_rung(ACCURACIES, keep=0.5, checks=9, seed=0).checked) == 2  # no more than were dropped
