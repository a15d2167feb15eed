"""Losses in closed form, and their gradients: the output error that every rule starts from."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from physdfa.errors import InputError
from physdfa.training import LOSSES, CrossEntropy, MeanSquaredError, SpikeCount

LABELS = jnp.array([0, 2])
cross_entropy, mean_squared_error = CrossEntropy().of_samples, MeanSquaredError().of_samples


def total(loss, labels, target=1.0):
    return lambda outputs: jnp.sum(loss(outputs, labels, target))


def test_equal_outputs_cost_the_logarithm_of_the_number_of_classes():
    np.testing.assert_allclose(cross_entropy(jnp.full((2, 10), 3.0), LABELS, 1.0), [np.log(10)] * 2, rtol=1e-6)


def test_cross_entropy_of_two_classes_is_the_logistic_loss_of_their_difference():
    losses = cross_entropy(jnp.array([[1.5, -0.5], [1.5, -0.5]]), jnp.array([0, 1]), 1.0)
    np.testing.assert_allclose(losses, [np.log1p(np.exp(-2.0)), np.log1p(np.exp(2.0))], rtol=1e-6)


def test_cross_entropy_stays_finite_for_large_outputs_and_does_not_see_a_common_shift():
    losses = cross_entropy(jnp.array([[1e4, 0.0, 0.0], [1e4, 0.0, 0.0]]), LABELS, 1.0)
    np.testing.assert_allclose(losses, [0.0, 1e4])


def test_the_error_of_cross_entropy_is_softmax_minus_onehot():
    outputs = jnp.array([[0.2, -1.0, 0.7], [2.0, 0.0, -0.3]])
    shares = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    expected = shares - np.eye(3)[np.asarray(LABELS)]
    np.testing.assert_allclose(jax.grad(total(cross_entropy, LABELS))(outputs), expected, rtol=1e-5, atol=1e-6)


def test_smoothed_labels_are_the_targets_of_cross_entropy():
    # Half of the target spread over two classes: 3/4 of the logistic loss of the right class, 1/4 of the other's.
    two = CrossEntropy(label_smoothing=0.5).of_samples(jnp.array([[1.5, -0.5]]), jnp.array([0]), 1.0)
    np.testing.assert_allclose(two, [0.75 * np.log1p(np.exp(-2.0)) + 0.25 * np.log1p(np.exp(2.0))], rtol=1e-6)
    outputs = jnp.array([[0.2, -1.0, 0.7], [2.0, 0.0, -0.3]])
    expected = optax.softmax_cross_entropy(outputs, optax.smooth_labels(jax.nn.one_hot(LABELS, 3), 0.2))
    found = CrossEntropy(label_smoothing=0.2).of_samples(outputs, LABELS, 1.0)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_error_of_smoothed_labels_vanishes_where_the_shares_are_the_targets():
    shares = optax.smooth_labels(jax.nn.one_hot(LABELS, 3), 0.3)
    smoothed = CrossEntropy(label_smoothing=0.3).of_samples
    np.testing.assert_allclose(jax.grad(total(smoothed, LABELS))(jnp.log(shares)), np.zeros((2, 3)), atol=1e-6)


def test_all_of_the_target_spread_evenly_is_refused():
    with pytest.raises(InputError, match=r"`label_smoothing` is the share .* must be >= 0 and < 1; got 1"):
        CrossEntropy(label_smoothing=1.0)


def test_the_squared_error_is_the_mean_over_the_classes_against_target_times_onehot():
    # ((1 - 4)^2 + 2^2 + 0) / 3 and (1 + 0 + (3 - 4)^2) / 3
    losses = mean_squared_error(jnp.array([[1.0, 2.0, 0.0], [1.0, 0.0, 3.0]]), LABELS, 4.0)
    np.testing.assert_allclose(losses, [13 / 3, 2 / 3], rtol=1e-6)


def test_the_error_of_the_squared_loss_is_twice_the_distance_over_the_number_of_classes():
    outputs = jnp.array([[1.0, 2.0, 0.0], [1.0, 0.0, 3.0]])
    expected = 2 / 3 * (np.asarray(outputs) - 4.0 * np.eye(3)[np.asarray(LABELS)])
    np.testing.assert_allclose(jax.grad(total(mean_squared_error, LABELS, 4.0))(outputs), expected, rtol=1e-6)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_the_loss_of_a_sample_does_not_depend_on_the_rest_of_its_batch(name):
    outputs = jnp.array([[0.2, -1.0, 0.7], [2.0, 0.0, -0.3]])
    both = LOSSES[name]().of_samples(outputs, LABELS, 1.0)
    np.testing.assert_allclose(both[1:], LOSSES[name]().of_samples(outputs[1:], LABELS[1:], 1.0), rtol=1e-6)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_the_error_vanishes_at_the_target(name):
    wanted = 1e3 if name == "cross_entropy" else 5.0
    outputs = wanted * jax.nn.one_hot(LABELS, 3)
    np.testing.assert_allclose(
        jax.grad(total(LOSSES[name]().of_samples, LABELS, 5.0))(outputs), np.zeros((2, 3)), atol=1e-6
    )


def test_the_error_of_spike_counts_is_counted_minus_wanted():
    outputs = jnp.array([[14.0, 3.0, 5.0], [0.0, 4.0, 15.0]])

    def loss(values):
        return jnp.sum(SpikeCount(15.0, 3.0).of_samples(values, LABELS, 1.0))

    np.testing.assert_allclose(
        SpikeCount(15.0, 3.0).of_samples(outputs, LABELS, 1.0), [(1 + 0 + 4) / 2, (9 + 1 + 0) / 2]
    )
    np.testing.assert_allclose(jax.grad(loss)(outputs), [[-1.0, 0.0, 2.0], [-3.0, 1.0, 0.0]])
