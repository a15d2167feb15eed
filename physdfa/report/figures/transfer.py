"""A measured transfer curve: every sample by sweep direction, and a fitted model with its residuals."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from physdfa.report.figures.style import BLACK, BLUE, VERMILLION, Panel, drawing, literal, svg_text
from physdfa.report.formatting import scaled

MOST_POINTS = 1500
"""Samples drawn per direction. From more, evenly spaced ones are chosen, so that the page stays small."""

FEW_SAMPLES, LEGEND_MARKER = 400, 5.0
"""Number of samples up to which markers are larger, and size of a marker in the legend, in points."""

BRANCHES = ((1, "rising", "^", BLUE), (-1, "falling", "v", VERMILLION))


def transfer_curve(
    samples: pd.DataFrame, *, drive: tuple[str, str], output: tuple[str, str], model: pd.DataFrame | None = None
) -> Panel:
    """The samples of a measurement, with the curve of a model and the residuals below it if there is one.

    **Arguments:**

    - `samples`: columns `drive, output, direction` (+1 rising, -1 falling) in SI units, and `residual` beside a model.
    - `drive`, `output`: (name, SI unit) of the columns measured.
    - `model`: columns `drive, output` of the fitted curve, drive increasing.
    """
    x_factor, x_unit = scaled(float(np.abs(samples["drive"]).max()), drive[1])
    y_factor, y_unit = scaled(float(np.abs(samples["output"]).max()), output[1])
    size = 3.5 if len(samples) <= FEW_SAMPLES else 2.0  # points
    with drawing(7.2, 3.6 if model is None else 5.2) as figure:
        if model is None:
            axes, residual_axes = figure.subplots(), None
        else:
            axes, residual_axes = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        shown = sum(draw_samples(axes, samples, "output", (x_factor, y_factor), size))
        if model is not None and residual_axes is not None:
            axes.plot(model["drive"] * x_factor, model["output"] * y_factor, color=BLACK, label="model")
            draw_samples(residual_axes, samples, "residual", (x_factor, y_factor), size)
            residual_axes.axhline(0.0, color=BLACK, linewidth=0.8)
            residual_axes.set_ylabel(f"residual [{y_unit or 'a. u.'}]")
        bottom = axes if residual_axes is None else residual_axes
        bottom.set_xlabel(literal(f"{drive[0]} [{x_unit or 'a. u.'}]"))
        axes.set_ylabel(literal(f"{output[0]} [{y_unit or 'a. u.'}]"))
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, markerscale=LEGEND_MARKER / size)
        svg = svg_text(figure, "transfer_curve")
    caption = "Every sample as it was recorded, by the direction in which the drive was swept."
    if shown < len(samples):
        caption = f"{shown} of {len(samples)} samples, evenly chosen, by the direction in which the drive was swept."
    if model is not None:
        caption += " Below: what was recorded minus the model."
    return Panel(name="transfer_curve", title="Transfer curve", caption=caption, svg=svg, data=samples)


def draw_samples(
    axes: Axes, samples: pd.DataFrame, column: str, factors: tuple[float, float], size: float
) -> list[int]:
    """Draw the samples of each direction as small triangles that point its way; return how many of each."""
    counts = []
    for sign, word, marker, color in BRANCHES:
        branch = samples[samples["direction"] == sign]
        if branch.empty:
            continue
        chosen = branch.iloc[np.unique(np.linspace(0, len(branch) - 1, min(len(branch), MOST_POINTS)).astype(int))]
        axes.plot(
            chosen["drive"] * factors[0],
            chosen[column] * factors[1],
            marker,
            color=color,
            markersize=size,
            markeredgewidth=0,
            alpha=0.8,
            label=word,
        )
        counts.append(len(chosen))
    return counts
