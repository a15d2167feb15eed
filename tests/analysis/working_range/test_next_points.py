"""Points are added where the level is undecided and where nothing is known, and do not crowd."""

import numpy as np
import pytest

from physdfa.analysis.working_range import spread_over_box
from physdfa.analysis.working_range.next_points import BEST_EVERY, next_points
from tests.analysis.working_range.landscapes import BIAS, GAIN, LEVEL, disc_accuracy, fitted, make_points

POOL = spread_over_box((BIAS, GAIN), 256, seed=5)


@pytest.fixture(scope="module")
def surrogate():
    return fitted(make_points())


@pytest.fixture(scope="module")
def chosen(surrogate):
    """Two dozen points of the pool."""
    return next_points(surrogate, POOL, LEVEL, 24, best_too=True, seed=0)


def test_points_lie_near_the_level(chosen):
    of_the_level = [place for number, place in enumerate(chosen) if number % BEST_EVERY != BEST_EVERY - 1]
    gaps = np.abs(disc_accuracy(POOL[of_the_level]) - LEVEL)
    usual = np.abs(disc_accuracy(POOL) - LEVEL)
    assert np.median(gaps) < 0.25 * np.median(usual)


def test_some_look_for_the_best(chosen):
    best = [chosen[BEST_EVERY - 1], chosen[2 * BEST_EVERY - 1]]
    assert np.min(disc_accuracy(POOL[best])) > np.quantile(disc_accuracy(POOL), 0.9)


def test_no_point_is_chosen_twice_and_a_batch_does_not_crowd(chosen):
    assert len(set(chosen)) == 24
    places = POOL[chosen]
    nearest = [np.min(np.linalg.norm(np.delete(places, n, axis=0) - place, axis=1)) for n, place in enumerate(places)]
    assert np.median(nearest) > 0.03


def test_the_same_seed_chooses_the_same_points(surrogate):
    one, other = (next_points(surrogate, POOL, LEVEL, 6, best_too=True, seed=1) for _ in range(2))
    assert one == other


def test_where_nothing_is_known_is_looked_at_first():
    # Nothing was evaluated in the right half of the box.
    points = make_points(num=128)
    left = points.positions[:, 0] < 0.5
    half = fitted(
        type(points)(
            axes=points.axes,
            positions=points.positions[left],
            accuracy=points.accuracy[left],
            failed=points.failed[left],
            seeds=1,
            design="uneven",
        )
    )
    chosen = next_points(half, POOL, LEVEL, 3, best_too=True, seed=0)
    assert np.max(POOL[chosen][:, 0]) > 0.6
