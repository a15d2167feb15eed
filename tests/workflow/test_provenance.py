"""The provenance of a fitted preset in words, and the standard errors of its device."""

import pytest

from physdfa.devices import make_device
from physdfa.workflow.provenance import errors_by_path, fitted_numbers, provenance_rows

PROVENANCE = {
    "source": "sweep.csv",
    "warnings": ["one", "two"],
    "values": {"v_pi": 4.5, "peak_output": 1e-3},
    "standard_errors": {"v_pi": 0.012},
}


def test_a_list_has_a_row_for_each_member_and_a_number_its_error():
    assert provenance_rows(PROVENANCE) == [
        ("source", "sweep.csv"),
        ("warnings", "one"),
        ("warnings", "two"),
        ("v_pi", "4.5 ± 0.012"),
        ("peak_output", "0.001"),
    ]


def test_what_a_fit_does_not_say_is_left_out():
    assert fitted_numbers({"source": "sweep.csv"}) == ({}, {})


@pytest.mark.parametrize(("v_pi", "expected"), [(4.5, {"mach_zehnder.v_pi": 0.012}), (4.6, {})])
def test_only_a_value_that_is_still_the_fitted_one_has_the_error_of_the_fit(v_pi, expected):
    device = make_device("mach_zehnder", {"v_pi": v_pi})
    assert errors_by_path(device, *fitted_numbers(PROVENANCE)) == expected
