"""Sensitivity of a run: from its own design where it has one, complete or not at all; else from the surrogate."""

import math

import pytest

from physdfa.analysis.working_range import fit_surrogate
from physdfa.workflow.range.finished import read_finished
from physdfa.workflow.range.sensitivity import sensitivity_of
from tests.workflow.range.finished_runs import BIAS, DISC, GAIN, make_run, units

pytestmark = pytest.mark.slow

TWO = f"[sweep.parameters]\n{BIAS}\n{GAIN}\n"


def linear(values):
    x, y = units(values)
    return 0.5 + 0.3 * x - 0.1 * y


def analysed(folder, accuracy, sweep):
    archive = read_finished(make_run(folder, accuracy, sweep=sweep).path)
    surrogate = fit_surrogate(archive.points, chance=0.1, resolution=1e-3)
    found, refusals = sensitivity_of(archive, surrogate)
    by_kind = {(entry["source"], entry["method"]): entry["indices"] for entry in found}
    return by_kind, refusals


def test_a_morris_sweep_of_a_linear_accuracy_gives_its_coefficients(tmp_path):
    found, refusals = analysed(tmp_path, linear, f'method = "morris"\nnum_samples = 6\n{TWO}')
    bias, gain = found["measured", "morris"]
    assert (bias["mean"]["value"], gain["mean"]["value"]) == pytest.approx((0.3, -0.1))
    assert (bias["spread"]["value"], gain["spread"]["value"]) == pytest.approx((0.0, 0.0), abs=1e-9)
    assert refusals == []


def test_a_sobol_sweep_and_the_surrogate_share_out_the_variance_of_a_linear_accuracy(tmp_path):
    # 0.3^2 : 0.1^2 of the variance, without interactions.
    found, _ = analysed(tmp_path, linear, f'method = "sobol_indices"\nnum_samples = 256\n{TWO}')
    for source in ("measured", "surrogate"):
        bias, gain = found[source, "sobol"]
        assert (bias["first"]["value"], bias["total"]["value"]) == pytest.approx((0.9, 0.9), abs=0.05)
        assert (gain["first"]["value"], gain["total"]["value"]) == pytest.approx((0.1, 0.1), abs=0.03)


def test_one_failed_point_refuses_the_indices_of_the_design_and_says_how_many(tmp_path):
    failed = []

    def accuracy(values):
        failed.append(values)
        return None if len(failed) == 7 else linear(values)

    found, refusals = analysed(tmp_path, accuracy, f'method = "sobol_indices"\nnum_samples = 16\n{TWO}')
    assert ("measured", "sobol") not in found
    assert "1 of the 64 points failed or are missing" in refusals[0]


def test_a_surrogate_that_explains_nothing_gives_no_index(tmp_path):
    def scattered(values):
        return 0.5 + 0.3 * math.sin(1e4 * values["device.v_bias"])

    found, refusals = analysed(tmp_path, scattered, DISC)
    assert found == {}
    assert "no index of sensitivity is read from it" in refusals[0]
