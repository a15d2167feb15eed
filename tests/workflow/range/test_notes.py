"""What a range has to say beside its numbers."""

import dataclasses

from physdfa.analysis.working_range import LevelRule, fit_surrogate, working_range
from physdfa.workflow.range.find import read_range
from physdfa.workflow.range.finished import read_finished
from physdfa.workflow.range.notes import range_notes


def test_a_level_that_all_points_reach_is_said_in_words(ranged):
    run, _ = ranged
    archive = read_finished(run.path)
    surrogate = fit_surrogate(archive.points, chance=0.1, resolution=1e-3)
    low = working_range(archive.points, surrogate, LevelRule(kind="absolute", value=0.5))
    assert any("no edge inside this box" in note for note in range_notes(low))


def noted(found, **changes):
    return range_notes(dataclasses.replace(found, **changes))


def test_a_tolerance_below_the_scatter_says_what_would_resolve_it(ranged):
    _, _, found = read_range(ranged[0].path)
    best = LevelRule(kind="best", value=1.0)
    # A scatter of twice the tolerance: four times the images, or four seeds.
    (said,) = (note for note in noted(found, rule=best, scatter=0.02) if "scatters" in note)
    assert "scatters by 2.00 points" in said
    assert "4 seeds each, or by a validation split 4 times as large" in said
    assert not any("scatters" in note for note in noted(found, rule=best, scatter=0.009))
    assert not any("scatters" in note for note in noted(found, scatter=0.02))  # a stated level


def test_a_best_that_is_not_resolved_and_points_that_stand_alone_are_said(ranged):
    _, _, found = read_range(ranged[0].path)
    best = LevelRule(kind="best", value=1.0)
    assert any(
        "between 80.0 and 96.0 % (95 %)" in note for note in noted(found, rule=best, best_low=0.8, best_high=0.96)
    )
    assert any("3 points reach the level far above" in note for note in noted(found, num_alone=3))
