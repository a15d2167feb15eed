"""Laws of populations over several devices; `test_spread.py` runs them in a process that has four."""

import functools

import jax
import numpy as np
import pytest

import physdfa.workflow.search
from physdfa.store.evaluations import read_evaluations
from physdfa.training import Trainer, members_of
from physdfa.workflow.search import run_search
from tests.training.trials import (
    assert_close,
    assert_identical,
    make_data,
    make_keys,
    make_sine,
    make_splits,
    make_trial,
)
from tests.workflow.tiny import SEARCH, make_config

CAPACITY, SIZES, EPOCHS = 5, (1, 3, 5), 2
DATA, KEYS = make_data(), make_keys(CAPACITY)
TRIALS = [make_trial(device=make_sine(1.5 + n), learning_rate=0.03) for n in range(CAPACITY)]


@pytest.fixture
def one_by_one(monkeypatch):
    monkeypatch.setattr("physdfa.training.spread.SIDE_BY_SIDE_BYTES", 0)


def fitted(trainer, chosen=range(CAPACITY)):
    """The members `chosen` of TRIALS after their training, and what was reported of it."""
    splits = make_splits(len(chosen))
    trials, keys = [TRIALS[n] for n in chosen], [KEYS[n] for n in chosen]
    population, reports = trainer.fit(trials, keys, DATA, splits, EPOCHS)
    assert_identical(trainer.score(population, DATA, splits.validation, jax.random.key(0)), reports[-1].validation)
    return members_of(population), [(report.train, report.validation) for report in reports]


def norms(trial, state, data, rows, key):
    """Of one member, for `measure`."""
    del trial, data, rows, key
    return sum(abs(weight).sum() for weight in state.parameters.weights)


@pytest.mark.usefixtures("fresh_programs")
def test_one_by_one_the_number_of_devices_changes_no_bit_and_that_of_members_compiles_nothing(one_by_one):
    trainers = {devices: Trainer(CAPACITY, devices) for devices in (1, 2, 4)}
    for size in SIZES:
        alone = fitted(trainers[1], range(size))
        for devices in (2, 4):
            assert_identical(fitted(trainers[devices], range(size)), alone)
    assert [trainer.num_compilations for trainer in trainers.values()] == [3, 3, 3]  # start, epoch, score


@pytest.mark.usefixtures("fresh_programs")
def test_side_by_side_the_number_of_devices_changes_rounding_alone_and_that_of_members_compiles_nothing():
    trainers = {devices: Trainer(CAPACITY, devices) for devices in (1, 2, 4)}
    for size in SIZES:
        alone, _ = fitted(trainers[1], range(size))
        for devices in (2, 4):
            members, _ = fitted(trainers[devices], range(size))
            for one, other in zip(members, alone, strict=True):
                assert_close(one.state.parameters, other.state.parameters, 1e-4)
    assert [trainer.num_compilations for trainer in trainers.values()] == [3, 3, 3]


def test_every_device_holds_its_own_members_alone():
    population = Trainer(CAPACITY, 4).start(TRIALS, KEYS, DATA, make_splits(CAPACITY))
    for leaf in jax.tree.leaves((population.trials, population.states)):
        assert [shard.data.shape[0] for shard in leaf.addressable_shards] == [2, 2, 2, 2]
        assert len({shard.device for shard in leaf.addressable_shards}) == 4


def test_measures_survivors_and_single_members_are_found_at_their_places(one_by_one):
    trainer, splits = Trainer(CAPACITY, 4), make_splits(CAPACITY)
    population = trainer.start(TRIALS, KEYS, DATA, splits)
    population, _ = trainer.go_on(population, DATA, splits, range(1, 2), EPOCHS)
    members = members_of(population)
    for n, one in enumerate(members):
        assert_identical(population.one(population.states, n), one.state)
    expected = [norms(None, one.state, None, None, None) for one in members]
    for in_turn in (False, True):
        found = trainer.measure(f"norms {in_turn}", norms, population, DATA, splits.train, in_turn=in_turn)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    regrouped = trainer.regroup([members[4], members[1]])
    rest, _ = trainer.go_on(regrouped, DATA, make_splits(2), range(2, 3), EPOCHS)
    whole, _ = fitted(trainer)
    assert_identical([one.state for one in members_of(rest)], [whole[4].state, whole[1].state])


def test_the_states_are_donated_on_every_device():
    trainer = Trainer(CAPACITY, 4)
    before = trainer.start(TRIALS, KEYS, DATA, make_splits(CAPACITY))
    trainer.run_epoch(before, DATA, make_splits(CAPACITY), EPOCHS)
    assert before.states.parameters.weights[0].is_deleted()
    assert not any(leaf.is_deleted() for leaf in jax.tree.leaves(before.trials))


def test_by_default_there_are_as_many_devices_as_members_could_need():
    assert [Trainer(capacity).devices_used for capacity in (1, 3, 5)] == [1, 3, 4]


@pytest.mark.parametrize("shared", [True, False])
def test_a_budget_is_of_all_devices_where_they_share_the_memory_and_of_each_otherwise(shared, monkeypatch):
    monkeypatch.setattr("physdfa.training.trainer.shares_memory", lambda: shared)
    splits = make_splits(1)
    share = Trainer(16, 1).memory(TRIALS[:1], KEYS[:1], DATA, splits)
    held = Trainer(64, 4).memory(TRIALS[:1], KEYS[:1], DATA, splits)
    assert held == pytest.approx(4 * share if shared else share, rel=0.01)
    assert 16 <= Trainer(64, 4).restrict(TRIALS[0], KEYS[0], DATA, splits, 3 * held // 4) < 64


def test_a_search_finds_the_same_on_two_devices(one_by_one, monkeypatch, tmp_path):
    found = []
    config = make_config("search.epochs=1", "search.compare=false", "training.epochs=1", more=SEARCH, kind="search")
    for devices in (1, 2):
        monkeypatch.setattr(physdfa.workflow.search, "Trainer", functools.partial(Trainer, num_devices=devices))
        run = run_search(config, out_dir=tmp_path / str(devices))
        table, summary = read_evaluations(run), run.read_summary()
        assert summary["num_devices"] == devices
        found.append((table.drop(columns="wall_time_s"), summary["best"], summary["test_accuracy"]))
    (table, *rest), (other, *other_rest) = found
    assert len(table) >= 6
    assert table.equals(other)
    assert rest == other_rest
