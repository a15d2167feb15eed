"""Angles of several rules over the epochs, on one data set."""

import re
from collections.abc import Sequence

import pandas as pd
from matplotlib.ticker import MaxNLocator, MultipleLocator

from physdfa.report.columns import distinct, has_numbers
from physdfa.report.figures.alignment import ANGLES
from physdfa.report.figures.curves import draw_band
from physdfa.report.figures.style import CYCLE, DASHES, GREY, Panel, drawing, svg_text
from physdfa.report.reading import angle_table
from physdfa.workflow.reproduce.entry import Finished
from physdfa.workflow.reproduce.training import lines_of


def angles_over_epochs(finished: Sequence[Finished], group: str) -> Panel | None:
    """Both angles [degrees], a colour for each rule, a dash for each hidden layer; None where none was measured."""
    tables = [
        (one.row.cells["rule"], angle_table([dict(line) for line in lines_of(one.run, "alignment")]))
        for one in finished
        if one.run is not None
    ]
    tables = [(rule, table) for rule, table in tables if not table.empty]
    if not tables:
        return None
    name = "alignment_" + re.sub(r"[^a-z0-9]+", "_", group.lower())
    with drawing(7.6, 3.8) as figure:
        panels = figure.subplots(1, len(ANGLES))
        for axes, (quantity, title) in zip(panels, ANGLES, strict=True):
            axes.axhline(90.0, color=GREY, linewidth=0.8)
            for i, (rule, table) in enumerate(tables):
                columns = [column for column in table if str(column).startswith(quantity)]
                for column in map(str, columns):
                    layer = int(column.rsplit("_", 1)[1])
                    if has_numbers(table, column):
                        style = {"color": CYCLE[i % len(CYCLE)], "dash": DASHES[(layer - 1) % len(DASHES)]}
                        draw_band(axes, table, column, factor=1.0, label=f"{rule}, hidden layer {layer}", **style)
            axes.set_title(title)
            axes.set_ylim(bottom=0.0)
            axes.set_xlabel("epoch")
            axes.set_ylabel("angle [degrees]")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.yaxis.set_major_locator(MultipleLocator(30))
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        svg = svg_text(figure, name)
    data = pd.concat([table.assign(rule=rule) for rule, table in tables], ignore_index=True)
    seeds = max(distinct(table, "seed") for _, table in tables)
    caption = (
        "Left: between the rule's update and the exact gradient. Right: between the feedback and the weights behind "
        "the layer, for the last hidden layer W_out transposed. On the first batch of the training samples; 0: before "
        f"training. Grey line: 90°. Mean over {seeds} seeds; the band runs from the least to the greatest."
    )
    return Panel(name=name, title=f"Alignment on {group}", caption=caption, svg=svg, data=data)
