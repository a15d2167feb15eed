"""The working range of a disc, fitted once."""

import pytest

from physdfa.analysis.working_range import LevelRule, working_range
from tests.analysis.working_range.landscapes import LEVEL, fitted, make_points


@pytest.fixture(scope="session")
def disc():
    points = make_points()
    return working_range(points, fitted(points), LevelRule(kind="absolute", value=LEVEL))
