"""The look of every figure, and its SVG: the same input gives the same bytes."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import matplotlib as mpl
import pandas as pd
from markupsafe import escape
from matplotlib.figure import Figure

from physdfa.report.figures.hover import hover_data

# Okabe & Ito, "Color Universal Design" (2008): told apart with every common colour vision deficiency.
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK, GREY = "#CC79A7", "#56B4E9", "#000000", "#767676"
CYCLE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)
Dash = str | tuple[int, tuple[int, ...]]
DASHES: tuple[Dash, ...] = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
FAILED_FACE, FAILED_HATCH = "#d9d9d9", "////"
ACCURACY_MAP = "viridis"
IMAGE_DPI = 200
"""Of maps, and of dots where there are more than `MOST_DRAWN_DOTS`: as drawings they would be large and slow."""
MOST_DRAWN_DOTS = 1000
OF_THE_PAGE = {"#ffffff": "var(--card)", "#000000": "var(--ink)", "#e3e3e3": "var(--line)"}
"""Colours that a page shows in its own, light or dark: paper, ink and grid."""

STYLE = {
    "text.usetex": False,  # which a file `matplotlibrc` in the working folder could ask for: TeX reads and writes files
    "svg.fonttype": "none",  # text stays text: it can be searched, copied and read aloud
    "svg.image_inline": True,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Helvetica", "Arial"],
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "lines.linewidth": 1.6,
    "hatch.linewidth": 0.5,
    "hatch.color": GREY,
    "figure.facecolor": "white",
}

DRAWN_WITH = {
    *("?xml", "!DOCTYPE", "!--", "svg", "g", "defs", "style", "title", "metadata", "path", "use", "clipPath", "rect"),
    *(
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "text",
        "tspan",
        "image",
        "pattern",
        "linearGradient",
        "stop",
    ),
    *("rdf:RDF", "cc:Work", "dc:type", "dc:date", "dc:format", "dc:creator", "cc:Agent", "dc:title"),
}
"""Beginnings of tags in the SVG of matplotlib."""
ACTIVE = re.compile(
    r"""[\s"'/]on\w+\s*=|href\s*=(?!"\#|"data:image/png;base64,)|url\((?!\#)|@import|javascript:|<!ENTITY""",
    re.IGNORECASE,
)
"""What in an SVG would run, or load from elsewhere."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A figure with its words and the numbers it draws.

    **Arguments:**

    - `name`: stem of the files `<name>.svg` and `<name>.csv`.
    - `title`, `caption`: plain text; the caption says what every mark means.
    - `svg`: a complete SVG document.
    - `data`: the numbers behind it, as they were read.
    """

    name: str
    title: str
    caption: str
    svg: str
    data: pd.DataFrame


@contextmanager
def drawing(width: float = 7.2, height: float = 3.4) -> Iterator[Figure]:
    """A `Figure` of `width` x `height` inches under this project's style, without pyplot's global state."""
    with mpl.rc_context(STYLE):  # pyright: ignore[reportArgumentType]  (the stub wants every key as a literal)
        yield Figure(figsize=(width, height), layout="constrained")


def svg_text(figure: Figure, name: str) -> str:
    """The figure as SVG: no date, and ids that depend on `name` and the drawing alone.

    Its attribute `data-hover` holds the numbers that a page shows under the pointer.
    """
    buffer = io.StringIO()
    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):  # pyright: ignore[reportArgumentType]
        figure.savefig(
            buffer, format="svg", dpi=IMAGE_DPI, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
        )
    hover = hover_data(figure)
    return buffer.getvalue().replace("<svg", f'<svg data-hover="{escape(hover)}"', 1) if hover else buffer.getvalue()


def still(svg: str) -> str:
    """The SVG document without the numbers for the pointer, for a page that has no script."""
    return re.sub(r'(<svg) data-hover="[^"]*"', r"\1", svg, count=1)


def is_drawing(svg: str) -> bool:
    """Whether an SVG document can stand in a page: what matplotlib draws with, and no script, handler or address."""
    tags = re.findall(r"<\s*/?([^\s/>]*)", svg)
    return set(tags) <= DRAWN_WITH and "svg" in tags and not ACTIVE.search(svg)


def inline_svg(svg: str, prefix: str, label: str) -> str:
    """An SVG document for a page that holds others: no prolog, every id begins with `prefix`.

    The style rule that matplotlib writes for `*` is tied to this one drawing, or it would reach the whole page. Paper,
    ink and grid take the page's colours.
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', body)
    body = re.sub(r"(<style[^>]*>)\*", rf"\1#{prefix} *", body)
    body = re.sub(
        r'(?<=[ "])(fill|stroke): (#\w{6})\b', lambda has: f"{has[1]}: {OF_THE_PAGE.get(has[2], has[2])}", body
    )
    attributes = f'<svg id="{prefix}" role="img" aria-label="{escape(label)}"'
    return body.replace("<svg", attributes, 1).rstrip()


def literal(text: str) -> str:
    """Text for a label with its dollar signs escaped, since they would open matplotlib's mathematics."""
    return text.replace("$", r"\$")
