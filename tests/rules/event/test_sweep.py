from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.neurons.event_lif import EventLif
from physdfa.rules.event import input_traces, layer_traces, local_factor
from tests.neurons.event_reference import Neuron, of, trace_gradient
from tests.neurons.test_event_lif import DT, INPUTS, LEVELS, NEURONS, layer_of, make_inputs, run, times_of

NEURON = EventLif(0.125, 0.25)
STEPS, WEIGHTS = make_inputs(4.0)


@partial(jax.jit, static_argnums=(4, 5))
def traces_of(spikes, errors, neuron, decay, local_gradient, num_inputs):
    """C_s - C at the grid times of inputs, [time batch neurons], of spikes and errors without blocks."""
    spikes, errors = jax.tree.map(lambda values: values[None], (spikes, errors))
    return input_traces(spikes, errors, neuron, decay, local_gradient, num_inputs)[0, :num_inputs]


def gradient(neuron, spikes, errors, local_gradient, dt=DT):
    """sum_k eps_k dt_k/dw, [neurons inputs], every input firing once, at `STEPS`."""
    traces = traces_of(spikes, errors, neuron, neuron.decay(jnp.asarray(np.float64(dt))), local_gradient, LEVELS + 1)
    return np.asarray(traces)[STEPS, 0].T


def test_the_exact_gradient_is_that_of_finite_differences_for_the_first_and_later_spikes():
    change, worst, compared = 1e-6, 0.0, 0
    with jax.enable_x64(True):
        spikes = run(NEURON, STEPS, WEIGHTS)
        times = [times_of(NEURON, spikes, 0, n) for n in range(NEURONS)]
        moved = [[] for _ in range(INPUTS)]
        for source in range(INPUTS):
            for sign in (1, -1):
                shifted = WEIGHTS + sign * change * (np.arange(INPUTS) == source)
                shown = run(NEURON, STEPS, shifted)
                moved[source].append([times_of(NEURON, shown, 0, n) for n in range(NEURONS)])
        order = np.cumsum(np.asarray(spikes.phases) > 0, axis=0) * (np.asarray(spikes.phases) > 0)
        for k in range(1, int(order.max()) + 1):
            found = gradient(NEURON, spikes, jnp.asarray(order == k, dtype=float), "exact")
            for n in (n for n in range(NEURONS) if len(times[n]) >= k):
                slope = np.array([(up[n][k - 1] - down[n][k - 1]) / (2 * change) for up, down in moved])
                worst = max(worst, np.max(np.abs(found[n] - slope)) / np.max(np.abs(slope)))
                compared += k > 1
    assert compared > 30  # spikes that depend on earlier ones of the same neuron
    assert worst < 1e-6


@pytest.mark.parametrize("local_gradient", ["bounded", "exact"])
def test_the_walk_back_is_the_eligibility_trace(local_gradient):
    with jax.enable_x64(True):
        spikes = run(NEURON, STEPS, WEIGHTS)
        found = gradient(NEURON, spikes, jnp.ones((1, NEURONS)), local_gradient)
        times = [times_of(NEURON, spikes, 0, n) for n in range(NEURONS)]
    arrays = DT * STEPS, np.arange(INPUTS)
    expected = [
        trace_gradient(of(NEURON), *arrays, WEIGHTS[n], times[n], INPUTS, local_gradient == "bounded")
        for n in range(NEURONS)
    ]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * np.max(np.abs(expected)))


def test_an_error_shared_by_all_spikes_scales_their_summed_gradient():
    errors = jnp.asarray(np.random.default_rng(2).normal(size=(1, NEURONS)), dtype=jnp.float32)
    spikes = run(NEURON, STEPS, WEIGHTS)
    alone = gradient(NEURON, spikes, jnp.ones((1, NEURONS)), "bounded")
    expected = np.asarray(errors)[0][:, None] * alone
    np.testing.assert_allclose(gradient(NEURON, spikes, errors, "bounded"), expected, rtol=1e-4, atol=1e-6)


def test_the_first_layer_sees_the_difference_of_the_two_traces():
    spikes, decay = run(NEURON, STEPS, WEIGHTS), NEURON.decay(jnp.asarray(np.float64(DT)))
    errors = jnp.ones((1, NEURONS))
    both = layer_traces(jax.tree.map(lambda values: values[None], spikes), errors[None], NEURON, decay, "bounded")
    alone = traces_of(spikes, errors, NEURON, decay, "bounded", LEVELS + 1)
    # What a step sends acts from the next grid time on, at which an input meets the same traces.
    np.testing.assert_allclose(alone[1:], (both.synaptic - both.membrane)[0, :LEVELS], atol=1e-6)
    assert np.any(alone[1:])


