"""Readouts: the step weights are closed forms, and the outputs are what the words "mean", "leak" and "count" say."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.network import MEMBRANE_REDUCTIONS, READOUTS, AbstractReadout, outputs_from_activity
from physdfa.neurons import Lif
from tests.network.by_hand import Neurons, leaky_integrator
from tests.rules.networks import make_network, make_parameters
from tests.rules.networks import make_readout as readout_of

STEPS, BATCH, CLASSES = 6, 5, 3


def make_readout(name, *, decay=0.7, reduction="mean", **neuron) -> AbstractReadout:
    return readout_of(name, decay, reduction).with_neuron(Lif(0.8, 1.0, **neuron))


def make_currents(scale=1.0) -> np.ndarray:
    return scale * np.random.default_rng(3).normal(size=(STEPS, BATCH, CLASSES))


def test_the_rate_readout_weighs_every_step_alike():
    np.testing.assert_allclose(make_readout("rate").step_weights(4), [0.25] * 4)


def test_the_last_membrane_potential_weighs_a_step_by_the_leak_since_then():
    weights = make_readout("membrane", decay=0.5, reduction="last").step_weights(4)
    np.testing.assert_allclose(weights, [0.125, 0.25, 0.5, 1.0], rtol=1e-6)


def test_the_mean_membrane_potential_weighs_a_step_by_what_its_geometric_tail_leaves():
    # c_t = (1 - kappa^(T-t+1)) / ((1 - kappa) T), t = 1 ... T
    weights = make_readout("membrane", decay=0.5).step_weights(4)
    expected = [(1 - 0.5 ** (4 - t + 1)) / (0.5 * 4) for t in (1, 2, 3, 4)]
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


def test_a_membrane_without_leak_reads_the_plain_sum():
    weights = make_readout("membrane", decay=1.0, reduction="last").step_weights(5)
    np.testing.assert_allclose(weights, np.ones(5))


def test_a_membrane_that_forgets_at_once_averages_as_the_rate_readout_does():
    forgetful, rate = make_readout("membrane", decay=0.0), make_readout("rate")
    np.testing.assert_allclose(forgetful.step_weights(5), rate.step_weights(5), rtol=1e-6)


@pytest.mark.parametrize("reduction", MEMBRANE_REDUCTIONS)
def test_the_summed_membrane_readout_equals_a_leaky_integrator_run_step_by_step(reduction):
    network = make_network(num_steps=STEPS, readout="membrane", readout_decay=0.7, reduction=reduction)
    parameters = make_parameters(network)
    spikes = np.random.default_rng(0).integers(0, 2, size=(STEPS, BATCH, 12)).astype(np.float32)
    activity = jnp.einsum("t,tbn->bn", network.readout.step_weights(STEPS), spikes)
    outputs = outputs_from_activity(network, parameters, activity)
    currents = spikes @ np.asarray(parameters.weights[-1]).T + np.asarray(parameters.biases[-1])
    potentials = leaky_integrator(0.7, currents)
    expected = potentials[-1] if reduction == "last" else potentials.mean(axis=0)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("reset", ["zero", "subtract"])
def test_the_count_readout_equals_a_spiking_layer_run_step_by_step(reset):
    network = make_network(num_steps=STEPS, readout="count", reset=reset)
    currents = make_currents()
    neurons = Neurons(network.readout.neuron, (BATCH, CLASSES))
    expected = np.sum([neurons.step(current)[1] for current in currents], axis=0)
    outputs = jax.jit(lambda values: network.readout.read(values))(jnp.asarray(currents, dtype=jnp.float32))
    np.testing.assert_array_equal(outputs, expected)
    assert 0 < expected.max() < STEPS  # some neurons fire, and not at every step


def online_outputs(readout: AbstractReadout, currents: np.ndarray) -> np.ndarray:
    """`step` after step, [time batch classes]."""
    state, shown = readout.initial_state(currents.shape[1:]), []
    for step, current in enumerate(jnp.asarray(currents, dtype=jnp.float32)):
        output, state = readout.step(current, state, jnp.int32(step))
        shown.append(output)
    return np.array(shown)


def test_the_online_rate_output_is_the_running_mean():
    currents = make_currents()
    expected = np.cumsum(currents, axis=0) / np.arange(1, STEPS + 1)[:, None, None]
    np.testing.assert_allclose(online_outputs(make_readout("rate"), currents), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("reduction", MEMBRANE_REDUCTIONS)
def test_the_online_membrane_output_is_the_membrane_potential(reduction):
    currents = make_currents()
    shown = online_outputs(make_readout("membrane", decay=0.6, reduction=reduction), currents)
    np.testing.assert_allclose(shown, leaky_integrator(0.6, currents), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("refractory_steps", [0, 2])
def test_the_online_count_output_is_the_count_so_far(refractory_steps):
    readout, currents = make_readout("count", refractory_steps=refractory_steps), make_currents(scale=2.0)
    neurons = Neurons(readout.neuron, (BATCH, CLASSES))
    expected = np.cumsum([neurons.step(current)[1] for current in currents], axis=0)
    np.testing.assert_array_equal(online_outputs(readout, currents), expected)


def test_the_last_online_output_is_the_final_one_where_nothing_is_averaged_over_the_steps():
    currents = make_currents()
    rate, last = make_readout("rate"), make_readout("membrane", reduction="last")
    for readout in (rate, last):
        expected = np.einsum("t,tbc->bc", readout.step_weights(STEPS), currents)
        np.testing.assert_allclose(online_outputs(readout, currents)[-1], expected, rtol=1e-5, atol=1e-6)


def test_readouts_that_differ_in_their_leak_share_one_program():
    traces = 0

    @jax.jit
    def weights(readout):
        nonlocal traces
        traces += 1
        return readout.step_weights(4)

    first, second = (weights(make_readout("membrane", decay=decay, reduction="last")) for decay in (0.5, 0.1))
    assert traces == 1
    np.testing.assert_allclose(first[0] / second[0], 125.0, rtol=1e-5)


def test_what_a_readout_does_not_take_is_refused_with_what_it_does():
    with pytest.raises(InputError, match=f"Did you mean 'rate'.*{', '.join(READOUTS)}"):
        READOUTS.find("rates")
    with pytest.raises(InputError, match="one of mean, last"):
        make_readout("membrane", reduction="max")


@pytest.mark.parametrize("name", READOUTS)
def test_every_readout_reads_at_the_end_of_all_steps_what_it_reads_after_the_last_one(name):
    readout, currents = make_readout(name), jnp.asarray(make_currents(scale=2.0), jnp.float32)
    np.testing.assert_allclose(readout.over_time(currents), online_outputs(readout, currents), rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(readout.read(currents), readout.over_time(currents)[-1])
