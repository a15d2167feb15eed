"""Levels of the references in the figures of validation accuracies."""

import numpy as np
import pandas as pd

from physdfa.report.figures.front import front_plot
from physdfa.report.figures.parameter_curves import sweep_line
from physdfa.report.figures.parameters import VariedParameter
from physdfa.report.figures.references import LOOKS, caption_of
from physdfa.report.figures.sweep_map import sweep_map
from physdfa.report.references import NAMES, ReferenceLine

LINES = [ReferenceLine("constant g", 0.6), ReferenceLine("dfa", 0.7), ReferenceLine("frozen layer", 0.1)]
GAIN, BIAS = VariedParameter(key="device.gain", label="gain"), VariedParameter(key="device.bias", label="bias")


def make_table():
    gain, bias = (grid.ravel() for grid in np.meshgrid([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]))
    accuracy = 0.3 + 0.1 * (gain + bias - 2)
    table = {"device.gain": gain, "device.bias": bias, "validation_accuracy": accuracy, "status": ["ok"] * len(gain)}
    return pd.DataFrame({**table, "energy": accuracy})


def test_every_reference_has_a_look_of_its_own():
    assert set(LOOKS) == {name for key, name in NAMES.items() if key != "best"}
    assert len({color for color, _ in LOOKS.values()}) == len(LOOKS)


def test_lines_of_a_sweep_are_named_with_their_accuracy_and_explained():
    table = make_table()
    assert caption_of([]) == ""
    for panel in (
        sweep_line(table, GAIN, LINES),
        sweep_map(table, GAIN, BIAS, LINES),
        front_plot([{"candidate": "a", "objectives": {"accuracy": 0.5, "energy": 0.5}}], table, LINES),
    ):
        assert panel is not None
        assert "Broken levels: the best constant g" in panel.caption
        for name in ("constant g: 60.00 %", "dfa: 70.00 %", "frozen layer: 10.00 %"):
            assert name in panel.svg
    assert "constant g" not in sweep_line(table, GAIN).svg


def test_a_map_shows_where_the_device_beats_the_constant_as_long_as_it_does_somewhere():
    table = make_table()
    with_contour = sweep_map(table, GAIN, BIAS, LINES[:1]).svg
    never = sweep_map(table, GAIN, BIAS, [ReferenceLine("constant g", 0.9)]).svg
    color = LOOKS["constant g"][0].lower()
    assert with_contour.count(color) > never.count(color)
