from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.network.event import Arrivals, join_blocks, run_layer
from physdfa.neurons.event_lif import EventLif
from tests.neurons.event_reference import brute_force, closed_form, of

TAU_SYN, NEURONS, INPUTS, LEVELS, STEPS = 0.125, 40, 15, 20, 40
DT = 0.005
"""Step of the grid [s]: 0.02 tau_mem, so that a spike mostly lies far from every grid time."""


def make_inputs(scale: float, seed: int = 0):
    """Steps [inputs] and weights [neurons inputs]: half excitation, half inhibition, with a bias to excitation."""
    random = np.random.default_rng(seed)
    return random.integers(0, LEVELS, INPUTS), scale * random.uniform(-0.7, 1.0, (NEURONS, INPUTS))


def run(neuron: EventLif, steps, weights, num_steps: int = STEPS, max_spikes: int = 100):
    """Spikes of one layer, [time 1 neurons], under inputs at grid times; the decay is that of `DT`."""
    currents = jnp.zeros((num_steps + 1, 1, len(weights))).at[jnp.asarray(steps), 0].add(jnp.asarray(weights).T)
    return layer_of(neuron, currents, neuron.decay(jnp.asarray(np.float64(DT))), max_spikes)


@partial(jax.jit, static_argnums=3)
def layer_of(neuron: EventLif, currents, decay, max_spikes: int):
    """Spikes of one layer under inputs at grid times, without blocks; compiled once per shape."""
    incoming = Arrivals(currents[None], currents[None], None)
    return jax.tree.map(join_blocks, run_layer(neuron, incoming, len(currents), decay, max_spikes))


def times_of(neuron: EventLif, spikes, sample: int, index: int, dt: float = DT) -> list[float]:
    """The spike times of one neuron [s]."""
    phases = np.asarray(spikes.phases[:, sample, index])
    (steps,) = np.nonzero(phases)
    return list(dt * steps - 2 * float(neuron.tau_syn) * np.log(phases[steps]))


@pytest.mark.parametrize(("scale", "threshold"), [(1.0, 0.125), (2.0, 0.25), (4.0, 0.125)])
def test_spike_times_are_those_of_a_brute_force_integration_to_a_thousandth_of_the_time_constant(scale, threshold):
    neuron, (steps, weights) = EventLif(TAU_SYN, threshold), make_inputs(scale)
    tau_mem = 2 * TAU_SYN
    with jax.enable_x64(True):
        spikes = run(neuron, steps, weights)
    total = 0
    for index in range(NEURONS):
        expected = brute_force(of(neuron), DT * steps, weights[index], STEPS * DT, 1e-3 * tau_mem)
        found = times_of(neuron, spikes, 0, index)
        assert len(found) == len(expected)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3 * tau_mem)
        total += len(found)
    assert total > NEURONS / 2
    assert not np.any(spikes.late)


def test_single_precision_moves_spikes_by_less_than_a_thousandth_of_the_time_constant():
    neuron, (steps, weights) = EventLif(TAU_SYN, 0.25), make_inputs(2.0)
    spikes = run(neuron, steps, weights)
    for index in range(NEURONS):
        expected = closed_form(of(neuron), DT * steps, weights[index], STEPS * DT)
        np.testing.assert_allclose(times_of(neuron, spikes, 0, index), expected, rtol=0, atol=2.5e-4)


def test_one_input_alone_fires_where_its_peak_w_tau_over_4_reaches_the_threshold():
    neuron = EventLif(TAU_SYN, 0.25)
    at_peak = 4 * 0.25 / 0.25  # w tau_mem / 4 = threshold
    spikes = run(neuron, [0], np.array([[0.999 * at_peak], [1.001 * at_peak]]))
    assert spikes.counts.tolist() == [[0.0, 1.0]]
    peak = 2 * TAU_SYN * np.log(2)  # the potential peaks at tau_mem ln 2; just above threshold it crosses just before
    assert times_of(neuron, spikes, 0, 1)[0] == pytest.approx(peak, abs=0.05 * 2 * TAU_SYN)


def test_the_current_at_an_exact_crossing_lies_above_threshold_over_tau():
    neuron, (steps, weights) = EventLif(TAU_SYN, 0.25), make_inputs(2.0)
    spikes = run(neuron, steps, weights)
    currents, has_spike = np.asarray(spikes.quadratics * spikes.phases**2), np.asarray(spikes.phases) > 0
    assert has_spike.any()
    assert np.all(currents[has_spike] > float(neuron.rheobase))


def test_a_neuron_is_silent_after_its_largest_number_of_spikes():
    neuron = EventLif(TAU_SYN, 0.125)
    free, held = (run(neuron, [0], np.array([[40.0]]), max_spikes=most) for most in (100, 3))
    assert free.counts[0, 0] > 3
    assert held.counts[0, 0] == 3
    assert times_of(neuron, held, 0, 0) == times_of(neuron, free, 0, 0)[:3]


def test_spikes_for_which_the_grid_has_no_step_are_counted_and_come_later():
    neuron, weight = EventLif(TAU_SYN, 0.125), 400.0  # first crossings 0.3 ms apart, steps of 5 ms
    spikes = run(neuron, [0], np.array([[weight]]))
    expected = closed_form(of(neuron), [0.0], [weight], STEPS * DT)
    assert spikes.late[0, 0] > 0
    assert spikes.counts[0, 0] < len(expected)
    assert spikes.counts[0, 0] == np.count_nonzero(spikes.phases)


def test_no_spike_is_taken_after_the_end():
    neuron, weight = EventLif(TAU_SYN, 0.25), np.array([[4.2]])
    time = closed_form(of(neuron), [0.0], weight[0], 1.0)[0]
    num_steps = int(time / DT)
    assert run(neuron, [0], weight, num_steps=num_steps).counts[0, 0] == 0
    assert run(neuron, [0], weight, num_steps=num_steps + 1).counts[0, 0] == 1


@pytest.mark.parametrize(("name", "value"), [("tau_syn", 0.0), ("threshold", -1.0)])
def test_a_value_out_of_its_range_is_refused(name, value):
    with pytest.raises(InputError, match=rf"`{name}`.*must be > 0"):
        EventLif(**{name: value})
