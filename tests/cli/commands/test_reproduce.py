"""`physdfa reproduce`: the list, a dry run, a run, and refusals."""

from pathlib import Path

import pytest

from physdfa.workflow.reproduce import ENTRIES
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import files_in, strict_json


def test_without_a_name_every_entry_is_listed_with_what_it_needs():
    answer = physdfa("reproduce")
    assert answer.code == 0
    for name, entry in ENTRIES.items():
        assert f"{name}\n  {entry.title}" in answer.out
        assert entry.full_time in answer.out
    assert "needs mnist (not here)" in answer.out
    rows = {row["name"]: row for row in strict_json(physdfa("reproduce", "--json").out)}
    assert rows["adfa-mnist"]["missing"] == ["mnist"]
    assert rows["sfdfa-critical-points"]["missing"] == []


def test_the_result_is_a_table_and_a_report():
    answer = physdfa("reproduce", "sfdfa-critical-points", "--out", "here", "--quiet")
    assert (answer.code, answer.err) == (0, "")
    assert "| quantity | expected, exact | ours, exact |" in answer.out
    *_, folder, report = answer.out.splitlines()
    assert Path(folder.removeprefix("run folder: ")).parent == Path("here/sfdfa-critical-points_smoke")
    assert Path(report.removeprefix("report: ")).is_file()


def test_json_is_the_summary_alone():
    summary = strict_json(physdfa("reproduce", "sfdfa-critical-points", "--only", "hair-trigger", "--json").out)
    assert (summary["kind"], summary["status"]) == ("reproduce", "done")
    assert [row["name"] for row in summary["rows"]] == ["hair-trigger"]
    assert Path(summary["run"]).is_dir()


@pytest.mark.slow
def test_a_dry_run_tells_each_row_and_writes_nothing(workplace):
    answer = physdfa("reproduce", "rules-compared", "--dry-run", "--only", "mnist-dfa", "--seeds", "4")
    assert answer.out.startswith("mnist-dfa: 4 seeds, 10 epochs in all over 480 samples")  # 4 x 2, and 2 of the search
    answer = physdfa("reproduce", "search-methods", "--dry-run", "--only", "random_0")
    assert answer.out.startswith("random_0: 14 epochs in all over 384 samples")  # 2 for each of 4 + (4 - 1) candidates
    assert files_in(workplace) == []
    told = strict_json(physdfa("reproduce", "adfa-mnist", "--scale", "full", "--dry-run", "--json").out)
    assert told["rows"][0]["state"] == "missing"
    assert told["seconds"] == 0


def test_what_cannot_be_is_refused(workplace):
    assert "Did you mean 'sfdfa-table1'?" in refused("reproduce", "sfdfa-tabel1")
    assert "Did you mean 'mnist-dfa'?" in refused("reproduce", "sfdfa-table1", "--only", "mnist-dfaa")
    assert "Did you mean 'full'?" in refused("reproduce", "sfdfa-table1", "--scale", "ful")
    assert "need the name" in refused("reproduce", "--dry-run")
    assert "physdfa data fetch mnist" in refused("reproduce", "adfa-mnist", "--scale", "full")
    assert "add --scale full" in refused("reproduce", "adfa-mnist", "--keep")
    assert "in a clone of the repository" in refused("reproduce", "--render")
    assert "does not go on from a finished run" in refused("reproduce", "adfa-mnist", "--from", "somewhere")
    assert "is said by its experiment file" in refused("reproduce", "working-range", "--seeds", "2")
    assert files_in(workplace) == []
