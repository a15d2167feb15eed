"""Figures of a working range: what is drawn is in the table beside it, and nothing is drawn that is not known."""

import dataclasses
import math

import numpy as np
import pytest

from physdfa.analysis.working_range import LevelRule, WorkingRange
from physdfa.report.figures.working_range import range_panels
from physdfa.report.figures.working_range.panels import map_pairs
from physdfa.report.formatting import interval
from physdfa.report.page import write_report
from physdfa.report.range_words import interval_text
from physdfa.report.reading import read_run
from physdfa.report.sections import run_sections
from physdfa.workflow.range.find import find_range
from physdfa.workflow.range.options import RangeOptions
from tests.workflow.range.finished_runs import make_run

pytestmark = pytest.mark.slow

NINETY = RangeOptions(rule=LevelRule(kind="absolute", value=0.9))


@pytest.fixture(scope="module")
def ranged(tmp_path_factory):
    run = make_run(tmp_path_factory.mktemp("ranged"))
    return find_range(run.path, NINETY)


def test_the_panels_are_the_intervals_the_maps_and_the_sensitivity(ranged):
    panels = range_panels(ranged[1])
    names = ["range_intervals", "range_map_1", "range_sobol_surrogate", "range_morris_surrogate"]
    assert [panel.name for panel in panels] == names
    assert all(panel.svg.startswith("<?xml") and len(panel.data) for panel in panels)
    assert [panel.svg for panel in range_panels(ranged[1])] == [panel.svg for panel in panels]


def test_a_measured_device_is_shown_with_its_curve_its_map_and_its_range(ranged):
    curve = {"drive": [0.0, 1.0, 0.0], "output": [0.0, 2e-3, 1e-4], "direction": [1, 1, -1], "drives": [0.2, 4.0]}
    curve |= {"quantities": ["bias", "power"], "units": ["V", "W"]}
    overview = range_panels(ranged[1] | {"curve": curve})[0]
    found = WorkingRange.from_dict(ranged[1]["range"])
    assert overview.name == "range_overview"
    for words in (
        "bias [V]",
        "power [mW]",
        "rising",
        "falling",
        "level: 90.00 %",
        "works, 80 % sure",
        "of the box works",
    ):
        assert words in overview.svg
    (gain,) = (one for axis, one in zip(found.axes, found.ranges, strict=True) if axis.key == "device.drive_gain")
    assert f"drive_gain: {interval((gain.conditional[0].low, gain.conditional[0].high), 'V')}" in overview.svg
    assert "0.2 to 4 V" in overview.caption


def test_the_table_behind_the_map_holds_the_disc(ranged):
    table = range_panels(ranged[1])[1].data
    inside = np.mean(table["predicted_accuracy"] >= 0.9)
    assert inside == pytest.approx(math.pi * 0.09, abs=0.03)  # its outermost rows and columns lie on the border


def test_the_map_whitens_what_is_too_close_to_tell_and_the_tables_name_the_verdict(ranged):
    intervals, drawn = range_panels(ranged[1])[:2]
    assert "too close to the level to be 80 % sure" in drawn.svg
    for table in (intervals.data, drawn.data):
        sure = np.maximum(table["probability"], 1 - table["probability"]) >= 0.8
        assert (table["verdict"] == "too_close").tolist() == (~sure).tolist()
        assert set(table["verdict"][sure]) == {"inside", "outside"}
    assert "works, 80 % sure" in intervals.svg


def test_a_surrogate_that_is_not_trusted_draws_neither_interval_nor_map(tmp_path):
    def scattered(values):
        return 0.9 + 0.05 * math.sin(1e4 * values["device.v_bias"])

    _, record = find_range(make_run(tmp_path, scattered).path, NINETY)
    assert range_panels(record) == []
    assert any("no interval, map or verdict" in note for note in record["notes"])


def test_maps_go_to_the_pairs_that_matter_most(ranged):
    found = WorkingRange.from_dict(ranged[1]["range"])
    axes = tuple(dataclasses.replace(found.axes[0], key=key) for key in "abc")
    weights = [{"key": key, "total": {"value": value}} for key, value in (("a", 0.2), ("b", 0.1), ("c", 0.9))]
    record = {"sensitivity": [{"method": "sobol", "indices": weights}]}
    assert map_pairs(dataclasses.replace(found, axes=axes), record) == [("a", "c"), ("b", "c"), ("a", "b")]


def test_the_report_shows_the_range_where_it_was_found(ranged):
    run, _ = ranged
    page = write_report([run.path]).read_text()
    assert "Effective working range" in page
    assert "Working range: device.v_bias, device.drive_gain" in page


def test_the_answer_says_what_works_of_each_parameter(ranged):
    run, record = ranged
    run.write_summary({"status": "done", "best": {"device.v_bias": 5.0, "device.drive_gain": 1.0}})
    sections = run_sections(read_run(run.path))
    (answer,) = sections.answers
    bias = WorkingRange.from_dict(record["range"]).ranges[0].conditional
    assert answer.rows[0][list(answer.header).index("works from … to")] == "; ".join(map(interval_text, bias))
    assert "95 %" in dict(sections.numbers)["Share of the box that works"]


def test_a_damaged_range_costs_the_report_its_section_and_is_said(tmp_path):
    run, _ = find_range(make_run(tmp_path).path, NINETY)
    (run.path / "range.json").write_text("{}")
    page = write_report([run.path]).read_text()
    assert "range.json has changed since it was written" in page
    assert "Effective working range" not in page
