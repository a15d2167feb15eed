"""Every rule in a convolutional network learns what it learns in the fully connected one with the same weights tied."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import SineSquared, make_device
from physdfa.errors import InputError
from physdfa.network import ConvolutionalConnections, NetworkParameters, SpikingNetwork, as_connections
from physdfa.rules import Adfa, Bptt, Dfa
from tests.network.by_hand import tied
from tests.rules.networks import make_batch, make_network, make_parameters
from tests.rules.test_against_naive import HALF_PERIOD, MAKERS, RULE_CASES, assert_equal, expected, naive_run
from tests.rules.updates import KEY, updated
from tests.training.trials import make_trial

QUICK = (("bptt", "final"), ("dfa", "final"), ("adfa", "final"), ("adfa", "online"), ("sparse_dfa", "final"))
CASES = [
    pytest.param(name, error, n % 2 == 0, marks=() if (name, error) in QUICK else pytest.mark.slow)
    for n, (name, error) in enumerate(RULE_CASES)
]


def make_convolutional_network(hidden=("3c3", "2c2 padding 1 pool 2", 4), **choices) -> SpikingNetwork:
    """Two convolutional layers on 5 x 6 pixels, then a fully connected one."""
    nominal = dict(num_steps=3, surrogate="fast_sigmoid", readout="count", refractory_steps=1) | choices
    network = make_network(**nominal)
    return SpikingNetwork(
        [(5, 6), *hidden, 3],
        network.neuron,
        replace(network.readout, neuron=network.neuron) if network.readout.name == "count" else network.readout,
        network.num_steps,
        network.input_scale,
        network.weight_scale,
    )


def driven(network: SpikingNetwork) -> NetworkParameters:
    """Weights and biases with which every layer fires."""
    weights, biases = make_parameters(network)
    return NetworkParameters(weights, tuple(0.6 + bias for bias in biases))


def shares_of(layer) -> np.ndarray:
    """[units fan_in post pre]: what each weight of a layer is between all neurons."""
    if isinstance(layer, ConvolutionalConnections):
        return tied(layer)
    return np.einsum("un,fi->ufni", np.eye(layer.units), np.eye(layer.fan_in))


def untied(network: SpikingNetwork, parameters: NetworkParameters) -> NetworkParameters:
    """The fully connected network with the same weights."""
    layers = list(zip(network.connections, parameters.weights, parameters.biases, strict=True))
    weights = tuple(np.einsum("ufni,uf->ni", shares_of(layer), weight) for layer, weight, _ in layers)
    return NetworkParameters(weights, tuple(np.tile(bias, layer.post // layer.units) for layer, _, bias in layers))


def gathered(network: SpikingNetwork, gradients: list) -> list:
    """The gradient by weights that are tied, from those of all pairs of neurons."""
    return [
        (np.einsum("ufni,ni->uf", shares_of(layer), weight), bias.reshape(-1, layer.units).sum(axis=0))
        for layer, (weight, bias) in zip(network.connections, gradients, strict=True)
    ]


@pytest.mark.parametrize(("name", "error", "static"), CASES)
def test_an_update_is_the_one_with_weights_tied(name, error, static):
    network = make_convolutional_network(readout="membrane" if name == "st_dfa" else "count")
    parameters, batch = driven(network), make_batch(network, static=static)
    rule = MAKERS[name](error)
    update, state = updated(rule, network, parameters, batch, rule.init(KEY, network), SineSquared(HALF_PERIOD))
    net = naive_run(network, untied(network, parameters), batch)
    assert all(np.any(layer.spikes) for layer in net.hidden)
    feedback = [np.asarray(one.arrays()["matrix"], float) for one in state.feedback]
    assert_equal(update.gradient, gathered(network, expected(name, error, net, feedback)))


def test_kernels_as_large_as_the_image_learn_as_a_fully_connected_layer():
    full = make_network(inputs=12, hidden=(4, 5), num_steps=3)
    parameters, batch = make_parameters(full), make_batch(full)
    kernels = replace(full, connections=as_connections([(2, 2, 3), "4c2", "5c1", 3]))
    state = Dfa().init(KEY, full)
    updates = [updated(Dfa(), network, parameters, batch, state)[0] for network in (full, kernels)]
    for found, wanted in zip(*map(jax.tree.leaves, updates), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_adfa_with_the_derivative_for_its_device_is_dfa():
    network = make_convolutional_network(surrogate="triangle")
    parameters, batch = driven(network), make_batch(network)
    state = Dfa().init(KEY, network)
    dfa, _ = updated(Dfa(), network, parameters, batch, state)
    adfa, _ = updated(Adfa(), network, parameters, batch, state, make_device("triangle", {}))
    assert any(np.any(weight) for weight in dfa.gradient.weights[:-1])
    for found, wanted in zip(*map(jax.tree.leaves, (adfa.gradient, dfa.gradient)), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_a_population_of_devices_learns_as_each_does_alone():
    network = make_convolutional_network()
    parameters, batch = driven(network), make_batch(network, static=False)
    state = Adfa().init(KEY, network)

    def update(device):
        return Adfa().update(network, parameters, batch, device, state, key=KEY)[0].gradient

    devices = [SineSquared(1.5), SineSquared(4.0)]
    together = jax.jit(jax.vmap(update))(jax.tree.map(lambda *values: jnp.stack(values), *devices))
    alone = jax.jit(update)
    for n, device in enumerate(devices):
        for found, wanted in zip(*map(jax.tree.leaves, (together, alone(device))), strict=True):
            np.testing.assert_allclose(found[n], wanted, rtol=1e-4, atol=1e-6)


def test_a_rule_that_knows_no_kernels_is_refused_with_what_it_needs():
    class Plain(Bptt):
        takes_convolutions = False

    with pytest.raises(InputError, match=r"fully connected layers only, not '3c3'.*`takes_convolutions`"):
        replace(make_trial(), network=make_convolutional_network(), rule=Plain(), device=None)


def test_what_comes_back_is_counted_per_connection_of_a_kernel():
    network = make_convolutional_network()
    behind = [int(np.any(shares_of(layer), axis=(0, 1)).sum()) for layer in network.connections[1:]]
    assert Bptt().floats_fed_back(network, ()) == network.num_steps * sum(behind)
