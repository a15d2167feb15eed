"""Devices that change from update to update, and devices that are known in a range only."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.arrays import as_scalar
from physdfa.devices import AbstractDevice
from physdfa.parts import ParameterValue, option, parameter
from physdfa.training import Trainer, layer_potentials
from physdfa.training.step import outside_range, start_training
from tests.training.trials import make_data, make_keys, make_splits, make_trial

UPDATES_PER_EPOCH = 2  # 20 training samples, batches of 8
REQUESTS = 8 * 2 * 8  # samples, steps, neurons


class Ageing(AbstractDevice):
    """g(u) = 1 + ageing * age: each update adds its number of requests to the age."""

    ageing: ParameterValue = parameter(default=0.0, unit="", typical=(0.0, 1.0), meaning="the growth per request")
    age: ParameterValue = eqx.field(converter=as_scalar, default=0.0)

    def respond(self, signal, *, key=None):
        del key
        return jnp.ones_like(signal) * (1.0 + self.ageing * self.age)

    def output_range(self, low, high):
        return as_scalar(-jnp.inf), as_scalar(jnp.inf)

    def advance(self, *, num_requests, key):
        del key
        return eqx.tree_at(lambda device: device.age, self, self.age + num_requests)


class Known(AbstractDevice):
    """g(u) = u, known up to `end`."""

    end: ParameterValue = parameter(default=0.0, unit="", typical=(0.0, 1.0), meaning="where the range ends")
    outside: str = option(default="hold", choices=("hold", "refuse"), meaning="what happens beyond")

    def respond(self, signal, *, key=None):
        del key
        return signal

    def output_range(self, low, high):
        return low, high

    @property
    def range_policy(self):
        return self.outside

    def leaves_range(self, signal):
        return signal > self.end


def fit(devices, epochs=2, hidden=(8,)):
    trials = [make_trial(device=device, hidden=hidden) for device in devices]
    return Trainer(len(devices)).fit(trials, make_keys(len(devices)), make_data(), make_splits(len(devices)), epochs)


def test_a_device_goes_through_every_update_and_starts_the_next_epoch_where_it_was():
    population, _ = fit([Ageing(0.0), Ageing(1e-3)], epochs=3)
    ages = np.asarray(population.states.device.age)
    assert ages.tolist() == [3 * UPDATES_PER_EPOCH * REQUESTS] * 2


def test_what_a_device_has_become_acts_on_the_next_update():
    ages = [fit([Ageing(ageing)])[0].states.parameters.weights[0] for ageing in (0.0, 1e-2)]
    assert np.abs(np.asarray(ages[0] - ages[1])).max() > 1e-4


def test_the_ledger_counts_the_requests_outside_of_the_range_by_member_layer_and_epoch():
    _, reports = fit([Known(-1e30), Known(1e30), Known(0.0)], hidden=(8, 5))
    for report in reports:
        assert report.outside_range is not None
        assert report.outside_range.shape == (3, 2)
        assert report.outside_range[0].tolist() == [1.0, 1.0]
        assert report.outside_range[1].tolist() == [0.0, 0.0]
        assert np.all((report.outside_range[2] > 0) & (report.outside_range[2] < 1))


def test_the_ledger_counts_the_potentials_of_every_step():
    trial = make_trial(device=Known(0.4), hidden=(8, 5), num_steps=7)
    data, rows, key = make_data(), jnp.arange(30), jax.random.key(0)
    state = jax.jit(start_training)(trial, data, rows, key)
    shares = jax.jit(outside_range)(trial, state, data, rows, key)
    shown = jax.jit(layer_potentials)(trial, state.parameters, data, rows, key)
    expected = [float(np.mean(np.asarray(layer) > 0.4)) for layer in shown]
    assert min(expected) > 0
    np.testing.assert_allclose(shares, expected, rtol=1e-6)


def test_a_device_that_is_known_everywhere_has_no_ledger():
    _, reports = fit([Ageing(0.0)])
    assert [report.outside_range for report in reports] == [None, None]


@pytest.mark.parametrize(
    ("outside", "end", "refused"), [("refuse", -1e30, True), ("refuse", 1e30, False), ("hold", 0.0, False)]
)
def test_only_a_device_that_refuses_and_was_asked_beyond_its_range_stops_a_member(outside, end, refused):
    _, reports = fit([Known(end, outside)])
    mistake = reports[0].range_mistake(0)
    assert (mistake is not None) == refused
    if mistake:
        assert mistake.startswith("in epoch 1, 100 % of the requests of hidden layer 1 left the measured range")
