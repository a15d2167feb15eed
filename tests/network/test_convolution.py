"""Convolutional layers against the matrix between all neurons, written out by loops."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.network import Convolution, ConvolutionalConnections, FullConnections
from physdfa.tuning import TUNED_FOR
from tests.network.by_hand import tied

LAYERS = {
    "3c3": (7, 6, 2),
    "3c3 stride 2 padding 1": (7, 6, 2),
    "4c2 pool 2": (7, 6, 1),
    "2c3 stride 2 padding 2 pool 3": (12, 15, 2),
    "2c1 stride 3 pool 2": (9, 9, 2),
}
"""A layer and the image that it sees: one and several channels, sides that stride and pool leave a rest of."""
EVERY_LAYER = pytest.mark.parametrize("text", list(LAYERS))


@pytest.fixture(params=["processor", "accelerator"], autouse=True, scope="module")
def tuned_for(request):
    """Each law in the forms of both kinds of machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(TUNED_FOR, request.param)
        yield


@cache
def make_layer(text):
    """The connections, what each weight is between all neurons, weights, and what enters and comes back."""
    connections = ConvolutionalConnections(LAYERS[text], Convolution.read(text))
    keys = jax.random.split(jax.random.key(3), 3)
    sizes = ((connections.units, connections.fan_in), (3, connections.pre), (3, connections.post))
    weight, presynaptic, delta = (jax.random.normal(key, size) for key, size in zip(keys, sizes, strict=True))
    return connections, tied(connections), weight, presynaptic, delta


def dense(shares, weight):
    return np.einsum("ufni,uf->ni", shares, weight)


@EVERY_LAYER
def test_currents_are_those_of_the_matrix_between_all_neurons(text):
    connections, shares, weight, presynaptic, _ = make_layer(text)
    wanted = presynaptic @ dense(shares, weight).T
    np.testing.assert_allclose(connections.weighted(weight, presynaptic), wanted, rtol=1e-4, atol=1e-5)


@EVERY_LAYER
def test_the_gradient_of_a_kernel_is_the_sum_over_all_pairs_that_share_a_weight(text):
    connections, shares, _, presynaptic, delta = make_layer(text)
    wanted = np.einsum("ufni,bn,bi->uf", shares, delta, presynaptic, optimize=True)
    np.testing.assert_allclose(connections.correlated(delta, presynaptic), wanted, rtol=1e-4, atol=1e-4)


@EVERY_LAYER
def test_errors_come_back_through_the_transposed_matrix(text):
    connections, shares, weight, _, delta = make_layer(text)
    np.testing.assert_allclose(
        connections.transposed(weight, delta), delta @ dense(shares, weight), rtol=1e-4, atol=1e-5
    )


