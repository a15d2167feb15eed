"""The level of a working range."""

import pytest

from physdfa.analysis.working_range import LevelRule
from physdfa.errors import InputError


def test_a_tolerance_is_in_points_below_its_reference():
    assert LevelRule(kind="best", value=1.0).accuracy(best=0.98) == pytest.approx(0.97)
    assert LevelRule(kind="baseline", value=0.5).accuracy(best=0.98, baseline=0.96) == pytest.approx(0.955)
    assert LevelRule(kind="constant", value=0.5).accuracy(best=0.98, baseline=0.96) == pytest.approx(0.965)
    assert LevelRule(kind="absolute", value=0.95).accuracy(best=0.98) == 0.95


def test_a_level_says_what_it_refers_to():
    assert LevelRule(kind="best", value=1.5).words(0.96) == "96.00 % (1.5 points below the best)"
    assert LevelRule(kind="best", value=1.0).words(0.97) == "97.00 % (1 point below the best)"
    assert LevelRule(kind="constant", value=2.0).words(0.97) == "97.00 % (2 points above a constant g)"
    assert LevelRule(kind="absolute", value=0.9).words(0.9) == "90.00 %"


@pytest.mark.parametrize(
    ("kind", "value", "complaint"),
    [
        ("absolute", 95.0, "Write 0.95 for 95 %"),
        ("absolute", 0.0, "above 0"),
        ("best", -1.0, "from 0 to below 100"),
        ("baseline", float("nan"), "from 0 to below 100"),
        ("constant", -1.0, "a margin is in percentage points"),
    ],
)
def test_levels_that_mean_nothing_are_refused(kind, value, complaint):
    with pytest.raises(InputError, match=complaint):
        LevelRule(kind=kind, value=value)


def test_a_tolerance_wider_than_the_best_is_refused():
    with pytest.raises(InputError, match="lower the tolerance"):
        LevelRule(kind="best", value=30.0).accuracy(best=0.2)
