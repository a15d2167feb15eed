"""The backward function over the potentials that occur."""

import numpy as np
import pandas as pd

from physdfa.report.figures.backward import backward_function

U = np.linspace(-1, 3, 9)


def test_all_that_is_known_is_in_the_legend():
    table = pd.DataFrame(
        {"potential": U, "g": U, "density_initial": 0.1, "density_trained": 0.2, "surrogate_derivative": 0.3}
    )
    panel = backward_function(table, threshold=1.5)
    assert panel is not None
    for words in ("before training", "after training", "surrogate derivative", "threshold 1.5", "g(u), the device"):
        assert words in panel.svg
    pd.testing.assert_frame_equal(panel.data, table)


def test_what_is_not_known_is_left_out():
    panel = backward_function(pd.DataFrame({"potential": U, "g": U, "density_initial": np.nan}))
    assert panel is not None
    for words in ("training", "surrogate", "threshold", "density"):
        assert words not in panel.svg


def test_a_table_without_g_gives_no_figure():
    assert backward_function(pd.DataFrame({"potential": U})) is None
    assert backward_function(pd.DataFrame()) is None


def test_noise_and_the_unknown_are_marked_where_there_are_some():
    marks = ("standard deviation", "outside of the measured range")
    table = pd.DataFrame({"potential": U, "g": U, "noise_std": 0.1, "outside": U > 2})
    panel = backward_function(table)
    assert panel is not None
    assert all(words in panel.svg for words in marks)
    inside = backward_function(table.assign(outside=False, noise_std=np.nan))
    assert inside is not None
    assert not any(words in inside.svg for words in marks)
