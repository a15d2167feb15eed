"""Laws of the neuron with a synaptic current, against a trace computed by hand."""

import pytest

from physdfa.neurons import CubaLif
from tests.neurons.test_lif import run_neuron


def test_the_current_outlasts_its_input_and_the_spike():
    # i: .6, .9, .45, .225; u1 = .6; u2 = .3 + .9 = 1.2, spike; u3 = 0 + .45; u4 = .225 + .225
    potentials, spikes = run_neuron(CubaLif(0.5, 1.0, decay_syn=0.5), [0.6, 0.6, 0.0, 0.0])
    assert potentials == pytest.approx([0.6, 1.2, 0.45, 0.45], abs=1e-6)
    assert spikes == [0, 1, 0, 0]


def test_the_current_goes_on_while_the_neuron_rests():
    # i: 1.2, .6, .3, .15; rests at t = 2 and 3; u4 = 0 + .15
    potentials, _ = run_neuron(CubaLif(0.5, 1.0, decay_syn=0.5, refractory_steps=2), [1.2, 0.0, 0.0, 0.0])
    assert potentials == pytest.approx([1.2, 0.0, 0.0, 0.15], abs=1e-6)
