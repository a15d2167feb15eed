"""A finished run stands for a row only if nothing differs."""

import pytest

from physdfa.workflow.progress import NoProgress
from physdfa.workflow.reproduce import finished as module
from physdfa.workflow.reproduce.finished import find_finished
from tests.workflow.reproduce.small import instant_train
from tests.workflow.tiny import make_config


@pytest.fixture(scope="module")
def config():
    return make_config("training.epochs=1", kind="train")


@pytest.fixture(scope="module")
def folder(config, tmp_path_factory):
    place = tmp_path_factory.mktemp("results")
    make_run(config, place)
    return place


def make_run(config, place):
    return instant_train(
        config, out_dir=place, data_dir=None, num_seeds=1, command_line=[], progress=NoProgress(), watch_test=False
    )


def test_a_run_of_the_same_config_seeds_and_code_is_found(folder, config):
    found = find_finished(folder, config, num_seeds=1)
    assert found is not None
    assert found.path.parent == folder / "tiny"


def test_another_config_seed_kind_or_key_is_not(folder, config, tmp_path):
    other = make_config("training.epochs=1", "training.learning_rate=0.02", kind="train")
    assert find_finished(folder, other, num_seeds=1) is None
    assert find_finished(folder, config, num_seeds=2) is None
    assert find_finished(folder, config, num_seeds=1, kind="sweep") is None
    assert find_finished(folder, config, num_seeds=1, keys=["best_test_epoch_accuracies"]) is None
    assert find_finished(tmp_path, config, num_seeds=1) is None


def test_a_run_of_other_code_is_not(folder, config, monkeypatch):
    monkeypatch.setattr(module, "running_code", lambda: "of another day")
    assert find_finished(folder, config, num_seeds=1) is None


def test_an_unfinished_or_damaged_run_is_passed_over(config, tmp_path):
    run = make_run(config, tmp_path)
    run.write_summary({"status": "interrupted"})
    assert find_finished(tmp_path, config, num_seeds=1) is None
    run.write_summary({"status": "done"})
    assert find_finished(tmp_path, config, num_seeds=1) is not None
    (run.path / "summary.json").write_text("{}")
    assert find_finished(tmp_path, config, num_seeds=1) is None
