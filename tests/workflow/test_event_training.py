"""The rule sfdfa through the commands: train, evaluate, report, verify."""

import tomllib

import numpy as np
import pytest

from physdfa.build import load_samples
from physdfa.config import read_config
from physdfa.report.page import write_report
from physdfa.store.verify import verify_run
from physdfa.workflow.evaluate import evaluate_run
from physdfa.workflow.plan import plan
from physdfa.workflow.train import train
from tests.workflow.tiny import lines_of, summary_of

pytestmark = pytest.mark.slow

EVENTS = """
[experiment]
name = "events"
[data]
name = "digits"
train_size = 480
encoding = "latency"
validation_size = 80
[network]
hidden = [24]
[rule]
name = "sfdfa"
[events]
threshold = 0.1
output_threshold = 0.1
levels = 16
wanted_rate = 1.0
[training]
epochs = 15
batch_size = 20
learning_rate = 5e-3
"""


def make_config(*overrides: str):
    return read_config(tomllib.loads(EVENTS), overrides=overrides, kind="train")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train(make_config(), out_dir=tmp_path_factory.mktemp("results"), num_seeds=2)


def test_the_loss_falls_and_the_network_learns(run):
    losses = [line["train_loss"] for line in lines_of(run, "epoch") if line["seed"] == 0]
    assert losses[-1] < 0.5 * losses[0]
    assert min(summary_of(run)["test_accuracies"]) > 0.6  # chance: 0.1


@pytest.mark.slow
def test_with_alignment_learned_feedback_turns_towards_the_weights_behind_it(tmp_path):
    config = make_config("analysis.alignment=true", "training.epochs=3", "rule.feedback_rate=0.05")
    first, *_, last = lines_of(train(config, out_dir=tmp_path), "alignment")
    assert (first["epoch"], last["epoch"]) == (0, 3)
    assert last["feedback_angle"][0] < 45.0  # random directions: 90
    assert 0.0 < last["update_angle"][0] < 90.0


def test_what_the_time_grid_could_not_show_stands_in_every_line_and_in_the_summary(run):
    for line in lines_of(run, "epoch"):
        assert line["late_spikes"] >= 0
        assert line["silenced_neurons"] >= 0
    assert set(summary_of(run)) >= {"late_spikes", "silenced_neurons"}


def test_the_run_evaluates_to_its_own_test_accuracy(run):
    evaluation = evaluate_run(run.path, data_dir=None)
    np.testing.assert_allclose(evaluation.accuracies, summary_of(run)["test_accuracies"], atol=1e-6)


def test_the_learned_feedback_is_kept_with_the_weights(run):
    arrays, _ = run.load_tree("final")
    assert arrays["feedback/0"].shape == (2, 24, 10)
    assert np.any(arrays["feedback/0"])
    assert not np.any(arrays["biases/0"])


def test_the_folder_is_whole_and_has_its_report(run):
    assert verify_run(run.path) == []
    page = write_report([run.path])
    assert "sfdfa" in page.read_text(encoding="utf-8")


def test_late_spikes_are_a_warning_with_the_way_out(tmp_path):
    coarse = make_config("events.levels=1", "events.duration=0.2", "events.weight_range=20.0", "training.epochs=1")
    said = summary_of(train(coarse, out_dir=tmp_path))["warnings"]
    assert any("came a step late; raise events.levels" in sentence for sentence in said)


def test_the_plan_grows_with_the_time_grid():
    seconds = []
    for levels in (16, 160):
        config = make_config(f"events.levels={levels}")
        samples = load_samples(config, None)
        size = plan(config, samples, kind="train", num_trainings=1000, members=1, epochs=3)
        seconds.append(size.seconds)
        assert size.memory_bytes > 0
    assert seconds[1] > seconds[0]
