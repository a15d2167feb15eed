"""The table of other libraries: ratios, order, and a line for what did not run."""

import importlib.util
import sys
from pathlib import Path

import pytest

PEERS = Path(__file__).parents[3] / "benchmarks" / "peers"


@pytest.fixture
def table(monkeypatch):
    spec = importlib.util.spec_from_file_location("peers_table", PEERS / "table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # where its dataclass looks itself up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def rows(table):
    """Ours takes 10 ms a step, its default readout 5 ms; the peers 20, 15 and 200 ms, twice that on the wall."""

    def row(name, way, seconds, coding="direct"):
        times = {"seconds": [2 * seconds, 2 * seconds, 9.0], "cpu_seconds": [seconds]}
        return table.Row(name=name, way=way, coding=coding, start_s=3.0, start_cpu_s=2.0, **times)

    return [
        row("ours, count", "ours", 0.010),
        row("ours, rate readout", "ours", 0.005),
        row("slow", "documented", 0.200),
        row("fast", "tuned", 0.015),
        row("middling", "tuned", 0.020),
    ]


def test_a_ratio_is_the_time_of_the_other_over_that_of_ours_by_either_clock(table, rows):
    for clock in ("seconds", "cpu_seconds"):
        ratios = [table.ours_over(row, rows, clock) for row in rows]
        assert ratios == pytest.approx([1.0, 0.5, 20.0, 1.5, 2.0])


def test_ours_is_compared_with_the_same_coding_only(table, rows):
    other = table.Row(name="other", way="documented", coding="rate", seconds=[0.1], cpu_seconds=[0.1])
    assert table.ours_over(other, [*rows, other], "seconds") is None


def test_images_per_second_come_from_the_median_step(table, rows):
    line = next(line for line in table.speed_table(rows, 128).splitlines() if line.startswith("| slow "))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells == ["slow", "as documented", "direct", "320", "20.00", "640", "20.00", "3.0", "2.0"]


def test_the_table_lists_the_slowest_first_within_each_way(table, rows):
    names = [line.split("|")[1].strip() for line in table.speed_table(rows, 128).splitlines()[2:]]
    assert names == ["ours, count", "ours, rate readout", "slow", "middling", "fast"]


def test_the_summary_compares_each_of_ours_with_the_fastest_of_each_way(table, rows):
    assert table.summary(rows) == [
        "ours, count, direct coding: 20.00 × the fastest as documented (slow)",
        "ours, count, direct coding: 1.50 × the fastest tuned by hand (fast)",
        "ours, rate readout, direct coding: 40.00 × the fastest as documented (slow)",
        "ours, rate readout, direct coding: 3.00 × the fastest tuned by hand (fast)",
    ]


def test_memory_is_shown_by_steps_with_its_growth_or_why_there_is_none(table):
    flat = table.Row(name="flat", way="ours", coding="direct", memory_mb={5: 400.0, 25: 401.0, 100: 402.0})
    slow = table.Row(name="slow", way="tuned", coding="direct", memory_mb={5: 400.0, 100: "too slow to compile"})
    assert table.memory_table([flat, slow]).splitlines()[2:] == [
        "| flat | ours | direct | 400 | 401 | 402 | +2 |",
        "| slow | tuned by hand | direct | 400 | – | too slow to compile | – |",
    ]


def test_what_did_not_run_is_one_line_and_no_row(table, rows):
    absent = table.Row(name="absent", way="tuned", coding="rate", failed="not installed (No module named 'absent')")
    assert table.failures([*rows, absent]) == [
        "absent (tuned by hand, rate coding): not installed (No module named 'absent')"
    ]
    assert "absent" not in table.speed_table([*rows, absent], 128)


def test_the_file_holds_every_step_and_no_number_where_none_was_measured(table, rows):
    absent = table.Row(name="absent", way="tuned", coding="rate", failed="not installed")
    first, *_, last = table.as_json([*rows, absent], 128)
    assert first["images_per_second"] == pytest.approx(128 / 0.02)
    assert first["images_per_cpu_second"] == pytest.approx(128 / 0.01)
    assert first["cpu_seconds"] == [0.010]
    assert (last["failed"], last["images_per_second"], last["ours_over_seconds"]) == ("not installed", None, None)
