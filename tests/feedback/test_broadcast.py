"""Feedback per channel."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.feedback import BroadcastProjection, make_projection
from physdfa.feedback.base import draw_layers
from physdfa.rules import Dfa
from tests.feedback.projections import CLASSES, KEY, dense, draw, make_error
from tests.rules.test_convolution import make_convolutional_network


def test_the_positions_of_a_channel_get_the_same_error_and_channels_another():
    projection = draw(BroadcastProjection().for_neurons((2, 5, 4)))
    projected = projection.project(make_error()).reshape(-1, 10, 4)
    np.testing.assert_array_equal(projected, np.repeat(projected[:, :1], 10, axis=1))
    assert len(np.unique(projected[0, 0])) == 4
    np.testing.assert_allclose(make_error() @ projection.arrays()["matrix"].T, projected.reshape(-1, 40), rtol=1e-5)


def test_it_holds_a_row_per_channel_with_the_spread_of_dense_feedback():
    projection = draw(BroadcastProjection().for_neurons((2, 2, 5000)), neurons=20_000, scale=1.5)
    assert projection.matrix.shape == (5000, CLASSES)
    # the standard deviation of n normal draws is known to 1 / sqrt(2 n)
    assert float(jnp.std(projection.matrix)) == pytest.approx(1.5 / np.sqrt(CLASSES), rel=5 / np.sqrt(2 * 50_000))


def test_neurons_of_a_fully_connected_layer_are_channels_of_their_own():
    np.testing.assert_array_equal(draw(BroadcastProjection()).project(make_error()), dense().project(make_error()))


def test_every_layer_of_a_network_repeats_over_its_own_positions():
    network = make_convolutional_network()
    for precision in ("exact", "ternary"):
        state = Dfa(feedback=make_projection("broadcast", precision)).init(KEY, network)
        for layer, one in zip(network.connections, state.feedback, strict=False):
            matrix = np.asarray(one.arrays()["matrix"])
            assert matrix.shape == (layer.post, 3)
            assert len(np.unique(matrix, axis=0)) == layer.shape[-1]


def test_a_population_keeps_the_matrix_of_each_member():
    keys = jax.random.split(KEY, 3)
    layers = jax.vmap(lambda key: draw_layers(BroadcastProjection(), key, [(2, 2, 3)], CLASSES, jnp.asarray(1.0)))(keys)
    assert layers[0].arrays()["matrix"].shape == (3, 12, CLASSES)
