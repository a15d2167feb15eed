"""BPTT is the gradient of the loss through time: against finite differences of a smooth surrogate network."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import physdfa.neurons.leaky as leaky
from physdfa.network import NetworkParameters, forward
from physdfa.rules import Bptt, RuleState
from tests.rules.networks import make_batch, make_network, make_parameters


@pytest.fixture
def smooth_spikes(monkeypatch):
    """Spikes replaced by a smooth function whose derivative is known: then the chain rule is the true derivative."""

    def smooth(potential, threshold, width, decay, surrogate, reset):
        del surrogate
        spikes = jax.nn.sigmoid((potential - threshold) / width)
        kept = potential * (1 - spikes) if reset == "zero" else potential
        return spikes, decay * kept - (threshold * spikes if reset == "subtract" else 0.0)

    monkeypatch.setattr(leaky, "fire", smooth)


@pytest.fixture
def ramped_spikes(monkeypatch):
    """Spikes that grow from 0 at the threshold, so that a neuron rests after some steps and not after all."""

    def ramp(potential, threshold, width, decay, surrogate, reset):
        del surrogate
        spikes = -jnp.expm1(-jnp.maximum(potential - threshold, 0.0) / width)
        kept = potential * (1 - spikes) if reset == "zero" else potential
        return spikes, decay * kept - (threshold * spikes if reset == "subtract" else 0.0)

    monkeypatch.setattr(leaky, "fire", ramp)


@pytest.mark.parametrize("reset", ["zero", "subtract"])
@pytest.mark.parametrize("readout", ["rate", "membrane", "count"])
def test_the_gradient_equals_finite_differences_on_a_smooth_surrogate_network(smooth_spikes, reset, readout):
    with jax.enable_x64(True):
        assert_finite_differences(make_network(hidden=(6, 5), num_steps=5, reset=reset, readout=readout))


@pytest.mark.parametrize(("rest", "reset", "readout"), [(1, "subtract", "membrane"), (2, "zero", "count")])
def test_the_gradient_equals_finite_differences_where_neurons_rest(ramped_spikes, rest, reset, readout):
    with jax.enable_x64(True):
        network = make_network(hidden=(6, 5), num_steps=7, reset=reset, readout=readout, refractory_steps=rest)
        if readout == "count":
            network = replace(network, readout=replace(network.readout, neuron=network.neuron))
        assert_finite_differences(network)


def assert_finite_differences(network):
    batch = make_batch(network)
    parameters = jax.tree.map(lambda values: values.astype(jnp.float64), make_parameters(network))
    update = jax.jit(lambda p: Bptt().update(network, p, batch, None, RuleState(()), key=jax.random.key(0))[0])
    gradient = update(parameters).gradient

    @jax.jit
    def loss(values):
        return jnp.mean(batch.objective(forward(network, values, batch.stimulus).outputs))

    leaves, structure = jax.tree.flatten(parameters)
    slopes, structure_of_gradient = jax.tree.flatten(gradient)
    assert structure == structure_of_gradient
    random, step = np.random.default_rng(0), 1e-6
    for n, leaf in enumerate(leaves):
        direction = jnp.asarray(random.normal(size=leaf.shape))
        ends = [
            float(loss(jax.tree.unflatten(structure, [*leaves[:n], leaf + sign * step * direction, *leaves[n + 1 :]])))
            for sign in (1, -1)
        ]
        slope = float(jnp.sum(direction * slopes[n]))
        assert slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-5, abs=1e-9)


def test_the_gradient_has_the_surrogate_in_the_place_of_the_derivative():
    # One neuron, one step, current x w: dL/dw = e W_out f'(x w) x, by hand.
    network = make_network(hidden=(1,), num_steps=1, inputs=1, classes=2)
    parameters = NetworkParameters((jnp.array([[1.2]]), jnp.array([[0.5], [-0.3]])), (jnp.zeros(1), jnp.zeros(2)))
    batch = make_batch(network, batch=1)
    gradient = Bptt().update(network, parameters, batch, None, RuleState(()), key=jax.random.key(0))[0].gradient
    value = 1.3 * float(batch.stimulus.at(0)[0, 0])  # input_scale times the input
    potential = 1.2 * value
    spike = float(potential >= 1)
    outputs = np.array([0.5, -0.3]) * spike
    shares = np.exp(outputs) / np.exp(outputs).sum()
    error = shares - np.array([1.0, 0.0])
    expected = float(error @ np.array([0.5, -0.3])) * max(0.0, 1 - abs(potential - 1)) * value
    assert float(gradient.weights[0][0, 0]) == pytest.approx(expected, rel=1e-5)
