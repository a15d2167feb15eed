"""The size of a run before it starts: counted, or read from the compiler, with nothing trained."""

import pytest

from physdfa.build import build_trial, load_samples
from physdfa.training import Trainer
from physdfa.training.program import Program
from physdfa.tuning import TUNED_FOR
from physdfa.workflow import memory
from physdfa.workflow.plan import _products_per_image, _timed_per_image, plan
from tests.workflow.tiny import make_config


@pytest.fixture(scope="module")
def samples():
    return load_samples(make_config(), None)


def test_a_plan_trains_nothing(samples, monkeypatch):
    monkeypatch.delattr(Trainer, "run_epoch")
    monkeypatch.delattr(Trainer, "start")
    size = plan(make_config(), samples, kind="train", num_trainings=2, members=2, epochs=7)
    assert (size.num_trainings, size.epochs, size.samples) == (2, 7, 480)
    assert size.seconds > 0
    # At least the float32 weights of both members and their two Adam moments, twice while an epoch replaces them.
    assert size.memory_bytes > 2 * 3 * 4 * (64 * 16 + 16 * 10)


def test_on_an_accelerator_a_few_updates_of_all_members_are_timed(samples, monkeypatch):
    monkeypatch.setenv(TUNED_FOR, "accelerator")
    clock, shown = iter(range(0, 10**6, 80)), []
    run_epoch = Trainer.run_epoch

    def watched(self, population, data, splits, epochs):
        shown.append(splits.train.shape)
        return run_epoch(self, population, data, splits, epochs)

    monkeypatch.setattr(Trainer, "run_epoch", watched)
    config = make_config("training.batch_size=20")
    trainer, trial = Trainer(2), build_trial(config, samples.dataset, 0)
    monkeypatch.setattr("physdfa.workflow.plan.time.perf_counter", lambda: next(clock))
    assert _timed_per_image(trainer, trial, samples, 2) == 80 / (2 * 16 * 20)
    assert shown == 2 * [(2, 16 * 20)]


def test_what_chunks_of_a_search_hold_is_compiled_once_whatever_their_size(samples, monkeypatch):
    monkeypatch.setattr(memory, "COMPILED_MEMBERS", 2)
    config, prepare, compiled = make_config(), Program.prepare, []

    def watched(self, *arguments):
        compiled.append(len(arguments[1].parameters.weights[0]))
        return prepare(self, *arguments)

    monkeypatch.setattr(Program, "prepare", watched)
    size = plan(config, samples, kind="search", num_trainings=5, members=5, epochs=1, memory_bytes=10**9)
    assert size.members == 5
    assert set(compiled) == {5}


def test_a_search_holds_samples_out(samples):
    assert plan(make_config(), samples, kind="search", num_trainings=4, members=4, epochs=1).samples == 400


@pytest.mark.parametrize(
    ("changes", "products"),
    [
        # 64-16-10, T = 4: a constant current is multiplied once, a rate readout once.
        ([], 2 * (64 * 16 + 16 * 10)),
        (['data.encoding="rate"'], 2 * (4 * 64 * 16 + 16 * 10)),
        (['network.readout="count"'], 2 * (64 * 16 + 4 * 16 * 10)),
        (["network.hidden=[16, 8]"], 2 * (64 * 16 + 4 * 16 * 8 + 8 * 10)),
        (["network.recurrent=true"], 2 * (64 * 16 + 4 * 16 * 16 + 16 * 10)),
    ],
)
def test_products_of_an_image_are_counted_where_they_recur(samples, changes, products):
    config = make_config(*changes)
    trial = build_trial(config, samples.dataset, 0)
    assert _products_per_image(trial.network, trial.encoding) == products
