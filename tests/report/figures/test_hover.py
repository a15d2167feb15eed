"""The numbers of a figure that a page shows under the pointer."""

import json

import numpy as np
import pytest

from physdfa.report.figures.hover import hover_data, name_points
from physdfa.report.figures.style import drawing, svg_text


def test_points_carry_their_numbers_names_and_place():
    with drawing(4.0, 3.0) as figure:
        axes = figure.subplots()
        (line,) = axes.plot([1.0, 10.0, np.nan], [0.0, 2.0, 1.0], label="measured")
        name_points(line, ["c1", "c2", "c3"])
        axes.axhline(1.0, label="a level")
        axes.set(xscale="log", xlabel="gain [V]", xlim=(0.1, 100.0))
        svg_text(figure, "name")
        found = json.loads(hover_data(figure))
    (panel,) = found["panels"]
    assert panel["marks"] == [{"label": "measured", "x": [1.0, 10.0], "y": [0.0, 2.0], "names": 0}]
    assert found["names"] == [["c1", "c2"]]
    assert panel["x"] == {"label": "gain [V]", "log": True, "ends": [0.1, 100.0]}
    left, top, width, height = panel["box"]
    assert 0 < left < left + width <= 4.0 * 72
    assert 0 < top < top + height <= 3.0 * 72


def test_a_map_carries_the_edges_and_values_of_its_cells():
    with drawing(4.0, 3.0) as figure:
        axes = figure.subplots()
        mesh = axes.pcolormesh([0.0, 1.0, 2.0], [0.0, 3.0], np.ma.masked_invalid([[0.5, np.nan]]))
        figure.colorbar(mesh, label="accuracy [%]")
        (panel,) = json.loads(hover_data(figure))["panels"]
    expected = {"label": "accuracy [%]", "x": [0.0, 1.0, 2.0], "y": [0.0, 3.0], "values": [0.5, None]}
    assert panel["marks"] == [expected]


@pytest.mark.parametrize("label", ['"><script>alert(1)</script>', "a & b"])
def test_a_label_cannot_leave_the_attribute(label):
    with drawing(4.0, 3.0) as figure:
        figure.subplots().plot([0.0], [1.0], label=label)
        svg = svg_text(figure, "name")
    assert "<script" not in svg
    assert svg.count("data-hover=") == 1


@pytest.mark.parametrize("flat", [True, False])
def test_a_bar_carries_its_place_its_ends_its_thickness_and_its_name(flat):
    with drawing(4.0, 3.0) as figure:
        axes = figure.subplots()
        if flat:
            bars = axes.barh([0, 1], [1.0, 2.0], left=[0.0, 0.5], height=0.5, label="alone")
        else:
            bars = axes.bar([0, 1], [1.0, 2.0], bottom=[0.0, 0.5], width=0.5, label="alone")
        name_points(bars, ["first", "second"])
        found = json.loads(hover_data(figure))
    (mark,) = found["panels"][0]["marks"]
    assert mark == {"label": "alone", "names": 0, "flat": flat, "bars": [[0.0, 0.0, 1.0, 0.5], [1.0, 0.5, 2.5, 0.5]]}
    assert found["names"] == [["first", "second"]]


def test_the_names_at_the_ticks_of_choices_go_with_their_axis():
    with drawing(4.0, 3.0) as figure:
        axes = figure.subplots()
        axes.barh([0, 1], [1.0, 2.0])
        axes.set_yticks([0, 1], ["zero", r"at 2 \$"])
        (panel,) = json.loads(hover_data(figure))["panels"]
    assert panel["y"]["names"] == {"0.0": "zero", "1.0": "at 2 $"}
    assert "names" not in panel["x"]


def test_axes_that_are_not_drawn_are_told_apart():
    with drawing(4.0, 3.0) as figure:
        for axes in figure.subplots(1, 2):
            axes.plot([0.0], [1.0])
        axes.set_axis_off()
        shown, hidden = json.loads(hover_data(figure))["panels"]
    assert "hidden" not in shown["x"]
    assert hidden["x"]["hidden"] is hidden["y"]["hidden"] is True


def test_a_figure_without_points_has_nothing_to_say():
    with drawing(4.0, 3.0) as figure:
        figure.subplots().axhline(1.0)
        assert hover_data(figure) == ""
