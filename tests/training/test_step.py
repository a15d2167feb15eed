"""The start, the epoch and the score of one training, seen through a rule that records what it is shown."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.data import ENCODINGS
from physdfa.devices import make_device
from physdfa.network import initial_parameters
from physdfa.training import Data, layer_potentials
from physdfa.training.step import CALIBRATION_SAMPLES, evaluate, start_training, train_epoch
from tests.network.by_hand import simulate
from tests.training.trials import CLASSES, make_data, make_trial, recorder

KEY = jax.random.key(3)
start_compiled, epoch_compiled = jax.jit(start_training), jax.jit(train_epoch)


def epochs_of(trial, data, train, count=1, key=KEY):
    """The states after each of `count` epochs, and the metrics of the last."""
    rows = jnp.asarray(train, dtype=jnp.int32)
    states, metrics = [start_compiled(trial, data, rows, key)], None
    for _ in range(count):
        state, metrics = epoch_compiled(trial, states[-1], data, rows, jnp.int32(10))
        states.append(state)
    return states[1:], metrics


def one_hot_data(count=20) -> Data:
    """Sample n lights input n alone, so that a sum of inputs counts visits."""
    return Data(jnp.eye(count), jnp.arange(count, dtype=jnp.int32) % CLASSES)


def bright_pixel_data(count=400) -> Data:
    """Images of 5 x 5 pixels whose middle one is 1."""
    return Data(jnp.zeros((count, 25)).at[:, 12].set(1.0), jnp.zeros(count, dtype=jnp.int32))


def shown_inputs(trial, data) -> np.ndarray:
    """The inputs of one epoch of a single batch, [batch inputs]."""
    (state,), _ = epochs_of(trial, data, range(trial.batch_size))
    return np.asarray(state.rule_state.feedback[1])


def test_an_epoch_visits_each_training_sample_at_most_once_and_no_other():
    trial = make_trial(recorder(4), inputs=20, batch_size=4)
    (state,), _ = epochs_of(trial, one_hot_data(), range(5, 20))
    visits = np.asarray(state.rule_state.feedback[0][0])
    assert set(visits[5:]) == {0.0, 1.0}
    assert visits.sum() == 12  # three whole batches of four; the three samples left over wait
    assert not visits[:5].any()
    assert int(state.step) == 3


def test_every_epoch_has_a_fresh_order_so_that_no_sample_is_always_left_over():
    trial = make_trial(recorder(4), inputs=20, batch_size=4)
    states, _ = epochs_of(trial, one_hot_data(), range(5, 20), count=12)
    visits = np.asarray(states[-1].rule_state.feedback[0][0])
    assert visits[5:].min() > 0
    last_batches = {tuple(np.argmax(state.rule_state.feedback[1], axis=1).tolist()) for state in states}
    assert len(last_batches) == 12


def test_the_metrics_of_an_epoch_are_means_over_its_samples():
    # The recorder answers 0 for every class: the loss is log 3, and class 0 is always the answer.
    data = one_hot_data(21)
    _, metrics = epochs_of(make_trial(recorder(7), inputs=21, batch_size=7), data, range(21))
    assert float(metrics.loss) == pytest.approx(np.log(3), rel=1e-6)
    assert float(metrics.accuracy) == pytest.approx(1 / 3, rel=1e-6)


def test_values_are_divided_by_the_full_scale():
    data = Data((16 * jnp.eye(8)).astype(jnp.uint8), jnp.zeros(8, dtype=jnp.int32))
    shown = shown_inputs(make_trial(recorder(8), inputs=8, full_scale=16.0), data)
    np.testing.assert_array_equal(np.sort(shown, axis=0)[-1], np.ones(8))


def test_training_images_are_shifted_by_whole_pixels_in_all_directions_alike():
    data = bright_pixel_data()
    shown = shown_inputs(make_trial(recorder(400), inputs=25, batch_size=400, max_shift=1, image_shape=(5, 5)), data)
    np.testing.assert_array_equal(shown.sum(axis=1), np.ones(400))  # moved, never lost or doubled
    shares = shown.mean(axis=0).reshape(5, 5)
    np.testing.assert_allclose(shares[1:4, 1:4], np.full((3, 3), 1 / 9), atol=5 * np.sqrt(1 / 9 / 400))
    assert shares[1:4, 1:4].sum() == pytest.approx(1.0)


def test_input_dropout_silences_its_share_and_keeps_the_mean():
    data = Data(jnp.ones((200, 50)), jnp.zeros(200, dtype=jnp.int32))
    shown = shown_inputs(
        make_trial(recorder(200), inputs=50, batch_size=200, input_dropout=0.3, has_input_dropout=True), data
    )
    assert sorted(set(np.ravel(shown))) == pytest.approx([0.0, 1 / 0.7], rel=1e-6)
    assert (shown == 0).mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.3 * 0.7 / shown.size))
    assert not np.array_equal(shown[0], shown[1])


def test_dropout_draws_a_mask_per_sample_and_layer_that_keeps_the_mean():
    trial = make_trial(recorder(200), hidden=(40, 40), batch_size=200, dropout=0.25, has_dropout=True)
    (state,), _ = epochs_of(trial, make_data(200), range(200))
    masks = [np.asarray(mask) for mask in state.rule_state.feedback[2:]]
    for mask in masks:
        assert sorted(set(np.ravel(mask))) == pytest.approx([0.0, 1 / 0.75], rel=1e-6)
        assert mask.mean() == pytest.approx(1.0, abs=5 * np.sqrt(0.25 / 0.75 / mask.size))
        assert not np.array_equal(mask[0], mask[1])
    assert not np.array_equal(*masks)


def test_without_dropout_there_are_no_masks():
    (state,), _ = epochs_of(make_trial(recorder(8), dropout=0.9), make_data(8), range(8))
    assert not any(np.any(mask) for mask in state.rule_state.feedback[2:])  # as they started: 0


def parameters_of(trial):
    return initial_parameters(jax.random.key(5), trial.network.layer_sizes, trial.network.weight_scale)


def score(trial, data, rows, key=KEY):
    program = jax.jit(lambda *arguments: evaluate(*arguments))  # its own, so that it sees a changed EVALUATION_BATCH
    return program(trial, parameters_of(trial), data, jnp.asarray(rows, dtype=jnp.int32), key)


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
    losses = [float(score(trial, data, range(30), key).loss) for key in (KEY, KEY, jax.random.key(4))]
    assert losses[0] == losses[1] != losses[2]


def test_the_potentials_are_those_of_the_plain_simulation_in_every_layer():
    trial, data = make_trial(num_steps=3, hidden=(9, 8)), make_data(10)
    rows = jnp.array([1, 7, 4])
    shown = jax.jit(layer_potentials)(trial, parameters_of(trial), data, rows, KEY)
    inputs = np.broadcast_to(np.asarray(data.samples)[rows], (3, 3, 6))
    expected = simulate(trial.network, parameters_of(trial), inputs).potentials
    for layer, potentials in zip(shown, expected, strict=True):
        np.testing.assert_allclose(layer, potentials, rtol=1e-4, atol=1e-5)


def test_the_device_is_calibrated_at_the_potentials_of_the_fresh_network_under_training_samples():
    values = {"reference": "calibrated", "decode.scale": 1.0}
    device = make_device("mach_zehnder", values)
    trial, data = make_trial(device=device), make_data(CALIBRATION_SAMPLES + 30)
    train = jnp.arange(10, CALIBRATION_SAMPLES + 30)
    state = start_compiled(trial, data, train, KEY)
    seen = layer_potentials(trial, state.parameters, data, train[:CALIBRATION_SAMPLES], KEY)[0]
    # With the scale 1, AC coupling leaves g with the mean 0 over what was measured.
    assert abs(float(jnp.mean(state.device.respond(seen)))) < 1e-4 * float(jnp.std(state.device.respond(seen)))
    assert abs(float(jnp.mean(device.respond(seen)))) > 1e-2 * float(jnp.std(device.respond(seen)))


def test_weights_feedback_and_order_are_drawn_independently_from_the_key():
    trial, data, rows = make_trial(), make_data(), jnp.arange(20)
    first, again, other = (start_compiled(trial, data, rows, jax.random.key(seed)) for seed in (0, 0, 1))
    for name in ("parameters", "rule_state", "key_data"):
        leaves = [jax.tree.leaves(getattr(state, name))[0] for state in (first, again, other)]
        np.testing.assert_array_equal(leaves[0], leaves[1])
        assert not np.array_equal(leaves[0], leaves[2])


def test_the_learning_rate_of_a_cosine_schedule_reaches_zero_with_the_last_step():
    trial = make_trial("readout_only")
    trial = replace(trial, optimizer=replace(trial.optimizer, schedule="cosine"))
    data, rows = make_data(16), jnp.arange(16)
    state = start_compiled(trial, data, rows, KEY)
    late, _ = epoch_compiled(trial, state._replace(step=jnp.int32(10)), data, rows, jnp.int32(10))
    early, _ = epoch_compiled(trial, state, data, rows, jnp.int32(10))
    np.testing.assert_array_equal(late.parameters.weights[-1], state.parameters.weights[-1])
    assert not np.array_equal(early.parameters.weights[-1], state.parameters.weights[-1])


def test_encodings_are_those_of_the_data_room():
    assert make_trial().encoding is ENCODINGS["direct"]
