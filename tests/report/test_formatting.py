"""Numbers in words."""

import pytest

from physdfa.report.formatting import (
    accuracy,
    as_number,
    as_numbers,
    count,
    decibels,
    duration,
    engineering,
    memory,
    parameter_value,
    scaled,
    summary_accuracy,
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.421, "0.42 s"),
        (42.06, "42.1 s"),
        (59.99, "1 min 00 s"),
        (185, "3 min 05 s"),
        (8040, "2 h 14 min"),
        (None, "–"),
    ],
)
def test_durations(seconds, words):
    assert duration(seconds) == words


def test_accuracies_are_percentages_with_two_digits():
    assert accuracy(0.98123, 0.0005) == "98.12 ± 0.05 %"
    assert accuracy(1.0) == "100.00 %"
    assert accuracy(None) == accuracy(float("nan")) == accuracy("0.9") == "–"


def test_a_single_seed_has_no_spread():
    row = {"test_accuracy": 0.98, "test_accuracy_std": 0.0, "test_accuracies": [0.98]}
    assert summary_accuracy(row) == "98.00 %"
    assert summary_accuracy({**row, "test_accuracies": [0.98, 0.98]}) == "98.00 ± 0.00 %"


def test_memory_is_in_powers_of_1024():
    assert memory(2**20) == "1 MiB"
    assert memory(3 * 2**29) == "1.50 GiB"


def test_counts_have_groups_of_three():
    assert count(1234567) == "1\u202f234\u202f567"


def test_only_finite_numbers_are_numbers():
    assert as_number(True) is None
    assert as_number(float("inf")) is None
    assert as_numbers([1, None, "2", 0.5, float("nan")]) == [1.0, 0.5]
    assert as_numbers("123") == []


def test_parameter_values_keep_five_digits_and_words():
    assert parameter_value(0.00123456789) == "0.0012346"
    assert parameter_value("zero") == "zero"
    assert parameter_value(float("nan")) == "–"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (1.25e-3, "W", "1.25 mW"),
        (1.6e-5, "s", "16 µs"),
        (0.0, "V", "0 V"),
        (-7.0, "V", "-7 V"),
        (999.96, "V", "1 kV"),
        (2.5e-20, "J", "2.5e-05 fJ"),
        (3e-4, "", "0.0003"),
        (float("inf"), "W", "inf W"),
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
