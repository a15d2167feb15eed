"""Fresh devices of both sides of a range, and what their training says of it: against a disc of known edge."""

from dataclasses import asdict

import numpy as np
import pytest

from physdfa.analysis.working_range import LevelRule, positions_of, working_range
from physdfa.errors import InputError
from physdfa.workflow.candidates.records import EvaluationRecord
from physdfa.workflow.range.held_out import check_held_out, held_out_devices, misses
from tests.analysis.working_range.landscapes import LEVEL, RADIUS, disc_accuracy, fitted, make_points

pytestmark = pytest.mark.slow

FIXED = {"training.epochs": 3}


@pytest.fixture(scope="module")
def disc():
    points = make_points(num=128)
    return working_range(points, fitted(points), LevelRule(kind="absolute", value=LEVEL))


def radius(found, values):
    return float(np.hypot(*(positions_of(found.axes, values) - 0.5)))


def evaluator_of(found, accuracy=disc_accuracy, failed=()):
    """Answers as the landscape is, without training; candidates at the places `failed` fail."""

    def evaluate(candidates):
        records = []
        for place, candidate in enumerate(candidates):
            assert candidate.values["training.epochs"] == 3
            value = float(accuracy(positions_of(found.axes, candidate.values)[None])[0])
            fails = place in failed
            records.append(
                EvaluationRecord(
                    candidate=candidate.id,
                    values=candidate.values,
                    generation=0,
                    seed=0,
                    status="failed" if fails else "ok",
                    reason="diverged" if fails else "",
                    validation_accuracy=None if fails else value,
                )
            )
        return records

    return evaluate


def test_devices_are_drawn_over_the_whole_of_each_side(disc):
    drawn = held_out_devices(disc, 40, seed=1)
    assert [state for state, _ in drawn] == ["inside"] * 40 + ["outside"] * 40
    inside = [radius(disc, values) for state, values in drawn if state == "inside"]
    outside = [radius(disc, values) for state, values in drawn if state == "outside"]
    assert max(inside) < RADIUS + 0.02
    assert min(outside) > RADIUS - 0.02
    # Evenly over a disc, the mean distance from its middle is two thirds of its radius.
    assert np.mean(inside) == pytest.approx(2 / 3 * RADIUS, rel=0.1)
    assert max(outside) > 0.55


def test_another_seed_draws_other_devices(disc):
    assert held_out_devices(disc, 5, seed=1) != held_out_devices(disc, 5, seed=2)


def test_a_side_that_hardly_exists_is_refused(disc):
    points = make_points(num=128)
    all_of_it = working_range(points, fitted(points), LevelRule(kind="absolute", value=0.6))
    with pytest.raises(InputError, match=r"only 0 of .* lie outside with 80% confidence"):
        held_out_devices(all_of_it, 4, seed=1)


def test_a_landscape_as_predicted_is_right_but_at_the_very_edge(disc):
    checked = check_held_out(disc, evaluator_of(disc), FIXED, 30, seed=1)
    assert len(checked) == 60
    assert all(abs(radius(disc, device.values) - RADIUS) < 0.02 for device in misses(checked))
    assert sum(device.works for device in checked) == pytest.approx(30, abs=3)


def test_what_was_trained_before_an_interrupt_is_not_trained_again(disc, monkeypatch):
    monkeypatch.setattr("physdfa.workflow.range.held_out.BATCH", 4)
    asked, kept = [], []

    def evaluate(candidates):
        asked.append(len(candidates))
        if len(asked) == 3:
            raise KeyboardInterrupt
        return evaluator_of(disc)(candidates)

    def keep(devices, left):
        kept[:] = [asdict(device) for device in devices]
        assert len(devices) + left == 14

    with pytest.raises(KeyboardInterrupt):
        check_held_out(disc, evaluate, FIXED, 7, seed=1, on_devices=keep)
    assert len(kept) == 8
    again = check_held_out(disc, evaluate, FIXED, 7, seed=1, earlier=kept, on_devices=keep)
    assert asked == [4, 4, 4, 4, 2]
    assert again == check_held_out(disc, evaluator_of(disc), FIXED, 7, seed=1)


def test_where_training_says_the_opposite_every_device_is_a_miss_and_the_farthest_comes_first(disc):
    checked = check_held_out(
        disc, evaluator_of(disc, lambda x: LEVEL - (disc_accuracy(x) - LEVEL) / 4), FIXED, 10, seed=1
    )
    wrong = [device for device in misses(checked) if (device.distance or 0) > 0.02]
    far = [device for device in checked if (device.distance or 0) > 0.02]
    assert len(wrong) == len(far) > 10
    assert [device.distance for device in wrong] == sorted((device.distance for device in wrong), reverse=True)


def test_a_device_that_failed_does_not_work(disc):
    checked = check_held_out(disc, evaluator_of(disc, failed=(0,)), FIXED, 3, seed=1)
    assert (checked[0].said, checked[0].works, checked[0].accuracy) == ("inside", False, 0.0)
    assert not checked[0].right
