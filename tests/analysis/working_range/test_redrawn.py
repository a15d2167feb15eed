"""What redrawn curves do to a range, on a landscape whose change from curve to curve is known."""

import numpy as np
import pytest
from scipy.special import expit, logit

from physdfa.analysis.working_range import (
    Axis,
    EvaluatedPoints,
    LevelRule,
    fit_surrogate,
    positions_of,
    spread_over_box,
    working_range,
)
from physdfa.analysis.working_range.next_points import next_points
from physdfa.analysis.working_range.redrawn import added_scatter, range_bands

AXES = (Axis(key="a", low=0.0, high=1.0), Axis(key="b", low=0.0, high=1.0))
LEVEL, IMAGES, CURVES, PLACES = 0.85, 437, 20, 8


def score(positions, shift=0.0):
    """A dome of the score around a = 0.5 + shift, b = 0.5."""
    return 3.0 - 14.0 * ((positions[..., 0] - 0.5 - shift) ** 2 + (positions[..., 1] - 0.5) ** 2)


def lower_end(b, shift, change):
    """Where the dome, raised by `change`, crosses the level along a."""
    return 0.5 + shift - np.sqrt((3.0 + change - logit(LEVEL)) / 14.0 - (b - 0.5) ** 2)


@pytest.fixture(scope="module")
def found():
    positions = spread_over_box(AXES, 64, seed=0)
    accuracy = np.random.default_rng(0).binomial(IMAGES, expit(score(positions))) / IMAGES
    points = EvaluatedPoints(
        axes=AXES, positions=positions, accuracy=accuracy, failed=np.zeros(64, bool), seeds=1, design="uniform"
    )
    surrogate = fit_surrogate(points, chance=0.1, resolution=1 / IMAGES)
    return working_range(points, surrogate, LevelRule(kind="absolute", value=LEVEL))


def bands(found, shifts, changes):
    """The bands of trainings near the level, each through a dome of its own."""
    pool = np.array(found.surrogate.positions)
    near = pool[next_points(found.surrogate, pool, found.level, PLACES, best_too=True, seed=0)]
    places = np.concatenate([near, positions_of(AXES, found.best)[None]])
    truth = expit(np.stack([score(places, shift) + change for shift, change in zip(shifts, changes, strict=True)]))
    return range_bands(found, places, np.random.default_rng(1).binomial(IMAGES, truth) / IMAGES)


@pytest.mark.parametrize(("shift", "change"), [(0.05, 0.0), (0.0, 0.4), (0.03, 0.2)])
def test_the_end_of_an_interval_spreads_as_the_curves_move_it(found, shift, change):
    random = np.random.default_rng(2)
    shifts, changes = shift * random.standard_normal(CURVES), change * random.standard_normal(CURVES)
    low, high = np.quantile(lower_end(found.best["b"], shifts, changes), [0.025, 0.975])
    told = bands(found, shifts, changes).axes[0].low
    assert told.high - told.low == pytest.approx(high - low, rel=0.4)
    assert told.low < found.ranges[0].conditional[0].low == told.measured < told.high


def test_where_curves_move_nothing_the_trainings_scatter_is_not_taken_for_it(found):
    told = bands(found, np.zeros(CURVES), np.zeros(CURVES))
    assert told.share.high - told.share.low < 0.03
    assert told.scatter == pytest.approx((IMAGES * LEVEL * (1 - LEVEL)) ** -0.5, rel=0.35)  # of a count, in the score


def test_what_curves_add_to_the_scatter_of_seeds_is_told_by_the_variances():
    random = np.random.default_rng(0)
    seeds, curves = 0.003 * random.standard_normal(400), 0.005 * random.standard_normal(400)
    added = added_scatter((0.9 + curves).tolist(), (0.9 + seeds).tolist())
    assert added.std == pytest.approx(0.004, rel=0.2)
    assert added.p < 1e-6
    assert added_scatter(seeds.tolist(), curves.tolist()).std == 0.0
    assert added_scatter([0.9, 0.9], [0.9, 0.9]).p == 1.0


def test_what_curves_add_is_no_more_than_they_change_of_the_same_seeds():
    random = np.random.default_rng(1)
    for _ in range(20):
        seeds = 0.9 + 0.01 * random.standard_normal(20)
        changes = 0.001 * random.standard_normal(20)
        assert added_scatter((seeds + changes).tolist(), seeds.tolist()).std <= np.std(changes, ddof=1) + 1e-9
