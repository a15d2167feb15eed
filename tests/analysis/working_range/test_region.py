"""The working range as an object: verdicts against a disc, and a file that gives it back exactly."""

import json

import numpy as np
import pytest

from physdfa.analysis.working_range import LevelRule, WorkingRange, spread_over_box, values_at, working_range
from physdfa.analysis.working_range.agreeing import Landscapes, Pool
from physdfa.errors import InputError
from tests.analysis.working_range.landscapes import LEVEL, RADIUS, disc_accuracy, fitted, make_points, noisy_points


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


@pytest.mark.parametrize(
    ("above", "probability", "state"),
    [(0.0, 0.5, "too_close"), (0.015, 0.933, "inside"), (-0.015, 0.067, "outside"), (0.03, 1.0, "inside")],
)
def test_the_probability_is_that_of_a_training_with_the_noise_of_the_points(noisy, above, probability, state):
    # The noise is normal, of 0.01: a device whose mean lies so far above the level reaches it with Phi(above / 0.01).
    radius = np.sqrt(RADIUS**2 - 2 * above)
    verdicts = [noisy.contains(device(0.5 + radius * np.cos(a), 0.5 + radius * np.sin(a))) for a in np.arange(8)]
    assert np.mean([verdict.probability for verdict in verdicts]) == pytest.approx(probability, abs=0.1)
    told = [verdict.state for verdict in verdicts]
    assert max(set(told), key=told.count) == state


def test_near_the_edge_no_verdict_is_given_but_what_is_known_is_said(noisy):
    (edge,) = (interval.high for interval in noisy.ranges[0].conditional)
    verdict = noisy.contains({**noisy.best, "device.v_bias": edge})
    assert (verdict.state, verdict.reason) == ("too_close", "")
    assert verdict.accuracy == pytest.approx(LEVEL, abs=1e-4)
    assert verdict.distance < 0.01
    assert verdict.error == pytest.approx(0.01, rel=0.15)  # the noise of one training


@pytest.mark.slow
def test_a_verdict_is_the_surer_side_where_that_reaches_the_confidence(noisy):
    for position in spread_over_box(noisy.axes, 64, seed=8):
        verdict = noisy.contains(values_at(noisy.axes, position))
        sure = max(verdict.probability, 1 - verdict.probability) >= 0.8
        likelier = "inside" if verdict.probability >= 0.5 else "outside"
        assert verdict.state == (likelier if sure else "too_close")


@pytest.mark.slow
def test_who_asks_for_more_confidence_gets_fewer_verdicts(noisy):
    points = noisy_points()
    strict = working_range(points, noisy.surrogate, noisy.rule, confidence=0.95)
    assert strict.predicted.too_close > 1.5 * noisy.predicted.too_close
    assert strict.predicted.share == noisy.predicted.share
    for confidence in (0.5, 1.0, 80.0, float("nan")):
        with pytest.raises(InputError, match=r"above 0.5 and below 1; got .* Write 0.8 for 80 %"):
            working_range(points, noisy.surrogate, noisy.rule, confidence=confidence)


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
    assert found.best_low < 0.945 < found.best_high + 0.003  # of this draw of the noise, the top lies low
    assert found.best_high < found.best_measured
    assert np.median(found.levels) == pytest.approx(found.level, abs=1e-4)


def test_points_that_stand_alone_have_no_share_predicted(monkeypatch, disc, disc_landscapes):
    monkeypatch.setattr(Landscapes, "num_alone", lambda landscapes, level: 4)
    found = working_range(make_points(), disc.surrogate, disc.rule, landscapes=disc_landscapes)
    assert (found.num_alone, found.predicted) == (4, None)
    assert found.counted is not None


def test_a_best_that_is_not_resolved_has_no_share_predicted(monkeypatch, disc, disc_landscapes):
    wide = Pool(np.linspace(0.8, 1.0, 400), np.ones(400))
    monkeypatch.setattr(Landscapes, "best", lambda landscapes: wide)
    rule = LevelRule(kind="best", value=1.0)
    found = working_range(make_points(), disc.surrogate, rule, landscapes=disc_landscapes)
    assert (found.is_best_resolved, found.predicted) == (False, None)
    assert found.best_high - found.best_low == pytest.approx(0.19, abs=0.002)


def test_a_level_that_nothing_reaches_is_refused_and_one_that_all_reach_has_no_edge(disc, disc_landscapes):
    high, low = (LevelRule(kind="absolute", value=value) for value in (0.99, 0.5))
    with pytest.raises(InputError, match=r"no evaluated point reaches the level of 99.00 %; the best has 94\.\d+ %"):
        working_range(make_points(), disc.surrogate, high, landscapes=disc_landscapes)
    every = working_range(make_points(), disc.surrogate, low, landscapes=disc_landscapes)
    assert every.num_working == every.num_points == 64
    assert every.predicted.share == 1.0
    assert [(i.low_end, i.high_end) for axis in every.ranges for i in axis.conditional] == [("box", "box")] * 2
    verdict = every.contains(device(0.5, 0.5))
    assert (verdict.state, verdict.distance) == ("inside", None)


def test_a_surrogate_without_skill_answers_nothing():
    random = np.random.default_rng(1)
    points = make_points(lambda x: random.uniform(0.2, 0.9, len(x)))
    found = working_range(points, fitted(points), LevelRule(kind="absolute", value=0.55))
    assert (found.trusted, found.ranges, found.calibration) == (False, (), None)
    assert found.predicted.unknown == 1.0  # a share of the box is said, and of no place where it lies
    assert found.contains(device(0.5, 0.5)).state == "unknown"
    assert found.counted is not None  # counting needs no surrogate
    assert not found.map_of("device.v_bias", "device.drive_gain").known.any()


def test_the_map_has_a_row_per_value_up_and_meets_the_landscape(disc):
    found = disc.map_of("device.v_bias", "device.drive_gain")
    x, y = np.meshgrid(found.across_values / 10, np.log(found.up_values / 0.1) / np.log(100))
    wanted = disc_accuracy(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(x.shape)
    assert found.accuracy == pytest.approx(wanted, abs=0.01)
    assert found.known.all()


def test_the_predicted_yield_of_devices_at_the_edge_is_one_half(noisy):
    angles = np.linspace(0, 2 * np.pi, 64)
    circle = 0.5 + RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert noisy.predicted_yield(circle)[0] == pytest.approx(0.5, abs=0.1)


def test_the_predicted_yield_counts_known_devices_only(disc):
    positions = np.array([[0.5, 0.5], [0.5, 0.6], [0.95, 0.95], [1.5, 0.5]])
    # Without noise each is sure, but for 1 / 2(32 + 1): no probability is read from 32 surfaces nearer to 0 or 1.
    assert disc.predicted_yield(positions) == (pytest.approx(2 / 3, abs=1 / 66), pytest.approx(1 / 4))
    assert disc.predicted_yield(positions[3:]) == (None, 1.0)


def test_the_level_counts_the_measured_points(disc):
    assert disc.num_working == int(np.sum(disc_accuracy(np.array(disc.surrogate.positions)) >= LEVEL))
