"""Angles between updates, and between feedback and weights, where their values are known."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.analysis.alignment import angle_between, feedback_angles, update_angles
from physdfa.data import ENCODINGS
from physdfa.devices import Constant, SurrogateResponse
from physdfa.feedback import DenseProjection
from physdfa.rules import RULES, RatePenalty, RuleState
from physdfa.rules.event import sfdfa
from physdfa.training import Trial
from physdfa.training.step import start_training
from tests.network.event.networks import make_event_network
from tests.rules.networks import make_network
from tests.training.trials import CLASSES, INPUTS, make_data, make_trial

ROWS, KEY = jnp.arange(12), jax.random.key(3)
TRIANGLE = SurrogateResponse(kind="triangle", threshold=1.0, width=1.0)


def make_memoryless(rule="adfa", *, hidden=(8,), error="final", device=TRIANGLE):
    trial = make_trial(RULES[rule](error), device=device)
    network = make_network(inputs=INPUTS, hidden=hidden, classes=CLASSES, num_steps=3, decay_mem=0.0)
    return replace(trial, network=network)


def started(trial, *, seed=0):
    return start_training(trial, make_data(), jnp.arange(20), jax.random.key(seed))


def with_feedback(state, *matrices):
    return state._replace(rule_state=RuleState(tuple(DenseProjection(matrix) for matrix in matrices)))


def measured(trial, state):
    return jax.jit(update_angles)(trial, state, make_data(), ROWS, KEY)


@pytest.mark.parametrize(
    ("other", "cosine", "degrees"),
    [([2.0, 0.0], 1.0, 0.0), ([1.0, 1.0], 0.5**0.5, 45.0), ([0.0, 3.0], 0.0, 90.0), ([-0.5, 0.0], -1.0, 180.0)],
)
def test_plane_angles(other, cosine, degrees):
    angle = angle_between(jnp.array([1e-30, 0.0]), jnp.array(other))
    assert float(angle.cosine) == pytest.approx(cosine, abs=1e-6)
    assert float(angle.degrees) == pytest.approx(degrees, abs=1e-4)


def test_a_small_angle_is_not_lost_in_rounding():
    # the cosine of a thousandth of a degree is 1 in float32
    angle = angle_between(jnp.array([1.0, 0.0]), jnp.array([1.0, float(np.radians(1e-3))]))
    assert float(angle.degrees) == pytest.approx(1e-3, rel=1e-4)


def test_what_vanishes_has_no_angle():
    angle = angle_between(jnp.zeros(3), jnp.ones(3))
    assert np.isnan(angle.cosine)
    assert np.isnan(angle.degrees)


def test_random_directions_lie_at_ninety_degrees_with_a_spread_of_one_over_the_root_of_n():
    entries, pairs = 100, 20_000
    a, b = jax.random.normal(jax.random.key(0), (2, pairs, 5, entries // 5))
    angle = jax.vmap(angle_between)(a, b)
    # both within five standard errors: of a mean, spread / sqrt(pairs); of a spread, spread / sqrt(2 pairs)
    assert float(jnp.mean(angle.cosine)) == pytest.approx(0.0, abs=5 * 0.1 / pairs**0.5)
    assert float(jnp.std(angle.cosine)) == pytest.approx(0.1, abs=5 * 0.1 / (2 * pairs) ** 0.5)
    assert float(jnp.mean(angle.degrees)) == pytest.approx(90.0, abs=5 * np.degrees(0.1) / pairs**0.5)


@pytest.mark.parametrize("error", ["final", "online"])
def test_backpropagation_does_not_turn_away_from_itself(error):
    trial = make_trial(RULES["bptt"](error), hidden=(8, 7))
    np.testing.assert_array_equal(measured(trial, started(trial)).degrees, [0.0, 0.0])


def test_adfa_with_the_derivative_as_g_and_the_weights_as_feedback_is_aligned_in_one_layer_without_memory():
    trial = make_memoryless()
    state = started(trial)
    aligned = measured(trial, with_feedback(state, state.parameters.weights[-1].T))
    np.testing.assert_allclose(aligned.degrees, [0.0], atol=1e-3)
    opposed = measured(trial, with_feedback(state, -state.parameters.weights[-1].T))
    np.testing.assert_allclose(opposed.degrees, [180.0], atol=1e-3)
    np.testing.assert_allclose(opposed.cosine, [-1.0], atol=1e-6)


def test_another_g_another_feedback_or_a_memory_turns_the_update_away():
    trial = make_memoryless()
    state = started(trial)
    exact = with_feedback(state, state.parameters.weights[-1].T)
    assert float(measured(trial, state).degrees[0]) > 1.0
    constant = replace(trial, device=Constant(1.0))
    assert float(measured(constant, exact._replace(device=Constant(1.0))).degrees[0]) > 1.0
    slow = eqx.tree_at(lambda made: made.network.neuron.decay_mem, trial, jnp.asarray(0.9))
    assert float(measured(slow, exact).degrees[0]) > 1.0


def test_layers_that_do_not_learn_have_no_angle():
    trial = make_trial("readout_only", hidden=(8, 7))
    assert np.isnan(measured(trial, started(trial)).degrees).all()


def test_dropout_and_shifts_do_not_enter():
    trial = make_memoryless()
    state = started(trial)
    dropped = replace(trial, dropout=0.5, has_dropout=True)
    np.testing.assert_array_equal(measured(dropped, state).degrees, measured(trial, state).degrees)


def make_event_trial(gradient, *, penalty=None):
    network = make_event_network(inputs=INPUTS, hidden=(8, 7), classes=CLASSES)
    return Trial(network, sfdfa(gradient), ENCODINGS["latency"], batch_size=8, penalty=penalty)


def test_in_event_networks_the_exact_gradient_does_not_turn_away_from_itself_and_feedback_does():
    exact, random = make_event_trial("bp"), make_event_trial("dfa")
    np.testing.assert_array_equal(measured(exact, started(exact)).degrees, [0.0, 0.0])
    assert np.all(measured(random, started(random)).degrees > 1.0)


def test_the_pull_on_firing_rates_does_not_enter():
    plain, pulled = make_event_trial("dfa"), make_event_trial("dfa", penalty=RatePenalty(5.0, 2.0))
    angles = [measured(trial, started(trial)).degrees for trial in (plain, pulled)]
    np.testing.assert_array_equal(*angles)


def test_devices_and_feedbacks_share_a_program():
    trial, count = make_trial(hidden=(8,)), []

    def counted(*arguments):
        count.append(1)
        return update_angles(*arguments)

    compiled = jax.jit(counted)
    for half_period in (1.0, 2.0):
        changed = eqx.tree_at(lambda made: made.device.half_period, trial, jnp.asarray(half_period))
        compiled(changed, started(changed), make_data(), ROWS, KEY)
    assert len(count) == 1


def test_feedback_equal_to_the_transposed_weights_behind_it_is_aligned_in_every_layer():
    state = started(make_trial(hidden=(8, 7, 6)))
    _, second, third, out = state.parameters.weights
    aligned = with_feedback(state, (out @ third @ second).T, (out @ third).T, -out.T)
    np.testing.assert_allclose(feedback_angles(aligned).degrees, [0.0, 0.0, 180.0], atol=1e-3)
    drawn = feedback_angles(state)
    assert np.all((drawn.degrees > 1.0) & (drawn.degrees < 179.0))


def test_rules_without_feedback_have_no_feedback_angle():
    assert feedback_angles(started(make_trial("bptt"))) is None
