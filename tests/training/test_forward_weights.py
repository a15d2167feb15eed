"""Weights of few bits in the network that computes, and the exact ones behind them that training changes."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.network.event import EventNetwork
from physdfa.neurons import EventLif
from physdfa.rules import Adfa, Bptt, Eprop
from physdfa.rules.event import Sfdfa
from physdfa.training import Optimizer, Sgd, SpikeCount, rounded_weight
from physdfa.training.step import carry_of, evaluate, start_training, train_update
from tests.training.trials import CLASSES, INPUTS, assert_close, assert_identical, make_data, make_trial

RULES = [Bptt("final"), Adfa("final"), Eprop(symmetric=True)]
ROWS, KEY, TOTAL = jnp.arange(8), jax.random.key(3), jnp.int32(100)
WEIGHT = jax.random.normal(jax.random.key(0), (40, 50))


def by_gradient(rule, *, learning_rate=0.1, **values):
    """A trial with plain descent: an update is the gradient times the learning rate."""
    optimizer = Optimizer(Sgd(momentum=0.0), learning_rate=learning_rate)
    return make_trial(rule, hidden=(8, 7), optimizer=optimizer, **values)


def started(trial):
    return start_training(trial, make_data(), jnp.arange(20), jax.random.key(0))


def one_update(trial, state, parameters):
    """The parameters after one update, from these."""
    carry = carry_of(state._replace(parameters=parameters), KEY)
    after, _ = jax.jit(train_update)(trial, carry, make_data(), ROWS, TOTAL)
    return after.parameters


@pytest.mark.parametrize("bits", [2, 3, 5, 8])
def test_a_layer_has_at_most_two_to_the_bits_less_one_levels_evenly_around_0(bits):
    rounded = np.asarray(rounded_weight(WEIGHT, jnp.float32(bits)))
    largest, steps = np.abs(WEIGHT).max(), 2 ** (bits - 1) - 1
    codes = rounded / largest * steps
    assert codes == pytest.approx(np.round(codes), abs=1e-4)
    assert len(np.unique(rounded)) <= 2**bits - 1
    assert np.abs(rounded).max() == pytest.approx(largest, rel=1e-6)
    assert np.abs(rounded - WEIGHT).max() <= largest / (2 * steps) * (1 + 1e-5)
    assert (rounded_weight(-WEIGHT, jnp.float32(bits)) == -rounded).all()


def test_many_bits_are_the_exact_weights():
    assert_close(rounded_weight(WEIGHT, jnp.float32(16)), WEIGHT, tolerance=0.5 / (2**15 - 1) * 1.01)
    for bits in (25, 32):
        assert_identical(rounded_weight(WEIGHT, jnp.float32(bits)), WEIGHT)


def test_rounding_twice_is_rounding_once_and_weights_of_0_stay():
    once = rounded_weight(WEIGHT, jnp.float32(4))
    np.testing.assert_allclose(rounded_weight(once, jnp.float32(4)), once, rtol=1e-6)
    assert not rounded_weight(jnp.zeros((3, 2)), jnp.float32(4)).any()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_exact_weights_get_the_update_that_a_network_of_rounded_ones_would_get(rule):
    trial = by_gradient(rule, weight_bits=3)
    state = started(trial)
    shown = trial.forward_parameters(state.parameters)
    of_exact = jax.tree.map(jnp.subtract, one_update(trial, state, state.parameters), state.parameters)
    of_shown = jax.tree.map(jnp.subtract, one_update(by_gradient(rule), state, shown), shown)
    assert_close(of_exact, of_shown)
    assert any(np.abs(leaf).max() > 1e-3 for leaf in of_shown.weights)


def test_updates_smaller_than_a_level_add_up_until_they_make_one():
    trial = by_gradient("adfa", learning_rate=1e-3, weight_bits=4)
    state = started(trial)
    carry, shown = carry_of(state, KEY), [trial.forward_parameters(state.parameters).weights[-1]]
    update = jax.jit(train_update)
    for _ in range(300):
        carry, _ = update(trial, carry._replace(key=KEY), make_data(), ROWS, TOTAL)
        shown.append(trial.forward_parameters(carry.parameters).weights[-1])
    codes = [np.round(np.asarray(weight) / np.abs(weight).max() * 7) for weight in shown]
    assert (codes[0] == codes[1]).all(), "one update moves no weight by a level"
    assert (codes[0] != codes[-1]).any(), "many do"


def test_a_score_is_that_of_the_rounded_weights():
    trial, plain = make_trial(weight_bits=2), make_trial()
    parameters, data, rows = started(trial).parameters, make_data(), jnp.arange(30)
    score = evaluate(trial, parameters, data, rows, KEY)
    assert_identical(score, evaluate(plain, trial.forward_parameters(parameters), data, rows, KEY))
    assert float(score.loss) != float(evaluate(plain, parameters, data, rows, KEY).loss)


def test_without_the_key_nothing_is_rounded_and_with_all_bits_nothing_changes():
    plain = by_gradient("adfa")
    state = started(plain)
    assert plain.forward_parameters(state.parameters) is state.parameters
    all_bits = by_gradient("adfa", weight_bits=32)
    assert_identical(started(all_bits).parameters, state.parameters)
    assert_identical(*(one_update(trial, state, state.parameters) for trial in (plain, all_bits)))


def test_two_numbers_of_bits_share_a_program():
    count, update = [], train_update

    @jax.jit
    def counted(*arguments):
        count.append(1)
        return update(*arguments)

    for bits in (2, 6):
        trial = by_gradient("adfa", weight_bits=bits)
        counted(trial, carry_of(started(trial), KEY), make_data(), ROWS, TOTAL)
    assert len(count) == 1


@pytest.mark.parametrize("bits", [1, 2.5, 33, float("nan")])
def test_bits_that_cannot_be_rounded_to_are_refused(bits):
    with pytest.raises(InputError, match=r"`weight_bits`.*whole number from 2 to 32; got"):
        make_trial(weight_bits=bits)


def test_an_event_network_refuses_them():
    network = EventNetwork((INPUTS, 8, CLASSES), EventLif(), EventLif(), num_levels=8, num_steps=16)
    trial = make_trial()
    with pytest.raises(InputError, match="the weights of an event network are not rounded"):
        replace(trial, network=network, rule=Sfdfa(), loss=SpikeCount(), weight_bits=4)
