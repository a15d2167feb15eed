"""Feedback of the signs of the forward weights."""

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.feedback import DenseProjection
from physdfa.network import NetworkParameters
from physdfa.rules import Dfa, RuleState, SignConcordant
from tests.rules.networks import make_batch, make_network, make_parameters
from tests.rules.updates import KEY, assert_identical, assert_same, gradient_of, updated


@pytest.mark.parametrize("error", ["final", "online"])
def test_where_all_output_weights_have_its_magnitude_it_is_dfa_with_the_transposed_weights(error):
    network = make_network()
    drawn = make_parameters(network)
    weights = (drawn.weights[0], jnp.sign(drawn.weights[1]) / jnp.sqrt(3.0))  # scale 1 over the root of 3 classes
    parameters, batch = NetworkParameters(weights, drawn.biases), make_batch(network)
    exact = RuleState((DenseProjection(weights[1].T),))
    assert_same(
        gradient_of(SignConcordant(error), network, parameters, batch),
        gradient_of(Dfa(error), network, parameters, batch, exact),
    )


def test_each_update_has_the_signs_of_the_weights_of_its_own_time():
    network = make_network(hidden=(9, 8))
    rule, batch = SignConcordant(feedback_scale=2.0), make_batch(network)
    state = rule.init(KEY, network)
    for seed in (0, 1):
        parameters = make_parameters(network, seed)
        _, middle, last = (np.asarray(weight) for weight in parameters.weights)
        _, state = updated(rule, network, parameters, batch, state)
        magnitude = 2.0 / np.sqrt(3)
        first, second = (one.arrays()["matrix"] for one in state.feedback)
        np.testing.assert_allclose(second, magnitude * np.sign(last.T), rtol=1e-6)
        np.testing.assert_allclose(first, magnitude * np.sign((last @ middle).T), rtol=1e-6)


def test_the_magnitudes_of_the_weights_behind_do_not_matter():
    network = make_network(hidden=(9,))
    parameters, batch = make_parameters(network), make_batch(network)
    state = RuleState((SignConcordant().init(KEY, network).feedback[0],))
    other = NetworkParameters((parameters.weights[0], 3.0 * parameters.weights[1]), parameters.biases)
    feedback = [updated(SignConcordant(), network, one, batch, state)[1] for one in (parameters, other)]
    assert_identical(*(NetworkParameters((one.feedback[0].matrix,), ()) for one in feedback))
