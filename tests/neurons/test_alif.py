"""Laws of the neuron with an adaptive threshold, against traces computed by hand."""

import pytest

from physdfa.neurons import Alif
from tests.neurons.test_lif import run_neuron


@pytest.mark.parametrize(
    ("reset", "shown", "spikes"),
    [
        # a: 0, 1, .5, 1.25; u: 1.2 spike, 1.2, 1.8 spike, 1.2; shown u - a / 2
        ("zero", [1.2, 0.7, 1.55, 0.575], [1, 0, 1, 0]),
        # a as before; u: 1.2 spike, .6 - 1 + 1.2 = .8, 1.6 spike, .8 - 1 + 1.2 = 1
        ("subtract", [1.2, 0.3, 1.35, 0.375], [1, 0, 1, 0]),
    ],
)
def test_a_spike_raises_the_threshold_and_the_rise_decays(reset, shown, spikes):
    neuron = Alif(0.5, 1.0, reset=reset, threshold_rise=0.5, decay_adaptation=0.5)
    potentials, fired = run_neuron(neuron, [1.2] * 4)
    assert potentials == pytest.approx(shown, abs=1e-6)
    assert fired == spikes


def test_the_threshold_falls_back_while_the_neuron_rests():
    # a: 0, 1, .5, .25; rests at t = 2 and 3; u4 = 1.2, shown 1.2 - .125
    neuron = Alif(0.5, 1.0, threshold_rise=0.5, decay_adaptation=0.5, refractory_steps=2)
    assert run_neuron(neuron, [1.2] * 4)[0] == pytest.approx([1.2, 0.0, 0.0, 1.075], abs=1e-6)
