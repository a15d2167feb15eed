"""Angles of learning over the epochs: update against backpropagation, feedback against weights."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, MultipleLocator

from physdfa.report.columns import distinct, has_numbers
from physdfa.report.figures.curves import draw_band
from physdfa.report.figures.style import CYCLE, DASHES, GREY, Panel, drawing, svg_text

QUANTITIES = (("update_angle", "update and backpropagation"), ("feedback_angle", "feedback and weights behind"))


def alignment_angles(angles: pd.DataFrame) -> Panel | None:
    """Angles [degrees] of each hidden layer over the epochs, from before training on; None where none was measured.

    **Arguments:**

    - `angles`: one row per seed and epoch: `seed`, `epoch`, `update_angle_1`, … and, for rules with feedback,
      `feedback_angle_1`, …, a column per hidden layer.
    """
    drawn = [
        (title, columns)
        for name, title in QUANTITIES
        if (
            columns := [
                column for column in angles if str(column).startswith(name) and has_numbers(angles, str(column))
            ]
        )
    ]
    if not drawn:
        return None
    with drawing(3.8 * len(drawn), 3.2) as figure:
        for axes, (title, columns) in zip(figure.subplots(1, len(drawn), squeeze=False)[0], drawn, strict=True):
            draw_layers(axes, angles, columns)
            axes.set_title(title)
        svg = svg_text(figure, "alignment")
    seeds = distinct(angles, "seed")
    band = (
        f" Mean over {seeds} seeds; the band runs from the least to the greatest seed." if seeds > 1 else " One seed."
    )
    caption = (
        "Angle on the first batch of the training samples after each epoch, 0 before training. Grey line: 90°, where "
        "random directions lie. Below it an update lowers the loss of that batch; beyond it feedback is aligned with "
        "the negative of the weights, as a g of the other sign than f′ makes it." + band
    )
    return Panel(name="alignment", title="Alignment with backpropagation", caption=caption, svg=svg, data=angles)


def draw_layers(axes: Axes, angles: pd.DataFrame, columns: list[str]) -> None:
    """A line for each hidden layer, between 0 and 180 degrees where they are."""
    axes.axhline(90.0, color=GREY, linewidth=0.8)
    for i, column in enumerate(columns):
        layer = column.rsplit("_", 1)[1]
        style = {"color": CYCLE[i % len(CYCLE)], "dash": DASHES[i % len(DASHES)]}
        draw_band(axes, angles, column, factor=1.0, label=f"hidden layer {layer}", **style)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("epoch")
    axes.set_ylabel("angle [degrees]")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(MultipleLocator(30))
    axes.legend(loc="lower left")
