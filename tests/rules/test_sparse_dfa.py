"""The rule sparse_dfa: its limits, what its thresholds skip, and what it counts."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import SineSquared
from physdfa.errors import InputError
from physdfa.feedback import DenseProjection, SingleEntryProjection
from physdfa.network import Stimulus, run
from physdfa.rules import ERRORS, LOCAL_FACTORS, Adfa, Batch, Dfa, RuleState, SparseDfa, UpdateGate
from physdfa.rules.base import output_error
from physdfa.training.losses import CrossEntropy
from tests.rules.networks import make_batch, make_network, make_parameters

KEY = jax.random.key(7)
DEVICE = SineSquared(3.0)
NETWORK = make_network(hidden=(9, 8), num_steps=4)
PARAMETERS = make_parameters(NETWORK)
PLAIN = {"surrogate": Dfa, "device": Adfa}
EVERY_CODING = pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])


def updated(rule, batch, gate=None, *, network=NETWORK, feedback=None):
    """One update as a compiled program."""
    parameters = make_parameters(network)
    rule = rule if feedback is None else replace(rule, feedback=feedback)
    state = rule.init(KEY, network)
    state = state if gate is None else state._replace(gate=gate)
    return jax.jit(lambda p, s: rule.update(network, p, batch, DEVICE, s, key=KEY)[0])(parameters, state)


def sample_of(batch, row, static):
    """The batch of one of its samples."""

    def at(step):
        return batch.stimulus.at(step)[row : row + 1]

    label = jnp.array([row % 3])
    return Batch(Stimulus(static, at), lambda outputs: CrossEntropy().of_samples(outputs, label, 1.0))


@EVERY_CODING
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("local_factor", LOCAL_FACTORS)
def test_with_dense_feedback_and_thresholds_0_it_is_dfa_or_adfa_exactly(error, static, local_factor):
    batch = make_batch(NETWORK, static=static)
    ours = updated(SparseDfa(error, local_factor=local_factor), batch)
    plain = updated(PLAIN[local_factor](error), batch)
    for a, b in zip(jax.tree.leaves(ours.gradient), jax.tree.leaves(plain.gradient), strict=True):
        np.testing.assert_array_equal(a, b)
    assert float(ours.counts.feedback_floats) == float(plain.counts.feedback_floats)
    assert float(ours.counts.weight_updates) == float(ours.counts.ungated_updates) > 0


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("gate", [UpdateGate(error_threshold=np.inf), UpdateGate(update_threshold=np.inf)])
def test_an_infinite_threshold_leaves_the_hidden_layers_as_they_are_and_the_output_layer_learning(error, gate):
    batch = make_batch(NETWORK)
    ours, plain = updated(SparseDfa(error), batch, gate), updated(Dfa(error), batch)
    for values in (*ours.gradient.weights[:-1], *ours.gradient.biases[:-1]):
        assert not np.any(values)
    np.testing.assert_allclose(ours.gradient.weights[-1], plain.gradient.weights[-1], rtol=1e-6)
    assert float(ours.counts.weight_updates) == 0
    assert float(ours.counts.ungated_updates) > 0
    sent = 0 if np.isinf(gate.error_threshold) else float(plain.counts.feedback_floats)
    assert float(ours.counts.feedback_floats) == sent


@EVERY_CODING
def test_with_the_final_error_a_neuron_skips_the_samples_whose_delta_is_below_the_threshold(static):
    batch = make_batch(NETWORK, static=static)
    alone = [updated(Dfa(), sample_of(batch, row, static)).gradient for row in range(5)]
    # of one sample alone, the gradient of a bias is the delta of its neuron
    sizes = np.unique(np.abs([one.biases[0] for one in alone]))
    threshold = float(np.mean(sizes[len(sizes) // 2 :][:2]))  # between two of them, so that rounding decides nothing
    gated = updated(SparseDfa(), batch, UpdateGate(update_threshold=threshold))
    _, seen = run(NETWORK, PARAMETERS, batch.stimulus, lambda kept, step, layers: (kept, layers), None)
    written = ungated = 0
    for layer in range(2):
        deltas = np.array([one.biases[layer] for one in alone])
        kept = np.abs(deltas) >= threshold
        weights = np.array([one.weights[layer] for one in alone]) * kept[:, :, None]
        np.testing.assert_allclose(gated.gradient.weights[layer], weights.mean(axis=0), rtol=2e-5, atol=1e-7)
        active = np.any(np.asarray(seen[layer].presynaptic) != 0, axis=0).sum(axis=1)
        written += np.mean((kept & (deltas != 0)).sum(axis=1) * active)
        ungated += np.mean((deltas != 0).sum(axis=1) * active)
    assert float(gated.counts.weight_updates) == pytest.approx(written)
    assert float(gated.counts.ungated_updates) == pytest.approx(ungated)
    assert 0 < written < ungated


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_below_the_threshold_reaches_no_neuron(error):
    network = make_network(num_steps=1)  # so that both errors are one
    batch = sample_of(make_batch(network), 0, static=True)
    plain = Dfa(error)
    start = plain.init(KEY, network)
    size = np.abs(np.asarray(output_error(batch.objective, updated(plain, batch, network=network).outputs)))[0]
    threshold = float(np.sort(size)[1])  # the least of the three errors is below it
    matrix = jnp.where(jnp.asarray(size)[None, :] < threshold, 0.0, start.feedback[0].matrix)
    gate = UpdateGate(error_threshold=threshold * (1 - 1e-5))
    ours = updated(SparseDfa(error), batch, gate, network=network)
    without = jax.jit(lambda p, s: plain.update(network, p, batch, None, s, key=KEY)[0])(
        make_parameters(network), RuleState((DenseProjection(matrix),))
    )
    np.testing.assert_allclose(ours.gradient.weights[0], without.gradient.weights[0], rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(ours.gradient.weights[-1], without.gradient.weights[-1], rtol=1e-5)
    assert float(ours.counts.feedback_floats) == 2 * 12


def test_with_one_time_step_the_online_error_skips_and_counts_as_the_final_one_does():
    network = make_network(hidden=(9, 8), num_steps=1)
    batch, gate = make_batch(network), UpdateGate(0.2, 0.05)
    final, online = (updated(SparseDfa(error), batch, gate, network=network) for error in ERRORS)
    for a, b in zip(jax.tree.leaves(final.gradient), jax.tree.leaves(online.gradient), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(final.counts, online.counts)
    assert 0 < float(final.counts.weight_updates) < float(final.counts.ungated_updates)


def test_the_online_error_is_sent_at_every_step():
    batch = make_batch(NETWORK)
    for rule in (Dfa, SparseDfa):
        final, online = (updated(rule(error), batch).counts.feedback_floats for error in ERRORS)
        assert float(final) == 3 * (9 + 8)
        assert float(online) == 4 * 3 * (9 + 8)


def test_a_single_entry_sends_one_number_to_each_neuron():
    counts = updated(SparseDfa(), make_batch(NETWORK), feedback=SingleEntryProjection()).counts
    assert float(counts.feedback_floats) == 9 + 8


def test_thresholds_are_leaves_of_one_program():
    batch, rule = make_batch(NETWORK), SparseDfa()
    state = rule.init(KEY, NETWORK)

    def written(gate):
        return rule.update(NETWORK, PARAMETERS, batch, None, state._replace(gate=gate), key=KEY)[0].counts

    counts = jax.jit(jax.vmap(written))(UpdateGate(jnp.zeros(3), jnp.array([0.0, 0.02, np.inf])))
    first, second, last = (float(value) for value in counts.weight_updates)
    assert first > second > last == 0
    np.testing.assert_allclose(counts.ungated_updates, first)


def test_an_unknown_local_factor_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match=r"must be one of surrogate, device; got 'surogate'"):
        SparseDfa(local_factor="surogate")
