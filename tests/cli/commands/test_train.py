"""`physdfa train`."""

import os
from pathlib import Path

import pytest

from physdfa.store import open_run
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import files_in, strict_json


def test_train_tells_the_accuracy_and_the_folder_on_standard_output(tiny):
    answer = physdfa("train", tiny)
    accuracy, place = answer.out.splitlines()
    assert answer.code == 0
    assert accuracy.startswith("test accuracy: ")
    run = open_run(Path(place.removeprefix("run folder: ")))
    assert run.path.parent == Path("results/tiny")
    assert answer.err == f"run folder: {run.path}\n"
    assert run.read_environment()["command_line"] == ["physdfa", "train", f"…/{tiny.name}"]


def test_json_is_the_summary_and_nothing_else(tiny):
    answer = physdfa(
        "train", tiny, "--json", "--out", "elsewhere", "--seed", "7", "--seeds", "2", "--set", "training.epochs=1"
    )
    value = strict_json(answer.out)
    run = open_run(Path(value.pop("run")))
    assert (answer.code, answer.err) == (0, "")
    assert value == run.read_summary()
    assert (value["seed"], value["seeds"]) == (7, [7, 8])
    assert run.path.is_relative_to("elsewhere")


def test_quiet_leaves_standard_error_empty_and_threads_are_told(tiny, monkeypatch):
    monkeypatch.setenv("NPROC", "64")
    answer = physdfa("train", tiny, "--quiet", "--threads", "1", "--set", "training.epochs=1")
    assert (answer.code, answer.err) == (0, "")
    assert os.environ["NPROC"] == "1"


def test_all_mistakes_are_told_at_once_and_nothing_is_written(tiny, workplace):
    mistakes = ("training.epoch=3", "network.hidden=[0]", "training.learning_rate=-1", "device.v_bais=3")
    told = refused("train", tiny, *(word for change in mistakes for word in ("--set", change)))
    assert "4 mistakes" in told
    assert "Did you mean 'epochs'?" in told
    assert "whole numbers >= 1" in told
    assert "training.learning_rate = -1: must be a number > 0" in told
    assert "Did you mean 'mach_zehnder.v_bias'?" in told
    assert files_in(workplace) == [tiny]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--set", "training.batch_size=481"], "must be at most the 480 training samples"),
        (["--set", "data.name=mnist"], "data file missing: "),
        (["--set", "data.name=mnist", "--data", "empty"], "data file missing: empty/mnist is not a folder"),
        (["--set", "data.name=mnist", "--data", "torn"], "train-images-idx3-ubyte.gz is truncated"),
        (["--set", "nonsense"], "must read key.path=value"),
        (["--out", "a_file"], "cannot make the run folder a_file/tiny/"),
        (["--seed", "99999999999"], "from 0 to 4294967295"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence_and_nothing_is_written(tiny, workplace, words, complaint):
    (workplace / "a_file").write_text("")
    (workplace / "empty").mkdir()
    (workplace / "torn" / "mnist").mkdir(parents=True)
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (workplace / "torn" / "mnist" / f"{name}-ubyte.gz").write_bytes(bytes.fromhex("1f8b0800000000000003"))
    before = files_in(workplace)
    assert complaint in refused("train", tiny, *words)
    assert files_in(workplace) == before


def test_from_goes_on_with_a_training_and_needs_no_config(results):
    answer = physdfa("train", "--from", results.train, "--set", "training.epochs=3", "--json")
    assert answer.code == 0
    assert strict_json(answer.out)["parent"] == {"run": results.train.name, "epochs": 2, "goes_on": True}
    assert "CONFIG is missing" in refused("train")
    assert "--seeds, --seed: the networks are those of --from RUN" in refused(
        "train", "--from", results.train, "--seeds", 2
    )