def hair_trigger(neuron, excess):
    """|dt/dw|, exact and bounded, of the first spike under one input of the weight w = (4 theta / tau) (1 + excess).

    It is at y = (1 + s) / 2 with s^2 = excess / (1 + excess), where I - c = w s y.
    """
    root = np.sqrt(excess / (1 + excess))
    weight, phase = 4 * neuron.rheobase * (1 + excess), (1 + root) / 2
    return neuron.tau_mem * (1 - phase) / (weight * root), neuron.tau_mem * (1 / phase - 1) / weight


TABLE = [
    (1.0, 8.75e-3, 7.2e-3),
    (1e-2, 0.379, 0.0685),
    (1e-4, 4.18, 0.0828),
    (1e-6, 42.2, 0.0843),
    (1e-10, 4.2e3, 0.0845),
]


@pytest.mark.parametrize(("excess", "exact", "bounded"), TABLE)
def test_near_the_hair_trigger_the_exact_gradient_diverges_and_the_bounded_one_does_not(excess, exact, bounded):
    # The specification's figures are those of tau_syn = 0.13, theta = 0.2; the test's numbers are exact in float32.
    assert hair_trigger(Neuron(0.13, 0.2), excess) == pytest.approx((exact, bounded), rel=0.01)
    with jax.enable_x64(True):
        weight = 4 * of(NEURON).rheobase * (1 + excess)
        spikes = run(NEURON, [0], np.array([[weight]]))
        is_first = np.cumsum(np.asarray(spikes.phases) > 0, axis=0) == 1
        errors, decay = jnp.asarray(is_first, dtype=float), NEURON.decay(jnp.asarray(np.float64(DT)))
        found = [-float(traces_of(spikes, errors, NEURON, decay, name, 1)[0, 0, 0]) for name in ("exact", "bounded")]
    assert found == pytest.approx(hair_trigger(of(NEURON), excess), rel=1e-4)


def test_over_two_inputs_and_all_their_weights_only_the_bounded_gradient_stays_small():
    """Four spikes at 0, 50, 100, 150 ms from two inputs in turn, weights on 121 x 121 in [-3, 3]^2.

    The figures are those of the specification, for tau_syn = 0.13, theta = 0.2 and a presentation without end.
    """
    neuron, dt = EventLif(0.13, 0.2), 1e-3
    axis = np.linspace(-3, 3, 121)
    weights = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    steps, sources = [0, 50, 100, 150], [0, 1, 0, 1]
    with jax.enable_x64(True):
        from_spikes = jnp.zeros((501, 1, len(weights))).at[jnp.asarray(steps), 0].add(jnp.asarray(weights.T[sources]))
        decay = neuron.decay(jnp.asarray(np.float64(dt)))
        spikes = layer_of(neuron, from_spikes, decay, 100)
        largest = {}
        for name in ("exact", "bounded"):
            ones = jnp.ones((1, len(weights)))
            traces = np.asarray(traces_of(spikes, ones, neuron, decay, name, 151))[steps, 0]
            largest[name] = np.max(np.hypot(traces[0] + traces[2], traces[1] + traces[3]))
    assert largest["exact"] == pytest.approx(30.7, rel=0.01)
    assert largest["bounded"] == pytest.approx(0.378, rel=0.01)


def test_the_bounded_factor_lies_below_tau_over_c_and_the_exact_one_above_it():
    currents = NEURON.rheobase * jnp.array([1.0, 1.5, 3.0, 100.0])
    limit = float(NEURON.tau_mem / NEURON.rheobase)
    bounded, exact = (np.asarray(local_factor(currents, NEURON, name)) for name in ("bounded", "exact"))
    np.testing.assert_allclose(bounded, limit / np.array([1.0, 1.5, 3.0, 100.0]), rtol=1e-6)
    np.testing.assert_allclose(exact[1:], limit / np.array([0.5, 2.0, 99.0]), rtol=1e-6)
    assert exact[0] == pytest.approx(limit)  # a crossing that the grid has moved: no division by 0
