"""SHD and EMNIST through the commands, on small files of their form: train, several seeds, evaluate, report, plan."""

import tomllib

import numpy as np
import pytest

from physdfa.build import load_samples
from physdfa.config import read_config
from physdfa.data.published import PUBLISHED
from physdfa.data.shd import EVENT_SETS
from physdfa.errors import DataError, InputError
from physdfa.report.page import write_report
from physdfa.store.verify import verify_run
from physdfa.training.program import forget_programs
from physdfa.workflow.evaluate import evaluate_run
from physdfa.workflow.plan import plan
from physdfa.workflow.train import input_events, late_inputs_warning, train
from tests.data.event_files import make_spikes, write_emnist, write_event_set
from tests.workflow.test_resume import goes_on_as_if_uninterrupted
from tests.workflow.tiny import lines_of, summary_of

SHD_SFDFA = """
[experiment]
name = "shd"
[data]
name = "shd"
encoding = "events"
validation_size = 30
[network]
hidden = [16]
[rule]
name = "sfdfa"
[events]
tau_syn = 0.05
threshold = 0.05
output_threshold = 0.05
window = 0.25
duration = 0.25
levels = 50
output_max_spikes = 15
output_weight_mean = 0.4
wanted_true = 8.0
wanted_false = 2.0
rate_penalty = 0.03
wanted_rate = 2.0
[training]
epochs = 12
batch_size = 15
learning_rate = 1e-2
"""
SHD_ADFA = """
[experiment]
name = "shd"
[data]
name = "shd"
encoding = "events"
validation_size = 30
[network]
hidden = [16]
num_steps = 10
[events]
window = 0.25
[rule]
name = "adfa"
[device]
preset = "mach_zehnder"
reference = "balanced"
[training]
epochs = 12
batch_size = 15
learning_rate = 1e-2
"""
TEXTS = {"sfdfa": SHD_SFDFA, "adfa": SHD_ADFA}


def make_config(rule: str, *overrides: str):
    return read_config(tomllib.loads(TEXTS[rule]), overrides=overrides, kind="train")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """The folder with a small `shd/` and a small `emnist_balanced/`, which are the known sets as long as it is used."""
    folder = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(EVENT_SETS, "shd", write_event_set(folder, make_spikes(180, seed=0), make_spikes(60, seed=1)))
        patch.setitem(PUBLISHED, "emnist_balanced", write_emnist(folder))
        yield folder


@pytest.fixture(scope="module", params=["sfdfa", "adfa"])
def run(request, data_dir, tmp_path_factory):
    out = tmp_path_factory.mktemp("results")
    forget_programs()
    return train(make_config(request.param), out_dir=out, data_dir=data_dir, num_seeds=2)


def test_both_rules_learn_from_spikes(run):
    assert min(summary_of(run)["test_accuracies"]) > 0.6  # chance: 0.33


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["sfdfa", "adfa"])
def test_a_resumed_training_on_events_is_the_uninterrupted_one(data_dir, tmp_path, rule):
    config = make_config(rule, "training.epochs=3", "training.checkpoint_every=1")
    goes_on_as_if_uninterrupted(config, tmp_path, data_dir)


def test_validation_is_scored_after_every_epoch_of_each_seed(run):
    lines = lines_of(run, "epoch")
    assert len(lines) == 24
    assert all(0 <= line["validation_accuracy"] <= 1 for line in lines)


def test_the_run_evaluates_to_its_own_test_accuracy(run, data_dir):
    evaluation = evaluate_run(run.path, data_dir=data_dir)
    np.testing.assert_allclose(evaluation.accuracies, summary_of(run)["test_accuracies"], atol=1e-6)


def test_the_folder_is_whole_and_has_its_report(run):
    assert verify_run(run.path) == []
    assert "shd" in write_report([run.path]).read_text(encoding="utf-8")


def test_the_summary_tells_how_many_input_events_there_are(run):
    times = make_spikes(180, seed=0).times
    told = summary_of(run)["input_events"]
    assert told["per_sample"] == pytest.approx(np.mean([len(one) for one in times]))
    assert told["most"] == max(len(one) for one in times)
    assert told["late_share"] == 0


def test_events_after_the_window_are_counted_and_told_with_the_way_out(data_dir):
    config = make_config("adfa", "events.window=0.125")
    inputs = input_events(config, load_samples(config, data_dir))
    times = np.concatenate(make_spikes(180, seed=0).times)
    assert inputs is not None
    assert inputs["late_share"] == pytest.approx(np.mean(times > 0.125))
    (sentence,) = late_inputs_warning(config, inputs)
    assert "come after events.window = 0.125 s and were left out; raise it" in sentence
    assert late_inputs_warning(config, {"late_share": 0.0}) == []


def test_a_window_before_the_first_event_is_refused(data_dir):
    with pytest.raises(InputError, match=r"events\.window = 1e-09: no event of shd comes that early"):
        load_samples(make_config("adfa", "events.window=1e-9"), data_dir)


def test_batches_of_different_numbers_of_events_are_one_program(run):
    """The start, the epoch, and the scores of validation and of test samples: four, whatever the batches hold."""
    assert summary_of(run)["num_compilations"] == 4


def test_memory_is_known_before_the_run_and_grows_with_the_batch(data_dir):
    held = []
    for batch in (15, 60):
        config = make_config("adfa", f"training.batch_size={batch}")
        samples = load_samples(config, data_dir)
        held.append(plan(config, samples, kind="train", num_trainings=1, members=1, epochs=1).memory_bytes)
    assert held[1] - held[0] >= 4 * 10 * 45 * 12  # counts: 4 bytes x steps x samples x inputs


def test_without_the_files_one_sentence_tells_the_way_out(data_dir, tmp_path):
    with pytest.raises(DataError, match=r"data file missing: .*shd is not a folder.*physdfa data fetch shd.*--data"):
        train(make_config("sfdfa"), out_dir=tmp_path, data_dir=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        [
            "rule.name=sfdfa",
            "data.encoding=latency",
            "events.threshold=0.1",
            "events.output_threshold=0.1",
            "events.levels=16",
        ],
        ["rule.name=adfa", "network.num_steps=4"],
    ],
    ids=["sfdfa", "adfa"],
)
def test_emnist_trains(changes, data_dir, tmp_path):
    text = """
    experiment.name = "emnist"
    data.name = "emnist_balanced"
    network.hidden = [16]
    rule.name = "dfa"
    device.preset = "mach_zehnder_ideal"
    training = { epochs = 15, batch_size = 20, learning_rate = 1e-2 }
    """
    config = read_config(tomllib.loads(text), overrides=changes, kind="train")
    assert summary_of(train(config, out_dir=tmp_path, data_dir=data_dir))["test_accuracy"] > 0.6  # chance: 0.33
