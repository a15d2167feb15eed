"""The noise of a device whose spread is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.analysis.noise import NUM_NEURONS, NUM_ROWS, noise_table
from physdfa.devices import AbstractDevice, Cascade, TimeMultiplexing, make_device
from physdfa.noise import standard_normal
from physdfa.parts import ParameterValue, parameter

POTENTIALS = np.linspace(-1.0, 3.0, 101)


class NoisyLine(AbstractDevice):
    """g = u, with noise of standard deviation noise_std |u|."""

    noise_std: ParameterValue = parameter(default=0.1, unit="", low=0.0, typical=(0.0, 1.0), meaning="the noise")

    def respond(self, signal, *, key=None):
        if key is None:
            return signal
        return signal + self.noise_std * jnp.abs(signal) * standard_normal(key, signal.shape)

    def output_range(self, low, high):
        return low, high


def test_the_spread_at_each_potential_is_that_of_the_noise():
    table = noise_table(NoisyLine(noise_std=0.2), POTENTIALS, jax.random.key(0))
    assert table is not None
    five_sigma = 5 / np.sqrt(2 * (NUM_ROWS - 1) * NUM_NEURONS)
    np.testing.assert_allclose(table.std, 0.2 * np.abs(POTENTIALS), rtol=five_sigma)
    assert table.rms == pytest.approx(0.2 * np.sqrt(np.mean(POTENTIALS**2)), rel=0.01)


def test_signal_to_noise_compares_the_spread_of_g_with_the_noise():
    table = noise_table(NoisyLine(noise_std=0.1), POTENTIALS, jax.random.key(1))
    assert table is not None
    expected = 20 * np.log10(np.std(POTENTIALS) / (0.1 * np.sqrt(np.mean(POTENTIALS**2))))
    assert table.signal_to_noise_db == pytest.approx(expected, abs=0.1)


def test_a_noiseless_device_has_no_noise():
    assert noise_table(make_device("mach_zehnder", {}), POTENTIALS, jax.random.key(0)) is None
    assert noise_table(NoisyLine(noise_std=0.0), POTENTIALS, jax.random.key(0)) is None


def test_a_slow_filter_keeps_the_spread_of_noise_that_neighbours_share():
    # Between independent layers of one neuron each the spread is 0.2 u, and a filter of 1e-4 of the symbol rate passes
    # the first neuron on to all others of its layer: within a layer there is no spread to be seen.
    slow = Cascade({"line": NoisyLine(noise_std=0.2), "filter": TimeMultiplexing(bandwidth=1e5, symbol_rate=1e9)})
    table = noise_table(slow, POTENTIALS, jax.random.key(2))
    assert table is not None
    expected = 0.2 * np.sqrt(np.mean(POTENTIALS**2) * _mean_share(np.exp(-2.0 * np.pi * 1e-4)))
    assert table.rms == pytest.approx(expected, rel=0.05)


def _mean_share(left):
    """Of the variance of independent neurons behind y_n = a y_(n-1) + (1 - a) x_n, y_0 = x_0, averaged over a layer."""
    shares = [1.0]
    for _ in range(NUM_NEURONS - 1):
        shares.append(left**2 * shares[-1] + (1.0 - left) ** 2)
    return np.mean(shares)
