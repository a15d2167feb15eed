"""The study of coverage: its rows, and its tables of counts that are known."""

import json

from physdfa.workflow.reproduce.entries.range_coverage import RANGE_COVERAGE, RUNS, bands_of, coverage_in, tables
from physdfa.workflow.reproduce.entry import Finished

BANDS = [{"low": 0.0, "high": 0.5, "num": 10, "stated": 1.0, "inside": 2, "reached": 3},
         {"low": 0.5, "high": 1.0, "num": 0, "stated": 0.0, "inside": 0, "reached": 0}]  # fmt: skip


def counted(held, refused, width):
    return {"num": 20, "held": held, "refused": refused, "held_low": 0.7, "held_high": 0.97, "holds_best": 18,
            "width": width, "true": 0.25, "bands": BANDS}  # fmt: skip


def finished(**changes):
    record = {
        "status": "done",
        "num_images": 239,
        "level": counted(18, 0, 0.12),
        "best": counted(0, 20, None),
        **changes,
    }
    return Finished(row=RANGE_COVERAGE.rows[0], record=json.loads(json.dumps(record)))


def test_the_full_study_has_two_hundred_runs_of_each_landscape():
    assert RUNS["full"] == 200
    assert len(RANGE_COVERAGE.rows) == 26


def test_counts_stand_beside_what_was_asked_and_refusals_have_no_interval():
    table, odds = tables([finished()])
    (row,) = table.rows
    assert row[:5] == ["plateau, 32 points", "239", "0 of 20", "18 of 20 (70 % … 97 %)", "12 % (share 25 %)"]
    assert row[6:] == ["20 of 20", "–", "–"]
    # Two questions of ten places each, a mean probability of 0.1, of which 3 in ten came true.
    assert odds.rows == [["0 % … 50 %", "20", "10 %", "30 %", "20 %"]]


def test_bands_of_all_rows_are_added():
    first, _ = bands_of([finished(), finished()])
    assert (first.num, first.inside, first.reached, first.stated) == (40, 8, 12, 4.0)
    assert coverage_in(finished().record, "level").held == 18


def test_the_figures_show_every_row_that_is_done():
    coverage, reliability = RANGE_COVERAGE.figures([finished()])
    assert coverage.data["held"].tolist() == [18, 0]
    assert reliability.data["stated"].tolist() == [0.1]
    missing = Finished(row=RANGE_COVERAGE.rows[0], record={"status": "failed", "reason": ""})
    assert RANGE_COVERAGE.figures([missing]) == []
