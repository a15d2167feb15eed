"""Yield: devices drawn as the emulator spreads them, counted by what they train to, compiled once."""

import numpy as np
import pytest

from physdfa.analysis.working_range import LevelRule, fit_surrogate, working_range
from physdfa.build import load_samples
from physdfa.errors import InputError
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.candidates.records import EvaluationRecord
from physdfa.workflow.range.finished import read_finished
from physdfa.workflow.range.spreads import movable
from physdfa.workflow.range.yields import asked_yield, fabrication_yield, notable_points, sampled_devices
from tests.workflow.range.finished_runs import disc, make_run
from tests.workflow.tiny import make_config

pytestmark = pytest.mark.slow

POINT = {"device.v_bias": 5.0, "device.drive_gain": 1.0}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    return read_finished(make_run(tmp_path_factory.mktemp("archive")).path)


@pytest.fixture(scope="module")
def found(archive):
    surrogate = fit_surrogate(archive.points, chance=0.1, resolution=1e-3)
    return working_range(archive.points, surrogate, LevelRule(kind="absolute", value=0.9))


def knowing(accuracy=disc):
    """An evaluation that trains nothing, as the accuracy is known."""

    def evaluate(candidates):
        return [
            EvaluationRecord(
                candidate=candidate.id,
                values=candidate.values,
                generation=0,
                seed=0,
                status="ok" if accuracy(candidate.values) is not None else "failed",
                validation_accuracy=accuracy(candidate.values),
            )
            for candidate in candidates
        ]

    return evaluate


def moves_of(config):
    return movable(config, ["device.v_bias", "device.drive_gain"])


def drawn(config, *, spread, drift=0.0, num):
    moves = moves_of(config)
    return sampled_devices(moves, POINT, moves.deviations(POINT, spread, drift), num)


def test_a_gain_spreads_by_a_share_of_itself_and_a_bias_by_a_share_of_v_pi():
    config = make_config("device.v_pi=4.0")
    devices = drawn(config, spread=0.05, num=300)
    gain = np.array([device["device.drive_gain"] for device in devices])
    bias = np.array([device["device.v_bias"] for device in devices])
    # The standard deviation of 300 draws is met to 1 / sqrt(600) = 4 %; three of those.
    assert gain.std() == pytest.approx(0.05 * 1.0, rel=0.12)
    assert bias.std() == pytest.approx(0.05 * 4.0, rel=0.12)
    assert gain.mean() == pytest.approx(1.0, abs=0.01)
    drifted = drawn(config, spread=0.03, drift=0.04, num=300)
    assert np.std([device["device.v_bias"] for device in drifted]) == pytest.approx(0.05 * 4.0, rel=0.12)
    assert np.std([device["device.drive_gain"] for device in drifted]) == pytest.approx(0.03, rel=0.12)


def test_two_spreads_move_the_same_devices(archive):
    one, two = (drawn(archive.config, spread=spread, num=5) for spread in (0.05, 0.1))
    for near, far in zip(one, two, strict=True):
        assert far["device.drive_gain"] - 1 == pytest.approx(2 * (near["device.drive_gain"] - 1), rel=1e-4)


def test_the_yield_counts_the_devices_at_the_level_as_the_surrogate_predicts_it(archive, found):
    moves = moves_of(archive.config)
    made = fabrication_yield(knowing(), found, moves, asked_yield(moves, "best", POINT, spread=0.3, num=64))
    devices = drawn(archive.config, spread=0.3, num=64)
    assert made.working == sum(disc(device) >= 0.9 for device in devices)
    assert 0 < made.working < 64
    assert made.share == made.working / 64
    assert made.low < made.share < made.high
    assert made.predicted == pytest.approx(made.share, abs=0.06)  # the surrogate meets the disc


def test_a_device_that_does_not_train_does_not_work(archive, found):
    def fails_beyond(values):
        return None if values["device.drive_gain"] > 1.0 else 0.95

    moves = moves_of(archive.config)
    made = fabrication_yield(knowing(fails_beyond), found, moves, asked_yield(moves, "best", POINT, spread=0.05))
    assert made.failed > 0
    assert made.working == made.num - made.failed


def test_notable_points_are_the_best_and_the_ends_at_the_level(found):
    points = notable_points(found)
    assert list(points) == [
        "best",
        "device.v_bias at its lower end",
        "device.v_bias at its upper end",
        "device.drive_gain at its lower end",
        "device.drive_gain at its upper end",
    ]
    low = points["device.v_bias at its lower end"]
    assert disc(low) == pytest.approx(0.9, abs=0.005)
    assert low["device.drive_gain"] == found.best["device.drive_gain"]


def test_what_cannot_spread_is_refused(archive):
    with pytest.raises(InputError, match=r"no device parameter .* is among network\.num_steps"):
        movable(archive.config, ["network.num_steps"])


@pytest.mark.usefixtures("fresh_programs")
def test_the_devices_of_all_places_share_one_compiled_program(archive, found):
    config = archive.config
    samples = load_samples(config, None)
    evaluator = Evaluator(config, samples, kind="sweep", epochs=1, seeds=1, largest_batch=4)
    moves, yields, counts = moves_of(config), [], []
    for place, point in list(notable_points(found).items())[:2]:
        asked = asked_yield(moves, place, point, spread=0.05, num=4)
        yields.append(fabrication_yield(evaluator, found, moves, asked))
        counts.append(evaluator.trainer.num_compilations)
    assert counts[0] == counts[1] > 0
    assert all(each.failed == 0 for each in yields)
