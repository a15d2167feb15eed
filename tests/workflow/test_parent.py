"""A training that begins with the networks of another one."""

import numpy as np
import pytest

from physdfa.errors import InputError, RunFolderError
from physdfa.store import create_run
from physdfa.workflow.own_modules import read_run_config
from physdfa.workflow.parent import parent_of_weights, parent_to_go_on
from physdfa.workflow.train import train
from tests.workflow.tiny import TINY, lines_of, make_config, summary_of


def go_on(run, out_dir, *overrides):
    parent = parent_to_go_on(run.path)
    return train(read_run_config(run, "train", overrides=overrides), out_dir=out_dir, parent=parent)


def test_two_epochs_and_two_more_are_four(trained, tmp_path):
    more = go_on(trained, tmp_path / "more", "training.epochs=4")
    whole = train(make_config("training.epochs=4", kind="train"), out_dir=tmp_path, num_seeds=2)
    assert (more.checkpoints / "final.npz").read_bytes() == (whole.checkpoints / "final.npz").read_bytes()
    assert summary_of(more)["test_accuracies"] == summary_of(whole)["test_accuracies"]
    assert [line["epoch"] for line in lines_of(more, "epoch")] == [3, 3, 4, 4]
    assert summary_of(more)["parent"] == {"run": trained.path.name, "epochs": 2, "goes_on": True}


def test_with_a_config_a_training_begins_with_the_weights_and_a_fresh_optimiser(trained, tmp_path):
    config = make_config("training.epochs=1", "training.learning_rate=1e-30", "training.optimizer=sgd", kind="train")
    run = train(config, out_dir=tmp_path, parent=parent_of_weights(trained.path))
    before, after = (one.load_tree("final")[0] for one in (trained, run))
    assert before.keys() == after.keys()
    for name, values in before.items():  # the feedback among them
        np.testing.assert_array_equal(values, after[name])
    assert summary_of(run)["seeds"] == [0, 1]


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        (["training.epochs=2"], "has trained 2 epochs, and they count; ask for more"),
        (["training.epochs=3", "network.hidden=[8]"], "have the layers 64 - 16 - 10, this experiment has 64 - 8 - 10"),
        (
            ["training.epochs=3", "network.recurrent=true"],
            r"network\.recurrent = \[true\]: the networks of .* have \[false",
        ),
        (["training.epochs=3", "training.optimizer=sgd"], "its state does not fit these values: optimizer_state"),
    ],
)
def test_what_does_not_fit_is_refused_before_there_is_a_folder(trained, tmp_path, overrides, complaint):
    with pytest.raises(InputError, match=complaint):
        go_on(trained, tmp_path / "more", *overrides)
    assert not (tmp_path / "more").exists()


def test_a_run_without_networks_is_no_parent(tmp_path):
    run = create_run(tmp_path, "tiny", TINY, command_line=["physdfa"], kind="train")
    with pytest.raises(InputError, match="keeps no state to go on with; name an experiment file"):
        parent_to_go_on(run.path)
    with pytest.raises(RunFolderError, match="holds no trained network"):
        parent_of_weights(run.path)
