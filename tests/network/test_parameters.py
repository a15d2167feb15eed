"""How weights start, and what one layer computes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.network import (
    NetworkParameters,
    SpikingNetwork,
    affine,
    as_connections,
    initial_parameters,
    paths_to_outputs,
)
from physdfa.neurons import Lif

SIZES = (400, 300, 200, 10)


def drawn(sizes, weight_scale=1.0, seed=0):
    return initial_parameters(jax.random.key(seed), as_connections(sizes), jnp.asarray(weight_scale))


def test_initial_weights_have_the_spread_weight_scale_over_the_root_of_the_fan_in():
    parameters = drawn(SIZES, 1.5)
    for weight, fan_in in zip(parameters.weights, SIZES[:-1], strict=True):
        # the standard deviation of n normal draws is known to 1 / sqrt(2 n), the mean to 1 / sqrt(n)
        spread = 1.5 / np.sqrt(fan_in)
        assert float(jnp.std(weight)) == pytest.approx(spread, rel=5 / np.sqrt(2 * weight.size))
        assert abs(float(jnp.mean(weight))) < 5 * spread / np.sqrt(weight.size)


def test_weights_are_post_by_pre_and_biases_start_at_zero():
    parameters = drawn(SIZES)
    assert [weight.shape for weight in parameters.weights] == [(300, 400), (200, 300), (10, 200)]
    assert [bias.shape for bias in parameters.biases] == [(300,), (200,), (10,)]
    assert not any(np.any(bias) for bias in parameters.biases)


def test_layers_of_the_same_shape_start_differently():
    weights = drawn((50, 50, 50)).weights
    correlation = np.corrcoef(np.ravel(weights[0]), np.ravel(weights[1]))[0, 1]
    assert abs(correlation) < 5 / np.sqrt(2500)


def test_the_same_key_draws_the_same_weights_and_another_key_others():
    first, again, other = (drawn((5, 4, 3), seed=k) for k in (0, 0, 1))
    np.testing.assert_array_equal(first.weights[0], again.weights[0])
    assert not np.array_equal(first.weights[0], other.weights[0])


MIDDLE = jnp.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.0]])  # 3 neurons behind 2
LAST = jnp.array([[1.0, 1.0, -1.0]])  # 1 output


def test_the_weights_of_all_paths_to_an_output_add_up():
    parameters = NetworkParameters((jnp.zeros((2, 4)), MIDDLE, LAST), (jnp.zeros(2), jnp.zeros(3), jnp.zeros(1)))
    first, second = paths_to_outputs(as_connections((4, 2, 3, 1)), parameters)
    np.testing.assert_array_equal(first, [[1 + 0 - 3], [2 - 1 + 0]])
    np.testing.assert_array_equal(second, LAST.T)


def test_a_layer_is_an_affine_map_of_its_input():
    parameters = NetworkParameters((jnp.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.0]]),), (jnp.array([0.5, 0.0, -1.0]),))
    network, inputs = SpikingNetwork((2, 3, 1), Lif()), jnp.array([[1.0, 1.0], [2.0, -1.0]])
    np.testing.assert_allclose(affine(network, parameters, 0, inputs), [[3.5, -1.0, 2.0], [0.5, 1.0, 5.0]])
    np.testing.assert_allclose(affine(network, parameters, 0, inputs, 2.0)[0], [4.0, -1.0, 1.0])
