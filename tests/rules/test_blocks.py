"""A device that is asked for all steps at once gives the sum over time that it gives step by step."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import make_device
from physdfa.network import Membrane, Rate, SpikingNetwork
from physdfa.network.forward import LayerStep
from physdfa.neurons import Lif
from physdfa.rules.adfa import RESPONSE
from physdfa.rules.base import Batch
from physdfa.rules.factors import factor_sum


@pytest.mark.parametrize("readout", [Rate(), Membrane()])
def test_the_sum_over_time_is_that_of_the_steps(readout, monkeypatch):
    network = SpikingNetwork([4, 5, 3], Lif(), readout, num_steps=6)
    device, key = make_device("mach_zehnder_ideal", {}), jax.random.key(0)
    potentials = jax.random.normal(jax.random.key(1), (6, 7, 5))
    batch = Batch(stimulus=None, objective=lambda outputs: jnp.zeros(7))

    def summed():
        found = factor_sum(RESPONSE, network, device, batch, key, 0)
        total = found.start(jnp.zeros((7, 5)))
        for step, u in enumerate(potentials):
            total = total + found.term(jnp.int32(step), LayerStep(u, u, u, None))
        return found.finish(total)

    by_steps = summed()
    monkeypatch.setattr(type(device), "answers_in_blocks", True)
    np.testing.assert_allclose(summed(), by_steps, rtol=1e-5, atol=1e-6)
    assert np.ptp(by_steps) > 0
