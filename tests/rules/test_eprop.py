"""e-prop against backpropagation with the way through the resets cut, and against the trace per synapse."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.network import NetworkParameters, affine, run
from physdfa.neurons.leaky import LifState
from physdfa.rules import Bptt, Dfa, Eprop
from physdfa.rules.base import output_error
from tests.rules.networks import make_batch, make_network, make_parameters
from tests.rules.updates import KEY, assert_same, gradient_of

SYMMETRIC = Eprop(symmetric=True)
CODINGS = pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])


@pytest.mark.parametrize(("readout", "static"), [("rate", True), ("rate", False), ("membrane", False), ("count", True)])
def test_symmetric_with_one_layer_without_memory_it_is_bptt_with_the_online_error(static, readout):
    network = make_network(decay_mem=0.0, readout=readout)
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    assert_same(
        gradient_of(SYMMETRIC, network, parameters, batch), gradient_of(Bptt("online"), network, parameters, batch)
    )


def online_loss_without_resets(network, parameters, batch):
    """The mean over the steps of the losses of a running mean of spikes, resets by subtraction held constant."""
    neuron, steps = network.neuron, network.num_steps
    residue = jnp.zeros((5, network.layer_sizes[1]))
    total, losses = jnp.zeros((5, 3)), []
    for step in range(steps):
        current = affine(network, parameters, 0, network.input_scale * batch.stimulus.at(jnp.int32(step)))
        shown, _ = neuron.step(current, LifState(residue, None))
        spikes = shown.spikes
        residue = neuron.decay_mem * shown.potential - neuron.threshold * jax.lax.stop_gradient(spikes)
        total = total + affine(network, parameters, 1, spikes)
        losses.append(jnp.mean(batch.objective(total / (step + 1))))
    return jnp.mean(jnp.stack(losses))


@CODINGS
def test_symmetric_with_memory_it_is_the_gradient_but_for_its_way_through_the_resets(static):
    network = make_network(decay_mem=0.8, reset="subtract")
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    exact = jax.jit(jax.grad(lambda p: online_loss_without_resets(network, p, batch)))(parameters)
    assert_same(gradient_of(SYMMETRIC, network, parameters, batch), exact)
    through_resets = gradient_of(Bptt("online"), network, parameters, batch).weights[0]
    assert float(jnp.max(jnp.abs(through_resets - exact.weights[0]))) > 1e-2 * float(jnp.max(jnp.abs(exact.weights[0])))


@CODINGS
def test_without_any_memory_it_is_dfa_with_the_online_error(static):
    # a leaky readout of decay 0 shows the present step alone, as dfa takes it to be
    network = make_network(hidden=(9, 8), decay_mem=0.0, readout="membrane", readout_decay=0.0)
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    assert_same(
        gradient_of(Eprop(), network, parameters, batch), gradient_of(Dfa("online"), network, parameters, batch)
    )


@CODINGS
def test_the_sums_are_those_of_filtered_traces_per_synapse_times_the_error_of_each_step(static):
    network = make_network(hidden=(6, 5), readout="membrane", num_steps=5)
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    rule = Eprop()
    state = rule.init(KEY, network)
    expected = jax.jit(lambda p, s: traces_per_synapse(network, p, batch, s))(parameters, state)
    found = gradient_of(rule, network, parameters, batch, state)
    assert_same(NetworkParameters(found.weights[:-1], ()), NetworkParameters(tuple(expected), ()))


def traces_per_synapse(network, parameters, batch, state):
    """Bellec et al. as they write it: e_t B^T times kappa-filtered eligibility traces [batch post pre]."""
    _, layers = run(network, parameters, batch.stimulus, lambda kept, step, shown: (kept, shown), None)
    kappa, decay = network.readout.readout_decay, network.neuron.decay_mem
    gradients = []
    for n, layer in enumerate(layers):
        output, trace, filtered, gradient = jnp.zeros((5, 3)), 0.0, 0.0, 0.0
        for step in range(network.num_steps):
            output = kappa * output + affine(network, parameters, 2, layers[-1].spikes[step])
            error = output_error(batch.objective, output)
            trace = decay * trace + layer.presynaptic[step]
            factor = network.neuron.surrogate_derivative(layer.potential[step])
            filtered = kappa * filtered + factor[:, :, None] * trace[:, None, :]
            signal = error @ state.feedback[n].matrix.T
            gradient = gradient + jnp.mean(signal[:, :, None] * filtered, axis=0) / network.num_steps
        gradients.append(gradient)
    return gradients


@pytest.mark.parametrize("readout", ["rate", "membrane", "count"])
def test_the_output_layer_has_the_gradient_of_bptt(readout):
    network = make_network(hidden=(9, 8), readout=readout)
    parameters, batch = make_parameters(network), make_batch(network)
    ours, exact = (gradient_of(rule, network, parameters, batch) for rule in (Eprop(), Bptt("online")))
    assert_same(
        NetworkParameters(ours.weights[-1:], ours.biases[-1:]), NetworkParameters(exact.weights[-1:], exact.biases[-1:])
    )


def test_symmetric_feedback_of_deeper_layers_is_the_product_of_the_weights_behind():
    network = make_network(hidden=(9, 8), num_steps=2)
    parameters, batch = make_parameters(network), make_batch(network)
    _, state = SYMMETRIC.update(network, parameters, batch, None, SYMMETRIC.init(KEY, network), key=KEY)
    _, middle, last = (np.asarray(weight) for weight in parameters.weights)
    np.testing.assert_allclose(state.feedback[0].matrix, (last @ middle).T, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(state.feedback[1].matrix, last.T)


def test_dropout_silences_the_factor_of_its_neurons():
    network = make_network(hidden=(9,))
    masks = (jnp.ones((5, 9)).at[:, 3].set(0.0),)
    gradient = gradient_of(Eprop(), network, make_parameters(network), make_batch(network, masks=masks))
    learns = np.any(np.asarray(gradient.weights[0]), axis=1)
    assert not learns[3]
    assert learns.sum() > 4
