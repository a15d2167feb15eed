"""Online training through time against the gradient of a loop with its paths through time cut, and against DFA."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.lax import stop_gradient

from physdfa.devices import SurrogateResponse
from physdfa.network import NetworkParameters, affine
from physdfa.neurons.leaky import LifState
from physdfa.rules import Adfa, Bptt, Dfa, Ottt
from tests.rules.networks import make_batch, make_network, make_parameters
from tests.rules.updates import KEY, assert_identical, assert_same, gradient_of

LAYERS, DIRECT = Ottt(), Ottt(through="direct")
CODINGS = pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])


def hidden_alone(parameters: NetworkParameters) -> NetworkParameters:
    return NetworkParameters(parameters.weights[:-1], parameters.biases[:-1])


def loss_of_a_layer(network, parameters, batch, learning):
    """The mean over the steps of the losses, differentiable by the layer `learning` through its own leak alone.

    Resets are held constant, and so is what the layers behind and the readout remember of earlier steps.
    """
    neuron, losses, total = network.neuron, [], jnp.zeros((5, 3))
    residues = [jnp.zeros((5, size)) for size in network.layer_sizes[1:-1]]
    for step in range(network.num_steps):
        sent = network.input_scale * batch.stimulus.at(jnp.int32(step))
        for layer, residue in enumerate(residues):
            left = residue if layer == learning else stop_gradient(residue)
            shown, _ = neuron.step(affine(network, parameters, layer, sent), LifState(left, None))
            residues[layer] = neuron.decay_mem * shown.potential - neuron.threshold * stop_gradient(shown.spikes)
            sent = shown.spikes
        current = affine(network, parameters, network.num_hidden, sent)
        total = total + stop_gradient(current)
        losses.append(jnp.mean(batch.objective(total / (step + 1) + current - stop_gradient(current))))
    return jnp.mean(jnp.stack(losses))


@CODINGS
@pytest.mark.parametrize("hidden", [(12,), (9, 8)], ids=["one hidden", "two hidden"])
def test_each_layer_has_the_gradient_of_the_loop_whose_other_paths_through_time_are_cut(hidden, static):
    network = make_network(hidden=hidden, reset="subtract", decay_mem=0.8, num_steps=4)
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    found = gradient_of(LAYERS, network, parameters, batch)
    for layer in range(len(hidden)):
        exact = jax.jit(jax.grad(lambda p, layer=layer: loss_of_a_layer(network, p, batch, layer)))(parameters)
        for ours, theirs in ((found.weights, exact.weights), (found.biases, exact.biases)):
            np.testing.assert_allclose(ours[layer], theirs[layer], atol=2e-5 * float(jnp.abs(theirs[layer]).max()))
            assert np.any(theirs[layer])


@pytest.mark.parametrize("readout", ["rate", "membrane", "count"])
def test_in_one_step_it_is_backpropagation(readout):
    network = make_network(hidden=(9, 8), num_steps=1, readout=readout)
    parameters, batch = make_parameters(network), make_batch(network)
    exact = gradient_of(Bptt("online"), network, parameters, batch)
    assert_same(gradient_of(LAYERS, network, parameters, batch), exact)


@CODINGS
def test_direct_and_without_a_leak_it_is_dfa_with_the_online_error(static):
    network = make_network(hidden=(9, 8), decay_mem=0.0)
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    assert_same(gradient_of(DIRECT, network, parameters, batch), gradient_of(Dfa("online"), network, parameters, batch))


def test_direct_with_a_device_and_without_a_leak_it_is_adfa_with_the_online_error():
    network, device = make_network(decay_mem=0.0), SurrogateResponse(kind="arctan", threshold=0.4, width=2.0)
    parameters, batch = make_parameters(network), make_batch(network)
    rule = Ottt(local_factor="device", through="direct")
    ours, adfa = (gradient_of(each, network, parameters, batch, device=device) for each in (rule, Adfa("online")))
    assert_same(ours, adfa)


def test_with_one_layer_it_is_the_direct_one_whose_feedback_is_the_weights_behind():
    network = make_network(hidden=(9,))
    parameters, batch = make_parameters(network), make_batch(network)
    state = DIRECT.init(KEY, network)
    matrix = state.feedback[0]
    state = state._replace(feedback=(type(matrix)(parameters.weights[-1].T),))
    direct = gradient_of(DIRECT, network, parameters, batch, state)
    assert_same(gradient_of(LAYERS, network, parameters, batch), direct)


def test_a_leak_makes_it_another_update_than_dfa():
    network = make_network(hidden=(9,), decay_mem=0.8)
    parameters, batch = make_parameters(network), make_batch(network)
    ours, dfa = (gradient_of(rule, network, parameters, batch) for rule in (DIRECT, Dfa("online")))
    assert_identical(*(NetworkParameters(one.weights[-1:], one.biases[-1:]) for one in (ours, dfa)))
    assert float(jnp.abs(ours.weights[0] - dfa.weights[0]).max()) > 0.1 * float(jnp.abs(dfa.weights[0]).max())


def test_dropout_silences_its_neurons_and_nothing_goes_back_through_them():
    network = make_network(hidden=(9, 8))
    parameters = make_parameters(network)
    masks = (jnp.ones((5, 9)).at[:, 3].set(0.0), jnp.ones((5, 8)).at[:, 5].set(0.0))
    gradient = gradient_of(LAYERS, network, parameters, make_batch(network, masks=masks))
    first, second = (np.any(np.asarray(weight), axis=1) for weight in gradient.weights[:2])
    assert not first[3]
    assert not second[5]
    assert first.sum() > 4
    assert second.sum() > 2
    *_, behind = parameters.weights
    cut = parameters._replace(weights=(*parameters.weights[:-1], behind.at[:, 5].set(7.0)))
    again = gradient_of(LAYERS, network, cut, make_batch(network, masks=masks))
    np.testing.assert_allclose(again.weights[0], gradient.weights[0], atol=1e-6)


def test_a_device_between_exact_weights_is_remarked_on_since_nothing_adapts_to_its_sign():
    assert "a g of the other sign makes its updates climb" in Ottt(local_factor="device").remark()
    others = (LAYERS, DIRECT, Ottt(local_factor="device", through="direct"))
    assert [each.remark() for each in others] == [None] * 3


def test_what_goes_back_is_each_weight_behind_a_hidden_layer_or_each_connection_at_every_step():
    network = make_network(hidden=(9, 8), num_steps=5)
    assert LAYERS.floats_fed_back(network, ()) == 5 * (9 * 8 + 8 * 3)
    assert DIRECT.floats_fed_back(network, ()) == 5 * 3 * (9 + 8)