@EVERY_LAYER
def test_derivatives_of_currents_are_those_of_the_matrix_product(text):
    connections, shares, weight, presynaptic, delta = make_layer(text)
    changes = weight[::-1], presynaptic[::-1]
    _, change = jax.jvp(connections.weighted, (weight, presynaptic), changes)
    wanted = presynaptic @ dense(shares, changes[0]).T + changes[1] @ dense(shares, weight).T
    np.testing.assert_allclose(change, wanted, rtol=1e-4, atol=1e-4)
    _, pull_back = jax.vjp(connections.weighted, weight, presynaptic)
    of_weight, of_presynaptic = pull_back(delta)
    np.testing.assert_allclose(of_weight, connections.correlated(delta, presynaptic), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(of_presynaptic, connections.transposed(weight, delta), rtol=1e-4, atol=1e-5)


@EVERY_LAYER
def test_the_bias_of_a_channel_is_that_of_all_its_positions(text):
    connections, *_, delta = make_layer(text)
    bias = jnp.arange(1.0, connections.units + 1)
    of_neuron = connections.spread(bias).reshape(connections.shape)
    assert all(np.all(of_neuron[..., unit] == unit + 1) for unit in range(connections.units))
    wanted = np.asarray(delta).reshape(-1, connections.units).sum(axis=0)
    np.testing.assert_allclose(connections.gathered(delta), wanted, rtol=1e-5, atol=1e-6)


@EVERY_LAYER
def test_synapses_and_pairs_are_counted_in_the_matrix_between_all_neurons(text):
    connections, shares, *_, presynaptic, delta = make_layer(text)
    linked = np.any(shares, axis=(0, 1))
    assert connections.synapses == linked.sum()
    active, writing = (jnp.asarray(values > 0, jnp.float32) for values in (presynaptic, delta))
    np.testing.assert_array_equal(connections.pairs(writing, active), np.einsum("bn,bi,ni->b", writing, active, linked))


@EVERY_LAYER
def test_sizes_are_those_of_the_matrix_between_all_neurons(text):
    connections, shares, *_ = make_layer(text)
    assert (connections.units, connections.fan_in, connections.post, connections.pre) == shares.shape
    assert connections.num_parameters == connections.units * (connections.fan_in + 1)


def test_a_position_costs_one_multiply_add_per_weight_of_its_kernel():
    assert ConvolutionalConnections((28, 28, 3), Convolution.read("16c5 stride 2")).products == 12 * 12 * 16 * 5 * 5 * 3


def test_pooling_is_the_mean_over_squares_of_currents():
    whole, pooled = (ConvolutionalConnections((9, 9, 2), Convolution.read(f"3c2{more}")) for more in ("", " pool 2"))
    weight, presynaptic = jax.random.normal(jax.random.key(0), (3, 8)), jax.random.normal(jax.random.key(1), (2, 162))
    wanted = np.asarray(whole.weighted(weight, presynaptic)).reshape(2, 4, 2, 4, 2, 3).mean(axis=(2, 4))
    np.testing.assert_allclose(pooled.weighted(weight, presynaptic), wanted.reshape(2, -1), rtol=1e-4, atol=1e-5)


def test_a_kernel_as_large_as_the_image_is_a_fully_connected_layer():
    one = ConvolutionalConnections((4, 4, 2), Convolution.read("5c4"))
    full = FullConnections(32, 5)
    weight, presynaptic = jax.random.normal(jax.random.key(0), (5, 32)), jax.random.normal(jax.random.key(1), (3, 32))
    delta = jax.random.normal(jax.random.key(2), (3, 5))
    assert (one.products, one.synapses, one.num_parameters) == (full.products, full.synapses, full.num_parameters)
    for of in (
        lambda made: made.weighted(weight, presynaptic),
        lambda made: made.correlated(delta, presynaptic),
        lambda made: made.transposed(weight, delta),
        lambda made: made.gathered(delta),
        lambda made: made.pairs(jnp.where(delta > 0, 1.0, 0.0), jnp.where(presynaptic > 0, 1.0, 0.0)),
    ):
        np.testing.assert_allclose(of(one), of(full), rtol=1e-4, atol=1e-5)


def test_planes_of_a_sensor_are_seen_like_the_channels_of_its_pixels():
    """Input (p * height + y) * width + x is what (y * width + x) * polarities + p is to an image."""
    height, width, polarities = 5, 4, 2
    place = np.arange(height * width * polarities).reshape(polarities, height, width).transpose(1, 2, 0).ravel()
    text = Convolution.read("3c3 padding 1 pool 2")
    planes, image = (ConvolutionalConnections((height, width, polarities), text, way) for way in (True, False))
    keys = jax.random.split(jax.random.key(5), 3)
    sizes = ((3, planes.fan_in), (2, planes.pre), (2, planes.post))
    weight, presynaptic, delta = (jax.random.normal(key, size) for key, size in zip(keys, sizes, strict=True))
    by_pixel, active, writing = presynaptic[:, place], presynaptic > 0, jnp.asarray(delta > 0, jnp.float32)
    np.testing.assert_array_equal(planes.weighted(weight, presynaptic), image.weighted(weight, by_pixel))
    np.testing.assert_array_equal(planes.correlated(delta, presynaptic), image.correlated(delta, by_pixel))
    np.testing.assert_array_equal(planes.transposed(weight, delta)[:, place], image.transposed(weight, delta))
    np.testing.assert_array_equal(
        planes.pairs(writing, jnp.asarray(active, jnp.float32)),
        image.pairs(writing, jnp.asarray(active[:, place], jnp.float32)),
    )


def test_a_layer_is_written_as_it_is_read_without_what_is_usual():
    read = Convolution.read("16c5 pool 2 padding 1 stride 1")
    assert read == Convolution(16, 5, padding=1, pool=2)
    assert str(read) == "16c5 padding 1 pool 2"
    assert Convolution.read(str(read)) == read


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("16", "is no convolutional layer: it needs channels"),
        ("16c5 stride", "is no convolutional layer"),
        ("16c5 stride 2 stride 3", "is no convolutional layer"),
        ("16c5 dilation 2", "is no convolutional layer"),
        (" 16c5", "is no convolutional layer"),
        ("16c-5", "is no convolutional layer"),
        ("0c5", "channels must be >= 1; got 0"),
        ("4c0", "kernel must be >= 1; got 0"),
        ("4c3 stride 0", "stride must be >= 1; got 0"),
        ("4c3 pool 0", "pool must be >= 1; got 0"),
        ("4c3 padding 3", "padding = 3 must be 0 to 2, less than the kernel"),
    ],
)
def test_a_text_that_says_no_layer_is_refused_with_what_is_allowed(text, message):
    with pytest.raises(InputError, match=message):
        Convolution.read(text)


@pytest.mark.parametrize("text", ["4c6", "4c3 stride 2 pool 3"])
def test_a_layer_that_leaves_nothing_of_its_image_is_refused(text):
    with pytest.raises(InputError, match=rf"'{text}' leaves nothing of an image of 5 x 7 positions"):
        ConvolutionalConnections((5, 7, 1), Convolution.read(text))
