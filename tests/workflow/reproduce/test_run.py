"""The rows of an entry: missing data, failures, interrupts, and what is finished already."""

import csv
import io

import pytest

from physdfa.errors import DataError, InputError, RunFolderError
from physdfa.report.page import write_report
from physdfa.store import open_run
from physdfa.store.verify import verify_run
from physdfa.workflow.progress import NoProgress
from physdfa.workflow.reproduce import reproduce
from physdfa.workflow.reproduce import run as module
from physdfa.workflow.reproduce.run import go_on
from physdfa.workflow.reproduce.training import train_row
from tests.workflow.reproduce.small import make_entry, make_place, make_row, trained_folders
from tests.workflow.tiny import lines_of, summary_of

pytestmark = pytest.mark.usefixtures("instant")


class InterruptsRow(NoProgress):
    """Ctrl-C while so many rows are at work."""

    def __init__(self, number: int):
        self.number = number
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def advance(self, parts: int = 1, text: str = "") -> None:
        if any(line.startswith(f"row {self.number} ") for line in self.said):
            raise KeyboardInterrupt


def test_the_rows_stand_beside_the_published_numbers_in_a_whole_run_folder(tmp_path):
    run = reproduce(make_entry(make_row("one", seeds=2), make_row("two")), make_place(tmp_path))
    summary = summary_of(run)
    assert (summary["kind"], summary["status"], summary["entry"], summary["scale"]) == (
        *("reproduce", "done", "small", "smoke"),
    )
    first, second = summary["rows"]
    assert (first["seeds"], second["seeds"]) == ([0, 1], [0])
    assert first["published"] == 0.9
    member = open_run(tmp_path / first["run"])
    assert summary_of(member)["test_accuracies"] == first["test_accuracies"]
    assert verify_run(run.path) == []
    assert [line["name"] for line in lines_of(run, "row")] == ["one", "two"]


def test_the_table_is_there_as_markdown_csv_and_html(tmp_path):
    run = reproduce(make_entry(make_row("one")), make_place(tmp_path))
    (row,) = summary_of(run)["rows"]
    shown = f"{100 * row['test_accuracy']:.2f} %"
    text = (run.path / "table.md").read_text()
    assert f"| one | {shown} |" in text
    assert "Smoke scale" in text
    (line,) = csv.DictReader(io.StringIO((run.path / "table.csv").read_text()))
    assert float(line["test_accuracy"]) == row["test_accuracy"]
    assert shown in write_report([run.path]).read_text()


def test_a_row_without_its_data_says_so_with_the_way_out_and_the_others_run(tmp_path):
    run = reproduce(make_entry(make_row("gone", "data.name=mnist"), make_row("here")), make_place(tmp_path))
    gone, here = summary_of(run)["rows"]
    assert gone["status"] == "missing"
    assert "physdfa data fetch mnist" in gone["reason"]
    assert here["status"] == "done"
    assert summary_of(run)["num_missing"] == 1
    assert "| gone | no data |" in (run.path / "table.md").read_text()


def test_without_any_data_nothing_is_written(tmp_path):
    with pytest.raises(DataError, match="physdfa data fetch mnist"):
        reproduce(make_entry(make_row("gone", "data.name=mnist")), make_place(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_row_that_fails_says_why_and_the_others_run(tmp_path):
    too_large = make_row("large", "training.batch_size=481")
    run = reproduce(make_entry(too_large, make_row("here")), make_place(tmp_path))
    large, here = summary_of(run)["rows"]
    assert (large["status"], here["status"]) == ("failed", "done")
    assert "training.batch_size = 481" in large["reason"]


def test_only_some_rows_are_run_and_an_unknown_one_is_refused(tmp_path):
    entry = make_entry(make_row("one"), make_row("two"))
    run = reproduce(entry, make_place(tmp_path), only=["two"])
    assert [row["name"] for row in summary_of(run)["rows"]] == ["two"]
    with pytest.raises(InputError, match="Did you mean 'two'"):
        reproduce(entry, make_place(tmp_path), only=["tow"])


def test_an_interrupt_loses_the_row_in_work_alone_and_the_next_call_goes_on(tmp_path):
    entry = make_entry(make_row("one"), make_row("two"))
    with pytest.raises(KeyboardInterrupt):
        reproduce(entry, make_place(tmp_path, progress=InterruptsRow(2)))
    interrupted = open_run(tmp_path / "small_smoke")
    assert summary_of(interrupted)["status"] == "interrupted"
    assert [row["name"] for row in summary_of(interrupted)["rows"]] == ["one"]
    (tmp_path / "small_smoke").rename(tmp_path / "earlier")
    one, two = summary_of(reproduce(entry, make_place(tmp_path)))["rows"]
    assert (one["reused"], two["reused"]) == (True, False)
    assert trained_folders(tmp_path) == {"small_one": 1, "small_two": 2}  # the second one of two was interrupted


def test_a_stopped_reproduction_is_finished_in_its_folder_unless_a_row_is_another_one(tmp_path, monkeypatch):
    entry = make_entry(make_row("one"), make_row("two"))
    with pytest.raises(KeyboardInterrupt):
        reproduce(entry, make_place(tmp_path, num_seeds=2, progress=InterruptsRow(2)))
    run = open_run(tmp_path / "small_smoke")
    again = {"data_dir": None, "command_line": ["physdfa"], "progress": NoProgress(), "allow_changed": False}
    other = make_entry(make_row("one", "training.batch_size=48"), make_row("two"))
    monkeypatch.setattr(module, "find_entry", lambda name: other)
    with pytest.raises(RunFolderError, match=r"one\.training\.batch_size 32 then, 48 now"):
        go_on(run, **again)
    monkeypatch.setattr(module, "find_entry", lambda name: entry)
    go_on(run, **again)
    one, two = summary_of(run)["rows"]
    assert (summary_of(run)["status"], one["reused"], two["reused"]) == ("done", True, False)
    assert (one["seeds"], two["seeds"]) == ([0, 1], [0, 1])
    assert [line["name"] for line in lines_of(run, "row")] == ["one", "two"]
    assert verify_run(run.path) == []


def test_more_seeds_are_another_training(tmp_path):
    row = make_row("one")
    config = row.read("smoke")
    first = train_row(row, config, make_place(tmp_path))
    again = train_row(row, config, make_place(tmp_path))
    more = train_row(row, config, make_place(tmp_path, num_seeds=2))
    assert [one.record["reused"] for one in (first, again, more)] == [False, True, False]
    assert more.record["test_accuracies"][0] == first.record["test_accuracies"][0]
