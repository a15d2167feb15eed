"""The working range as an object: verdicts against a disc, and a file that gives it back exactly."""

import json

import numpy as np
import pytest

from physdfa.analysis.working_range import LevelRule, WorkingRange, spread_over_box, values_at, working_range
from physdfa.errors import InputError
from tests.analysis.working_range.landscapes import LEVEL, RADIUS, disc_accuracy, fitted, make_points


def device(x, y):
    return {"device.v_bias": 10 * x, "device.drive_gain": 0.1 * 100**y}


def test_devices_are_told_inside_and_outside_of_a_disc(disc):
    positions = spread_over_box(disc.axes, 64, seed=12)
    radius = np.hypot(*(positions - 0.5).T)
    for position, r in zip(positions, radius, strict=True):
        if abs(r - RADIUS) > 0.01:
            assert disc.contains(values_at(disc.axes, position)).state == ("inside" if r < RADIUS else "outside")


@pytest.mark.parametrize(("x", "y"), [(0.5, 0.5), (0.6, 0.5), (0.5, 0.75), (0.9, 0.5), (0.1, 0.1)])
def test_the_distance_to_the_edge_is_that_to_the_circle(disc, x, y):
    verdict = disc.contains(device(x, y))
    assert verdict.distance == pytest.approx(abs(np.hypot(x - 0.5, y - 0.5) - RADIUS), abs=0.015)
    assert verdict.accuracy == pytest.approx(disc_accuracy(np.array([[x, y]]))[0], abs=0.005)


def test_confidence_is_half_at_the_edge_and_grows_away_from_it():
    random = np.random.default_rng(0)
    points = make_points(lambda x: disc_accuracy(x) + random.normal(0, 0.01, len(x)), num=128)
    noisy = working_range(points, fitted(points), LevelRule(kind="absolute", value=LEVEL))
    (edge,) = (interval.high for interval in noisy.ranges[0].conditional if interval.high_end == "level")
    at = {**noisy.best, "device.v_bias": edge}
    assert noisy.contains(at).confidence == pytest.approx(0.5, abs=0.02)
    middle, way_out = (noisy.contains({**noisy.best, "device.v_bias": bias}).confidence for bias in (5.0, 9.9))
    assert 0.95 < middle <= 1.0
    assert 0.95 < way_out <= 1.0
    # One standard deviation of the mean from the level: the normal distribution's 84 %.
    places = np.linspace(0, 1, 4001)
    near = noisy.surrogate.predict(np.stack([places, np.full(4001, 0.5)], axis=1))
    z = (
        (np.log(near.accuracy / (1 - near.accuracy)) - np.log(0.9 / 0.1))
        * near.accuracy
        * (1 - near.accuracy)
        / near.std
    )
    one = places[np.argmin(np.abs(z - 1))]
    assert noisy.contains(device(one, 0.5)).confidence == pytest.approx(0.841, abs=0.01)


def test_outside_of_the_declared_box_nothing_is_claimed(disc):
    verdict = disc.contains({"device.v_bias": 11.0, "device.drive_gain": 1.0})
    assert (verdict.state, verdict.accuracy, verdict.distance) == ("unknown", None, None)
    assert "declared range of device.v_bias" in verdict.reason
    with pytest.raises(InputError, match=r"missing: device.v_bias"):
        disc.contains({"device.drive_gain": 1.0})


def test_a_saved_range_is_the_same_range(disc):
    again = WorkingRange.from_dict(json.loads(json.dumps(disc.to_dict(), allow_nan=False)))
    assert again == disc
    assert again.contains(device(0.3, 0.62)) == disc.contains(device(0.3, 0.62))


@pytest.mark.parametrize("change", [{"level": "high"}, {"axes": [{"key": "a"}], "ranges": 3}])
def test_what_is_no_saved_range_is_refused(disc, change):
    with pytest.raises(InputError, match=r"no saved working range: (level|ranges)"):
        WorkingRange.from_dict({**disc.to_dict(), **change})


def test_within_the_best_means_below_the_smoothed_best_not_below_the_luckiest(disc):
    random = np.random.default_rng(0)
    points = make_points(lambda x: disc_accuracy(x) + random.normal(0, 0.01, len(x)), num=256)
    found = working_range(points, fitted(points), LevelRule(kind="best", value=1.0))
    assert found.best_accuracy == pytest.approx(0.945, abs=0.006)  # the top of the disc
    assert found.best_measured > 0.955
    assert found.level == pytest.approx(found.best_accuracy - 0.01)


def test_a_level_that_nothing_reaches_is_refused_and_one_that_all_reach_has_no_edge():
    points = make_points()
    surrogate = fitted(points)
    with pytest.raises(InputError, match=r"no evaluated point reaches the level of 99.00 %; the best has 94\.\d+ %"):
        working_range(points, surrogate, LevelRule(kind="absolute", value=0.99))
    every = working_range(points, surrogate, LevelRule(kind="absolute", value=0.5))
    assert every.num_working == every.num_points == 64
    assert every.predicted.share == 1.0
    assert [(i.low_end, i.high_end) for axis in every.ranges for i in axis.conditional] == [("box", "box")] * 2
    verdict = every.contains(device(0.5, 0.5))
    assert (verdict.state, verdict.distance) == ("inside", None)


def test_a_surrogate_without_skill_answers_nothing():
    random = np.random.default_rng(1)
    points = make_points(lambda x: random.uniform(0.2, 0.9, len(x)))
    found = working_range(points, fitted(points), LevelRule(kind="absolute", value=0.55))
    assert (found.trusted, found.ranges, found.predicted) == (False, (), None)
    assert found.contains(device(0.5, 0.5)).state == "unknown"
    assert found.counted is not None  # counting needs no surrogate
    assert not found.map_of("device.v_bias", "device.drive_gain").known.any()


def test_the_map_has_a_row_per_value_up_and_meets_the_landscape(disc):
    found = disc.map_of("device.v_bias", "device.drive_gain")
    x, y = np.meshgrid(found.across_values / 10, np.log(found.up_values / 0.1) / np.log(100))
    wanted = disc_accuracy(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(x.shape)
    assert found.accuracy == pytest.approx(wanted, abs=0.01)
    assert found.known.all()


def test_the_predicted_yield_counts_known_devices_only(disc):
    positions = np.array([[0.5, 0.5], [0.5, 0.6], [0.95, 0.95], [1.5, 0.5]])
    assert disc.predicted_yield(positions) == (pytest.approx(2 / 3), pytest.approx(1 / 4))
    assert disc.predicted_yield(positions[3:]) == (None, 1.0)


def test_the_level_counts_the_measured_points(disc):
    assert disc.num_working == int(np.sum(disc_accuracy(np.array(disc.surrogate.positions)) >= LEVEL))
