"""Thresholds of updates, and the counts of what passes them, by hand."""

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.feedback import DenseProjection
from physdfa.network import FullConnections
from physdfa.rules import UpdateGate
from physdfa.rules.update_gate import feedback_floats, written_weights

VALUES = jnp.array([[-0.5, 0.1, 0.0], [0.5, -0.2, 0.3]])


def test_what_reaches_a_threshold_passes_with_either_sign():
    gate = UpdateGate(error_threshold=0.5, update_threshold=0.2)
    np.testing.assert_array_equal(gate.sends(VALUES), [[True, False, False], [True, False, False]])
    np.testing.assert_array_equal(gate.writes(VALUES), [[True, False, False], [True, True, True]])


def test_the_threshold_0_skips_nothing_and_infinity_everything():
    assert np.all(UpdateGate().sends(VALUES))
    assert np.all(UpdateGate().writes(VALUES))
    endless = UpdateGate(np.inf, np.inf)
    assert not np.any(endless.sends(VALUES))
    assert not np.any(endless.writes(VALUES))


def test_what_is_no_number_passes_so_that_it_shows():
    assert np.all(UpdateGate(1.0, 1.0).sends(jnp.full((1, 2), jnp.nan)))


@pytest.mark.parametrize("value", [-0.1, float("nan")])
@pytest.mark.parametrize("name", ["error_threshold", "update_threshold"])
def test_a_threshold_that_is_no_magnitude_is_refused(name, value):
    with pytest.raises(InputError, match=f"`{name}` is the magnitude .* and must be >= 0"):
        UpdateGate(**{name: value})


def test_an_error_that_is_sent_moves_one_number_per_connection_of_its_class_in_every_layer():
    layers = [
        DenseProjection(jnp.array([[1.0, 0.0, 2.0], [3.0, 0.0, 0.0]])),
        DenseProjection(jnp.array([[0.0, 1.0, 1.0]])),
    ]  # connections of the classes: 2 + 0, 0 + 1, 1 + 1
    sent = jnp.array([[True, True, True], [True, False, False]])
    assert float(feedback_floats(layers, sent)) == (5 + 2) / 2


def test_a_weight_is_written_where_neuron_and_input_are_not_0():
    delta = jnp.array([[1.0, 0.0], [-1.0, 2.0]])
    active = jnp.array([[True, True, False], [True, True, True]])
    assert float(written_weights(FullConnections(3, 2), delta, active)) == (1 * 2 + 2 * 3) / 2
