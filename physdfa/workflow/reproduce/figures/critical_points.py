"""The gradient of spike times near critical points, exact and bounded."""

import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm

from physdfa.analysis.local_gradient import GradientPlane, HairTrigger
from physdfa.report.figures.style import BLUE, FAILED_FACE, VERMILLION, Panel, drawing, svg_text


def hair_trigger_panel(found: HairTrigger) -> Panel:
    """|dt/dw| of one spike over its distance from the hair trigger."""
    with drawing(5.0, 3.2) as figure:
        axes = figure.subplots()
        axes.loglog(found.kappa, found.exact, color=VERMILLION, label="exact")
        axes.loglog(found.kappa, found.bounded, "--", color=BLUE, label="bounded")
        axes.set_xlabel("κ: weight over that of the hair trigger, minus 1")
        axes.set_ylabel("|dt/dw| [s per unit of w]")
        axes.legend(loc="upper right")
        svg = svg_text(figure, "hair_trigger")
    caption = (
        "One input of weight w = 4 c (1 + κ): at κ = 0 the potential just touches the threshold. The exact gradient "
        "grows as κ^(-1/2), the bounded one stays below τ/(4 c)."
    )
    data = pd.DataFrame(found._asdict())
    return Panel(name="hair_trigger", title="Towards the hair trigger", caption=caption, svg=svg, data=data)


def plane_panel(plane: GradientPlane) -> Panel:
    """The norm of the gradient over the plane of two weights, with one colour scale for both."""
    fires = plane.spikes > 0
    values = [np.where(fires, norms, np.nan) for norms in (plane.exact, plane.bounded)]
    scale = LogNorm(vmin=float(np.nanquantile(values[1], 0.01)), vmax=float(np.nanmax(values[0])))
    limit = float(plane.weights[-1])
    with drawing(7.6, 3.6) as figure:
        panels = figure.subplots(1, 2, sharey=True)
        for axes, title, norms in zip(panels, ("exact", "bounded"), values, strict=True):
            axes.set_facecolor(FAILED_FACE)
            extent = (-limit, limit, -limit, limit)
            axes.imshow(norms.T, origin="lower", extent=extent, norm=scale, cmap="viridis")
            axes.grid(False)
            axes.set_title(title)
            axes.set_xlabel("weight of the first input")
        panels[0].set_ylabel("weight of the second input")
        figure.colorbar(panels[0].images[0], ax=list(panels), label="|Σ dt/dw| [s per unit of w]")
        svg = svg_text(figure, "gradient_plane")
    first, second = np.meshgrid(plane.weights, plane.weights, indexing="ij")
    data = pd.DataFrame(
        {
            "weight_1": first.ravel(),
            "weight_2": second.ravel(),
            "spikes": plane.spikes.ravel(),
            "exact": plane.exact.ravel(),
            "bounded": plane.bounded.ravel(),
        }
    )
    caption = (
        "Norm of the gradient of the summed spike times by both weights; the inputs fire in turn, at 0, 50, 100 and "
        "150 ms. Grey: no spike. Bright lines: weights at which a spike is about to vanish."
    )
    return Panel(name="gradient_plane", title="Plane of two weights", caption=caption, svg=svg, data=data)
