"""Accuracy against one parameter at a time."""

import numpy as np
import pandas as pd

from physdfa.report.figures.parameter_curves import parameter_scatter, sweep_line
from physdfa.report.figures.parameters import VariedParameter

GAIN = VariedParameter(key="device.drive_gain", label="drive_gain [V]", scale="log", low=0.1, high=10.0)
RESET = VariedParameter(key="network.reset", label="network.reset", scale="choice")


def make_table(accuracy: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "device.drive_gain": [0.1, 1.0, 10.0, 1.0], "network.reset": ["zero", "subtract", "zero", "zero"],
            "generation": [0, 0, 1, 1], "validation_accuracy": accuracy,
            "status": ["failed" if np.isnan(value) else "ok" for value in accuracy],
        }
    )  # fmt: skip


def test_a_line_shows_seeds_failures_and_the_best():
    panel = sweep_line(make_table([0.5, 0.8, np.nan, 0.7]), GAIN)
    for words in ("drive_gain [V]", "one seed", "failed", "best", "validation accuracy [%]"):
        assert words in panel.svg


def test_a_sweep_of_choices_names_them():
    svg = sweep_line(make_table([0.5, 0.8, 0.4, 0.7]), RESET).svg
    assert ">subtract</text>" in svg
    assert ">zero</text>" in svg


def test_a_sweep_that_failed_everywhere_is_still_drawn():
    assert "failed" in sweep_line(make_table([np.nan] * 4), GAIN).svg


def test_dots_are_coloured_by_generation_only_in_a_search():
    table = make_table([0.5, 0.8, np.nan, 0.7])
    search = parameter_scatter(table, [GAIN, RESET], by_generation=True)
    sweep = parameter_scatter(table, [GAIN, RESET], by_generation=False)
    assert search is not None
    assert sweep is not None
    assert ">generation</text>" in search.svg
    assert ">generation</text>" not in sweep.svg


def test_there_are_no_dots_where_everything_failed():
    assert parameter_scatter(make_table([np.nan] * 4), [GAIN], by_generation=True) is None
