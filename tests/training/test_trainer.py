"""A population is many trainings that know nothing of each other, in one program."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.training import Data, Optimizer, Trainer, member, members_of, stack
from physdfa.training.program import forget_programs
from physdfa.training.spread import members_beside, side_by_side
from physdfa.training.step import start_training, train_epoch
from physdfa.tuning import TUNED_FOR
from tests.training.trials import (
    assert_close,
    assert_identical,
    difference,
    make_data,
    make_keys,
    make_sine,
    make_splits,
    make_trial,
)

EPOCHS = 2
KEYS = make_keys(3)
TRIALS = [make_trial(device=make_sine(period), learning_rate=0.03) for period in (1.5, 3.0, 6.0)]
MODES = ["side by side", "one by one"]


def fit(trainer, chosen, data=None, splits=None, **calls):
    """Fit the members `chosen` of TRIALS: the population, and the parameters of each as NumPy arrays."""
    population, reports = trainer.fit(
        [TRIALS[n] for n in chosen],
        [KEYS[n] for n in chosen],
        make_data() if data is None else data,
        make_splits(len(chosen)) if splits is None else splits,
        EPOCHS,
        **calls,
    )
    parameters = jax.tree.map(np.asarray, population.states.parameters)
    return [member(parameters, n) for n in range(len(chosen))], reports


@pytest.fixture(scope="module")
def trainers():
    """One trainer per mode, shared by the tests of this file: nothing compiles twice."""
    forget_programs()
    return {mode: Trainer(3) for mode in MODES}


@pytest.fixture(params=MODES)
def trainer(request, trainers, monkeypatch):
    if request.param == "one by one":
        monkeypatch.setattr("physdfa.training.spread.SIDE_BY_SIDE_BYTES", 0)
    return trainers[request.param]


def test_a_member_does_not_depend_on_its_neighbours_its_place_or_the_padding(trainer):
    full, _ = fit(trainer, [0, 1, 2])
    assert float(difference(full[0], full[1])) > 1e-3
    reordered, _ = fit(trainer, [2, 0])
    alone, _ = fit(trainer, [2])
    assert_identical(full[2], reordered[0])
    assert_identical(full[0], reordered[1])
    assert_identical(full[2], alone[0])


def test_other_devices_rates_keys_and_sizes_compile_nothing_new(trainer):
    fit(trainer, [0, 1, 2])
    assert trainer.num_compilations == 3  # the start, the epoch, the score: never more
    fit(trainer, [1])
    fit(trainer, [2, 1])
    assert trainer.num_compilations == 3
    assert sorted(trainer.programs) == ["epoch", "evaluate", "start"]
    assert trainer.compile_time_s > 0


def test_averaged_weights_are_scored_and_training_goes_on_from_those_of_the_last_update():
    settings = (KEYS[:1], make_data(), make_splits(1), EPOCHS)
    plain, averaging = (Optimizer(learning_rate=0.03, average=average) for average in (None, 1.0))
    last, _ = Trainer(1).fit([make_trial(optimizer=plain)], *settings)
    mean, _ = Trainer(1).fit([make_trial(optimizer=averaging)], *settings)
    assert_identical(last.states.parameters, mean.states.parameters)
    assert float(difference(member(mean.averaged, 0), member(last.averaged, 0))) > 1e-3
    rows, key = make_splits(1).validation, jax.random.key(0)
    as_last = replace(last, states=last.states._replace(parameters=mean.averaged))
    expected, found = (Trainer(1).score(one, make_data(), rows, key) for one in (as_last, mean))
    assert_identical(expected, found)
    assert found.loss[0] != Trainer(1).score(last, make_data(), rows, key).loss[0]


def test_the_same_keys_give_the_same_result_to_the_last_bit(trainer):
    first, first_reports = fit(trainer, [0, 1, 2])
    second, second_reports = fit(trainer, [0, 1, 2])
    assert_identical(first, second)
    assert_identical([report.validation for report in first_reports], [report.validation for report in second_reports])


def test_whoever_watches_the_states_sees_them_fresh_and_after_each_epoch_and_changes_nothing(trainer):
    heard, steps = [], []

    def on_states(epoch, population):
        heard.append(f"states {epoch}")
        steps.append(np.asarray(population.states.step)[0])

    watched, _ = fit(
        trainer,
        [0, 1],
        on_start=lambda population: heard.append("start"),
        on_epoch=lambda report: heard.append(f"epoch {report.epoch}"),
        on_states=on_states,
    )
    assert heard == ["start", "states 0", "epoch 1", "states 1", "epoch 2", "states 2"]
    assert steps == [0, 2, 4]  # 20 samples in batches of 8
    assert_identical(watched, fit(trainer, [0, 1])[0])


def test_another_key_gives_another_result(trainer):
    population, _ = trainer.fit([TRIALS[0]] * 2, KEYS[:2], make_data(), make_splits(2), EPOCHS)
    first, second = (member(population.states.parameters, n) for n in range(2))
    assert float(difference(first, second)) > 1e-3


def test_validation_samples_never_influence_training(trainer):
    data, validation = make_data(), slice(20, 30)
    spoilt = Data(data.samples.at[validation].set(0.0), data.labels.at[validation].set(0))
    parameters, reports = fit(trainer, [0, 1], data)
    others, other_reports = fit(trainer, [0, 1], spoilt)
    assert_identical(parameters, others)
    assert not np.array_equal(reports[-1].validation.loss, other_reports[-1].validation.loss)


def test_each_member_trains_and_validates_on_its_own_rows(trainer):
    apart = make_splits(2)
    rows = np.array([range(20), range(10, 30)])
    apart = type(apart)(train=rows, validation=np.array([range(20, 30), range(10)]))
    both, reports = fit(trainer, [0, 1], splits=apart)
    second = type(apart)(train=rows[1:], validation=apart.validation[1:])
    alone, alone_reports = fit(trainer, [1], splits=second)
    assert_identical(both[1], alone[0])
    np.testing.assert_array_equal(reports[-1].validation.loss[1], alone_reports[-1].validation.loss[0])


def test_reports_have_one_entry_per_member_and_epoch_and_reach_the_caller_as_they_are_made(trainer):
    heard = []
    _, reports = fit(trainer, [0, 1], on_epoch=heard.append)
    assert heard == reports
    assert [report.epoch for report in reports] == [1, 2]
    for report in reports:
        assert report.train.loss.shape == report.train.accuracy.shape == report.validation.accuracy.shape == (2,)
        assert report.train.firing_rate.shape == (2, 1)
        assert report.validation.predictions.shape == (2, 10)


def test_the_trials_stay_usable_although_the_states_are_donated(trainer):
    before = [jax.tree.map(np.array, trial) for trial in TRIALS]
    population, _ = trainer.fit(TRIALS, KEYS, make_data(), make_splits(3), EPOCHS)
    assert_identical([jax.tree.map(np.asarray, trial) for trial in TRIALS], before)
    # and so do those inside the population, whose devices the states may share
    assert_identical([member(population.trials, n) for n in range(3)], before)
    population, _ = trainer.run_epoch(population, make_data(), make_splits(3), EPOCHS)
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(population.states.parameters))


def test_the_score_after_the_last_epoch_is_the_one_of_its_report(trainer):
    data, splits = make_data(), make_splits(3)
    population, reports = trainer.fit(TRIALS, KEYS, data, splits, EPOCHS)
    score = trainer.score(population, data, splits.validation, jax.random.key(0))
    assert_identical(score, reports[-1].validation)


def test_members_side_by_side_and_one_by_one_agree(trainers, monkeypatch):
    side_by_side, _ = fit(trainers[MODES[0]], [0, 1, 2])
    monkeypatch.setattr("physdfa.training.spread.SIDE_BY_SIDE_BYTES", 0)
    one_by_one, _ = fit(trainers[MODES[1]], [0, 1, 2])
    for left, right in zip(side_by_side, one_by_one, strict=True):
        assert_close(left, right, 1e-4)


def test_in_groups_a_member_depends_on_nothing_else_and_is_what_it_is_one_by_one(trainers, monkeypatch):
    """As an accelerator would whose memory holds two: the last group of three members begins with the second again."""
    monkeypatch.setenv(TUNED_FOR, "accelerator")
    monkeypatch.setattr("physdfa.training.trainer.members_beside", lambda *asked, **how: 2)
    trainer = Trainer(3)
    full, reports = fit(trainer, [0, 1, 2])
    reordered, _ = fit(trainer, [2, 0])
    assert_identical([full[2], full[0]], reordered)
    assert_identical(full[2], fit(trainer, [2])[0][0])
    assert trainer.num_compilations == 3
    monkeypatch.undo()
    monkeypatch.setattr("physdfa.training.spread.SIDE_BY_SIDE_BYTES", 0)
    one_by_one, other_reports = fit(trainers[MODES[1]], [0, 1, 2])
    for left, right in zip(full, one_by_one, strict=True):
        assert_close(left, right, 1e-4)
    np.testing.assert_allclose(reports[-1].validation.loss, other_reports[-1].validation.loss, rtol=1e-4)


def test_side_by_side_every_product_is_one_for_all_members(monkeypatch):
    """The weights of the members are one array: as many products of matrices as one member has, no loop over them."""
    monkeypatch.setenv(TUNED_FOR, "accelerator")
    trial = make_trial(hidden=(800,), inputs=784)  # on a processor one by one
    assert members_beside(trial, 3) is None
    data, rows, count = make_data(inputs=784), make_splits(3).train, jnp.int32(3)
    state = jax.eval_shape(start_training, trial, data, rows[0], KEYS[0])
    states = jax.eval_shape(lambda one: stack([one] * 3), state)

    def products(function, *arguments) -> list[str]:
        return [line for line in str(jax.make_jaxpr(function)(*arguments)).splitlines() if "dot_general[" in line]

    alone = products(train_epoch, trial, state, data, rows[0], count)
    together = side_by_side(train_epoch, (0, 0, None, 0, None))
    assert len(products(together, stack([trial] * 3), states, data, rows, count, count)) == len(alone) > 4


def test_the_capacity_does_not_change_a_result(trainers):
    splits = make_splits(1, validation=range(0))
    of_three, _ = fit(trainers[MODES[0]], [1], splits=splits)
    of_one, _ = fit(Trainer(1), [1], splits=splits)
    assert_close(of_three[0], of_one[0], 1e-4)


def test_without_validation_rows_nothing_is_scored(trainers):
    _, reports = fit(trainers[MODES[0]], [0], splits=make_splits(1, validation=range(0)))
    assert [report.validation for report in reports] == [None, None]


@pytest.mark.usefixtures("fresh_programs")
def test_the_memory_is_known_before_anything_runs_and_its_program_is_then_used():
    trainer = Trainer(1)
    held = trainer.memory(TRIALS[:1], KEYS[:1], make_data(), make_splits(1))
    parameters = 4 * (6 * 8 + 8 + 8 * 3 + 3)
    assert held > 3 * parameters  # weights, and two moments of adam
    assert trainer.num_compilations == 1
    fit(trainer, [0])
    assert trainer.num_compilations == 3
    assert trainer.peak_bytes == held


def test_more_members_than_the_capacity_are_refused(trainers):
    with pytest.raises(InputError, match="population of 4 is over the trainer's capacity of 3"):
        trainers[MODES[0]].start([*TRIALS, TRIALS[0]], [*KEYS, KEYS[0]], make_data(), make_splits(4))


def test_trials_of_two_structures_are_refused(trainers):
    mixed = [TRIALS[0], make_trial(batch_size=4)]
    with pytest.raises(InputError, match="must share one structure"):
        trainers[MODES[0]].start(mixed, KEYS[:2], make_data(), make_splits(2))


def test_a_member_of_a_stack_is_what_was_stacked():
    stacked = stack(TRIALS)
    assert all(leaf.shape[0] == 3 for leaf in jax.tree.leaves(stacked))
    for n in range(3):
        assert_identical(member(stacked, n), TRIALS[n])
    assert jax.tree.structure(member(stacked, 0)) == jax.tree.structure(TRIALS[0])
    assert jnp.ndim(member(stacked, 0).rule.feedback_scale) == 0


# --- Going on, regrouping, memory ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("fresh_programs")
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_survivors_regrouped_between_epochs_end_where_they_would_have_ended(schedule):
    trainer, data = Trainer(3), make_data()
    optimizer = Optimizer("adam", schedule, 0.03)
    trials = [make_trial(device=make_sine(period), optimizer=optimizer) for period in (1.5, 3.0, 6.0)]
    whole, reports = trainer.fit(trials, KEYS, data, make_splits(3), 4)
    whole = members_of(whole)
    population = trainer.start(trials, KEYS, data, make_splits(3))
    population, first = trainer.go_on(population, data, make_splits(3), range(1, 3), 4)
    kept = members_of(population)
    population, rest = trainer.go_on(trainer.regroup([kept[2], kept[0]]), data, make_splits(2), range(3, 5), 4)
    assert trainer.num_compilations == 3  # start, epoch, score: nothing anew for the survivors
    for place, index in ((0, 2), (1, 0)):
        assert_identical(members_of(population)[place].state, whole[index].state)
    assert [report.epoch for report in (*first, *rest)] == [1, 2, 3, 4]
    assert float(rest[-1].validation.loss[0]) == float(reports[-1].of(2).validation.loss[0])


def test_a_budget_of_memory_makes_equal_chunks_that_fit():
    trainer, data = Trainer(64), make_data()
    one = Trainer(1).memory(TRIALS[:1], KEYS[:1], data, make_splits(1))
    full = Trainer(64).memory(TRIALS[:1], KEYS[:1], data, make_splits(1))
    members = trainer.restrict(TRIALS[0], KEYS[0], data, make_splits(1), (one + full) // 2)
    assert members == trainer.capacity_of(TRIALS[1]) in (16, 22, 32)  # 64 in 4, 3 or 2 chunks
    assert trainer.memory(TRIALS[:1], KEYS[:1], data, make_splits(1)) <= (one + full) // 2
    assert trainer.capacity_of(make_trial(batch_size=4)) == 64  # of another structure nothing is known
    with pytest.raises(InputError, match=f"over the trainer's capacity of {members}"):
        trainer.start([TRIALS[0]] * (members + 1), [KEYS[0]] * (members + 1), data, make_splits(members + 1))


def test_a_training_that_does_not_fit_alone_is_refused():
    with pytest.raises(InputError, match=r"one training holds .* more than the 1e-06 GB"):
        Trainer(4).restrict(TRIALS[0], KEYS[0], make_data(), make_splits(1), 1000)
