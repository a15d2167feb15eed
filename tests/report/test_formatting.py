"""Numbers in words."""

import numpy as np
import pytest

from physdfa.report.formatting import (
    FEW_DIGITS,
    accuracy,
    as_number,
    as_numbers,
    count,
    decibels,
    duration,
    engineering,
    interval,
    memory,
    number,
    parameter_value,
    percent,
    scaled,
    summary_accuracy,
    with_error,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.421, "421 ms"),
        (42.06, "42.1 s"),
        (59.99, "1 min 00 s"),
        (185, "3 min 05 s"),
        (8040, "2 h 14 min"),
        (None, "–"),
    ],
)
def test_durations(seconds, words):
    assert duration(seconds) == words


def test_an_estimated_duration_has_fewer_digits():
    assert duration(7.123, FEW_DIGITS) == "7.1 s"


def test_accuracies_are_percentages_with_two_digits():
    assert accuracy(0.98123, 0.0005) == "98.12 ± 0.05 %"
    assert accuracy(1.0) == "100.00 %"
    assert accuracy(None) == accuracy(float("nan")) == accuracy("0.9") == "–"


def test_a_single_seed_has_no_spread():
    row = {"test_accuracy": 0.98, "test_accuracy_std": 0.0, "test_accuracies": [0.98]}
    assert summary_accuracy(row) == "98.00 %"
    assert summary_accuracy({**row, "test_accuracies": [0.98, 0.98]}) == "98.00 ± 0.00 %"


def test_memory_has_decimal_prefixes():
    assert memory(72_360_000) == "72.4 MB"
    assert memory(1.5e9) == "1.5 GB"


def test_counts_have_groups_of_three():
    assert count(1234567) == "1\u202f234\u202f567"


def test_only_finite_numbers_are_numbers():
    assert as_number(True) is None
    assert as_number(float("inf")) is None
    assert as_number(np.float32(0.5)) == as_number(np.float64(0.5)) == 0.5
    assert as_numbers([1, None, "2", 0.5, float("nan"), np.int64(3)]) == [1.0, 0.5, 3.0]
    assert as_numbers("123") == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.012345, "0.0123"),
        (12.345, "12.3"),
        (1234.5, "1234"),
        (999.6, "1000"),
        (2.5e6, "2.5e+06"),
        (1.25e-7, "1.25e-07"),
        (-3, "-3"),
        (-float("inf"), "minus infinite"),
        (float("nan"), "–"),
        (None, "–"),
    ],
)
def test_a_number_has_three_digits_and_all_its_whole_ones(value, words):
    assert number(value) == words


@pytest.mark.parametrize(
    ("share", "digits", "words"), [(0.3124, 3, "31.2 %"), (0.999, 2, "100 %"), (0.034, 2, "3.4 %"), (1.0, 3, "100 %")]
)
def test_a_share_is_a_percentage(share, digits, words):
    assert percent(share, digits) == words


@pytest.mark.parametrize(
    ("ends", "unit", "words"),
    [
        ((0.0, 9.4124), "V", "0 to 9.41 V"),
        ((-7.0, 7.0), "V", "-7 to 7 V"),
        ((1.55012e-6, 1.5533e-6), "m", "1.5501 to 1.5533 µm"),
        ((1.2589e-6, 243.81e-6), "W", "1.26 to 244 µW"),
        ((2.0, 2.0), "", "2 to 2"),
    ],
)
def test_the_ends_of_an_interval_can_be_told_apart(ends, unit, words):
    assert interval(ends, unit) == words


def test_parameter_values_keep_five_digits_and_words():
    assert parameter_value(0.00123456789) == "0.0012346"
    assert parameter_value("zero") == "zero"
    assert parameter_value(float("nan")) == "–"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1.25e-3, "W", "1.25 mW"),
        (1.2345e-3, "W", "1.23 mW"),
        (1.6e-5, "s", "16 µs"),
        (0.0, "V", "0 V"),
        (-7.0, "V", "-7 V"),
        (999.6, "V", "1 kV"),
        (2.5e-20, "J", "2.5e-05 fJ"),
        (3e-4, "", "0.0003"),
        (0.5, "dB", "0.5 dB"),
        (1e-14, "1/Hz", "1e-14 1/Hz"),
        (float("inf"), "W", "infinite W"),
    ],
)
def test_values_get_the_prefix_that_suits_them(value, unit, words):
    assert engineering(value, unit) == words


def test_one_prefix_for_many_values_is_that_of_the_largest():
    assert scaled(1.1e-3, "W") == (1e3, "mW")
    assert scaled(1.1e-3, "") == (1.0, "")


def test_levels_without_an_end_are_infinite():
    assert (decibels(24.94), decibels(float("inf")), decibels(-float("inf"))) == (
        "24.9 dB",
        "infinite",
        "minus infinite",
    )


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (4.69136, 0.00619, "4.6914 ± 0.0062"),
        (-1.3374, 0.0039, "-1.3374 ± 0.0039"),
        (19.81, 1.403, "19.8 ± 1.4"),
        (1234.0, 56.0, "1234 ± 56"),
        (0.00109968, 2.18e-6, "0.0010997 ± 0.0000022"),
        (1.0997e-5, 2.18e-8, "(1.0997 ± 0.0022)e-05"),
        (0.0, 0.0123, "0.000 ± 0.012"),
        (float("inf"), float("nan"), "infinite"),
        (3.25, float("nan"), "3.25"),
    ],
)
def test_a_value_has_as_many_decimals_as_two_digits_of_its_error(value, error, text):
    assert with_error(value, error) == text
