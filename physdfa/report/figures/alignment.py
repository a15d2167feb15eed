"""Angles of learning over the epochs, update against backpropagation and feedback against weights, and norm ratios."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, MultipleLocator

from physdfa.report.columns import distinct, has_numbers
from physdfa.report.figures.curves import draw_band
from physdfa.report.figures.style import CYCLE, DASHES, GREY, Panel, drawing, svg_text

ANGLE = "angle [degrees]"
QUANTITIES = (
    ("update_angle", "update and backpropagation", ANGLE),
    ("update_norm_ratio", "size of the update", "|update| / |gradient|"),
    ("feedback_angle", "feedback and weights behind", ANGLE),
)
ANGLES = tuple((name, title) for name, title, unit in QUANTITIES if unit == ANGLE)


def alignment_angles(angles: pd.DataFrame) -> Panel | None:
    """Angles [degrees] and norm ratios of each hidden layer over the epochs; None where no angle was measured.

    **Arguments:**

    - `angles`: one row per seed and epoch: `seed`, `epoch`, `update_angle_1`, … and, for rules with feedback,
      `feedback_angle_1`, …, a column per hidden layer; older runs lack `update_norm_ratio_1`, …
    """
    drawn = [
        (title, unit, columns)
        for name, title, unit in QUANTITIES
        if (
            columns := [
                column for column in angles if str(column).startswith(name) and has_numbers(angles, str(column))
            ]
        )
    ]
    if all(unit != ANGLE for _, unit, _ in drawn):
        return None
    with drawing(3.8 * len(drawn), 3.2) as figure:
        for axes, (title, unit, columns) in zip(figure.subplots(1, len(drawn), squeeze=False)[0], drawn, strict=True):
            draw_layers(axes, angles, columns)
            (scale_angles if unit == ANGLE else scale_ratios)(axes)
            axes.set_ylabel(unit)
            axes.set_title(title)
        svg = svg_text(figure, "alignment")
    seeds = distinct(angles, "seed")
    band = (
        f" Mean over {seeds} seeds; the band runs from the least to the greatest seed." if seeds > 1 else " One seed."
    )
    caption = (
        "Angle on the first batch of the training samples after each epoch, 0 before training. Grey line: 90°, where "
        "random directions lie. Below it an update lowers the loss of that batch; beyond it feedback is aligned with "
        "the negative of the weights, as a g of the other sign than f′ makes it. Size of the update: its norm over "
        "that of the gradient of backpropagation, 1 where both are as long." + band
    )
    return Panel(name="alignment", title="Alignment with backpropagation", caption=caption, svg=svg, data=angles)


def draw_layers(axes: Axes, angles: pd.DataFrame, columns: list[str]) -> None:
    """A line for each hidden layer over the epochs."""
    for i, column in enumerate(columns):
        layer = column.rsplit("_", 1)[1]
        style = {"color": CYCLE[i % len(CYCLE)], "dash": DASHES[i % len(DASHES)]}
        draw_band(axes, angles, column, factor=1.0, label=f"hidden layer {layer}", **style)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="lower left")


def scale_angles(axes: Axes) -> None:
    """An axis of degrees from 0 on, with a line where random directions lie."""
    axes.axhline(90.0, color=GREY, linewidth=0.8)
    axes.set_ylim(bottom=0.0)
    axes.yaxis.set_major_locator(MultipleLocator(30))


def scale_ratios(axes: Axes) -> None:
    """A logarithmic axis, with a line where both are as long."""
    axes.axhline(1.0, color=GREY, linewidth=0.8)
    axes.set_yscale("log")
