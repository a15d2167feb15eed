from dataclasses import replace
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import Array, Int

from physdfa.data.events import EventBatch, first_spikes
from physdfa.errors import InputError
from physdfa.network import NetworkParameters
from physdfa.network.event import network as module
from physdfa.rules import Batch
from physdfa.rules.event import GRADIENTS, Sfdfa
from physdfa.rules.rate_penalty import RatePenalty
from physdfa.training import SpikeCount
from tests.network.event.networks import make_event_network, make_pixels, make_weights, run_network
from tests.neurons.test_event_lif import times_of

KEY = jax.random.key(7)
ONE = jnp.asarray(1.0)


class Shown(NamedTuple):
    """What a batch is made of, without functions."""

    events: EventBatch
    labels: Int[Array, " batch"]
    penalty: RatePenalty | None


def make_batch(network, batch: int = 4, penalty: RatePenalty | None = None) -> Shown:
    events = first_spikes(make_pixels(network, batch), network.num_levels)
    return Shown(events, jnp.arange(batch) % network.layer_sizes[-1], penalty)


@jax.jit
def update_of(rule, network, parameters, shown: Shown, state):
    """The update and the state after it; compiled once per structure."""
    batch = Batch(
        shown.events, lambda outputs: SpikeCount().of_samples(outputs, shown.labels, 1.0), None, shown.penalty
    )
    return rule.update(network, parameters, batch, None, state, key=KEY)


def gradient_of(rule, network, parameters, shown: Shown, state=None):
    """The update, from the rule's first state on unless another is given."""
    return update_of(rule, network, parameters, shown, rule.init(KEY, network) if state is None else state)


def with_feedback(state, matrices):
    kept = zip(state.feedback, matrices, strict=True)
    return state._replace(feedback=tuple(replace(projection, matrix=matrix) for projection, matrix in kept))


def weighted_times(network, parameters, batch, errors) -> float:
    """sum over samples and output neurons of the error times the sum of its spike times [s]."""
    shown = run_network(network, parameters, batch.events).layers[-1]
    dt = float(network.window) / network.num_levels
    return sum(
        float(errors[sample, o]) * sum(times_of(network.output, shown, sample, o, dt))
        for sample in range(errors.shape[0])
        for o in range(errors.shape[1])
    )


@pytest.mark.parametrize("hidden", [(6,), (6, 5)])
def test_exact_backpropagation_is_the_derivative_of_the_output_spike_times(hidden):
    network = make_event_network(hidden=hidden)
    parameters, batch = make_weights(network, low=-0.4, high=1.2), make_batch(network)
    random, change = np.random.default_rng(0), 1e-7
    with jax.enable_x64(True):
        parameters = jax.tree.map(lambda leaf: leaf.astype(jnp.float64), parameters)
        update, _ = gradient_of(Sfdfa(gradient="bp"), network, parameters, batch)
        wanted = jnp.where(jnp.arange(3)[None] == jnp.arange(4)[:, None] % 3, 15.0, 3.0)
        errors = wanted - update.outputs
        direction = [jnp.asarray(random.normal(size=weight.shape)) for weight in parameters.weights]
        slope = 4 * sum(float(jnp.sum(d * g)) for d, g in zip(direction, update.gradient.weights, strict=True))

        def at(step):
            moved = tuple(w + step * d for w, d in zip(parameters.weights, direction, strict=True))
            return weighted_times(network, NetworkParameters(moved, parameters.biases), batch, errors)

        expected = (at(change) - at(-change)) / (2 * change)
    assert np.sum(np.asarray(update.outputs)) > 10
    assert slope == pytest.approx(expected, rel=1e-5)


def test_every_gradient_gives_the_output_layer_the_same_update():
    network = make_event_network(hidden=(6, 5))
    parameters, batch = make_weights(network), make_batch(network)
    found = [
        gradient_of(Sfdfa(gradient=name, local_gradient="bounded"), network, parameters, batch)[0] for name in GRADIENTS
    ]
    for update in found[1:]:
        np.testing.assert_array_equal(update.gradient.weights[-1], found[0].gradient.weights[-1])
        np.testing.assert_array_equal(update.outputs, found[0].outputs)
    assert np.any(found[0].gradient.weights[-1])


