"""Numbers in words."""

import pytest

from physdfa.report.formatting import accuracy, as_number, as_numbers, count, duration, memory, parameter_value


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
