"""The table behind the figure of g over the potentials that occur."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.analysis import backward_table, first_layer_potentials
from physdfa.analysis.potentials import NUM_BINS, OUTLIER_SHARE
from physdfa.network import initial_parameters
from physdfa.neurons import Lif
from tests.network.by_hand import simulate
from tests.training.trials import make_data, make_sine, make_trial

RANDOM = np.random.default_rng(0)
INITIAL, TRAINED = RANDOM.normal(0.5, 1.0, size=20_000), RANDOM.normal(1.0, 2.0, size=20_000)


def make_table(device=None, initial=INITIAL, trained=TRAINED, trial=None):
    return backward_table(make_trial() if trial is None else trial, device, initial, trained)


def width_of(table) -> float:
    return float(table.potential[1] - table.potential[0])


def test_a_density_integrates_to_the_share_of_potentials_that_are_drawn():
    table = make_table()
    for density in (table.density_initial, table.density_trained):
        integral = density.sum() * width_of(table)
        assert 1 - 4 * OUTLIER_SHARE <= integral <= 1 + 1e-9
    both = (table.density_initial + table.density_trained).sum() * width_of(table)
    assert both == pytest.approx(2 * (1 - 2 * OUTLIER_SHARE), abs=1e-4)  # of both together, so much is left outside


def test_the_density_of_evenly_spread_potentials_is_one_over_their_range():
    even = (np.arange(160_000) + 0.5) / 160_000 * 4.0  # 0 ... 4
    table = make_table(initial=even, trained=even)
    np.testing.assert_allclose(table.density_initial[1:-1], 0.25, rtol=0.01)


def test_g_is_the_answer_of_the_device_and_the_surrogate_that_of_the_neuron():
    device = make_sine(1.7)
    table = make_table(device)
    expected = np.sin(np.pi * table.potential / (2 * 1.7)) ** 2
    np.testing.assert_allclose(table.g, expected, atol=1e-5)
    np.testing.assert_allclose(table.surrogate_derivative, np.maximum(0, 1 - np.abs(table.potential - 1)), atol=1e-6)


def test_without_a_device_g_is_missing_and_the_rest_is_not():
    table = make_table(None)
    assert np.isnan(table.g).all()
    assert np.isfinite(table.density_initial).all()


def test_rest_and_twice_the_threshold_are_always_in_the_picture():
    network = replace(make_trial().network, neuron=Lif(0.8, 3.0))
    narrow = np.full(1000, 1.0)
    table = make_table(initial=narrow, trained=narrow, trial=replace(make_trial(), network=network))
    half = width_of(table) / 2
    assert table.potential[0] - half == pytest.approx(0.0, abs=1e-6)
    assert table.potential[-1] + half == pytest.approx(6.0, rel=1e-6)


def test_every_column_has_one_value_per_bin_and_bins_are_equal():
    table = make_table(make_sine(1.7))
    assert {column.shape for column in table} == {(NUM_BINS,)}
    np.testing.assert_allclose(np.diff(table.potential), width_of(table), rtol=1e-6)


def test_a_few_extreme_potentials_do_not_stretch_the_picture():
    extreme = np.concatenate([INITIAL, [1e6]])
    assert width_of(make_table(initial=extreme)) == pytest.approx(width_of(make_table()), rel=0.05)


def test_the_potentials_are_all_those_of_the_first_layer():
    trial, data, rows = make_trial(hidden=(9, 8), num_steps=3), make_data(10), jnp.array([2, 5])
    parameters = initial_parameters(jax.random.key(5), trial.network.connections, trial.network.weight_scale)
    seen = first_layer_potentials(trial, parameters, data, rows, jax.random.key(0))
    inputs = np.broadcast_to(np.asarray(data.samples)[np.asarray(rows)], (3, 2, 6))
    expected = simulate(trial.network, parameters, inputs).potentials[0]
    np.testing.assert_allclose(np.sort(seen), np.sort(expected, axis=None), rtol=1e-4, atol=1e-5)
