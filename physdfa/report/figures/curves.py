"""Training curves: accuracy and loss over the epochs, of one run or of several together."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from physdfa.report.columns import distinct, has_numbers, numbers, rows_where
from physdfa.report.figures.style import BLUE, CYCLE, DASHES, GREEN, VERMILLION, Dash, Panel, drawing, literal, svg_text

MOST_MARKED_EPOCHS = 30  # beyond, markers would run into one another
SERIES: tuple[tuple[str, str, Dash], ...] = (("train", BLUE, "-"), ("validation", VERMILLION, "--"))


def draw_band(
    axes: Axes, table: pd.DataFrame, column: str, *, factor: float, color: str, dash: Dash, label: str
) -> bool:
    """Draw the mean over seeds as a line, and least to greatest as a band. Return False if there is nothing to draw."""
    if not has_numbers(table, column):
        return False
    known = rows_where(table, np.isfinite(numbers(table, column))).groupby("epoch")[column]
    by_epoch = pd.DataFrame({"mean": known.mean(), "min": known.min(), "max": known.max()})
    epochs = np.asarray(by_epoch.index, dtype=float)
    mean, least, greatest = (factor * numbers(by_epoch, name) for name in ("mean", "min", "max"))
    marker = "o" if len(epochs) <= MOST_MARKED_EPOCHS else None
    axes.plot(epochs, mean, color=color, linestyle=dash, label=literal(label), marker=marker, markersize=3)
    if distinct(table, "seed") > 1:
        axes.fill_between(epochs, least, greatest, color=color, alpha=0.18, linewidth=0)
    return True


def training_curves(epochs: pd.DataFrame, test_accuracies: Sequence[float] = ()) -> Panel | None:
    """Train and validation accuracy [%] and loss per epoch; None where no epoch was recorded.

    **Arguments:**

    - `epochs`: one row per seed and epoch: `seed`, `epoch` and `train_` and `validation_` `loss` and `accuracy`.
    - `test_accuracies`: a fraction per seed, drawn at the last epoch as mean and standard deviation.
    """
    if epochs.empty:
        return None
    seeds = distinct(epochs, "seed")
    with drawing(7.6, 3.2) as figure:
        accuracy_axes, loss_axes = figure.subplots(1, 2)
        for axes, quantity, factor in ((accuracy_axes, "accuracy", 100.0), (loss_axes, "loss", 1.0)):
            for name, color, dash in SERIES:
                draw_band(axes, epochs, f"{name}_{quantity}", factor=factor, color=color, dash=dash, label=name)
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        accuracy_axes.set_ylabel("accuracy [%]")
        loss_axes.set_ylabel("loss")
        if len(test_accuracies):
            values = 100.0 * np.asarray(test_accuracies, dtype=float)
            spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
            last = float(numbers(epochs, "epoch").max())
            accuracy_axes.errorbar(
                [last],
                [float(np.mean(values))],
                yerr=spread,
                fmt="D",
                color=GREEN,
                markersize=5,
                capsize=3,
                label="test",
            )
        accuracy_axes.legend(loc="lower right")
        loss_axes.legend(loc="upper right")
        svg = svg_text(figure, "training_curves")
    band = f"Mean over {seeds} seeds; the band runs from the least to the greatest seed." if seeds > 1 else "One seed."
    test = " Diamond: test set after the last epoch (mean ± standard deviation)." if len(test_accuracies) else ""
    return Panel(name="training_curves", title="Training curves", caption=band + test, svg=svg, data=epochs)


def overlaid_curves(runs: Sequence[tuple[str, pd.DataFrame]]) -> Panel | None:
    """Accuracy [%] of several runs together: on held-out samples where there are any, else on the training set."""
    runs = [(name, epochs) for name, epochs in runs if not epochs.empty]
    if not runs:
        return None
    with drawing(7.6, 4.0) as figure:
        axes = figure.subplots()
        for i in range(len(runs)):
            name, epochs = runs[i]
            held_out = has_numbers(epochs, "validation_accuracy")
            draw_band(
                axes,
                epochs,
                "validation_accuracy" if held_out else "train_accuracy",
                factor=100.0,
                color=CYCLE[i % len(CYCLE)],
                dash=DASHES[i % len(DASHES)],
                label=name if held_out else f"{name} (training set)",
            )
        axes.set_xlabel("epoch")
        axes.set_ylabel("accuracy [%]")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        figure.legend(loc="outside lower center", ncols=2)
        svg = svg_text(figure, "accuracy_curves")
    data = pd.concat([epochs.assign(run=name) for name, epochs in runs], ignore_index=True)
    caption = (
        "Validation accuracy (where none was held out: training accuracy), mean over the seeds of each run; "
        "the band runs from the least to the greatest seed."
    )
    return Panel(name="accuracy_curves", title="Accuracy while training", caption=caption, svg=svg, data=data)
