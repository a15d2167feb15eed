"""Effects of spike trains on spike trains: by hand, as potentials, and without memory."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import AbstractDevice
from physdfa.feedback import DenseProjection
from physdfa.network import NetworkParameters, SpikingNetwork, Stimulus, forward, run
from physdfa.neurons import Lif
from physdfa.rules import Adfa, Batch, RuleState, StDfa
from tests.rules.networks import make_batch, make_network, make_parameters
from tests.rules.updates import KEY, assert_same, gradient_of


class StepAtThreshold(AbstractDevice):
    """g(u) = 1/threshold from the threshold 1 on, else 0."""

    def respond(self, signal, *, key=None):
        """The step."""
        del key
        return (signal >= 1.0).astype(signal.dtype)

    def output_range(self, low, high):
        """0 or 1."""
        return jnp.asarray(0.0), jnp.asarray(1.0)


def test_the_effect_of_a_train_is_what_is_left_of_its_spikes_at_each_spike_of_the_target():
    # Input spikes at steps 0 ... 3, weight 1, decay 1/2, threshold 1.2, reset to zero:
    #   u = 1, 1.5 (spike), 1, 1.5 (spike), 0, so E = (1/2 + 1) + (1/2 + 1) = 3: each spike of the input counts once.
    # The bias is an input of weight 0 that is 1 at step 4, too, but no spike comes after that: also 3.
    neuron = Lif(0.5, 1.2)
    network = SpikingNetwork((1, 1, 2), neuron, num_steps=5)
    parameters = NetworkParameters((jnp.ones((1, 1)), jnp.zeros((2, 1))), (jnp.zeros(1), jnp.zeros(2)))
    stimulus = Stimulus(False, lambda step: (step < 4).astype(jnp.float32)[None, None])
    batch = Batch(stimulus, lambda outputs: 3.0 * outputs[:, 0] - 5.0 * outputs[:, 1])  # e = (3, -5)
    assert float(forward(network, parameters, stimulus).firing_rate[0, 0]) == pytest.approx(2 / 5)
    state = RuleState((DenseProjection(jnp.array([[2.0, 1.0]])),))  # e B^T = 6 - 5 = 1
    gradient = gradient_of(StDfa(), network, parameters, batch, state)
    expected = (1 / 5) / 1.2 * 1.0 * 3.0  # c / threshold times signal times effect
    np.testing.assert_allclose(gradient.weights[0], [[expected]], rtol=1e-6)
    np.testing.assert_allclose(gradient.biases[0], [expected], rtol=1e-6)
    np.testing.assert_allclose(gradient.weights[1], [[3 * 2 / 5], [-5 * 2 / 5]], rtol=1e-6)  # e times the rate


@pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])
def test_the_weighted_effects_add_up_to_the_potentials_at_the_spikes(static):
    network = make_network(hidden=(9, 8))
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    _, layers = run(network, parameters, batch.stimulus, lambda kept, step, shown: (kept, shown), None)
    # e B^T = 1 for every neuron and sample: the gradient is the mean over the batch of the effects, times c/threshold
    summed = batch._replace(objective=lambda outputs: outputs[:, 0])
    state = RuleState(tuple(DenseProjection(jnp.zeros((size, 3)).at[:, 0].set(1.0)) for size in (9, 8)))
    gradient = gradient_of(StDfa(), network, parameters, summed, state)
    for n, layer in enumerate(layers):
        expected = jnp.mean(jnp.sum(layer.spikes * layer.potential, axis=0), axis=0) / network.num_steps
        found = jnp.sum(gradient.weights[n] * parameters.weights[n], axis=1) + gradient.biases[n] * parameters.biases[n]
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
        assert np.any(expected)


@pytest.mark.parametrize(("readout", "static"), [("rate", True), ("count", False)], ids=["direct", "spikes"])
def test_without_memory_it_is_adfa_with_a_step_at_the_threshold(static, readout):
    network = make_network(hidden=(9, 8), decay_mem=0.0, readout=readout)
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    ours = gradient_of(StDfa(), network, parameters, batch)
    assert_same(ours, gradient_of(Adfa(), network, parameters, batch, device=StepAtThreshold()))


def test_the_threshold_divides_and_a_silent_neuron_learns_nothing():
    network = make_network(hidden=(9,))
    parameters, batch = make_parameters(network), make_batch(network)
    silent = NetworkParameters(parameters.weights, (parameters.biases[0].at[2].set(-50.0), parameters.biases[1]))
    learns = np.any(np.asarray(gradient_of(StDfa(), network, silent, batch).weights[0]), axis=1)
    assert not learns[2]
    assert learns.any()
    # twice the threshold and twice all currents: the same spikes, half the derivative of the count
    scaled = eqx.tree_at(lambda one: (one.neuron.threshold,), network, (jnp.asarray(2.0),))
    twice = NetworkParameters(
        (2 * parameters.weights[0], parameters.weights[1]), (2 * parameters.biases[0], parameters.biases[1])
    )
    one, half = (gradient_of(StDfa(), *pair, batch) for pair in ((network, parameters), (scaled, twice)))
    np.testing.assert_allclose(half.weights[0], one.weights[0] / 2, rtol=1e-5, atol=1e-7)


def test_dropout_masks_what_is_sent_and_who_learns():
    network, masks = make_network(hidden=(9, 8)), (jnp.ones((5, 9)).at[:, 3].set(0.0), jnp.ones((5, 8)))
    parameters = make_parameters(network)
    gradient = gradient_of(StDfa(), network, parameters, make_batch(network, masks=masks))
    assert not np.any(gradient.weights[0][3])
    assert not np.any(gradient.weights[1][:, 3])
    whole = gradient_of(StDfa(), network, parameters, make_batch(network, masks=(jnp.ones((5, 9)), jnp.ones((5, 8)))))
    assert_same(whole, gradient_of(StDfa(), network, parameters, make_batch(network)))


def test_a_step_keeps_one_byte_per_neuron():
    def temporaries(num_steps):
        network = make_network(hidden=(64, 64), num_steps=num_steps)
        batch = make_batch(network, static=False)
        state = StDfa().init(KEY, network)
        step = jax.jit(lambda p, s: StDfa().update(network, p, batch, None, s, key=KEY)[0])
        return step.lower(make_parameters(network), state).compile().memory_analysis().temp_size_in_bytes

    # 5 samples of 128 neurons; [time batch classes] twice: currents, and what they are pulled back to
    assert temporaries(200) - temporaries(50) < 150 * (5 * 128 * 1 + 2 * 5 * 3 * 4 + 64)
