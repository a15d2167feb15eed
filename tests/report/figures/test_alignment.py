"""The panel of angles over the epochs."""

import numpy as np
import pandas as pd
import pytest

from physdfa.report.figures.alignment import alignment_angles, draw_layers, scale_angles
from physdfa.report.figures.style import drawing


def make_angles(**columns) -> pd.DataFrame:
    table = pd.DataFrame({"seed": [0, 0, 0, 1, 1, 1], "epoch": [0, 1, 2] * 2})
    return table.assign(**{"update_angle_1": [90.0, 60.0, 50.0, 92.0, 64.0, 56.0], **columns})


def test_there_is_a_line_for_each_layer_through_its_mean_and_one_at_ninety_degrees():
    angles = make_angles(update_angle_2=45.0)
    with drawing() as figure:
        axes = figure.subplots()
        draw_layers(axes, angles, ["update_angle_1", "update_angle_2"])
        scale_angles(axes)
        first, second, reference = axes.lines
        assert list(reference.get_ydata()) == [90.0, 90.0]
        assert list(first.get_xdata()) == [0, 1, 2]
        assert list(first.get_ydata()) == pytest.approx([91.0, 62.0, 53.0])
        assert list(second.get_ydata()) == pytest.approx([45.0] * 3)
        assert [line.get_label() for line in (first, second)] == ["hidden layer 1", "hidden layer 2"]


def test_feedback_is_drawn_where_there_is_any():
    without = alignment_angles(make_angles())
    assert without is not None
    assert "feedback" not in without.svg
    both = alignment_angles(make_angles(feedback_angle_1=80.0))
    assert both is not None
    assert "feedback and weights behind" in both.svg
    assert "Mean over 2 seeds" in both.caption
    assert "One seed" in alignment_angles(make_angles().iloc[:3]).caption


def test_the_size_of_the_updates_is_drawn_where_it_was_recorded():
    assert "size of the update" not in alignment_angles(make_angles()).svg
    sized = alignment_angles(make_angles(update_norm_ratio_1=2.0))
    assert sized is not None
    assert "size of the update" in sized.svg
    assert "update_norm_ratio_1" in sized.data


def test_angles_that_were_not_measured_are_no_panel():
    assert alignment_angles(pd.DataFrame()) is None
    assert alignment_angles(make_angles(update_angle_1=np.nan)) is None
    assert alignment_angles(make_angles(update_angle_1=np.nan, update_norm_ratio_1=0.0)) is None, "nothing learns"
