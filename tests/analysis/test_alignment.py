"""Angles between updates, and between feedback and weights, where their values are known."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.analysis.alignment import angle_between, feedback_angles, update_angles
from physdfa.devices import Constant, SurrogateResponse
from physdfa.feedback import DenseProjection, TransposedProjection
from physdfa.network.event import EventNetwork
from physdfa.neurons import EventLif
from physdfa.rules import Eprop, RatePenalty, RuleState
from physdfa.rules.event import Sfdfa
from physdfa.training import SpikeCount, plain_batch
from physdfa.training.step import start_training
from tests.rules.all_rules import DISCRETE_RULES, RULE_ERRORS
from tests.rules.networks import make_network
from tests.training.trials import CLASSES, INPUTS, make_data, make_trial

ROWS, KEY = jnp.arange(12), jax.random.key(3)
TRIANGLE = SurrogateResponse(kind="triangle", threshold=1.0, width=1.0)


def make_memoryless(rule="adfa", *, hidden=(8,), error="final", device=TRIANGLE):
    trial = make_trial(DISCRETE_RULES[rule](error), device=device)
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


@pytest.mark.parametrize(("a", "b"), [([6.0, 8.0], [0.0, -5.0]), ([6e-30, 8e-30], [5e-30, 0.0]), ([2e30], [1e30])])
def test_the_norm_ratio_is_the_length_of_the_one_over_that_of_the_other(a, b):
    a, b = (jnp.array(values).reshape(-1, 1) for values in (a, b))
    assert float(angle_between(a, b[: len(a)]).norm_ratio) == pytest.approx(2.0, rel=1e-6)
    assert float(angle_between(b, a).norm_ratio) == pytest.approx(0.5, rel=1e-6)


def test_a_small_angle_is_not_lost_in_rounding():
    # the cosine of a thousandth of a degree is 1 in float32
    angle = angle_between(jnp.array([1.0, 0.0]), jnp.array([1.0, float(np.radians(1e-3))]))
    assert float(angle.degrees) == pytest.approx(1e-3, rel=1e-4)


def test_what_vanishes_has_no_angle():
    angle = angle_between(jnp.zeros(3), jnp.ones(3))
    assert np.isnan(angle.cosine)
    assert np.isnan(angle.degrees)
    assert angle.norm_ratio == 0.0
    assert np.isnan(angle_between(jnp.ones(3), jnp.zeros(3)).norm_ratio)


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
    trial = make_trial(DISCRETE_RULES["bptt"](error), hidden=(8, 7))
    angle = measured(trial, started(trial))
    np.testing.assert_array_equal(angle.degrees, [0.0, 0.0])
    np.testing.assert_array_equal(angle.norm_ratio, [1.0, 1.0])


def test_adfa_with_the_derivative_as_g_and_the_weights_as_feedback_is_aligned_in_one_layer_without_memory():
    trial = make_memoryless()
    state = started(trial)
    aligned = measured(trial, with_feedback(state, state.parameters.weights[-1].T))
    np.testing.assert_allclose(aligned.degrees, [0.0], atol=1e-3)
    opposed = measured(trial, with_feedback(state, -state.parameters.weights[-1].T))
    np.testing.assert_allclose(opposed.degrees, [180.0], atol=1e-3)
    np.testing.assert_allclose(opposed.cosine, [-1.0], atol=1e-6)


def test_twice_the_gradient_has_a_norm_ratio_of_two():
    trial = make_memoryless()
    state = started(trial)
    doubled = measured(trial, with_feedback(state, 2.0 * state.parameters.weights[-1].T))
    np.testing.assert_allclose(doubled.norm_ratio, [2.0], rtol=1e-5)
    np.testing.assert_allclose(doubled.degrees, [0.0], atol=1e-3)


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
    angle = measured(trial, started(trial))
    assert np.isnan(angle.degrees).all()
    assert (angle.norm_ratio == 0.0).all()


def test_dropout_and_shifts_do_not_enter():
    trial = make_memoryless()
    state = started(trial)
    dropped = replace(trial, dropout=0.5, has_dropout=True)
    np.testing.assert_array_equal(measured(dropped, state).degrees, measured(trial, state).degrees)


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
    trial = make_trial(hidden=(8, 7, 6))
    state = started(trial)
    _, second, third, out = state.parameters.weights
    aligned = with_feedback(state, (out @ third @ second).T, (out @ third).T, -out.T)
    np.testing.assert_allclose(feedback_angles(trial, aligned).degrees, [0.0, 0.0, 180.0], atol=1e-3)
    drawn = feedback_angles(trial, state)
    assert np.all((drawn.degrees > 1.0) & (drawn.degrees < 179.0))


def test_rules_without_feedback_have_no_feedback_angle():
    trial = make_trial("bptt")
    assert feedback_angles(trial, started(trial)) is None


def after_an_update(trial, state):
    """The state with its feedback after one update, which learned feedback needs to be more than 0."""
    batch = plain_batch(trial, make_data(), ROWS, KEY)
    _, rule_state = trial.rule.update(trial.network, state.parameters, batch, state.device, state.rule_state, key=KEY)
    return state._replace(rule_state=rule_state)


def driven(state):
    """The state with a bias of 0.6 thresholds everywhere, so that deep layers fire, too."""
    parameters = state.parameters
    return state._replace(parameters=parameters._replace(biases=tuple(0.6 + one for one in parameters.biases)))


def are_angles(degrees, layers) -> bool:
    return degrees.shape == (layers,) and bool(np.all((degrees >= 0) & (degrees <= 180)))


@pytest.mark.parametrize(
    ("name", "hidden"),
    [*((name, (9, 8)) for name in sorted(set(DISCRETE_RULES) - {"readout_only"})), ("dfa", (12, 11, 10, 9))],
)
def test_every_rule_has_its_angles_in_each_hidden_layer(name, hidden):
    trial = make_trial(DISCRETE_RULES[name](RULE_ERRORS[name][0]), hidden=hidden, device=TRIANGLE, num_steps=4)
    state = driven(started(trial))
    state = jax.jit(after_an_update)(trial, state)
    assert are_angles(measured(trial, state).degrees, len(hidden))
    feedback = feedback_angles(trial, state)
    assert feedback is None if name in ("bptt", "ottt") else are_angles(feedback.degrees, len(hidden))


def test_feedback_made_of_the_weights_is_measured_against_the_weights_of_the_same_time():
    trial = make_trial(replace(Eprop(), feedback=TransposedProjection()), hidden=(8, 7))
    state = started(trial)  # before any update, and after the weights have moved
    moved = state._replace(parameters=jax.tree.map(lambda values: values[::-1], state.parameters))
    for now in (state, moved):
        np.testing.assert_allclose(feedback_angles(trial, now).degrees, [0.0, 0.0], atol=1e-3)


def test_learned_feedback_has_no_angle_before_it_has_learned():
    trial = make_trial("fdfa")
    assert np.isnan(feedback_angles(trial, started(trial)).degrees).all()


def make_event_trial(rule, hidden=(8,)):
    neuron = EventLif(0.13, 0.05)
    network = EventNetwork((INPUTS, *hidden, CLASSES), neuron, neuron, num_levels=8, num_steps=16, weight_scale=2.0)
    return replace(make_trial(), network=network, rule=rule, device=None, loss=SpikeCount(30.0, 30.0))


@pytest.mark.parametrize(("gradient", "hidden"), [("dfa", (8,)), ("sfdfa", (8,)), ("sfdfa", (8, 7, 6, 5))])
def test_event_networks_are_measured_against_the_derivative_by_their_spike_times(gradient, hidden):
    trial = make_event_trial(Sfdfa(gradient=gradient), hidden)
    state = jax.jit(after_an_update)(trial, started(trial))
    degrees = measured(trial, state).degrees
    assert are_angles(degrees, len(hidden))
    assert np.all(degrees > 1.0)
    assert are_angles(feedback_angles(trial, state).degrees, len(hidden))


def test_the_derivative_by_the_spike_times_does_not_turn_away_from_itself():
    trial = make_event_trial(Sfdfa(gradient="bp"))
    state = started(trial)
    np.testing.assert_array_equal(measured(trial, state).degrees, [0.0])
    assert feedback_angles(trial, state) is None


def test_the_output_weights_as_feedback_of_spike_times_lie_nearer_than_their_negatives():
    # Excitatory weights and too few spikes everywhere: every error by a spike time has the sign of e W.
    trial = make_event_trial(Sfdfa(gradient="dfa"))
    state = started(trial)
    excitatory = tuple(jnp.abs(weight) for weight in state.parameters.weights)
    state = state._replace(parameters=state.parameters._replace(weights=excitatory))
    sides = [with_feedback(state, sign * state.parameters.weights[-1].T) for sign in (1.0, -1.0)]
    near, far = (float(measured(trial, side).degrees[0]) for side in sides)
    assert near < 90 < far
    assert near + far == pytest.approx(180.0, abs=1e-2)


def test_the_pull_on_firing_rates_does_not_enter():
    trial = make_event_trial(Sfdfa(gradient="dfa"))
    pulled = replace(trial, penalty=RatePenalty(5.0, 2.0))
    np.testing.assert_array_equal(measured(trial, started(trial)).degrees, measured(pulled, started(pulled)).degrees)
