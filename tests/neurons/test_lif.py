"""Laws of the leaky integrate-and-fire neuron, against traces computed by hand."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.neurons import Lif
from physdfa.neurons.leaky import LifState
from physdfa.surrogates import SURROGATES


def run_neuron(neuron: Lif, currents: list[float]) -> tuple[list[float], list[float]]:
    state = neuron.initial_state((1,))
    potentials, spikes = [], []
    for current in currents:
        shown, state = neuron.step(jnp.array([current]), state)
        potentials.append(float(shown.potential[0]))
        spikes.append(float(shown.spikes[0]))
    return potentials, spikes


def test_reset_to_zero_follows_the_trace_computed_by_hand():
    # u1 = .6; u2 = .5*.6 + .6 = .9; u3 = .45 + .6 = 1.05, spike; u4 = 0 + .6; u5 = .3 + .6
    potentials, spikes = run_neuron(Lif(0.5, 1.0, reset="zero"), [0.6] * 5)
    assert potentials == pytest.approx([0.6, 0.9, 1.05, 0.6, 0.9], abs=1e-6)
    assert spikes == [0, 0, 1, 0, 0]


def test_reset_by_subtraction_follows_the_trace_computed_by_hand():
    # u1 = .8; u2 = .4 + .8 = 1.2, spike; u3 = .6 - 1 + .8 = .4; u4 = .2 + .8 = 1, spike; u5 = .5 - 1 + .8 = .3
    potentials, spikes = run_neuron(Lif(0.5, 1.0, reset="subtract"), [0.8] * 5)
    assert potentials == pytest.approx([0.8, 1.2, 0.4, 1.0, 0.3], abs=1e-6)
    assert spikes == [0, 1, 0, 1, 0]


def test_a_potential_at_the_threshold_fires():
    assert run_neuron(Lif(0.5, 1.0), [1.0])[1] == [1]


def test_refractory_steps_hold_potential_and_spikes_at_zero():
    potentials, spikes = run_neuron(Lif(0.5, 1.0, refractory_steps=2), [1.5] * 5)
    assert potentials == pytest.approx([1.5, 0, 0, 1.5, 0])
    assert spikes == [1, 0, 0, 1, 0]


@pytest.mark.parametrize("surrogate", sorted(SURROGATES))
def test_the_derivative_of_a_spike_is_the_surrogate(surrogate):
    neuron = Lif(0.5, 1.0, surrogate=surrogate, surrogate_width=0.7)
    potentials = jnp.linspace(-1, 3, 41)
    slopes = jax.vmap(jax.grad(lambda u: neuron.step(u, neuron.initial_state(()))[0].spikes))(potentials)
    np.testing.assert_allclose(slopes, neuron.surrogate_derivative(potentials), atol=1e-6)
    assert float(jnp.max(slopes)) > 0


@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_the_derivatives_of_what_a_step_leaves_are_those_of_the_formula(reset):
    # d/du of decay u (1 - s) and of decay u - threshold s, with ds/du = sigma'; the decay passes on what it multiplies
    potentials = jnp.array([-0.3, 0.4, 0.9, 1.0, 1.3, 2.5])

    def residue(potential, decay):
        neuron = Lif(0.5, 1.0, reset=reset)
        neuron = eqx.tree_at(lambda n: n.decay_mem, neuron, decay)
        return neuron.step(potential, LifState(jnp.zeros(()), None))[1].residue

    by_potential, by_decay = jax.vmap(jax.grad(residue, argnums=(0, 1)), (0, None))(potentials, jnp.float32(0.5))
    spikes = (potentials >= 1).astype(float)
    slope = jnp.maximum(0, 1 - jnp.abs(potentials - 1))
    if reset == "zero":
        expected = 0.5 * (1 - spikes) - 0.5 * potentials * slope, potentials * (1 - spikes)
    else:
        expected = 0.5 - slope, potentials
    np.testing.assert_allclose(by_potential, expected[0], atol=1e-6)
    np.testing.assert_allclose(by_decay, expected[1], atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"decay_mem": 1.2}, "decay_mem"),
        ({"threshold": 0.0}, "threshold"),
        ({"reset": "soft"}, "one of zero, subtract"),
        ({"refractory_steps": -1}, "refractory_steps"),
        ({"surrogate": "triangel"}, "one of triangle"),
        ({"surrogate_width": 0.0}, "surrogate_width"),
    ],
)
def test_a_value_out_of_its_range_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        Lif(**arguments)
