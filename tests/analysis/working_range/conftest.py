"""The working range of a disc, fitted once, without noise and with it."""

import pytest

from physdfa.analysis.working_range import LevelRule, working_range
from tests.analysis.working_range.landscapes import LEVEL, fitted, make_points, noisy_points


@pytest.fixture(scope="session")
def disc():
    points = make_points()
    return working_range(points, fitted(points), LevelRule(kind="absolute", value=LEVEL))


@pytest.fixture(scope="session")
def noisy():
    """192 points, each measured with normal noise of 0.01."""
    points = noisy_points()
    return working_range(points, fitted(points), LevelRule(kind="absolute", value=LEVEL))
