"""How often intervals of working ranges hold the truth, and how often stated odds come true."""

from collections.abc import Mapping, Sequence

import pandas as pd

from physdfa.analysis.range_coverage import Band, Coverage
from physdfa.report.figures.style import BLUE, GREY, VERMILLION, Panel, drawing, svg_text

ASKED = {"level": ("at a stated level", BLUE, "o"), "best": ("within 1 point of the best", VERMILLION, "s")}


def coverage_panel(shown: Mapping[tuple[str, int, str], Coverage]) -> Panel:
    """The share of intervals that hold the true share, by landscape, images and question."""
    rows = []
    names = list(dict.fromkeys((landscape, images) for landscape, images, _ in shown))
    with drawing(7.2, 0.8 + 0.24 * len(names)) as figure:
        axes = figure.subplots()
        for offset, (question, (label, colour, marker)) in zip((-0.15, 0.15), ASKED.items(), strict=True):
            own = [(place, shown[(*name, question)]) for place, name in enumerate(names)]
            drawn = [(place, coverage) for place, coverage in own if coverage.num > coverage.refused]
            shares = [100 * coverage.held / (coverage.num - coverage.refused) for _, coverage in drawn]
            ends = [
                [max(share - 100 * coverage.held_low, 0.0) for share, (_, coverage) in zip(shares, drawn, strict=True)],
                [
                    max(100 * coverage.held_high - share, 0.0)
                    for share, (_, coverage) in zip(shares, drawn, strict=True)
                ],
            ]
            places = [place + offset for place, _ in drawn]
            axes.errorbar(
                shares, places, xerr=ends, color=colour, marker=marker, markersize=4, linestyle="", label=label
            )
            for place, coverage in own:
                landscape, images = names[place]
                rows.append(
                    {
                        "landscape": landscape,
                        "images": images,
                        "question": question,
                        "runs": coverage.num,
                        "refused": coverage.refused,
                        "held": coverage.held,
                        "width": coverage.width,
                    }
                )
        axes.axvline(95, color=GREY, linestyle="--", linewidth=1)
        axes.set_yticks(range(len(names)), [f"{landscape}, {images}" for landscape, images in names])
        axes.invert_yaxis()
        axes.set_xlim(0, 102)
        axes.set_xlabel("intervals of 95 % that hold the true share [%]")
        axes.legend(loc="center left")
        svg = svg_text(figure, "range_coverage")
    return Panel(
        name="coverage",
        title="Intervals that hold the true share",
        caption="By landscape and number of validation images, of the answers given; lines: Wilson's 95 % intervals.",
        svg=svg,
        data=pd.DataFrame(rows),
    )


def reliability_panel(bands: Sequence[Band]) -> Panel:
    """What came true beside the stated probability."""
    filled = [band for band in bands if band.num]
    rows = [
        {
            "stated": band.stated / band.num,
            "reached": band.reached / band.num,
            "inside": band.inside / band.num,
            "places": band.num,
        }
        for band in filled
    ]
    with drawing(3.6, 3.4) as figure:
        axes = figure.subplots()
        axes.plot([0, 100], [0, 100], color=GREY, linestyle="--", linewidth=1)
        for name, label, colour, marker in (
            ("reached", "a fresh training reached the level", BLUE, "o"),
            ("inside", "the mean accuracy is at the level", VERMILLION, "s"),
        ):
            axes.plot(
                [100 * row["stated"] for row in rows],
                [100 * row[name] for row in rows],
                color=colour,
                marker=marker,
                label=label,
            )
        axes.set_xlabel("stated probability [%]")
        axes.set_ylabel("came true [%]")
        axes.legend(loc="upper left")
        svg = svg_text(figure, "range_reliability")
    return Panel(
        name="reliability",
        title="Odds that came true",
        caption="At places of all landscapes that were not measured. Dashed: as often as was said.",
        svg=svg,
        data=pd.DataFrame(rows),
    )
