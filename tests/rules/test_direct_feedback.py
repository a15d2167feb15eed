"""The update of the direct-feedback rules: equal to its definition with stored states, and its limits."""

from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import Constant, SineSquared, SurrogateResponse, make_cascade
from physdfa.feedback import DenseProjection
from physdfa.network import Count, NetworkParameters, SpikingNetwork, affine, forward, run
from physdfa.neurons import Lif
from physdfa.noise import standard_normal
from physdfa.rules import Adfa, Bptt, Dfa, ReadoutOnly, RuleState
from physdfa.rules.base import output_error
from physdfa.rules.factors import PROJECTION
from tests.rules.all_rules import DISCRETE_RULES, RULE_ERRORS
from tests.rules.networks import make_batch, make_network, make_parameters

KEY = jax.random.key(7)


def updated(rule, network, parameters, batch, device, state):
    """The rule's update as one compiled program, as in training."""
    return jax.jit(lambda p, d, s: rule.update(network, p, batch, d, s, key=KEY)[0])(parameters, device, state)


def assert_same(left: NetworkParameters, right: NetworkParameters, tolerance: float = 2e-5):
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        scale = max(float(jnp.max(jnp.abs(b))), 1e-6)
        np.testing.assert_allclose(a, b, atol=tolerance * scale, rtol=0)


def stored_states_update(network, parameters, batch, device, state) -> NetworkParameters:
    """The definition: store every state, then sum teaching signal x local factor x presynaptic factor over time."""
    return jax.jit(lambda p, d, s: _stored_states_update(network, p, batch, d, s))(parameters, device, state)


def _stored_states_update(network, parameters, batch, device, state):
    _, layers = run(network, parameters, batch.stimulus, lambda kept, step, shown: (kept, shown), None, batch.masks)
    outputs = forward(network, parameters, batch.stimulus, batch.masks).outputs
    error = output_error(batch.objective, outputs)
    weights = network.readout.step_weights(network.num_steps)
    size = error.shape[0]
    gradients, biases = [], []
    for n, layer in enumerate(layers):
        total, bias = 0.0, 0.0
        for step in range(network.num_steps):
            factor = device.respond(layer.potential[step])
            factor = factor if batch.masks is None else factor * batch.masks[n]
            delta = weights[step] * (error @ state.feedback[n].matrix.T) * factor
            total = total + delta.T @ layer.presynaptic[step]
            bias = bias + jnp.sum(delta, axis=0)
        gradients.append(total / size)
        biases.append(bias / size)
    # The output layer's own exact gradient, by automatic differentiation of the readout alone.
    spikes = layers[-1].spikes

    def loss(weight, bias):
        changed = NetworkParameters((*parameters.weights[:-1], weight), (*parameters.biases[:-1], bias))
        if network.readout.is_linear:
            activity = jnp.einsum("t,tbn->bn", weights, spikes)
            values = affine(network, changed, network.num_hidden, activity, jnp.sum(weights))
        else:
            currents = jnp.stack([affine(network, changed, network.num_hidden, s) for s in spikes])
            values = network.readout.read(currents)
        return jnp.mean(batch.objective(values))

    weight, bias = jax.grad(loss, argnums=(0, 1))(parameters.weights[-1], parameters.biases[-1])
    return NetworkParameters((*gradients, weight), (*biases, bias))


@pytest.mark.parametrize(
    ("hidden", "static"),
    [((12,), True), ((12,), False), ((9, 8, 6), True)],
    ids=["one layer, direct", "one layer, spikes", "three layers, direct"],
)
@pytest.mark.parametrize(
    ("readout", "reduction"), [("rate", "mean"), ("membrane", "mean"), ("membrane", "last"), ("count", "mean")]
)
def test_the_accumulated_update_equals_the_one_from_stored_states(static, hidden, readout, reduction):
    network = make_network(hidden=hidden, readout=readout, reduction=reduction)
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    rule, device = Adfa(), SineSquared(3.0)
    state = rule.init(KEY, network)
    result = updated(rule, network, parameters, batch, device, state)
    assert_same(result.gradient, stored_states_update(network, parameters, batch, device, state))
    assert float(jnp.max(jnp.abs(result.gradient.weights[0]))) > 1e-4


@pytest.mark.parametrize(("readout", "reduction"), [("rate", "mean"), ("membrane", "last"), ("count", "mean")])
def test_the_affine_end_of_a_chain_answers_once_and_changes_nothing(readout, reduction):
    network = make_network(hidden=(12,), readout=readout, reduction=reduction)
    masks = (2.0 * jax.random.bernoulli(jax.random.key(1), 0.5, (5, 12)).astype(jnp.float32),)
    parameters, batch = make_parameters(network), make_batch(network, masks=masks)
    chain = ("encode", "mach_zehnder", "photodiode", "tia", "filter", "decode")
    device = make_cascade(chain, {"filter.bandwidth": 2e8, "drive_gain": 2.0, "v_bias": 1.0})
    assert device._last_before_affine_end == 1  # what follows the modulator is affine, and part of the modulator
    rule = Adfa()
    state = rule.init(KEY, network)
    result = updated(rule, network, parameters, batch, device, state)
    assert_same(result.gradient, stored_states_update(network, parameters, batch, device, state))


