"""The backward function g(u) over the membrane potentials at which it is read."""

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from physdfa.report.columns import has_numbers, numbers
from physdfa.report.figures.style import BLACK, GREY, ORANGE, SKY, VERMILLION, Panel, drawing, svg_text
from physdfa.report.formatting import parameter_value

DENSITIES = {
    "density_initial": (ORANGE, "density of u, before training"),
    "density_trained": (SKY, "density of u, after training"),
}


def draw_densities(axes: Axes, potential: np.ndarray, table: pd.DataFrame) -> list[Artist]:
    """Draw the histograms of u as steps on an axis at the right; return their handles for the legend."""
    axes.grid(False)
    axes.spines["right"].set_visible(True)
    handles: list[Artist] = []
    for column, (color, label) in DENSITIES.items():
        if has_numbers(table, column):
            density = np.nan_to_num(numbers(table, column))
            handles.append(
                axes.fill_between(potential, density, step="mid", color=color, alpha=0.35, linewidth=0, label=label)
            )
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel("probability density of u")
    return handles


def draw_noise(axes: Axes, potential: np.ndarray, table: pd.DataFrame) -> list[Artist]:
    """Shade one standard deviation of the device's noise around g; do nothing without such a column."""
    if not has_numbers(table, "noise_std"):
        return []
    g, std = numbers(table, "g"), numbers(table, "noise_std")
    label = "g ± one standard deviation"
    return [axes.fill_between(potential, g - std, g + std, color=SKY, alpha=0.45, linewidth=0, label=label)]


def shade_outside(axes: Axes, potential: np.ndarray, table: pd.DataFrame) -> list[Artist]:
    """Shade the potentials beyond what is known of the device; do nothing without such a column."""
    outside = np.asarray(table["outside"], dtype=bool) if "outside" in table.columns else np.zeros(1, bool)
    if not outside.any():
        return []
    axes.margins(x=0)
    where, label = axes.get_xaxis_transform(), "outside of the measured range"
    shade = axes.fill_between(potential, 0, 1, where=list(outside), transform=where, color=GREY, alpha=0.2, label=label)
    shade.set_linewidth(0)
    return [shade]


def backward_function(table: pd.DataFrame, threshold: float | None = None) -> Panel | None:
    """g(u) over the densities of u before and after training, surrogate derivative dashed; None without a table.

    **Arguments:**

    - `table`: columns `potential, g, density_initial, density_trained, surrogate_derivative`, first hidden layer;
      `noise_std`, the spread of g, and `outside`, whether the device is not known there. All but the first two may
      be absent.
    - `threshold`: firing threshold in units of the potential, drawn as an upright line.
    """
    if table.empty or not {"potential", "g"} <= set(table.columns):
        return None
    table = table.sort_values("potential")
    potential = numbers(table, "potential")
    has_density = any(has_numbers(table, column) for column in DENSITIES)
    with drawing(7.2, 3.6) as figure:
        axes = figure.subplots()
        handles: list[Artist] = []
        if has_density:
            handles += draw_densities(axes.twinx(), potential, table)
            axes.set_zorder(1)  # above the axes of the histogram, which must show through
            axes.patch.set_visible(False)
        handles += draw_noise(axes, potential, table)
        handles += axes.plot(potential, table["g"], color=BLACK, label="g(u), the device")
        if has_numbers(table, "surrogate_derivative"):
            handles += axes.plot(
                potential, table["surrogate_derivative"], color=VERMILLION, linestyle="--", label="surrogate derivative"
            )
        handles += shade_outside(axes, potential, table)
        if threshold is not None and np.isfinite(threshold):
            label = f"threshold {parameter_value(threshold)}"
            handles.append(axes.axvline(threshold, color=GREY, linestyle=":", label=label))
        axes.set_xlabel("membrane potential u")
        axes.set_ylabel("g(u)")
        figure.legend(handles=handles, loc="outside lower center", ncols=3)
        svg = svg_text(figure, "backward_function")
    caption = "Backward function of the device."
    if has_density:
        caption = (
            "Backward function of the device (left axis) over the histogram of the membrane potentials that occur in "
            "the first hidden layer (right axis). Only the stretch of g(u) above the histogram takes part in learning."
        )
    return Panel(name="backward_function", title="Backward function g(u)", caption=caption, svg=svg, data=table)
