"""A fit on a terminal: numbers as a laboratory writes them, and everything that is needed to judge them."""

import io

import numpy as np
from rich.console import Console

from physdfa.devices.fitting import fit
from physdfa.report.fit import fit_report
from tests.devices.fitting.synthetic import interferometer, make_measurement, noisy


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
