"""Weights that a sample changes: by hand, and as the rule counts that counts its own."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.analysis.weights_changed import weights_changed
from physdfa.rules import SparseDfa
from physdfa.training import plain_batch
from physdfa.training.step import start_training
from tests.rules.all_rules import DISCRETE_RULES
from tests.rules.networks import make_network
from tests.training.trials import CLASSES, INPUTS, make_data, make_trial

ROWS, KEY = jnp.arange(12), jax.random.key(3)


def make_case(rule, **choices):
    network = make_network(inputs=INPUTS, classes=CLASSES, **({"hidden": (8, 6)} | choices))
    trial = replace(make_trial(rule), network=network)
    return trial, start_training(trial, make_data(), jnp.arange(20), jax.random.key(0))


@pytest.mark.parametrize("threshold", [0.0, 0.3])
def test_of_hidden_layers_they_are_those_that_a_rule_which_counts_has_written(threshold):
    rule = SparseDfa(error_threshold=threshold)
    trial, state = make_case(rule, hidden=(8,))
    found = jax.jit(weights_changed)(trial, state, make_data(), ROWS, KEY)
    batch = plain_batch(trial, make_data(), ROWS, KEY)
    update, _ = jax.jit(lambda one: rule.update(trial.network, state.parameters, batch, None, one, key=KEY))(
        state.rule_state
    )
    assert 0 < float(update.counts.weight_updates) < 8 * INPUTS
    assert float(found[0]) == pytest.approx(float(update.counts.weight_updates))


def test_a_frozen_hidden_layer_is_not_changed_and_an_output_weight_where_its_neuron_fired():
    trial, state = make_case(DISCRETE_RULES["readout_only"]())
    found = np.asarray(jax.jit(weights_changed)(trial, state, make_data(), ROWS, KEY))
    np.testing.assert_array_equal(found[:2], 0)
    assert 0 < found[2] < 6 * CLASSES
    assert found[2] * len(ROWS) % CLASSES == pytest.approx(0)  # every class of a neuron that fired
