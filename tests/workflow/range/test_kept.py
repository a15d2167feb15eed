"""Trainings of an earlier range: taken over where they are the ones that are asked for, and only there."""

import pytest

from physdfa.store.derived import RANGE, write_derived
from physdfa.workflow.range.kept import earlier_record, kept_baseline, kept_yield, other_yields, same_value
from tests.workflow.range.finished_runs import make_run

VALUES = {"rule.name": "dfa", "training.learning_rate": 1e-3}
BASELINE = {"rule": "dfa", "accuracy": 0.9, "accuracies": [0.9, 0.9], "values": VALUES}
ASKED = {"values": {"device.v_bias": 5.0}, "parameters": ("device.v_bias",), "spread": 0.05, "drift": 0.0, "num": 24,
         "deviations": {"device.v_bias": 0.2}}  # fmt: skip
MADE = {**ASKED, "parameters": ["device.v_bias"], "working": 20, "failed": 1}
EARLIER = {"range": {"level": 0.9}, "baseline": BASELINE, "yields": [MADE]}


def test_the_same_baseline_is_taken_over_and_no_other():
    assert kept_baseline(EARLIER, VALUES, 2) == BASELINE
    assert kept_baseline(EARLIER, VALUES, 3) is None
    assert kept_baseline(EARLIER, {**VALUES, "training.learning_rate": 2e-3}, 2) is None
    assert kept_baseline({**EARLIER, "baseline": None}, VALUES, 2) is None
    assert kept_baseline({}, VALUES, 2) is None


def test_the_same_devices_counted_to_the_same_level_are_taken_over():
    assert kept_yield(EARLIER, 0.9, ASKED) == (20, 1)
    rounded = {**ASKED, "values": {"device.v_bias": 5.0 * (1 + 1e-14)}}
    assert kept_yield(EARLIER, 0.9, rounded) == (20, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"values": {"device.v_bias": 5.001}},
        {"values": {"device.drive_gain": 5.0}},
        {"parameters": ("device.drive_gain",)},
        {"spread": 0.2},
        {"drift": 0.1},
        {"num": 12},
        {"deviations": {"device.v_bias": 0.21}},
    ],
)
def test_other_devices_are_not(change):
    assert kept_yield(EARLIER, 0.9, {**ASKED, **change}) is None


def test_another_level_counts_anew():
    assert kept_yield(EARLIER, 0.91, ASKED) is None
    assert kept_yield({}, 0.9, ASKED) is None


def test_yields_that_are_not_asked_for_again_stay_while_level_best_and_points_do():
    of_range = {"level": 0.9, "best": {"device.v_bias": 5.0}, "num_points": 64}
    earlier, record = {**EARLIER, "range": of_range}, {"range": of_range}
    assert other_yields(earlier, record, []) == [MADE]
    assert other_yields(earlier, record, [ASKED]) == []
    for change in ({"level": 0.91}, {"num_points": 88}, {"best": {"device.v_bias": 5.1}}):
        assert other_yields(earlier, {"range": of_range | change}, []) == []


def test_an_absent_or_damaged_record_keeps_nothing(tmp_path):
    run = make_run(tmp_path)
    assert earlier_record(run) == {}
    write_derived(run, RANGE, EARLIER)
    assert earlier_record(run)["baseline"] == BASELINE
    (run.path / RANGE).write_text("{")
    assert earlier_record(run) == {}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (True, True, True),
        ("a", "a", True),
        ("a", ["a"], False),
        ((1, 2), [1, 2], True),
    ],
)
def test_values_are_the_same_by_what_they_mean(one, other, same):
    assert same_value(one, other) is same
