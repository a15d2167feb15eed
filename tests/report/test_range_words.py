"""The words of a working range: numbers with their unit, their bound and their doubt."""

import dataclasses

import pytest

from physdfa.analysis.working_range import Axis, Calibration, Interval, Margin, PredictedShare, Told
from physdfa.report.range_words import (
    calibration_table,
    interval_text,
    joint_text,
    margin_text,
    sensitivity_table,
    told_text,
    verdict_shares,
    works_text,
    yield_table,
)


def interval(low, high, low_end="level", high_end="level"):
    return Interval(low=low, high=high, low_end=low_end, high_end=high_end)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (interval(0.5, 2.0), "0.5 … 2"),
        (interval(0.5, 2.0, low_end="box"), "0.5 (end of the declared range) … 2"),
        (interval(0.5, 2.0, high_end="unknown"), "0.5 … 2 (not known beyond)"),
        (interval(0.5, 2.0, "box", "box"), "0.5 … 2 (all of the declared range)"),
    ],
)
def test_an_interval_says_why_it_ends(given, text):
    assert interval_text(given) == text


def test_a_margin_that_the_box_cut_off_is_a_bound():
    assert margin_text(Margin(absolute=0.5, relative=0.25, end="level")) == "0.5 (25 %)"
    assert margin_text(Margin(absolute=0.5, relative=0.25, end="box")) == ">= 0.5 (>= 25 %)"
    assert margin_text(Margin(absolute=0.5, relative=None, end="level")) == "0.5"
    assert margin_text(None) == "–"


def test_several_intervals_choices_and_nothing_are_told_apart():
    number, choice = Axis(key="a", low=0.0, high=1.0), Axis(key="a", choices=("zero", "subtract"))
    two = (interval(0.0, 0.25), interval(0.5, 1.0))
    assert works_text(number, two, ()) == "0 … 0.25; 0.5 … 1"
    assert works_text(number, (), ()) == "none"
    assert works_text(choice, (), ("zero",)) == "zero"


def of(num, right, stated, low=0.8, high=1.0):
    return Told(low=low, high=high, num=num, right=right, stated=stated, right_low=0.9, right_high=0.98)


def test_verdicts_are_told_with_how_often_they_were_right():
    bands = (of(0, 0, None, 0.5, 0.6), of(40, 30, 0.72, 0.7, 0.8))
    made = Calibration(
        inside=of(100, 97, 0.96), outside=of(50, 48, 0.95), too_close=of(10, 6, 0.7), unknown=0, bands=bands
    )
    assert told_text(made) == (
        "97 of 100 inside right (90 % … 98 %), 48 of 50 outside right (90 % … 98 %), 10 too close to the edge to tell"
    )
    assert told_text(dataclasses.replace(made, unknown=3)).endswith(", 3 not known")
    # A band without a point says nothing.
    assert calibration_table(made).rows == [["70 % … 80 %", "40", "72 %", "75 % (90 % … 98 %)"]]


def test_the_box_is_told_by_verdict_and_the_unknown_only_where_it_is():
    made = PredictedShare(share=0.5, low=0.4, high=0.6, count=8, inside=0.4, outside=0.45, too_close=0.15, unknown=0.0)
    assert verdict_shares(made) == "40 % inside, 45 % outside, 15 % too close to the edge to tell"
    assert verdict_shares(dataclasses.replace(made, outside=0.35, unknown=0.1)).endswith("tell, 10 % not known")


def test_the_parameter_that_matters_most_comes_first_and_the_source_is_named():
    def index(key, value):
        return {"key": key, **{name: {"value": value, "low": 0.0, "high": 1.0} for name in ("first", "total")}}

    entry = {"source": "surrogate", "method": "sobol", "explained": 0.71, "indices": [index("a", 0.2), index("b", 0.7)]}
    table = sensitivity_table(entry)
    assert [row[0] for row in table.rows] == ["b", "a"]
    assert "from the surrogate (it explains 71 % of the variance of unseen points)" in table.title


def test_a_yield_stands_beside_its_prediction_and_says_what_failed_or_is_not_known():
    made = {
        "place": "best", "parameters": ["a"], "spread": 0.05, "drift": 0.1, "num": 20, "working": 15, "failed": 2,
        "share": 0.75, "low": 0.53, "high": 0.89, "predicted": 0.8, "predicted_unknown": 0.25,
    }  # fmt: skip
    table = yield_table([{**made, "deviations": {"a": 0.05}}, {**made, "spread": None}], [Axis(key="a", unit="V")])
    rest = ["20", "75 % (53 % … 89 %), 2 failed", "80 % (25 % not known)"]
    assert table.rows[0] == ["best", "5 % + drift 10 %", "a ± 50 mV", *rest]
    assert table.rows[1] == ["best", "– + drift 10 %", "a", *rest]  # of a version that did not say how far


def test_a_joint_tolerance_says_its_ends_in_units_and_what_training_contradicted():
    axes = [Axis(key="gain", low=0.1, high=9.0, unit="V"), Axis(key="offset", high=0.05, unit="A"), Axis(key="rate")]
    box = {
        "share": 0.12, "ends": {"gain": [1.32, 1.68], "offset": [0.02, 0.05]}, "clipped": ["offset"], "predicted": 0.9,
        "works": [True] * 46 + [False] * 2, "low": 0.86, "high": 0.99,
    }  # fmt: skip
    larger = {**box, "share": 0.15, "works": [True] * 35 + [False] * 13, "low": 0.59, "high": 0.83}
    made = {
        "wanted": 0.9, "scales": {"gain": [1.5, "its value"], "offset": [0.2, "the drive span"]},
        "boxes": [larger, box], "is_verified": True,
    }  # fmt: skip
    assert joint_text(made, axes) == (
        "± 12 % of both: gain 1.32 … 1.68 V (of its value), offset 20 … 50 mA (of the drive span, 200 mA, up to the "
        "declared range), rate at the best; 46 of 48 trained devices reach the level (86 % … 99 %), 90 % expected. "
        "Training contradicted larger ones: ± 15 %, 35 of 48 trained devices reach the level (59 % … 83 %), 90 % "
        "expected"
    )
    assert joint_text({**made, "boxes": [{**box, "low": 0.91}]}, axes).startswith("at least ± 12 % of both")
    assert joint_text({**made, "is_verified": False}, axes).startswith("NOT VERIFIED, training contradicts it: ± 12 %")
