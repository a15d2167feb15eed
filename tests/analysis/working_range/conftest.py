"""The working range of a disc, fitted once, without noise and with it."""

import pytest

from physdfa.analysis.working_range import LevelRule, working_range
from physdfa.analysis.working_range.agreeing import Landscapes, agreeing_landscapes
from tests.analysis.working_range.landscapes import LEVEL, fitted, make_points, noisy_points


@pytest.fixture(scope="session")
def disc_landscapes() -> Landscapes:
    """Those that agree with the 64 points of the disc."""
    return agreeing_landscapes(make_points(), 1e-3)


@pytest.fixture(scope="session")
def disc(disc_landscapes):
    points = make_points()
    return working_range(points, fitted(points), LevelRule(kind="absolute", value=LEVEL), landscapes=disc_landscapes)


@pytest.fixture(scope="session")
def noisy():
    """192 points, each measured with normal noise of 0.01."""
    points = noisy_points()
    return working_range(points, fitted(points), LevelRule(kind="absolute", value=LEVEL))
