"""Training curves."""

import pandas as pd
import pytest

from physdfa.report.figures.curves import draw_band, overlaid_curves, training_curves
from physdfa.report.figures.style import drawing


def make_epochs(*, validation: bool = True) -> pd.DataFrame:
    rows = [(seed, epoch, 1.0 / epoch, 0.8 + 0.02 * seed) for seed in (0, 1) for epoch in (1, 2, 3)]
    table = pd.DataFrame(rows, columns=["seed", "epoch", "train_loss", "train_accuracy"])
    known = table["train_accuracy"] - 0.1 if validation else None
    return table.assign(validation_loss=1.0, validation_accuracy=known)


def test_the_line_is_the_mean_and_the_band_runs_from_least_to_greatest():
    with drawing() as figure:
        axes = figure.subplots()
        draw_band(axes, make_epochs(), "train_accuracy", factor=100.0, color="k", dash="-", label="train")
        (line,), (band,) = axes.lines, axes.collections
        assert list(line.get_ydata()) == pytest.approx([81.0, 81.0, 81.0])
        heights = band.get_paths()[0].vertices[:, 1]
        assert (heights.min(), heights.max()) == pytest.approx((80.0, 82.0))


def test_a_column_without_a_number_is_not_drawn():
    with drawing() as figure:
        axes = figure.subplots()
        assert not draw_band(
            axes, make_epochs(validation=False), "validation_accuracy", factor=1.0, color="k", dash="-", label="x"
        )
        assert not axes.lines


def test_without_an_epoch_there_is_no_figure():
    assert training_curves(make_epochs().iloc[:0]) is None
    assert overlaid_curves([("empty", make_epochs().iloc[:0])]) is None


def test_a_run_without_held_out_samples_says_so_in_the_overlay():
    panel = overlaid_curves([("a", make_epochs()), ("b", make_epochs(validation=False))])
    assert panel is not None
    assert "b (training set)" in panel.svg
    assert "a (training set)" not in panel.svg
