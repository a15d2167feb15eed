"""A fit on a terminal: numbers as a laboratory writes them, and everything that is needed to judge them."""

import io

import numpy as np
import pytest
from rich.console import Console

from physdfa.devices.fitting import fit
from physdfa.report.fit import fit_report, with_error
from tests.devices.fitting.synthetic import interferometer, make_measurement, noisy


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


def test_the_report_shows_parameters_quality_and_both_plots():
    drive = np.linspace(-7.0, 7.0, 71)
    sweep = make_measurement(drive, noisy(interferometer(drive), 2e-6), remarks=("`y` converted from dBm to W",))
    page = io.StringIO()
    Console(file=page, width=120).print(fit_report(sweep, fit(sweep, "mach_zehnder")))
    shown = page.getvalue()
    for words in ("v_pi", "half-wave voltage", "dB", "R² = 0.9999", "71 samples", "bench.csv", "from dBm to W"):
        assert words in shown
    assert "measured and fitted output [W] over x [V]" in shown
    assert "residuals [W]" in shown
