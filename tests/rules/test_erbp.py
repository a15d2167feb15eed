"""eRBP is online direct feedback with a boxcar."""

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.rules import Dfa, Erbp
from tests.rules.networks import make_batch, make_network, make_parameters
from tests.rules.updates import assert_identical, gradient_of


@pytest.mark.parametrize(("readout", "static"), [("rate", True), ("membrane", False)], ids=["direct", "spikes"])
def test_it_is_dfa_with_the_online_error_and_the_rectangle_whatever_the_surrogate_of_the_network(readout, static):
    gradients = []
    for rule, surrogate in ((Erbp(), "triangle"), (Dfa("online"), "rectangle")):
        network = make_network(hidden=(9, 8), readout=readout, surrogate=surrogate)
        parameters, batch = make_parameters(network), make_batch(network, static=static)
        gradients.append(gradient_of(rule, network, parameters, batch))
    assert_identical(*gradients)


def test_a_neuron_farther_than_half_the_width_from_its_threshold_learns_nothing():
    network = make_network(num_steps=1, hidden=(4,))  # one step: u = W x + b; threshold 1, width 1
    parameters, batch = make_parameters(network), make_batch(network)
    values = float(network.input_scale) * np.asarray(batch.stimulus.at(jnp.int32(0)))
    potential = values @ np.asarray(parameters.weights[0]).T + np.asarray(parameters.biases[0])
    is_near = np.any(np.abs(potential - 1.0) <= 0.5, axis=0)
    assert is_near.any()
    assert not is_near.all()
    learns = np.any(np.asarray(gradient_of(Erbp(), network, parameters, batch).weights[0]), axis=1)
    np.testing.assert_array_equal(learns, is_near)
