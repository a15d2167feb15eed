"""Recurrent layers: what they compute, how they start, and what is refused."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.network import (
    FullConnections,
    NetworkParameters,
    SpikingNetwork,
    as_connections,
    forward,
    initial_parameters,
    paths_to_outputs,
    recurrent_layers,
    run,
    with_recurrence,
)
from physdfa.neurons import Lif
from tests.network.by_hand import simulate
from tests.rules.networks import make_batch, make_network, make_parameters

LAYER = FullConnections(2, 3, is_recurrent=True)
BEFORE = jnp.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.0]])
AMONG = jnp.array([[7.0, 1.0, 2.0], [3.0, 7.0, 4.0], [5.0, 6.0, 7.0]])  # 7: to itself
ROWS = jnp.concatenate([BEFORE, AMONG], axis=1)


def test_the_rows_of_a_recurrent_layer_are_those_from_before_and_those_from_itself():
    own = LAYER.own
    assert (LAYER.pre, LAYER.post, LAYER.units, LAYER.columns, LAYER.fan_in) == (2, 3, 3, 2, 5)
    assert (own.pre, own.post, own.shape, own.units, own.columns, own.fan_in) == (3, 3, (3,), 3, 3, 5)
    assert (LAYER.products, LAYER.synapses, own.products, own.synapses) == (6, 6, 9, 6)
    assert LAYER.num_parameters == 3 * (5 + 1)
    assert FullConnections(2, 3).own is None


def test_its_maps_are_those_of_the_columns_from_before():
    full, delta, presynaptic = FullConnections(2, 3), jnp.array([[1.0, 0.0, 2.0]]), jnp.array([[5.0, -1.0]])
    np.testing.assert_array_equal(LAYER.weighted(ROWS, presynaptic), full.weighted(BEFORE, presynaptic))
    np.testing.assert_array_equal(LAYER.transposed(ROWS, delta), full.transposed(BEFORE, delta))
    np.testing.assert_array_equal(LAYER.correlated(delta, presynaptic), full.correlated(delta, presynaptic))


def test_no_neuron_gets_or_learns_anything_of_itself():
    own, delta, spikes = LAYER.own, jnp.array([[1.0, 0.0, 2.0]]), jnp.array([[1.0, 1.0, 0.0]])
    np.testing.assert_array_equal(own.weighted(ROWS, spikes), [[1.0, 3.0, 11.0]])
    np.testing.assert_array_equal(own.transposed(ROWS, delta), [[10.0, 13.0, 2.0]])
    np.testing.assert_array_equal(own.correlated(delta, spikes), [[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [2.0, 2.0, 0.0]])
    np.testing.assert_array_equal(own.pairs(delta != 0, spikes), [3.0])  # of 2 x 2, that of the first with itself out
    np.testing.assert_array_equal(own.gathered(delta), [1.0, 0.0, 2.0])
    np.testing.assert_array_equal(own.spread(delta[0]), delta[0])


def test_a_neuron_hears_of_the_other_one_step_later():
    # A gets 1 at every step and fires at each; B gets nothing, and V[B, A] = 0.6 of each spike of A, one step later.
    # decay 0.5: u_B = 0, 0.6, 0.9, 1.05 -> fires, reset to zero, 0.6; it sends -1 to A, which then misses a step.
    network = SpikingNetwork([1, 2, 1], Lif(0.5, 1.0), num_steps=6, recurrent=True)
    weights = (jnp.array([[1.0, 0.0, -1.0], [0.0, 0.6, 0.0]]), jnp.ones((1, 2)))
    parameters = NetworkParameters(weights, (jnp.zeros(2), jnp.zeros(1)))
    stimulus = make_batch(network, batch=1).stimulus._replace(at=lambda step: jnp.ones((1, 1)))
    _, layers = run(network, parameters, stimulus, lambda kept, step, layers: (kept, layers), None)
    np.testing.assert_allclose(layers[0].potential[:, 0, 0], [1, 1, 1, 1, 0, 1], atol=1e-6)
    np.testing.assert_allclose(layers[0].potential[:, 0, 1], [0, 0.6, 0.9, 1.05, 0.6, 0.3], atol=1e-6)
    np.testing.assert_array_equal(layers[0].own[:, 0], [[0, 0], [1, 0], [1, 0], [1, 0], [1, 1], [0, 0]])


@pytest.mark.parametrize(
    ("recurrent", "static", "dropout"), [(True, True, False), (True, False, True), ((False, True), True, True)]
)
def test_outputs_are_those_of_a_plain_loop(recurrent, static, dropout):
    network = make_network(hidden=(6, 5), readout="count", recurrent=recurrent, refractory_steps=1)
    masks = tuple(2.0 * (jnp.arange(size) % 3 > 0)[None] * jnp.ones((5, 1)) for size in (6, 5)) if dropout else None
    batch, parameters = make_batch(network, static=static), make_parameters(network)
    inputs = np.stack([np.asarray(batch.stimulus.at(jnp.int32(step))) for step in range(network.num_steps)])
    wanted = simulate(network, parameters, inputs, masks)
    found = jax.jit(lambda p: forward(network, p, batch.stimulus, masks))(parameters)
    np.testing.assert_allclose(found.outputs, wanted.outputs, atol=1e-5)
    plain = make_network(hidden=(6, 5), readout="count", refractory_steps=1)
    weights = [weight[:, : layer.pre] for weight, layer in zip(parameters.weights, plain.connections, strict=True)]
    without = simulate(plain, NetworkParameters(tuple(weights), parameters.biases), inputs, masks)
    assert any(np.any(a != b) for a, b in zip(wanted.spikes, without.spikes, strict=True))  # they do something


def test_without_weights_of_its_own_it_is_the_layer_that_is_not_recurrent():
    plain, silent = (make_network(hidden=(6, 5), recurrent=one) for one in (False, True))
    silent = replace(silent, recurrent_scale=0.0)
    batch = make_batch(plain, static=False)
    outputs = [forward(net, make_parameters(net), batch.stimulus).outputs for net in (plain, silent)]
    np.testing.assert_array_equal(*outputs)
    assert np.any(outputs[0])


def test_recurrent_weights_start_with_their_own_spread_and_leave_the_others_as_they_are():
    plain = as_connections((20, 300, 10))
    key, scale = jax.random.key(0), jnp.asarray(1.5)
    without, found = (
        initial_parameters(key, layers, scale, 0.5).weights for layers in (plain, with_recurrence(plain, True))
    )
    np.testing.assert_array_equal(found[0][:, :20], without[0])
    np.testing.assert_array_equal(found[1], without[1])
    own = found[0][:, 20:]
    assert not np.any(np.diag(own))
    apart = own[~np.eye(300, dtype=bool)]  # n normal draws: their spread is known to 1 / sqrt(2 n)
    assert float(jnp.std(apart)) == pytest.approx(0.5 / np.sqrt(300), rel=5 / np.sqrt(2 * apart.size))


def test_paths_to_the_outputs_lead_forward_only():
    plain = as_connections((4, 2, 3, 1))
    weights = (jnp.zeros((2, 6)), jnp.concatenate([jnp.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.0]]), AMONG], axis=1))
    parameters = NetworkParameters((*weights, jnp.array([[1.0, 1.0, -1.0]])), ())
    first, second = paths_to_outputs(with_recurrence(plain, True), parameters)
    np.testing.assert_array_equal(first, [[1 + 0 - 3], [2 - 1 + 0]])
    np.testing.assert_array_equal(second, [[1.0], [1.0], [-1.0]])


def test_a_network_says_of_each_hidden_layer_whether_it_is_recurrent_and_can_be_changed():
    network = SpikingNetwork([7, 6, 5, 3], Lif(), recurrent=[True, False])
    assert network.recurrent == (True, False)
    assert SpikingNetwork([7, 6, 5, 3], Lif(), recurrent=True).recurrent == (True, True)
    assert replace(network, num_steps=3).recurrent == (True, False)
    turned = replace(network, recurrent=(False, True))
    assert [layer.fan_in for layer in turned.connections] == [7, 6 + 5, 5]


def test_which_layers_of_weights_are_recurrent_follows_from_their_shapes():
    layers = with_recurrence(as_connections((7, 6, 5, 3)), True)
    assert recurrent_layers([(6, 7), (5, 6 + 5), (3, 5)], layers) == (False, True)
    assert recurrent_layers([(6, 7 + 6), (5, 6), (3, 5)], as_connections((7, 6, 5, 3))) == (True, False)
    assert recurrent_layers([(6, 8), (5, 6), (3, 5)], layers) is None  # one more input
    assert recurrent_layers([(6, 7), (3, 6)], layers) is None


@pytest.mark.parametrize(
    ("sizes", "recurrent", "message"),
    [
        ([7, 6, 5, 3], [True], "`recurrent` has 1 entries for 2 hidden layers; give one for each"),
        ([7, 6, 3], [1], r"`recurrent` must be True or False, or a list with one for each layer; got \[1\]"),
        ([7, 6, 3], "yes", "`recurrent` must be True or False"),
        ([(6, 6), "2c3", 5, 3], True, r"the convolutional layer '2c3' cannot be recurrent; give a list with False"),
    ],
)
def test_recurrence_that_does_not_fit_is_refused(sizes, recurrent, message):
    with pytest.raises(InputError, match=message):
        SpikingNetwork(sizes, Lif(), recurrent=recurrent)
    if "convolutional" in message:
        assert SpikingNetwork(sizes, Lif(), recurrent=[False, True]).recurrent == (False, True)
