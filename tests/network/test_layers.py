"""Layers as a person writes them."""

import pytest

from physdfa.data import Sensor
from physdfa.errors import InputError
from physdfa.network import SpikingNetwork, as_connections
from physdfa.neurons import Lif


def test_a_network_knows_its_neurons_from_the_image_on():
    network = SpikingNetwork([(28, 28), "16c5 stride 2", "32c3 pool 2", 100, 10], Lif())
    assert network.layer_sizes == (784, 12 * 12 * 16, 5 * 5 * 32, 100, 10)
    assert [layer.shape for layer in network.connections] == [(12, 12, 16), (5, 5, 32), (100,), (10,)]
    assert [layer.fan_in for layer in network.connections] == [25, 9 * 16, 800, 100]


def test_channels_of_an_image_are_its_third_size():
    first, *_ = as_connections([(34, 34, 2), "8c3", 10])
    assert (first.pre, first.fan_in) == (34 * 34 * 2, 9 * 2)


def test_polarities_of_a_sensor_are_planes_of_the_first_image_alone():
    first, second, _ = as_connections([Sensor(width=34, height=30, polarities=2), "8c3", "4c3", 10])
    assert (first.image, first.in_planes) == ((30, 34, 2), True)
    assert (second.image, second.in_planes) == ((28, 32, 8), False)


def test_an_image_before_a_fully_connected_layer_is_its_pixels():
    assert as_connections([(4, 5), 7, 3]) == as_connections([20, 7, 3])


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ([784, "16c5", 10], r"'16c5' is convolutional and needs an image before it, not 784 inputs without a shape"),
        ([(28, 28), 100, "16c5", 10], "not the 100 neurons of a fully connected layer; put it before that"),
        ([(28, 28), "16c5", "10c1"], "hidden layers alone may be convolutional"),
        (["16c5", 20, 10], "begin with the inputs, such as"),
        ([(28, 28), "16c30", 10], "leaves nothing of an image of 28 x 28"),
        ([(28, 28), "c5", 10], "'c5' is no convolutional layer"),
        ([(28, 0), "16c5", 10], "`layer_sizes` must be a list"),
        ([(28,), "16c5", 10], "`layer_sizes` must be a list"),
        ([784, True, 10], "`layer_sizes` must be a list"),
        ([784, 20.0, 10], "`layer_sizes` must be a list"),
        ("784", "`layer_sizes` must be a list"),
        ([], "`layer_sizes` must be a list"),
        ([(28, 28), 10], "at least one hidden layer"),
        ([(28, 28), "16c5", 0], "all >= 1"),
    ],
)
def test_layers_that_do_not_fit_are_refused_with_what_would(sizes, message):
    with pytest.raises(InputError, match=message):
        as_connections(sizes)
