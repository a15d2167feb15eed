"""The words of a working range: numbers with their unit, their bound and their doubt."""

import pytest

from physdfa.analysis.working_range import Axis, Interval, Margin
from physdfa.analysis.working_range.intervals import AxisRange
from physdfa.report.range_words import interval_text, margin_text, percent, sensitivity_table, works_text, yield_table


def interval(low, high, low_end="level", high_end="level"):
    return Interval(low=low, high=high, low_end=low_end, high_end=high_end)


def make_axis_range(**changes):
    plain = {"key": "a", "best": 1.0, "conditional": (), "working_choices": (), "below": None, "above": None}
    return AxisRange(**{**plain, "unknown": 0.0, "marginal_values": (1.0,), "marginal_share": (0.5,), **changes})


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
    two = make_axis_range(conditional=(interval(0.0, 0.25), interval(0.5, 1.0)))
    assert works_text(number, two) == "0 … 0.25; 0.5 … 1"
    assert works_text(number, make_axis_range()) == "none"
    assert works_text(choice, make_axis_range(working_choices=("zero",))) == "zero"


@pytest.mark.parametrize(("share", "text"), [(0.05, "5 %"), (0.2, "20 %"), (0.034, "3.4 %"), (1.0, "100 %")])
def test_shares_are_whole_percentages_where_they_may_be(share, text):
    assert percent(share) == text


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
    (row,) = yield_table([made]).rows
    assert row == ["best", "5 % + drift 10 %", "20", "75 % (53 % … 89 %), 2 failed", "80 % (25 % not known)"]
