"""Run folders: made in one step, opened only if whole, and closed to whatever does not belong in them."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from physdfa.errors import RunFolderError
from physdfa.store.known_runs import open_run
from physdfa.store.new_run import create_run, experiment_name_problem
from physdfa.store.run_folder import SUMMARY_KEYS

CONFIG = '[experiment]\nname = "digits"\nseed = 3\n[data]\nname = "digits"\n[rule]\nname = "adfa"\n'
CONFIG_HASH = "2f4107"  # of coreutils' sha256sum
NOON = datetime(2025, 1, 2, 12, 0, 0, tzinfo=UTC)


class Killed(BaseException):
    """Stands for a signal: no handler of ordinary exceptions may swallow it."""


def make_run(out_dir: Path, *, now: datetime = NOON, config: str = CONFIG):
    return create_run(out_dir, "digits", config, command_line=["physdfa", "train"], kind="train", now=now)


def test_a_run_is_named_by_its_time_and_the_hash_of_its_config(tmp_path):
    assert make_run(tmp_path).path == tmp_path / "digits" / f"20250102T120000Z-{CONFIG_HASH}"


def test_the_time_of_a_run_is_utc_wherever_it_starts(tmp_path):
    tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    assert make_run(tmp_path, now=tokyo).run_id.startswith("20250102T120000Z")


def test_a_new_run_holds_config_environment_and_a_summary_that_says_interrupted(tmp_path):
    run = make_run(tmp_path)
    assert sorted(file.name for file in run.path.iterdir()) == ["config.toml", "environment.json", "summary.json"]
    assert run.config_text() == CONFIG
    assert run.read_environment()["created"] == "2025-01-02T12:00:00Z"
    assert run.read_environment()["command_line"] == ["physdfa", "train"]
    summary = run.read_summary()
    assert set(SUMMARY_KEYS) == set(summary)
    assert {key: value for key, value in summary.items() if value is not None} == {
        "kind": "train",
        "status": "interrupted",
        "reason": "the run never said that it finished",
        "seed": 3,
        "rule": "adfa",
        "dataset": "digits",
    }


def test_a_second_run_of_the_same_second_and_config_is_refused_and_changes_nothing(tmp_path):
    first = make_run(tmp_path)
    first.write_summary({"status": "done"})
    with pytest.raises(RunFolderError, match=r"exists already.*start again"):
        make_run(tmp_path)
    assert first.read_summary()["status"] == "done"
    assert [folder.name for folder in (tmp_path / "digits").iterdir()] == [first.run_id]


def test_another_second_or_another_config_is_another_run(tmp_path):
    paths = {
        make_run(tmp_path).path,
        make_run(tmp_path, now=NOON + timedelta(seconds=1)).path,
        make_run(tmp_path, config=CONFIG + "# other").path,
    }
    assert len(paths) == 3


def test_two_processes_that_make_the_same_folder_at_once_give_one_run(tmp_path, monkeypatch):
    rename = Path.rename

    def late(self, target):  # the other process puts its folder there between our look and our rename
        shutil.copytree(self, target)
        (target / "report.html").write_text("theirs")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", late)
    with pytest.raises(RunFolderError, match="exists already"):
        make_run(tmp_path)
    assert (open_run(tmp_path / "digits").path / "report.html").read_text() == "theirs"
    assert len(list((tmp_path / "digits").iterdir())) == 1


@pytest.mark.parametrize("killed_at", ["config.toml", "summary.json", f"20250102T120000Z-{CONFIG_HASH}"])
def test_a_run_killed_while_it_is_made_leaves_nothing(tmp_path, monkeypatch, killed_at):
    def dying(rename):
        def die_or_rename(self, target):
            if Path(target).name == killed_at:
                raise Killed
            return rename(self, target)

        return die_or_rename

    monkeypatch.setattr(Path, "replace", dying(Path.replace))
    monkeypatch.setattr(Path, "rename", dying(Path.rename))
    with pytest.raises(Killed):
        make_run(tmp_path / "results")
    assert list(tmp_path.iterdir()) == []


def test_a_hidden_folder_left_by_a_hard_kill_is_not_a_run(tmp_path):
    run = make_run(tmp_path)
    run.path.rename(run.path.with_name(f".{run.run_id}.partial"))
    with pytest.raises(RunFolderError, match="not a run folder"):
        open_run(tmp_path / "digits")


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFolderError, match=r"cannot make the run folder .*--out"):
        make_run(tmp_path / "file")


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "a\nb", "x" * 101, "reference", "-o"])
def test_a_name_that_cannot_be_a_folder_of_results_is_refused(tmp_path, name):
    with pytest.raises(RunFolderError, match="name"):
        create_run(tmp_path, name, CONFIG, command_line=[], now=NOON)
    assert list(tmp_path.iterdir()) == []


def test_ordinary_experiment_names_are_allowed():
    assert [experiment_name_problem(name) for name in ("mnist-adfa-opto", "fig3_b", "2025.1")] == [None] * 3


def test_a_config_that_is_not_toml_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(RunFolderError, match="not TOML"):
        make_run(tmp_path, config="[experiment")
    assert list(tmp_path.iterdir()) == []


def test_open_takes_a_run_and_the_newest_of_an_experiment(tmp_path):
    old, new = make_run(tmp_path), make_run(tmp_path, now=NOON + timedelta(days=40))
    assert open_run(old.path) == old
    assert open_run(tmp_path / "digits") == new
    assert open_run(tmp_path / "digits" / "latest") == new


def test_a_run_can_be_copied_renamed_and_opened_elsewhere(tmp_path):
    run = make_run(tmp_path / "here")
    run.path.rename(tmp_path / "best run")
    assert open_run(tmp_path / "best run").read_summary()["seed"] == 3


def test_what_is_not_a_run_folder_is_named_in_one_sentence(tmp_path):
    run = make_run(tmp_path)
    with pytest.raises(RunFolderError, match=r"there is no run folder .*gone"):
        open_run(tmp_path / "gone")
    with pytest.raises(RunFolderError, match=r"summary\.json is a file"):
        open_run(run.path / "summary.json")
    with pytest.raises(RunFolderError, match="one must be named: digits"):
        open_run(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(RunFolderError, match=r"empty is not a run folder: it holds no config\.toml"):
        open_run(tmp_path / "empty")


@pytest.mark.parametrize("name", ["config.toml", "environment.json", "summary.json"])
def test_a_run_that_lacks_or_has_a_damaged_first_file_is_not_opened(tmp_path, name):
    run = make_run(tmp_path)
    original = (run.path / name).read_bytes()
    (run.path / name).write_bytes(original.replace(b"digits", b"digit5").replace(b"20", b"30"))
    with pytest.raises(RunFolderError, match=name):
        open_run(run.path)
    (run.path / name).unlink()
    with pytest.raises(RunFolderError, match=f"{name} missing"):
        open_run(run.path)


def test_a_summary_is_updated_and_done_clears_the_reason(tmp_path):
    run = make_run(tmp_path)
    run.write_summary({"test_accuracy": np.float32(0.5), "wall_time_s": float("nan")})
    assert run.read_summary()["status"] == "interrupted"
    run.write_summary({"status": "done", "images_per_s": 10.0})
    summary = run.read_summary()
    assert (summary["test_accuracy"], summary["wall_time_s"], summary["reason"]) == (0.5, None, "")
    assert "NaN" not in (run.path / "summary.json").read_text()


def test_a_failed_run_keeps_its_reason_and_an_unknown_status_is_refused(tmp_path):
    run = make_run(tmp_path)
    run.write_summary({"status": "failed", "reason": "diverged"})
    with pytest.raises(ValueError, match="'finished'"):
        run.write_summary({"status": "finished"})
    assert run.read_summary()["reason"] == "diverged"


def test_a_summary_killed_while_it_is_replaced_stays_the_old_one(tmp_path, monkeypatch):
    run = make_run(tmp_path)

    def die(file: int):
        raise Killed

    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(Killed):
        run.write_summary({"status": "done"})
    assert run.read_summary()["status"] == "interrupted"
    assert len(list(run.path.iterdir())) == 3


def test_the_summary_s_hash_is_in_the_file(tmp_path):
    assert len(json.loads((make_run(tmp_path).path / "summary.json").read_text())["sha256"]) == 64


@pytest.mark.parametrize("table", [dict, pd.DataFrame])
def test_figure_data_is_csv_with_empty_cells_for_what_is_not_a_number(tmp_path, table):
    run = make_run(tmp_path)
    path = run.write_figure_data("g", table({"potential": np.array([0.0, 0.1]), "g": np.array([np.nan, 1.5])}))
    assert path == run.path / "figures" / "g.csv"
    assert path.read_text() == "potential,g\n0.0,\n0.1,1.5\n"


def test_figure_columns_of_different_lengths_are_refused(tmp_path):
    with pytest.raises(ValueError, match="shorter"):
        make_run(tmp_path).write_figure_data("g", {"a": [1, 2], "b": [1]})


def test_derived_files_are_written_inside_and_never_over_the_records(tmp_path):
    run = make_run(tmp_path)
    run.write_text("report.html", "<p>µ")
    assert (run.path / "report.html").read_text(encoding="utf-8") == "<p>µ"
    absolute = str(tmp_path / "report.html")
    for place in ("../report.html", absolute, "summary.json", "figures/manifest.json", "metrics.jsonl", ""):
        with pytest.raises(ValueError, match="not the path of a derived file"):
            run.write_text(place, "")


def test_metrics_and_checkpoints_go_through_the_folder(tmp_path):
    run = make_run(tmp_path)
    run.append_metric({"kind": "epoch", "epoch": 1})
    run.save_tree("last", {"w": np.ones(2)}, {"epoch": 1})
    assert run.read_metrics().records == [{"kind": "epoch", "epoch": 1}]
    assert run.load_tree("last")[1] == {"epoch": 1}
    assert (run.checkpoints / "last.npz").is_file()


def test_nothing_is_written_through_a_link(tmp_path):
    run, outside = make_run(tmp_path), tmp_path / "outside"
    outside.mkdir()
    (outside / "log").write_text("mine\n")
    for name in ("figures", "checkpoints"):
        (run.path / name).symlink_to(outside)
    (run.path / "metrics.jsonl").symlink_to(outside / "log")
    with pytest.raises(RunFolderError, match="figures is a link"):
        run.write_text("figures/a.svg", "<svg/>")
    with pytest.raises(RunFolderError, match="checkpoints is a link"):
        run.save_tree("last", {"w": np.ones(1)})
    with pytest.raises(OSError, match=r"metrics\.jsonl"):
        run.append_metric({"epoch": 1})
    assert [(path.name, path.read_text()) for path in outside.iterdir()] == [("log", "mine\n")]


def test_a_run_whose_folder_is_gone_is_not_made_anew(tmp_path):
    run = make_run(tmp_path)
    shutil.rmtree(run.path)
    for write in (
        lambda: run.append_metric({"epoch": 1}),
        lambda: run.save_tree("last", {"w": np.ones(1)}),
        lambda: run.write_text("report.html", "<p>"),
        lambda: run.write_figure_data("g", {"u": [1.0]}),
        lambda: run.write_summary({"status": "done"}),
    ):
        with pytest.raises((FileNotFoundError, RunFolderError)):
            write()
    assert not run.path.exists()


def test_what_a_killed_process_left_half_written_goes_when_the_run_goes_on(tmp_path):
    run = make_run(tmp_path)
    run.save_tree("last", {"w": np.ones(1)})
    for folder in (run.path, run.checkpoints):
        (folder / ".0123456789abcdef.partial").write_bytes(b"half")
    run.begin()
    run.write_summary({"status": "done"})
    assert not list(run.path.rglob(".*"))


@pytest.mark.parametrize("name", ["config.toml", "summary.json", "metrics.jsonl"])
def test_a_pipe_in_the_place_of_a_file_is_refused_unread(tmp_path, name):
    run = make_run(tmp_path)
    (run.path / name).unlink(missing_ok=True)
    os.mkfifo(run.path / name)
    with pytest.raises(RunFolderError, match=f"{name}.*(missing|pipe or a device)"):
        open_run(run.path).read_metrics()