def test_learned_feedback_that_no_longer_learns_is_fixed_feedback():
    network = make_event_network(hidden=(6, 5))
    parameters, batch = make_weights(network), make_batch(network)
    fixed = Sfdfa(gradient="dfa").init(KEY, network)
    still = Sfdfa(feedback_rate=0.0)
    state = with_feedback(still.init(KEY, network), [one.matrix for one in fixed.feedback])
    left, _ = gradient_of(still, network, parameters, batch, state)
    right, _ = gradient_of(Sfdfa(gradient="dfa"), network, parameters, batch, fixed)
    for a, b in zip(left.gradient.weights, right.gradient.weights, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", GRADIENTS)
def test_blocks_of_samples_give_the_update_of_the_whole_batch(name, monkeypatch):
    network = make_event_network(hidden=(6, 5))
    parameters, batch = make_weights(network), make_batch(network, penalty=RatePenalty(0.5, 2.0))
    whole, state = gradient_of(Sfdfa(gradient=name), network, parameters, batch)
    monkeypatch.setattr(module, "BLOCK_NEURONS", 12)  # two of the four samples
    update_of.clear_cache()
    blocks, state_of_blocks = gradient_of(Sfdfa(gradient=name), network, parameters, batch)
    update_of.clear_cache()
    for left, right in zip(jax.tree.leaves((whole, state)), jax.tree.leaves((blocks, state_of_blocks)), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-6)


def test_more_output_spikes_are_wanted_of_a_silent_network_by_larger_excitatory_weights():
    """The sign of eq. 12: too few spikes, dt/dw < 0 for an excitatory input, so the subtracted gradient is negative."""
    network = make_event_network(output_threshold=0.3)
    parameters = make_weights(network, low=0.1, high=0.6)
    update, _ = gradient_of(Sfdfa(gradient="dfa"), network, parameters, make_batch(network))
    has_spiked = np.asarray(update.outputs).sum(axis=0) > 0
    assert has_spiked.any()
    assert np.all(np.asarray(update.outputs) < 3)
    assert np.all(np.asarray(update.gradient.weights[1])[has_spiked] <= 0)


def test_without_error_only_the_rate_penalty_moves_hidden_weights():
    network = make_event_network()
    parameters, counts = make_weights(network), {}
    batch = make_batch(network)
    state = with_feedback(Sfdfa(gradient="dfa").init(KEY, network), [jnp.zeros((6, 3))])
    bare, _ = gradient_of(Sfdfa(gradient="dfa"), network, parameters, batch, state)
    assert not np.any(bare.gradient.weights[0])
    for target in (0.0, 30.0):
        penalised = make_batch(network, penalty=RatePenalty(0.5, target))
        update, _ = gradient_of(Sfdfa(gradient="dfa"), network, parameters, penalised, state)
        step = 0.2 / np.max(np.abs(update.gradient.weights[0]))
        moved = (parameters.weights[0] - step * update.gradient.weights[0], parameters.weights[1])
        after = run_network(network, NetworkParameters(moved, parameters.biases), batch.events).layers[0].counts
        counts[target] = float(jnp.sum(after))
    before = float(jnp.sum(run_network(network, parameters, batch.events).layers[0].counts))
    assert counts[0.0] < before < counts[30.0]


def test_spikes_beyond_the_limit_are_told():
    network = make_event_network(max_spikes=2, output_max_spikes=3)
    parameters, batch = make_weights(network), make_batch(network)
    update, _ = gradient_of(Sfdfa(gradient="dfa"), network, parameters, batch)
    counts = [layer.counts for layer in run_network(network, parameters, batch.events).layers]
    assert [float(jnp.max(one)) for one in counts] == [2, 3]
    reached = sum(float(jnp.sum(one >= most)) for one, most in zip(counts, (2, 3), strict=True))
    assert float(update.spike_losses.silenced) == pytest.approx(reached / 4)


def test_a_population_compiles_once_and_each_member_learns_as_it_does_alone():
    network, traces = make_event_network(), 0
    parameters, batch, rule = make_weights(network), make_batch(network), Sfdfa(gradient="sfdfa")
    state = rule.init(KEY, network)

    def one(threshold):
        nonlocal traces
        traces += 1
        member = eqx.tree_at(lambda network: network.output.threshold, network, threshold)
        batch_of = Batch(batch.events, lambda outputs: SpikeCount().of_samples(outputs, batch.labels, 1.0))
        return rule.update(member, parameters, batch_of, None, state, key=KEY)[0].gradient.weights

    thresholds = jnp.array([0.05, 0.1])
    together = jax.jit(jax.vmap(one))(thresholds)
    assert traces == 1
    for n in range(2):
        for a, b in zip(together, jax.jit(one)(thresholds[n]), strict=True):
            np.testing.assert_allclose(a[n], b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("choice", [{"gradient": "sfdfaa"}, {"gradient": "bp", "local_gradient": "clipped"}])
def test_an_unknown_name_is_refused_with_the_known_ones(choice):
    with pytest.raises(InputError, match="must be one of "):
        Sfdfa(**choice)


def test_the_same_choice_is_the_same_structure_so_that_it_shares_a_program():
    rates = [Sfdfa(gradient="bp", local_gradient="exact", feedback_rate=rate) for rate in (0.1, 0.2)]
    assert jax.tree.structure(rates[0]) == jax.tree.structure(rates[1])
