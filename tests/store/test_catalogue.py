"""The catalogue: what the folders say, each time anew."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from physdfa.errors import InputError
from physdfa.store.catalogue import COLUMNS, filter_runs, list_runs
from physdfa.store.new_run import create_run
from physdfa.store.records import sealed_text
from physdfa.store.run_folder import RunFolder
from physdfa.store.verify import verify_run

NOON = datetime(2025, 1, 2, 12, tzinfo=UTC)


def make_run(out_dir: Path, name: str, *, hours: int, rule: str = "adfa", accuracy: float | None = None) -> RunFolder:
    config = f'[experiment]\nname = "{name}"\nseed = {hours}\n[rule]\nname = "{rule}"\n[data]\nname = "digits"\n'
    now = NOON + timedelta(hours=hours)
    run = create_run(out_dir, name, config, command_line=["physdfa"], kind="train", now=now)
    if accuracy is not None:
        run.write_summary({"status": "done", "test_accuracy": accuracy, "num_evaluations": 4})
    return run


@pytest.fixture
def results(tmp_path):
    make_run(tmp_path, "b", hours=1, accuracy=0.97)
    make_run(tmp_path, "a", hours=2, rule="dfa", accuracy=0.98)
    make_run(tmp_path, "a", hours=3)
    return tmp_path


def test_every_run_is_a_row_oldest_first(results):
    table = list_runs(results)
    assert list(table.columns) == list(COLUMNS)
    assert table["experiment"].tolist() == ["b", "a", "a"]
    assert table["time"].tolist() == [f"2025-01-02T{hour}:00:00Z" for hour in (13, 14, 15)]
    assert table["status"].tolist() == ["done", "done", "interrupted"]
    assert table["rule"].tolist() == ["adfa", "dfa", "adfa"]
    assert table["seed"].tolist() == [1, 2, 3]
    assert table["test_accuracy"].tolist()[:2] == [0.97, 0.98]
    assert Path(table["run"][0]).is_dir()


def test_a_run_is_found_by_its_device(tmp_path):
    for name, table in (("a", 'preset = "triangle"'), ("b", 'measured = "far/sweep.csv"'), ("c", 'stages = ["dac"]')):
        config = f'[experiment]\nname = "{name}"\n[device]\n{table}\n'
        create_run(tmp_path, name, config, command_line=[], kind="train").write_summary({"status": "done"})
    assert sorted(list_runs(tmp_path)["device"]) == ["dac", "sweep.csv", "triangle"]
    assert filter_runs(list_runs(tmp_path), "device == 'sweep.csv'")["experiment"].tolist() == ["b"]


def test_no_results_is_an_empty_table_with_the_same_columns(tmp_path):
    assert list(list_runs(tmp_path / "absent").columns) == list(COLUMNS)
    assert len(filter_runs(list_runs(tmp_path), "seed == 1", "-time")) == 0


def test_a_file_in_the_place_of_the_results_is_refused(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(InputError, match="is a file"):
        list_runs(tmp_path / "results")


@pytest.mark.parametrize("name", ["config.toml", "summary.json", "environment.json"])
def test_a_damaged_folder_is_a_row_that_says_so(results, name):
    run = make_run(results, "c", hours=9)
    (run.path / name).write_text("{}")
    row = list_runs(results).set_index("experiment").loc["c"]
    assert row["status"] == "damaged"
    assert name in row["reason"]


def test_a_deleted_or_copied_folder_changes_the_next_listing(results):
    run = make_run(results, "c", hours=9)
    run.path.rename(results / "kept")
    table = list_runs(results)
    assert table["experiment"].tolist() == ["b", "a", "a", "c"]  # as its config says, not its place
    assert table["run_id"].tolist()[-1] == "kept"


def test_what_is_no_run_is_passed_over(results):
    (results / "notes").mkdir()
    (results / "a" / "notes").mkdir()
    (results / "a" / ".20250102T120000Z-abcdef.partial").mkdir()
    (results / "todo.txt").write_text("")
    make_run(results / "reference", "published", hours=5)
    assert len(list_runs(results)) == 3
    assert len(list_runs(results / "reference")) == 1


def test_where_and_sort_choose_and_order_rows(results):
    table = list_runs(results)
    assert filter_runs(table, 'status == "done" and test_accuracy > 0.97')["experiment"].tolist() == ["a"]
    assert filter_runs(table, None, "-test_accuracy")["seed"].tolist() == [2, 1, 3]  # without a value: last
    assert filter_runs(table, None, "experiment")["seed"].tolist() == [2, 3, 1]
    assert filter_runs(table, 'time >= "2025-01-02T14"')["seed"].tolist() == [2, 3]


def test_an_unknown_sort_key_names_the_known_ones(results):
    with pytest.raises(InputError, match=r"--sort: there is no column 'accuracy'.*Known: run, "):
        filter_runs(list_runs(results), None, "accuracy")


LIVING = """
import sys, time
from pathlib import Path
from physdfa.store.known_runs import open_run
open_run(Path(sys.argv[1])).begin()
print("begun", flush=True)
time.sleep(600)
"""


def test_a_run_is_running_while_its_process_lives_and_interrupted_once_it_was_killed(tmp_path):
    run = make_run(tmp_path, "a", hours=1)
    with subprocess.Popen([sys.executable, "-c", LIVING, str(run.path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "begun\n"
        assert list_runs(tmp_path)["status"].tolist() == ["running"]
        process.kill()
    assert list_runs(tmp_path)["status"].tolist() == ["interrupted"]


@pytest.mark.parametrize("status", ["done", "failed", "interrupted"])
def test_a_run_that_says_how_it_ended_is_not_running_any_more(tmp_path, status):
    run = make_run(tmp_path, "a", hours=1)
    run.begin()
    run.write_summary({"seeds": [0]})
    assert list_runs(tmp_path)["status"].tolist() == ["running"]
    run.write_summary({"status": status})
    assert list_runs(tmp_path)["status"].tolist() == [status]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("seed", 10**30), ("seed", 1.5), ("seed", "x"), ("status", ["done"]), ("kind", 7), ("test_accuracy", "0.9"),
        ("num_evaluations", -1), ("best", "x"), ("warnings", [5]), ("comparison", [{}]), ("test_accuracy", True),
    ],
)  # fmt: skip
def test_a_forged_summary_is_told_and_hides_no_other_run(results, key, value):
    forged = make_run(results, "forged", hours=4)
    record = {**json.loads((forged.path / "summary.json").read_text()), key: value}
    (forged.path / "summary.json").write_text(sealed_text(record))
    table = list_runs(results)
    assert sorted(table["status"]) == ["damaged", "done", "done", "interrupted"]
    (reason,) = table.loc[table["status"] == "damaged", "reason"]
    assert f"`{key}` is" in reason
    assert len(verify_run(forged.path)) == 1
    assert len(filter_runs(table, "test_accuracy > 0", "-test_accuracy")) == 2


def test_a_folder_that_breaks_the_reader_hides_no_other_run(results, monkeypatch):
    def broken(run):
        if run.path.parent.name == "b":
            raise ZeroDivisionError("nobody foresaw it")
        return {"created": ""}

    monkeypatch.setattr(RunFolder, "read_environment", broken)
    monkeypatch.setattr("physdfa.store.catalogue.open_run", RunFolder)
    reasons = dict(zip(list_runs(results)["experiment"], list_runs(results)["reason"], strict=True))
    assert "ZeroDivisionError" in reasons["b"]
    assert list_runs(results)["status"].tolist().count("damaged") == 1
