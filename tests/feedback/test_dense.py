"""Dense feedback: its spread, its shape, and that every run and layer has its own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.feedback import DenseProjection, draw_layers

KEY = jax.random.key(0)


def matrices(key, hidden_sizes, classes, feedback_scale):
    layers = draw_layers(DenseProjection(), key, [(size,) for size in hidden_sizes], classes, feedback_scale)
    return [layer.arrays()["matrix"] for layer in layers]


def test_the_entries_have_mean_zero_and_the_spread_feedback_scale_over_the_root_of_the_classes():
    (matrix,) = matrices(KEY, [5000], 4, jnp.asarray(3.0))
    spread, count = 3.0 / np.sqrt(4), 5000 * 4
    assert float(jnp.std(matrix)) == pytest.approx(spread, rel=5 / np.sqrt(2 * count))
    assert abs(float(jnp.mean(matrix))) < 5 * spread / np.sqrt(count)


def test_each_hidden_layer_has_a_matrix_of_neurons_by_classes():
    assert [matrix.shape for matrix in matrices(KEY, [7, 5], 3, jnp.asarray(1.0))] == [(7, 3), (5, 3)]


def test_the_matrices_of_two_layers_are_independent():
    first, second = matrices(KEY, [500, 500], 10, jnp.asarray(1.0))
    assert abs(np.corrcoef(np.ravel(first), np.ravel(second))[0, 1]) < 5 / np.sqrt(5000)


def test_the_same_key_draws_the_same_matrix_and_another_key_another():
    draws = [matrices(jax.random.key(k), [6], 3, jnp.asarray(1.0))[0] for k in (0, 0, 1)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert not np.array_equal(draws[0], draws[2])


def test_the_scale_multiplies_the_same_draw():
    one, three = (matrices(KEY, [6], 3, jnp.asarray(scale))[0] for scale in (1.0, 3.0))
    np.testing.assert_allclose(three, 3 * one, rtol=1e-6)


def test_a_population_of_scales_and_keys_is_one_program():
    keys = jax.random.split(KEY, 2)
    stacked = jax.vmap(lambda key, scale: matrices(key, [6], 3, scale)[0])(keys, jnp.array([1.0, 2.0]))
    for n in range(2):
        alone = matrices(keys[n], [6], 3, jnp.asarray(n + 1.0))[0]
        np.testing.assert_allclose(stacked[n], alone, rtol=1e-6)


def test_the_projection_is_the_product_with_the_transposed_matrix_bit_for_bit():
    error = jax.random.normal(jax.random.key(1), (5, 3))
    (layer,) = draw_layers(DenseProjection(), KEY, [(6,)], 3, jnp.asarray(1.0))
    np.testing.assert_array_equal(layer.project(error, key=KEY), error @ layer.arrays()["matrix"].T)


def test_a_projection_without_its_matrix_says_what_is_missing():
    with pytest.raises(InputError, match="has no matrix yet: call `drawn"):
        DenseProjection().project(jnp.ones((2, 3)))
