"""How often the intervals of working ranges hold the truth, on landscapes that are known by a formula.

Nothing is trained: accuracies are drawn as counts of validation images, with the scatter of seeds and failures.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from physdfa.analysis.range_coverage import LANDSCAPES, QUESTIONS, Band, Coverage, coverage_of, run_trial
from physdfa.interrupt import stop_if_asked
from physdfa.report.figures.style import Panel
from physdfa.report.formatting import ABSENT, FEW_DIGITS, percent
from physdfa.workflow.reproduce.entry import Entry, Finished, Record, Row, Table
from physdfa.workflow.reproduce.figures.coverage import coverage_panel, reliability_panel
from physdfa.workflow.reproduce.scale import Scale

IMAGES = (239, 5000)
"""Validation images: a fifth of the embedded digits' training data, and a usual split of MNIST."""
RUNS: dict[Scale, int] = {"full": 200, "smoke": 1}
HEADER = (
    *("landscape", "images", "refused", "true share holds in its interval", "median width"),
    *("best accuracy in its interval", "within 1 point: refused", "true share in its interval", "median width"),
)


def compute(landscape: str, num_images: int, scale: Scale) -> tuple[Record, list[Panel]]:
    """Measure and judge the landscapes of one family."""
    return covered(landscape, num_images, RUNS[scale]), []


def covered(landscape: str, num_images: int, num: int) -> Record:
    """The coverage of both questions, from the first `num` landscapes of a family."""
    outcomes = []
    for number in range(num):
        stop_if_asked()
        outcomes.append(run_trial(LANDSCAPES[landscape], num_images, number))
    return {
        "num_images": num_images,
        **{question: dataclasses.asdict(coverage_of([one[question] for one in outcomes])) for question in QUESTIONS},
    }


def coverage_in(record: Mapping[str, Any], question: str) -> Coverage:
    """The coverage that a row's record holds."""
    kept = dict(record[question])
    return Coverage(**{**kept, "bands": tuple(Band(**band) for band in kept["bands"])})


def tables(finished: Sequence[Finished]) -> list[Table]:
    """Coverage by landscape, and the reliability of the odds over all of them."""
    done = [one for one in finished if one.is_done]
    rows = []
    for one in done:
        level, best = (coverage_in(one.record, question) for question in QUESTIONS)
        rows.append(
            [
                one.row.cells["landscape"],
                one.row.cells["images"],
                f"{level.refused} of {level.num}",
                held_text(level),
                width_text(level),
                f"{best.holds_best} of {best.num - best.refused}",
                f"{best.refused} of {best.num}",
                held_text(best),
                width_text(best),
            ]
        )
    text = (
        "A landscape of each family is drawn, its points measured, and its range found anew in each run; intervals are "
        "of 95 %, those in brackets Wilson's of the count. First at a stated level, then within 1 point of the best."
    )
    return [
        Table(title="Intervals that hold the truth", header=HEADER, rows=rows, text=text, numeric=(1,)),
        reliability_table(done),
    ]


def held_text(coverage: Coverage) -> str:
    """Answers that hold the truth, of those given."""
    answered = coverage.num - coverage.refused
    if not answered:
        return ABSENT
    low, high = (percent(end, FEW_DIGITS) for end in (coverage.held_low, coverage.held_high))
    return f"{coverage.held} of {answered} ({low} … {high})"


def width_text(coverage: Coverage) -> str:
    """Median width of the interval beside the true share."""
    if coverage.width is None:
        return ABSENT
    return f"{percent(coverage.width, FEW_DIGITS)} (share {percent(coverage.true, FEW_DIGITS)})"


def bands_of(finished: Sequence[Finished]) -> list[Band]:
    """The bands of stated probability, all landscapes and questions together."""
    together: dict[tuple[float, float], Band] = {}
    for one in finished:
        for question in QUESTIONS:
            for band in coverage_in(one.record, question).bands:
                key = (band.low, band.high)
                before = together.get(key, Band(low=band.low, high=band.high, num=0, stated=0.0, inside=0, reached=0))
                together[key] = Band(
                    low=band.low,
                    high=band.high,
                    num=before.num + band.num,
                    stated=before.stated + band.stated,
                    inside=before.inside + band.inside,
                    reached=before.reached + band.reached,
                )
    return list(together.values())


def reliability_table(finished: Sequence[Finished]) -> Table:
    """A row per band of stated probability."""
    rows = [
        [
            f"{percent(band.low, FEW_DIGITS)} … {percent(band.high, FEW_DIGITS)}",
            str(band.num),
            percent(band.stated / band.num, FEW_DIGITS),
            percent(band.reached / band.num, FEW_DIGITS),
            percent(band.inside / band.num, FEW_DIGITS),
        ]
        for band in bands_of(finished)
        if band.num
    ]
    return Table(
        title="Odds at places that were not measured",
        header=("stated probability", "places", "stated, mean", "a fresh training reached the level", "mean is at it"),
        rows=rows,
        text="The odds are those of one training with the noise of the points.",
        numeric=(1, 2, 3, 4),
    )


def figures(finished: Sequence[Finished]) -> list[Panel]:
    """Coverage by landscape, and the reliability of the odds."""
    done = [one for one in finished if one.is_done]
    if not done:
        return []
    shown = {
        (one.row.cells["landscape"], int(one.row.cells["images"]), question): coverage_in(one.record, question)
        for one in done
        for question in QUESTIONS
    }
    return [coverage_panel(shown), reliability_panel(bands_of(done))]


def row_of(landscape: str, num_images: int) -> Row:
    """A landscape family, measured on so many validation images."""
    name = "".join(letter if letter.isalnum() else " " for letter in landscape)
    return Row(
        name=f"{'-'.join(name.split())}-{num_images}",
        cells={"landscape": landscape, "images": str(num_images)},
        compute=partial(compute, landscape, num_images),
    )


RANGE_COVERAGE = Entry(
    name="range-coverage",
    title="How often a working range is right, on landscapes that are known",
    source="not as such",
    datasets=(),
    full_time="7 hours on one idle core (estimated)",
    rows=tuple(row_of(landscape, num_images) for landscape in LANDSCAPES for num_images in IMAGES),
    tables=tables,
    figures=figures,
)