def test_dropout_masks_act_on_spikes_and_local_factors_alike():
    network = make_network(hidden=(9, 8))
    masks = tuple(
        2.0 * jax.random.bernoulli(jax.random.key(n), 0.5, (5, size)).astype(jnp.float32)
        for n, size in enumerate((9, 8))
    )
    parameters, batch = make_parameters(network), make_batch(network, masks=masks)
    rule, device = Adfa(), SineSquared(3.0)
    state = rule.init(KEY, network)
    result = updated(rule, network, parameters, batch, device, state)
    assert_same(result.gradient, stored_states_update(network, parameters, batch, device, state))
    silenced = np.asarray(jnp.all(masks[0] == 0, axis=0))
    assert not np.any(np.asarray(result.gradient.weights[0])[silenced])


@pytest.mark.parametrize("error", ["final", "online"])
@pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])
def test_adfa_with_the_surrogate_derivative_is_dfa_bit_for_bit(error, static):
    network = make_network(hidden=(9, 8))
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    device = SurrogateResponse(kind="triangle", threshold=1.0, width=1.0)
    results = []
    for rule in (Adfa(error), Dfa(error)):
        state = rule.init(KEY, network)
        results.append(updated(rule, network, parameters, batch, device, state))
    for a, b in zip(jax.tree.leaves(results[0]), jax.tree.leaves(results[1]), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("readout", ["rate", "membrane"])
@pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])
def test_one_layer_without_memory_and_with_b_equal_to_w_transposed_is_bptt(readout, static):
    network = make_network(decay_mem=0.0, readout=readout)
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    state = RuleState((DenseProjection(parameters.weights[-1].T),))
    ours = updated(Dfa(), network, parameters, batch, None, state)
    exact = updated(Bptt(), network, parameters, batch, None, RuleState(()))
    assert_same(ours.gradient, exact.gradient)


@cache
def bptt_update(readout):
    network = make_network(hidden=(9, 8), readout=readout)
    return updated(Bptt(), network, make_parameters(network), make_batch(network), None, RuleState(()))


