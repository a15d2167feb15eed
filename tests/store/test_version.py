"""Runs of every released version open, and what a later version wrote is refused by name."""

import json
import shutil
from pathlib import Path

import pytest

from physdfa.errors import RunFolderError
from physdfa.report.reading import read_run
from physdfa.store import RunFolder, open_run
from physdfa.store.records import seal, unseal
from physdfa.store.verify import verify_run
from physdfa.store.version import FORM
from physdfa.workflow.candidates.additions import Additions, Batch, read_additions
from physdfa.workflow.resume import resumable

RELEASED = sorted((Path(__file__).parent / "released").glob("*/*"))


@pytest.fixture(params=RELEASED, ids=lambda path: f"{path.parent.name}-{path.name}")
def run(request, tmp_path):
    return open_run(Path(shutil.copytree(request.param, tmp_path / request.param.name)))


def test_a_run_of_an_earlier_version_is_whole_and_is_read(run):
    assert verify_run(run.path) == []
    kind = run.read_summary()["kind"]
    record = read_run(run.path)
    assert record.summary["status"] == "done"
    assert len(record.evaluations) == (4 if kind == "search" else 0)  # 3 + (2 - 1) (3 - 2 elites)
    assert record.tests["seed"].tolist() == [0]
    tree, _ = run.load_tree("final")
    assert tree["weights/0"].shape == (1, 4, 64)


def test_a_run_of_an_earlier_version_goes_on_and_is_then_of_this_one(run):
    run.write_summary({"warnings": ["seen"]})
    assert f'"form": {FORM}' in (run.path / "summary.json").read_text()
    if run.read_summary()["kind"] == "search":
        assert resumable(run.path, None) is None


def test_the_number_that_added_points_had_in_0_1_0_is_no_key_of_theirs(tmp_path):
    batch = {"even": [{"device.v_bias": 1.0}], "chosen": []}
    (tmp_path / "added.json").write_text(json.dumps(seal({"format": 1, "batches": [batch], "seeds": 3})))
    assert read_additions(RunFolder(tmp_path)) == Additions(batches=(Batch(**batch),), seeds=3)


@pytest.mark.parametrize("name", ["summary.json", "environment.json"])
def test_what_a_later_version_wrote_is_refused_by_name(run, name):
    path = run.path / name
    path.write_text(json.dumps(seal({**unseal(path.read_text()), "form": FORM + 1})))
    with pytest.raises(RunFolderError, match=rf"{name} was written by a later physdfa \(form {FORM + 1}; .*update"):
        open_run(run.path).read_environment()
    assert any("later physdfa" in problem for problem in verify_run(run.path))
