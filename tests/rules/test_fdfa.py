"""Feedback that is learned from forward-mode derivatives goes to the Jacobian."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.feedback import DenseProjection, LearnedProjection
from physdfa.rules import Dfa, Fdfa, RuleState
from physdfa.rules.fdfa import response
from tests.rules.networks import make_batch, make_network, make_parameters, make_values
from tests.rules.updates import KEY, assert_same, gradient_of, updated


def normal(seed, *shape):
    return jax.random.normal(jax.random.key(seed), shape)


@pytest.mark.parametrize(("readout", "reduction"), [("rate", "mean"), ("membrane", "mean"), ("membrane", "last")])
def test_the_outputs_of_a_linear_readout_answer_with_the_output_weights(readout, reduction):
    network = make_network(readout=readout, reduction=reduction)
    parameters, batch, along = make_parameters(network), make_batch(network), normal(3, 5, 12)
    found = response(network, parameters, batch, (along,))
    np.testing.assert_allclose(found, along @ parameters.weights[-1].T, rtol=1e-4, atol=1e-5)


def test_through_a_hidden_layer_they_answer_with_its_surrogate_derivative():
    network = make_network(hidden=(9, 8), num_steps=1)  # one step: u2 = W2 s1 + b2
    parameters, batch, along = make_parameters(network), make_batch(network), normal(3, 5, 9)
    _, middle, last = (np.asarray(weight) for weight in parameters.weights)
    values = float(network.input_scale) * np.asarray(make_values(network))
    potential = values @ np.asarray(parameters.weights[0]).T + np.asarray(parameters.biases[0])
    second = np.asarray(potential >= 1.0) @ middle.T + np.asarray(parameters.biases[1])
    triangle = np.maximum(0.0, 1.0 - np.abs(second - 1.0))
    expected = (triangle * (np.asarray(along) @ middle.T)) @ last.T
    assert np.any(expected)
    found = response(network, parameters, batch, (along, jnp.zeros((5, 8))))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_the_feedback_converges_to_the_jacobian_of_a_linear_readout():
    network, samples, rate, updates = make_network(hidden=(8,), num_steps=2), 20, 0.02, 300
    parameters, batch = make_parameters(network), make_batch(network, batch=samples)
    rule = Fdfa(feedback_rate=rate)

    def step(state, key):
        return rule.update(network, parameters, batch, None, state, key=key)[1], None

    keys = jax.random.split(KEY, updates)
    state, _ = jax.jit(lambda: jax.lax.scan(step, rule.init(KEY, network), keys))()
    exact = np.asarray(parameters.weights[-1]).T
    # One sample: the mean of d_o p_i is W_oi, its variance |W_o|^2 + W_oi^2. The running mean has forgotten its start
    # but for (1 - rate)^updates = 0.2 %, and keeps rate / (2 - rate) of the variance of the mean over the batch.
    spread = np.sqrt((np.sum(exact**2, axis=0)[None] + exact**2) * rate / (2 - rate) / samples)
    distance = (np.asarray(state.feedback[0].matrix) - (1 - (1 - rate) ** updates) * exact) / spread
    assert np.max(np.abs(distance)) < 5
    assert np.sqrt(np.mean(distance**2)) == pytest.approx(1.0, abs=0.6)
    assert np.max(spread) < 0.1 * np.max(np.abs(exact))


@pytest.mark.parametrize("error", ["final", "online"])
def test_feedback_that_no_longer_learns_makes_it_dfa(error):
    network = make_network(hidden=(9, 8))
    parameters, batch = make_parameters(network), make_batch(network)
    fixed = Dfa(error).init(KEY, network)
    matrices = [projection.arrays()["matrix"] for projection in fixed.feedback]
    still = RuleState(tuple(LearnedProjection(rate=0.0, matrix=matrix) for matrix in matrices))
    assert_same(
        gradient_of(Fdfa(error), network, parameters, batch, still),
        gradient_of(Dfa(error), network, parameters, batch, fixed),
        tolerance=1e-6,
    )


def test_what_it_has_learned_in_an_update_it_uses_in_the_same():
    network = make_network(hidden=(9,))
    parameters, batch = make_parameters(network), make_batch(network)
    update, state = updated(Fdfa(), network, parameters, batch)
    learned = RuleState((DenseProjection(state.feedback[0].matrix),))
    assert_same(update.gradient, gradient_of(Dfa(), network, parameters, batch, learned))


def test_the_memory_of_its_forward_derivative_does_not_grow_with_the_number_of_steps():
    def temporaries(num_steps):
        network = make_network(hidden=(64,), num_steps=num_steps)
        batch, rule = make_batch(network), Fdfa()
        state = rule.init(KEY, network)
        step = jax.jit(lambda p, s: rule.update(network, p, batch, None, s, key=KEY))
        return step.lower(make_parameters(network), state).compile().memory_analysis().temp_size_in_bytes

    assert temporaries(200) - temporaries(50) < 5 * 64 * 4  # one [batch neurons] array
