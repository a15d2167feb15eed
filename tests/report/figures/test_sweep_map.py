"""The map of a sweep: cells centred on their samples, failures hatched, white where nothing was tried."""

import html
import json
import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import QuadMesh

from physdfa.report.figures.parameters import VariedParameter
from physdfa.report.figures.style import drawing
from physdfa.report.figures.sweep_map import draw_cells, sweep_map

BIAS = VariedParameter(key="device.v_bias", label="v_bias [V]")
GAIN = VariedParameter(key="device.drive_gain", label="drive_gain [V]", scale="log")


def make_table(accuracy: np.ndarray, bias: np.ndarray, gain: np.ndarray) -> pd.DataFrame:
    status = np.where(np.isnan(accuracy), "failed", "ok")
    columns = {"device.v_bias": bias, "device.drive_gain": gain, "validation_accuracy": accuracy, "status": status}
    return pd.DataFrame(columns)


def make_grid() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    bias, gain = np.meshgrid([0.0, 2.0, 4.0], [0.1, 1.0, 10.0])
    return np.linspace(10.0, 90.0, 9), bias.ravel(), gain.ravel()


def test_each_value_stands_in_the_cell_around_its_sample():
    accuracy, bias, gain = make_grid()
    with drawing() as figure:
        mesh, _ = draw_cells(figure.subplots(), (bias, "linear"), (gain, "log"), accuracy)
        assert isinstance(mesh, QuadMesh)
        corners = mesh.get_coordinates()
        np.testing.assert_allclose(corners[0, :, 0], [-1.0, 1.0, 3.0, 5.0])
        np.testing.assert_allclose(corners[:, 0, 1], 10.0 ** np.array([-1.5, -0.5, 0.5, 1.5]))
        np.testing.assert_allclose(np.ravel(mesh.get_array()), accuracy)


def test_the_order_of_the_rows_does_not_matter():
    accuracy, bias, gain = make_grid()
    order = np.random.default_rng(0).permutation(9)
    with drawing() as figure:
        mesh, _ = draw_cells(figure.subplots(), (bias[order], "linear"), (gain[order], "log"), accuracy[order])
        np.testing.assert_allclose(np.ravel(mesh.get_array()), accuracy)


def test_failed_cells_are_hatched_and_untried_ones_are_not():
    accuracy, bias, gain = make_grid()
    accuracy[4] = np.nan
    with drawing() as figure:
        axes = figure.subplots()
        draw_cells(axes, (bias[:-1], "linear"), (gain[:-1], "log"), accuracy[:-1])
        (hatched,) = [patch for patch in axes.patches if patch.get_hatch()]
        np.testing.assert_allclose(hatched.get_xy().min(axis=0), [1.0, 10**-0.5])
        np.testing.assert_allclose(hatched.get_xy().max(axis=0), [3.0, 10**0.5])


def test_the_best_and_the_level_line_are_named():
    accuracy, bias, gain = make_grid()
    svg = sweep_map(make_table(accuracy / 100, bias, gain), BIAS, GAIN).svg
    for words in ("best: 90.00 %", "89.0 %, 1 point below the best", "v_bias [V]", "drive_gain [V]"):
        assert words in svg


def test_a_design_without_rows_and_columns_is_drawn_as_dots():
    place = np.random.default_rng(0).uniform(1.0, 2.0, (2, 8))
    accuracy = np.linspace(0.1, 0.8, 8)
    accuracy[0] = np.nan
    panel = sweep_map(make_table(accuracy, place[0], place[1]), BIAS, GAIN)
    assert "failed" in panel.svg
    assert "below the best" not in panel.svg


@pytest.mark.parametrize("value", [np.nan, 0.5])
def test_a_sweep_without_contrast_is_still_drawn(value):
    _, bias, gain = make_grid()
    assert "below the best" not in sweep_map(make_table(np.full(9, value), bias, gain), BIAS, GAIN).svg


def test_each_cell_knows_its_candidate():
    accuracy, bias, gain = make_grid()
    order = np.random.default_rng(0).permutation(9)
    table = make_table(accuracy / 100, bias, gain).assign(candidate=[f"c{i}" for i in range(9)]).iloc[order]
    svg = sweep_map(table, BIAS, GAIN).svg
    found = json.loads(html.unescape(re.search(r'data-hover="([^"]*)"', svg)[1]))
    (cells,) = (mark for mark in found["panels"][0]["marks"] if "values" in mark)
    assert found["names"][cells["names"]] == [f"candidate c{i}" for i in range(9)]
    assert cells["values"] == pytest.approx(accuracy)
