"""Noise over a bandwidth, before, behind and without a filter along the neurons."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import constants

from physdfa.devices import Cascade, Photodiode, Tia, TimeMultiplexing
from tests.devices.moments import STANDARD_ERRORS

SYMBOL_RATE = 1e9
ROWS, NEURONS = 8000, 20
CURRENT, RIN, OHM = 2e-4, 1.5e-15, 250.0
DENSITY = 2.0 * constants.e * CURRENT + RIN * CURRENT**2 + 4.0 * constants.k * 300.0 / OHM
"""Of the shot, intensity and thermal noise [A^2/Hz], about a third each."""


def receiver(*, order=("photodiode", "tia", "filter"), share=0.1, noise_bandwidth=None):
    """A chain that turns 0.4 mW into 0.2 V; its slowest stage has the bandwidth `share` times 1 GBd."""
    given = {"noise_bandwidth": noise_bandwidth}
    stages = {
        "photodiode": Photodiode(
            responsivity=0.5, dark_current=0.0, bandwidth=share * SYMBOL_RATE, rin=RIN, shot_noise="on", **given
        ),
        "tia": Tia(transimpedance=1e3, load=OHM, temperature=300.0, bandwidth=1e11, thermal_noise="on", **given),
        "filter": TimeMultiplexing(bandwidth=1e11, symbol_rate=SYMBOL_RATE),
    }
    return Cascade({name: stages[name] for name in order})


@jax.jit
def noise_of(chain):
    """What the key adds to the voltage, [ROWS, NEURONS]."""
    signal = jnp.full((ROWS, NEURONS), 2.0 * CURRENT)
    return chain.respond(signal, key=jax.random.key(3)) - chain.respond(signal)


def assert_noise_bandwidth(chain, expected):
    """The current's noise has this bandwidth [Hz] at every neuron."""
    found = np.var(np.asarray(noise_of(chain), np.float64) / 1e3, axis=0) / DENSITY
    assert np.all(np.abs(found / expected - 1.0) < STANDARD_ERRORS * np.sqrt(2.0 / ROWS)), found / expected


@pytest.mark.parametrize("share", [1e-3, 0.02, 0.1, 0.5, 3.0])
def test_what_leaves_the_chain_has_the_noise_bandwidth_of_its_slowest_stage_at_every_neuron(share):
    assert_noise_bandwidth(receiver(share=share), (np.pi / 2.0) * share * SYMBOL_RATE)


@pytest.mark.parametrize("order", [("filter", "photodiode", "tia"), ("photodiode", "tia")])
def test_noise_that_passes_no_filter_is_drawn_over_its_own_bandwidth(order):
    assert_noise_bandwidth(receiver(order=order), (np.pi / 2.0) * 0.1 * SYMBOL_RATE)


def test_a_noise_bandwidth_that_is_given_is_that_of_what_leaves_the_chain_too():
    assert_noise_bandwidth(receiver(noise_bandwidth=7e7), 7e7)


def test_a_chain_within_a_chain_hears_of_the_filter_behind_it():
    whole = receiver()
    front = Cascade({name: whole[name] for name in ("photodiode", "tia")})
    assert_noise_bandwidth(Cascade({"front": front, "filter": whole["filter"]}), (np.pi / 2.0) * 0.1 * SYMBOL_RATE)


def test_neighbours_that_leave_the_filter_are_correlated_by_its_pole():
    left = np.exp(-2.0 * np.pi * 0.1)
    noise = np.asarray(noise_of(receiver()), np.float64)[:, :3]
    expected = [[1.0, left, left**2], [left, 1.0, left], [left**2, left, 1.0]]
    assert np.corrcoef(noise.T) == pytest.approx(np.array(expected), abs=STANDARD_ERRORS / np.sqrt(ROWS))
