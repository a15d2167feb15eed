"""Fully connected layers: what `tests/network/test_convolution.py` holds of the others."""

import jax.numpy as jnp
import numpy as np

from physdfa.network import FullConnections

LAYER = FullConnections(2, 3)
WEIGHT = jnp.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.0]])


def test_the_three_products_of_a_layer_are_those_of_its_matrix():
    delta, presynaptic = jnp.array([[1.0, 0.0, 2.0]]), jnp.array([[5.0, -1.0]])
    np.testing.assert_array_equal(LAYER.weighted(WEIGHT, presynaptic), [[3.0, 1.0, 15.0]])
    np.testing.assert_array_equal(LAYER.transposed(WEIGHT, delta), [[7.0, 2.0]])
    np.testing.assert_array_equal(LAYER.correlated(delta, presynaptic), [[5.0, -1.0], [0.0, 0.0], [10.0, -2.0]])


def test_each_neuron_has_a_row_of_weights_and_a_bias_of_its_own():
    assert (LAYER.pre, LAYER.post, LAYER.units, LAYER.fan_in, LAYER.shape) == (2, 3, 3, 2, (3,))
    assert (LAYER.products, LAYER.synapses, LAYER.num_parameters) == (6, 6, 9)
    np.testing.assert_array_equal(LAYER.spread(jnp.arange(3.0)), [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(LAYER.gathered(jnp.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])), [5.0, 7.0, 9.0])


def test_every_active_input_meets_every_neuron_that_writes():
    writing, active = jnp.array([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]), jnp.array([[1.0, 1.0], [1.0, 0.0]])
    np.testing.assert_array_equal(LAYER.pairs(writing, active), [4.0, 0.0])
