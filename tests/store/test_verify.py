"""Verification: a whole run has no problems, and every changed file is named."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from physdfa.errors import RunFolderError
from physdfa.store.evaluations import write_evaluations
from physdfa.store.new_run import create_run
from physdfa.store.records import sealed_text
from physdfa.store.verify import verify_run


@pytest.fixture
def run(tmp_path):
    config = '[experiment]\nname = "digits"\nseed = 0\n'
    run = create_run(tmp_path, "digits", config, command_line=["physdfa"], now=datetime(2025, 1, 2, tzinfo=UTC))
    for epoch in (1, 2):
        run.append_metric({"kind": "epoch", "epoch": epoch})
    run.save_tree("last", {"w": np.ones(3)})
    run.write_figure_data("g", {"u": [1.0]})
    run.write_text("report.html", "<p>")
    write_evaluations(run, pd.DataFrame({"seed": [0, 1], "validation_accuracy": [0.5, 0.6]}))
    run.write_summary({"status": "done", "test_accuracy": 0.5})
    return run


def test_a_whole_run_has_no_problems(run):
    assert verify_run(run.path) == []


def test_a_run_that_is_still_going_has_no_problems(tmp_path):
    run = create_run(tmp_path, "digits", "", command_line=["physdfa"])
    run.append_metric({"kind": "epoch"})
    assert verify_run(run.path) == []


FILES = [
    "config.toml",
    "environment.json",
    "summary.json",
    "metrics.jsonl",
    "evaluations.parquet",
    "manifest.json",
    "checkpoints/last.npz",
    "checkpoints/manifest.json",
    "figures/g.csv",
    "report.html",
]


@pytest.mark.parametrize("name", FILES)
def test_a_changed_byte_is_found_and_its_file_named(run, name):
    path: Path = run.path / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    assert any(str(path) in problem for problem in verify_run(run.path))


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith("manifest.json")])
def test_a_deleted_file_is_found_and_its_file_named(run, name):
    (run.path / name).unlink()
    assert any(name in problem for problem in verify_run(run.path))


def test_whole_lines_cut_off_the_log_are_missed(run):
    log = run.path / "metrics.jsonl"
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    assert verify_run(run.path) == [f"{log} has 1 of the 2 lines that were written."]


def test_a_torn_line_is_named_by_its_number(run):
    with (run.path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind":"ep')
    assert verify_run(run.path) == [f"{run.path / 'metrics.jsonl'}, line 3 is torn: the run stopped while writing it."]


def test_several_problems_are_reported_together(run):
    (run.path / "report.html").write_text("")
    (run.path / "figures" / "g.csv").unlink()
    assert len(verify_run(run.path)) == 2


def test_a_folder_that_is_no_run_is_refused(tmp_path):
    with pytest.raises(RunFolderError, match="is not a run folder"):
        verify_run(tmp_path)


def test_a_run_without_the_measurement_that_it_names_is_not_whole(tmp_path):
    run = create_run(
        tmp_path,
        "digits",
        '[device]\nmeasured = "data/sweep.csv"\n',
        command_line=["physdfa"],
        inputs={"sweep.csv": b"bias_V,power_mW\n0,0\n1,1\n"},
    )
    assert verify_run(run.path) == []
    shutil.rmtree(run.path / "inputs")
    (problem,) = verify_run(run.path)
    assert str(Path("inputs") / "sweep.csv") in problem
    assert "missing" in problem


@pytest.mark.parametrize("folder", [".", "checkpoints", "figures"])
def test_a_manifest_that_is_gone_is_missed(run, folder):
    (run.path / folder / "manifest.json").unlink()
    problems = verify_run(run.path)
    assert [problem.startswith(f"{run.path / folder / 'manifest.json'} is missing") for problem in problems] == [True]


def test_a_file_that_a_manifest_made_anew_has_forgotten_is_named(run):
    (run.path / "checkpoints" / "manifest.json").unlink()
    run.save_tree("other", {"w": np.zeros(3)})
    (problem,) = verify_run(run.path)
    assert "has forgotten last.npz" in problem


def test_the_small_files_of_a_run_are_whole_without_its_manifests(run):
    for name in ("checkpoints", "figures"):
        shutil.rmtree(run.path / name)
    for name in ("manifest.json", "report.html"):
        (run.path / name).unlink()
    assert verify_run(run.path) == []


@pytest.mark.parametrize("recorded", [{"checkpoints": ["n" * 5000]}, {"f" * 5000: ["n"]}, {"checkpoints": ["a\0b"]}])
def test_a_summary_that_tells_of_what_no_file_can_be_called_is_no_traceback(run, recorded):
    summary = json.loads((run.path / "summary.json").read_text())
    del summary["sha256"]
    (run.path / "summary.json").write_text(sealed_text(summary | {"recorded": {".": [], "figures": [], **recorded}}))
    assert all("is missing" in problem for problem in verify_run(run.path))
