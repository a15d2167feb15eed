"""The start, the epoch and the score of one training, seen through a rule that records what it is shown."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.extend.core import jaxprs_in_params

from physdfa.data.event_samples import event_samples
from physdfa.devices import make_device
from physdfa.network import initial_parameters
from physdfa.training import Data, Optimizer, layer_potentials, step
from physdfa.training.program import held_bytes
from physdfa.training.step import (
    CALIBRATION_SAMPLES,
    carry_of,
    evaluate,
    start_training,
    train_epoch,
    train_update,
)
from tests.network.by_hand import simulate
from tests.training.trials import CLASSES, INPUTS, Recorder, make_data, make_trial

KEY = jax.random.key(3)
start_compiled, epoch_compiled = jax.jit(start_training), jax.jit(train_epoch)


def epochs_of(trial, data, train, count=1, key=KEY):
    """The states after each of `count` epochs, and the metrics of each."""
    rows = jnp.asarray(train, dtype=jnp.int32)
    states, metrics = [start_compiled(trial, data, rows, key)], []
    for _ in range(count):
        state, shown = epoch_compiled(trial, states[-1], data, rows, jnp.int32(10))
        states.append(state)
        metrics.append(shown)
    return states[1:], metrics


def one_hot_epochs(count):
    """Epochs of rows 5 to 19 in batches of 4; sample n lights input n alone, so that a sum of inputs counts visits."""
    data = Data(jnp.eye(20), jnp.arange(20, dtype=jnp.int32) % CLASSES)
    return epochs_of(make_trial(Recorder(batch_size=4), inputs=20, batch_size=4), data, range(5, 20), count)


def shown_inputs(trial, data) -> np.ndarray:
    """The inputs of one epoch of a single batch, [batch inputs]."""
    (state,), _ = epochs_of(trial, data, range(trial.batch_size))
    return np.asarray(state.rule_state.feedback[1])


def test_an_epoch_visits_each_training_sample_at_most_once_and_no_other():
    (state,), _ = one_hot_epochs(1)
    visits = np.asarray(state.rule_state.feedback[0][0])
    assert set(visits[5:]) == {0.0, 1.0}
    assert visits.sum() == 12  # three whole batches of four; the three samples left over wait
    assert not visits[:5].any()
    assert int(state.step) == 3


def test_every_epoch_has_a_fresh_order_so_that_no_sample_is_always_left_over():
    states, _ = one_hot_epochs(12)
    visits = np.asarray(states[-1].rule_state.feedback[0][0])
    assert visits[5:].min() > 0
    last_batches = {tuple(np.argmax(state.rule_state.feedback[1], axis=1).tolist()) for state in states}
    assert len(last_batches) == 12


def test_the_metrics_of_an_epoch_are_means_over_its_samples():
    # The recorder answers 0 for every class: the loss is log 3, and class 0 is always the answer.
    (state,), (metrics,) = one_hot_epochs(1)
    visited = np.flatnonzero(state.rule_state.feedback[0][0])
    assert float(metrics.loss) == pytest.approx(np.log(3), rel=1e-6)
    assert float(metrics.accuracy) == pytest.approx(np.mean(visited % CLASSES == 0), rel=1e-6)


def test_values_are_divided_by_the_full_scale():
    data = Data((16 * jnp.eye(8)).astype(jnp.uint8), jnp.zeros(8, dtype=jnp.int32))
    shown = shown_inputs(make_trial(Recorder(batch_size=8), inputs=8, full_scale=16.0), data)
    np.testing.assert_array_equal(np.sort(shown, axis=0)[-1], np.ones(8))


def test_training_images_are_shifted_by_whole_pixels_in_all_directions_alike():
    data = Data(jnp.zeros((400, 25)).at[:, 12].set(1.0), jnp.zeros(400, dtype=jnp.int32))  # the middle pixel of 5 x 5
    shown = shown_inputs(
        make_trial(Recorder(batch_size=400), inputs=25, batch_size=400, max_shift=1, image_shape=(5, 5)), data
    )
    np.testing.assert_array_equal(shown.sum(axis=1), np.ones(400))  # moved, never lost or doubled
    shares = shown.mean(axis=0).reshape(5, 5)
    np.testing.assert_allclose(shares[1:4, 1:4], np.full((3, 3), 1 / 9), atol=5 * np.sqrt(1 / 9 / 400))
    assert shares[1:4, 1:4].sum() == pytest.approx(1.0)


def dropped_out():
    """The state after an epoch of one batch of 200, a quarter of the neurons and 0.3 of the inputs silenced."""
    trial = make_trial(
        Recorder(batch_size=200),
        inputs=50,
        hidden=(40, 40),
        batch_size=200,
        dropout=0.25,
        input_dropout=0.3,
        has_dropout=True,
        has_input_dropout=True,
    )
    (state,), _ = epochs_of(trial, Data(jnp.ones((200, 50)), jnp.zeros(200, dtype=jnp.int32)), range(200))
    return [np.asarray(values) for values in state.rule_state.feedback]


def test_input_dropout_silences_its_share_and_keeps_the_mean():
    shown = dropped_out()[1]
    assert sorted(set(np.ravel(shown))) == pytest.approx([0.0, 1 / 0.7], rel=1e-6)
    assert (shown == 0).mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.3 * 0.7 / shown.size))
    assert (shown[0] != shown[1]).any()


def test_input_dropout_silences_whole_inputs_of_events_and_keeps_the_mean():
    times, inputs = np.zeros(50, np.float32), np.arange(50, dtype=np.uint16)
    samples = event_samples([times] * 200, [inputs] * 200, 50)  # every input of every sample fires at once
    data = jax.tree.map(jnp.asarray, Data(samples, np.zeros(200, dtype=np.int32)))
    trial = make_trial(
        Recorder(batch_size=200),
        inputs=50,
        batch_size=200,
        encoding="events",
        input_dropout=0.3,
        has_input_dropout=True,
    )
    shown = shown_inputs(trial, data)
    assert sorted(set(np.ravel(shown))) == pytest.approx([0.0, 1 / 0.7], rel=1e-6)
    assert (shown == 0).mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.3 * 0.7 / shown.size))


def test_dropout_draws_a_mask_per_sample_and_layer_that_keeps_the_mean():
    masks = dropped_out()[2:]
    for mask in masks:
        assert sorted(set(np.ravel(mask))) == pytest.approx([0.0, 1 / 0.75], rel=1e-6)
        assert mask.mean() == pytest.approx(1.0, abs=5 * np.sqrt(0.25 / 0.75 / mask.size))
        assert (mask[0] != mask[1]).any()
    assert (masks[0] != masks[1]).any()


def test_without_dropout_there_are_no_masks():
    (state,), _ = epochs_of(make_trial(Recorder(batch_size=8)), make_data(8), range(8))
    assert not any(np.any(mask) for mask in state.rule_state.feedback[2:])  # as they started: 0


def parameters_of(trial):
    return initial_parameters(jax.random.key(5), trial.network.connections, trial.network.weight_scale)


def scorer(trial, data, rows):
    """key -> score; a program of its own, so that it sees a changed EVALUATION_BATCH."""
    parameters, indices = parameters_of(trial), jnp.asarray(rows, dtype=jnp.int32)
    return jax.jit(lambda key: evaluate(trial, parameters, data, indices, key))


def score(trial, data, rows):
    return scorer(trial, data, rows)(KEY)


@pytest.mark.parametrize("count", [12, 29], ids=["one chunk", "a last chunk that is not full"])
def test_the_score_equals_a_loop_over_single_samples(monkeypatch, count):
    monkeypatch.setattr("physdfa.training.step.EVALUATION_BATCH", 12)
    trial, data = make_trial(num_steps=3, hidden=(9, 8)), make_data(40)
    rows = np.random.default_rng(1).permutation(40)[:count]
    losses, answers = [], []
    for row in rows:
        inputs = np.broadcast_to(np.asarray(data.samples[row]), (3, 1, 6))
        outputs = simulate(trial.network, parameters_of(trial), inputs).outputs[0]
        losses.append(np.log(np.exp(outputs).sum()) - outputs[int(data.labels[row])])
        answers.append(np.argmax(outputs))
    got = score(trial, data, rows)
    assert float(got.loss) == pytest.approx(np.mean(losses), rel=1e-5)
    np.testing.assert_array_equal(got.predictions, answers)
    assert float(got.accuracy) == pytest.approx(np.mean(answers == np.asarray(data.labels)[rows]), rel=1e-6)
    assert 0 < float(got.accuracy) < 1


def test_scoring_has_no_dropout_and_no_augmentation():
    data = Data(jnp.asarray(np.random.default_rng(0).uniform(size=(20, 25)), dtype=jnp.float32), make_data(20).labels)
    plain = make_trial(inputs=25, image_shape=(5, 5))
    disturbed = make_trial(
        inputs=25,
        image_shape=(5, 5),
        max_shift=2,
        dropout=0.5,
        input_dropout=0.5,
        has_dropout=True,
        has_input_dropout=True,
    )
    scores = [score(trial, data, range(20)) for trial in (plain, disturbed)]
    np.testing.assert_array_equal(scores[0].predictions, scores[1].predictions)
    assert float(scores[0].loss) == float(scores[1].loss)


def test_an_encoding_that_draws_spikes_draws_others_for_another_key():
    trial, data = make_trial(encoding="rate", num_steps=3), make_data(30)
    program = scorer(trial, data, range(30))
    losses = [float(program(key).loss) for key in (KEY, KEY, jax.random.key(4))]
    assert losses[0] == losses[1] != losses[2]


def test_the_potentials_are_those_of_the_plain_simulation_in_every_layer():
    trial, data = make_trial(num_steps=3, hidden=(9, 8)), make_data(10)
    rows = jnp.array([1, 7, 4])
    shown = jax.jit(layer_potentials)(trial, parameters_of(trial), data, rows, KEY)
    inputs = np.broadcast_to(np.asarray(data.samples)[rows], (3, 3, 6))
    expected = simulate(trial.network, parameters_of(trial), inputs).potentials
    for layer, potentials in zip(shown, expected, strict=True):
        np.testing.assert_allclose(layer, potentials, rtol=1e-4, atol=1e-5)


def shown_potentials(trial, data, most):
    rows = jnp.arange(data.labels.shape[0])
    return jax.jit(layer_potentials, static_argnums=5)(trial, parameters_of(trial), data, rows, KEY, most)


def test_of_many_potentials_so_many_are_drawn_from_every_step_and_neuron_that_they_stand_for_all():
    """50 steps x 40 samples x 30 and 20 neurons, of which 20 000 are kept: shares are met to 4 standard deviations."""
    trial, data, most = make_trial(num_steps=50, hidden=(30, 20)), make_data(40), 20_000
    every = [np.asarray(layer) for layer in shown_potentials(trial, data, 10**6)]
    kept = [np.asarray(layer) for layer in shown_potentials(trial, data, most)]
    assert [layer.shape for layer in every] == [(50, 40, 30), (50, 40, 20)]
    assert [layer.shape for layer in kept] == [(50, most // 50)] * 2
    for some, layer in zip(kept, every, strict=True):
        for now, then in zip(some, layer, strict=True):
            assert set(now) <= set(then.ravel())
        for share in (0.01, 0.5, 0.99):
            met = np.mean(some <= np.quantile(layer, share))
            assert met == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / most))
        assert some.mean() == pytest.approx(layer.mean(), abs=4 * layer.std() / np.sqrt(most))


@pytest.mark.parametrize("name", ["layer_potentials", "outside_range", "start_training"])
def test_what_looks_at_potentials_holds_no_more_for_ten_times_the_steps(name, monkeypatch):
    monkeypatch.setattr(step, "MOST_POTENTIALS", 2000)
    data, rows, held = make_data(40), jnp.arange(40), []
    for num_steps in (20, 200):
        device = make_device("mach_zehnder", {"reference": "calibrated"})  # looks at them when a training starts
        trial = make_trial(num_steps=num_steps, hidden=(64,), device=device)
        state = jax.eval_shape(start_training, trial, data, rows, KEY)
        seen = {"layer_potentials": [state.parameters], "outside_range": [state]}.get(name, [])
        program = jax.jit(lambda *arguments: getattr(step, name)(*arguments))
        held.append(held_bytes(program.lower(trial, *seen, data, rows, KEY).compile()))
    assert held[1] <= held[0] + 8 * 200  # all potentials of the longer one: 4 x 200 x 40 x 64 bytes, 2 MB


def test_events_in_discrete_time_are_scored_in_no_larger_batches_than_they_train_in():
    spikes = event_samples([np.linspace(0.0, 0.9, 5)] * 60, [np.arange(5)] * 60, INPUTS)
    data = Data(jax.tree.map(jnp.asarray, spikes), jnp.zeros(60, jnp.int32))
    held = []
    for batch_size in (4, 60):
        trial = make_trial(encoding="events", num_steps=200, batch_size=batch_size)
        program = jax.jit(lambda *arguments: evaluate(*arguments))
        arguments = (trial, parameters_of(trial), data, jnp.arange(60), KEY)
        held.append(held_bytes(program.lower(*arguments).compile()))
    assert held[1] - held[0] >= 4 * 200 * (60 - 4) * INPUTS


def test_the_device_is_calibrated_at_the_potentials_of_the_fresh_network_under_training_samples():
    values = {"reference": "calibrated", "decode.scale": 1.0}
    device = make_device("mach_zehnder", values)
    trial, data = make_trial(device=device), make_data(CALIBRATION_SAMPLES + 30)
    train = jnp.arange(10, CALIBRATION_SAMPLES + 30)
    state = start_compiled(trial, data, train, KEY)
    seen = jax.jit(layer_potentials)(trial, state.parameters, data, train[:CALIBRATION_SAMPLES], KEY)[0]
    # With the scale 1, AC coupling leaves g with the mean 0 over what was measured.
    for measured, has_mean_zero in ((state.device, True), (device, False)):
        answers = np.asarray(jax.jit(lambda device: device.respond(seen))(measured))
        assert (abs(answers.mean()) < 1e-4 * answers.std()) == has_mean_zero


def test_weights_feedback_and_order_are_drawn_independently_from_the_key():
    trial, data, rows = make_trial(), make_data(), jnp.arange(20)
    first, again, other = (start_compiled(trial, data, rows, jax.random.key(seed)) for seed in (0, 0, 1))
    for name in ("parameters", "rule_state", "key_data"):
        leaves = [jax.tree.leaves(getattr(state, name))[0] for state in (first, again, other)]
        np.testing.assert_array_equal(leaves[0], leaves[1])
        assert not np.array_equal(leaves[0], leaves[2])


def test_the_learning_rate_of_a_cosine_schedule_reaches_zero_with_the_last_step():
    data, rows = make_data(16), jnp.arange(16)
    trial = make_trial("readout_only", optimizer=Optimizer(schedule="cosine", learning_rate=0.1))
    state = start_compiled(trial, data, rows, KEY)
    late, _ = epoch_compiled(trial, state._replace(step=jnp.int32(10)), data, rows, jnp.int32(10))
    early, _ = epoch_compiled(trial, state, data, rows, jnp.int32(10))
    np.testing.assert_array_equal(late.parameters.weights[-1], state.parameters.weights[-1])
    assert not np.array_equal(early.parameters.weights[-1], state.parameters.weights[-1])


def test_the_firing_rate_of_a_score_counts_each_sample_once(monkeypatch):
    monkeypatch.setattr("physdfa.training.step.EVALUATION_BATCH", 12)
    trial, data = make_trial(num_steps=3, hidden=(9, 8)), make_data(40)
    inputs = np.broadcast_to(np.asarray(data.samples)[:25], (3, 25, 6))
    expected = [spikes.mean() for spikes in simulate(trial.network, parameters_of(trial), inputs).spikes]
    np.testing.assert_allclose(score(trial, data, range(25)).firing_rate, expected, rtol=1e-5)


# --- The precision of products ---------------------------------------------------------------------------------------


def precisions_of(function, *arguments) -> set:
    """Of every product of matrices, in whatever loop it stands."""
    found, waiting = set(), [jax.make_jaxpr(function)(*arguments).jaxpr]
    while waiting:
        for equation in waiting.pop().eqns:
            if equation.primitive.name == "dot_general":
                found.add(equation.params["precision"])
            waiting += jaxprs_in_params(equation.params)
    return found


@pytest.mark.parametrize("rule", ["bptt", "adfa", "fdfa", "st_dfa"])
def test_every_product_of_training_and_evaluation_has_the_precision_of_the_trial(rule):
    data, rows, highest = make_data(), jnp.arange(16, dtype=jnp.int32), jax.lax.Precision.HIGHEST
    for asked, expected in (("highest", {(highest, highest)}), ("default", {None})):
        trial = make_trial(rule, hidden=(8, 7), readout="count", matmul_precision=asked)
        state = jax.eval_shape(start_training, trial, data, rows, KEY)
        assert precisions_of(train_update, trial, carry_of(state, KEY), data, rows[:8], jnp.int32(10)) == expected
        assert precisions_of(evaluate, trial, state.parameters, data, rows, KEY) == expected
        assert precisions_of(layer_potentials, trial, state.parameters, data, rows, KEY) == expected
