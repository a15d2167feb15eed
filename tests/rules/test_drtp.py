"""Random target projection: nothing but the label reaches the hidden layers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.network import NetworkParameters
from physdfa.rules import Batch, Dfa, Drtp
from physdfa.training.losses import MeanSquaredError
from tests.rules.networks import make_batch, make_network, make_parameters
from tests.rules.updates import KEY, assert_identical, gradient_of


def with_objective(batch: Batch, objective) -> Batch:
    return batch._replace(objective=lambda outputs: objective(outputs, batch.labels))


def hidden(gradient: NetworkParameters) -> NetworkParameters:
    return NetworkParameters(gradient.weights[:-1], gradient.biases[:-1])


@pytest.mark.parametrize("error", ["final", "online"])
@pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])
def test_under_a_loss_whose_error_is_minus_the_target_it_is_dfa(error, static):
    network = make_network(hidden=(9, 8))
    parameters = make_parameters(network)
    batch = with_objective(
        make_batch(network, static=static),
        lambda outputs, labels: -jnp.sum(outputs * jax.nn.one_hot(labels, 3), axis=1),  # dL/do = -y*
    )
    gradients = [gradient_of(rule(error), network, parameters, batch) for rule in (Drtp, Dfa)]
    assert_identical(*gradients)


def test_at_outputs_of_zero_the_squared_error_of_two_classes_teaches_the_same():
    # L = mean over 2 classes of (o - y*)^2, so dL/do = o - y* = -y* where o = 0
    network = make_network(classes=2)
    drawn = make_parameters(network)
    parameters = NetworkParameters((drawn.weights[0], 0.0 * drawn.weights[1]), (drawn.biases[0], 0.0 * drawn.biases[1]))
    batch = with_objective(
        make_batch(network), lambda outputs, labels: MeanSquaredError().of_samples(outputs, labels, 1.0)
    )
    gradients = [gradient_of(rule(), network, parameters, batch) for rule in (Drtp, Dfa)]
    assert_identical(*gradients)


@pytest.mark.parametrize("readout", ["rate", "count"])
def test_what_the_outputs_are_reaches_no_hidden_layer(readout):
    network = make_network(hidden=(9, 8), readout=readout)
    drawn, batch = make_parameters(network), make_batch(network)
    other = NetworkParameters((*drawn.weights[:-1], -drawn.weights[-1]), drawn.biases)
    one, another = (gradient_of(Drtp(), network, parameters, batch) for parameters in (drawn, other))
    assert_identical(hidden(one), hidden(another))
    assert np.any(np.asarray(one.weights[-1]) != np.asarray(another.weights[-1]))


@pytest.mark.parametrize(("error", "sent"), [("final", 9 + 8), ("online", 4 * (9 + 8))])
def test_the_label_alone_is_sent_to_each_hidden_neuron(error, sent):
    network = make_network(hidden=(9, 8), num_steps=4)
    rule = Drtp(error)
    state = rule.init(KEY, network)
    update, _ = rule.update(network, make_parameters(network), make_batch(network), None, state, key=KEY)
    assert float(update.counts.feedback_floats) == sent


def test_a_batch_without_labels_is_refused():
    network = make_network()
    batch = make_batch(network)._replace(labels=None)
    with pytest.raises(ValueError, match="'drtp' projects the target: give `Batch` the `labels`"):
        Drtp().update(network, make_parameters(network), batch, None, Drtp().init(KEY, network), key=KEY)
