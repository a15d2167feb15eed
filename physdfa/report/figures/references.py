"""Levels in figures whose axis is the validation accuracy: what a constant g, `dfa` and a frozen layer reach."""

from collections.abc import Sequence
from typing import Any, cast

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from physdfa.report.figures.style import GREEN, ORANGE, PURPLE, Dash
from physdfa.report.references import CONSTANT, NAMES, ReferenceLine

LOOKS: dict[str, tuple[str, Dash]] = {
    NAMES[CONSTANT]: (PURPLE, "--"),
    NAMES["dfa"]: (GREEN, "-."),
    NAMES["readout_only"]: (ORANGE, (0, (1, 1))),
}
"""Colour and dashes of each level."""


def label_of(line: ReferenceLine) -> str:
    """The name of a level in a legend, with its accuracy."""
    return f"{line.name}: {100 * line.accuracy:.2f} %"


def reference_handle(line: ReferenceLine) -> Line2D:
    """The entry of a level in a legend."""
    color, dashes = LOOKS[line.name]
    return Line2D([], [], color=color, linestyle=cast(Any, dashes), linewidth=1.1, label=label_of(line))


def draw_references(axes: Axes, lines: Sequence[ReferenceLine], *, labelled: bool = True) -> None:
    """Draw each level [%] as a horizontal line, with its name and accuracy in the legend if `labelled`."""
    for line in lines:
        color, dashes = LOOKS[line.name]
        label = label_of(line) if labelled else None
        axes.axhline(100 * line.accuracy, color=color, linestyle=dashes, linewidth=1.1, label=label)


def caption_of(lines: Sequence[ReferenceLine]) -> str:
    """What a caption says of the levels in its figure; empty without them."""
    if not lines:
        return ""
    return (
        " Broken levels: the best constant g, dfa and a frozen hidden layer, trained as the candidates are from fresh "
        "seeds."
    )