@pytest.mark.parametrize("rule", sorted(name for name in set(RULE_ERRORS) - {"bptt"} if "final" in RULE_ERRORS[name]))
@pytest.mark.parametrize("readout", ["rate", "membrane", "count"])
def test_with_the_final_error_the_output_layer_has_the_gradient_of_bptt(rule, readout):
    network = make_network(hidden=(9, 8), readout=readout)
    parameters, batch = make_parameters(network), make_batch(network)
    chosen = DISCRETE_RULES[rule]()
    state = chosen.init(KEY, network)
    ours = updated(chosen, network, parameters, batch, SineSquared(3.0), state)
    exact = bptt_update(readout)
    assert_same(
        NetworkParameters(ours.gradient.weights[-1:], ours.gradient.biases[-1:]),
        NetworkParameters(exact.gradient.weights[-1:], exact.gradient.biases[-1:]),
    )
    np.testing.assert_allclose(ours.firing_rate, exact.firing_rate, rtol=1e-6)
    np.testing.assert_allclose(ours.outputs, exact.outputs, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("readout", ["rate", "membrane"])
def test_with_the_online_error_the_output_layer_of_a_linear_readout_has_the_gradient_of_bptt(readout):
    network = make_network(readout=readout)
    parameters, batch = make_parameters(network), make_batch(network)
    rule = Adfa("online")
    state = rule.init(KEY, network)
    ours = updated(rule, network, parameters, batch, SineSquared(3.0), state)
    exact = updated(Bptt("online"), network, parameters, batch, None, RuleState(()))
    np.testing.assert_allclose(ours.gradient.weights[-1], exact.gradient.weights[-1], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(ours.gradient.biases[-1], exact.gradient.biases[-1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])
@pytest.mark.parametrize("readout", ["rate", "membrane", "count"])
def test_the_online_update_uses_the_error_of_each_step(static, readout):
    network = make_network(hidden=(9, 8), readout=readout)
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    rule, device = Adfa("online"), SineSquared(3.0)
    state = rule.init(KEY, network)
    ours = updated(rule, network, parameters, batch, device, state)
    expected = jax.jit(lambda p, s: online_definition(network, p, batch, device, s))(parameters, state)
    for got, wanted in zip(ours.gradient.weights[:-1], expected, strict=True):
        np.testing.assert_allclose(got, wanted, atol=2e-5 * float(jnp.max(jnp.abs(wanted))))


def online_definition(network, parameters, batch, device, state):
    """Hidden gradients from stored states and the error of each step."""
    _, layers = run(network, parameters, batch.stimulus, lambda kept, step, shown: (kept, shown), None)
    online = network.readout.initial_state((5, 3))
    expected = [jnp.zeros_like(weight) for weight in parameters.weights[:-1]]
    for step in range(network.num_steps):
        current = affine(network, parameters, 2, layers[-1].spikes[step])
        outputs, online = network.readout.step(current, online, jnp.int32(step))
        error = output_error(batch.objective, outputs)
        for n, layer in enumerate(layers):
            delta = (error @ state.feedback[n].matrix.T) * device.respond(layer.potential[step])
            expected[n] = expected[n] + delta.T @ layer.presynaptic[step] / (5 * network.num_steps)
    return expected


class Draws(DenseProjection):
    """No error at all: normal numbers of the key that it is asked with."""

    def project(self, error, *, key=None):
        """Numbers of the key alone."""
        return standard_normal(key, (error.shape[0], self.matrix.shape[0]))


@pytest.mark.parametrize("error", ["final", "online"])
def test_each_layer_and_with_the_online_error_each_step_has_noise_of_its_own(error):
    network = make_network(hidden=(8, 8), num_steps=4)
    rule = replace(Adfa(error), feedback=Draws())
    state = rule.init(KEY, network)
    gradient = updated(rule, network, make_parameters(network), make_batch(network), Constant(1.0), state).gradient
    biases = np.concatenate([np.ravel(bias) for bias in gradient.biases[:-1]])
    # g = 1: a bias is the mean over 5 samples of one draw (final), or of those and of 4 draws (online), per layer.
    draws = [standard_normal(key, (5, 8)) for key in noise_keys(error, layers=2, steps=4)]
    means = [np.mean(draw, axis=0) for draw in draws]
    expected = np.concatenate(means if error == "final" else [np.mean(means[:4], axis=0), np.mean(means[4:], axis=0)])
    np.testing.assert_allclose(biases, expected, rtol=1e-4, atol=1e-6)
    assert len({tuple(np.ravel(draw).tolist()) for draw in draws}) == len(draws)


def noise_keys(error, layers, steps):
    """The key of each projection of an update: of each layer, and within it of each step of the online error."""
    keys = [KEY] if error == "final" else [jax.random.fold_in(KEY, step) for step in range(steps)]
    return [jax.random.fold_in(jax.random.fold_in(key, PROJECTION), layer) for layer in range(layers) for key in keys]


def test_readout_only_leaves_the_hidden_layers_alone():
    network = make_network(hidden=(9, 8))
    rule = ReadoutOnly()
    state = rule.init(KEY, network)
    result = updated(rule, network, make_parameters(network), make_batch(network), None, state)
    for values in (*result.gradient.weights[:-1], *result.gradient.biases[:-1]):
        assert not np.any(values)
    assert np.any(result.gradient.weights[-1])


def test_the_memory_of_a_direct_coded_step_does_not_grow_with_the_number_of_steps():
    def temporaries(num_steps):
        network = make_network(hidden=(64,), num_steps=num_steps)
        batch = make_batch(network)
        rule = Adfa()
        state = rule.init(KEY, network)
        step = jax.jit(lambda p, s: rule.update(network, p, batch, SineSquared(3.0), s, key=KEY)[0])
        return step.lower(make_parameters(network), state).compile().memory_analysis().temp_size_in_bytes

    # one [time] vector of step weights and indices may grow, no [batch neurons] array may
    assert temporaries(200) - temporaries(50) < 5 * 64 * 4


def test_resting_output_neurons_learn_nothing_online():
    # Output neurons driven by a bias of 1.2 alone fire at step 0 and rest at 1 and 2, where u = 0 and triangle'(0) = 0.
    nominal = make_network(hidden=(4,), num_steps=3)
    network = SpikingNetwork(nominal.layer_sizes, Lif(0.7, 1.0, refractory_steps=2), Count(0.7), 3)
    start = make_parameters(network)
    parameters = NetworkParameters((start.weights[0], 0 * start.weights[1]), (start.biases[0], jnp.full((3,), 1.2)))
    rule = ReadoutOnly("online")
    gradient = updated(rule, network, parameters, make_batch(network), None, RuleState(())).gradient
    error = np.full((5, 3), 1 / 3) - np.eye(3)[np.arange(5) % 3]  # all counts are 1
    np.testing.assert_allclose(gradient.biases[-1], error.sum(axis=0) * 0.8 / (5 * 3), rtol=1e-5)
