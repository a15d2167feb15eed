"""The derivative of spike times near critical points: its published limits, and the trace as reference."""

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.analysis.local_gradient import gradient_plane, hair_trigger
from physdfa.neurons import EventLif
from physdfa.rules.event import local_factor
from tests.neurons.event_reference import Neuron, closed_form, trace_gradient

TAU_SYN, THRESHOLD = 0.13, 0.2
NEURON = Neuron(TAU_SYN, THRESHOLD)


def test_towards_the_hair_trigger_the_exact_gradient_diverges_and_the_bounded_one_does_not():
    found = hair_trigger(np.array([1.0, 1e-2, 1e-4, 1e-6, 1e-10]), TAU_SYN, THRESHOLD)
    # From an independent float64 prototype of equations 17 and 18, to the digits that it printed.
    np.testing.assert_allclose(found.exact, [8.75e-3, 0.379, 4.18, 42.2, 4.2e3], rtol=6e-3)
    np.testing.assert_allclose(found.bounded, [7.2e-3, 0.0685, 0.0828, 0.0843, 0.0845], rtol=7e-3)
    assert found.bounded[-1] == pytest.approx(NEURON.tau_mem / (4 * NEURON.rheobase), rel=1e-4)


@pytest.mark.parametrize("local_gradient", ["exact", "bounded"])
def test_the_hair_trigger_has_the_factor_of_the_learning_rule(local_gradient):
    kappa = np.array([0.5])
    y = (1 + np.sqrt(kappa / (1 + kappa))) / 2
    current = 4 * NEURON.rheobase * (1 + kappa) * y**2
    factor = local_factor(jnp.asarray(current, jnp.float32), EventLif(TAU_SYN, THRESHOLD), local_gradient)
    found = getattr(hair_trigger(kappa, TAU_SYN, THRESHOLD), local_gradient)
    np.testing.assert_allclose(found, factor * (y - y**2), rtol=1e-5)


def test_each_point_of_the_plane_is_what_the_eligibility_trace_collects():
    plane = gradient_plane(7, TAU_SYN, THRESHOLD)
    times = [0.0, 0.05, 0.1, 0.15]
    for row, first in enumerate(plane.weights):
        for column, second in enumerate(plane.weights):
            weights = [first, second, first, second]
            spikes = closed_form(NEURON, times, weights, 1.0)
            assert plane.spikes[row, column] == len(spikes)
            for bounded, norms in ((False, plane.exact), (True, plane.bounded)):
                gradient = trace_gradient(NEURON, times, [0, 1, 0, 1], weights, spikes, 2, bounded)
                assert norms[row, column] == pytest.approx(np.hypot(*gradient), rel=1e-6)


def test_the_plane_of_figure_3_has_the_quantiles_of_an_independent_computation():
    plane = gradient_plane(121, TAU_SYN, THRESHOLD)
    fires = plane.spikes > 0
    for norms, expected in ((plane.exact, (0.207, 1.86, 30.7)), (plane.bounded, (0.128, 0.330, 0.378))):
        values = norms[fires]
        found = (np.median(values), np.quantile(values, 0.99), values.max())
        np.testing.assert_allclose(found, expected, rtol=4e-3)
