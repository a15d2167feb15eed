import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import BiasDrift, Cascade, Encode, MachZehnderModulator, TimeMultiplexing
from tests.devices.moments import assert_independent, assert_normal_moments


def advanced(device, updates, seed=0, num_requests=1):
    """(the device after these updates, its state after each of them, stacked)"""

    def step(device, key):
        device = device.advance(num_requests=num_requests, key=key)
        return device, device

    return jax.jit(lambda device, keys: jax.lax.scan(step, device, keys))(
        device, jax.random.split(jax.random.key(seed), updates)
    )


def make_drift(**values):
    return BiasDrift(**({"update_period": 0.01} | values))


def test_a_fresh_bias_has_not_drifted():
    voltage = jnp.linspace(-5.0, 5.0, 11)
    assert (make_drift(drift_rate=1.0, sine_amplitude=1.0).respond(voltage) == voltage).all()


def test_without_strength_nothing_drifts():
    device, _ = advanced(make_drift(), 50)
    assert device.drift == 0.0


def test_drift_acts_as_a_bias_moved_by_as_much():
    device, _ = advanced(make_drift(drift_rate=2.0), 20)
    voltage = jnp.linspace(-5.0, 5.0, 101)
    drifted = MachZehnderModulator().respond(device.respond(voltage))
    moved = MachZehnderModulator(v_bias=4.7 + float(device.drift)).respond(voltage)
    assert abs(float(device.drift)) > 0.01
    assert np.asarray(drifted) == pytest.approx(np.asarray(moved), abs=1e-9)


def walks(device, updates, count):
    """The walk of `count` devices after each of the updates: [count updates]."""
    keys = jax.random.split(jax.random.key(3), count)

    def one(key):
        def step(device, key):
            device = device.advance(num_requests=1, key=key)
            return device, device.drift

        return jax.lax.scan(step, device, jax.random.split(key, updates))[1]

    return np.asarray(jax.jit(jax.vmap(one))(keys))


def test_the_variance_of_the_walk_is_the_rate_squared_times_the_time():
    drifts = walks(make_drift(drift_rate=0.3), 100, 20_000)
    for updates in (1, 10, 100):
        assert_normal_moments(drifts[:, updates - 1], 0.0, 0.3**2 * 0.01 * updates)


def test_the_steps_of_the_walk_are_independent():
    steps = np.diff(walks(make_drift(drift_rate=0.3), 40, 5_000), axis=1)
    assert_independent(steps[:, 1:], steps[:, :-1])


def test_the_sinusoid_follows_its_formula():
    _, states = advanced(make_drift(sine_amplitude=0.4, sine_period=0.37), 1000)
    time = np.float64(np.float32(0.01)) * np.arange(1, 1001)
    expected = 0.4 * np.sin(2 * np.pi * time / np.float64(np.float32(0.37)))
    assert np.asarray(states.drift) == pytest.approx(expected, abs=2e-5)  # 27 turns, each to float32


def test_the_clock_loses_no_time_over_many_short_updates():
    device, _ = advanced(make_drift(update_period=1e-3), 300_000)
    assert float(device.elapsed) == pytest.approx(300_000 * np.float64(np.float32(1e-3)), rel=2e-7)


def test_walk_and_sinusoid_add_up():
    _, walk = advanced(make_drift(drift_rate=0.3), 30)
    _, sine = advanced(make_drift(sine_amplitude=0.4, sine_period=0.37), 30)
    _, both = advanced(make_drift(drift_rate=0.3, sine_amplitude=0.4, sine_period=0.37), 30)
    assert np.asarray(both.drift) == pytest.approx(np.asarray(walk.drift + sine.drift), abs=1e-6)


def test_a_relock_takes_all_drift_off_and_counts():
    _, states = advanced(
        make_drift(drift_rate=0.3, sine_amplitude=0.4, sine_period=0.37, relock_every=5, relock_time=0.2), 20
    )
    is_locked = np.arange(1, 21) % 5 == 0
    assert (np.asarray(states.drift) == 0.0).tolist() == is_locked.tolist()
    assert np.asarray(states.relocks).tolist() == np.cumsum(is_locked).tolist()
    assert np.asarray(states.relock_seconds) == pytest.approx(0.2 * np.cumsum(is_locked), rel=1e-6)


def test_between_relocks_the_sinusoid_goes_on_from_where_it_was():
    _, states = advanced(make_drift(sine_amplitude=0.4, sine_period=0.37, relock_every=5), 20)
    time = 0.01 * np.arange(1, 21)
    sine = 0.4 * np.sin(2 * np.pi * time / 0.37)
    locked = 0.4 * np.sin(2 * np.pi * (0.05 * (np.arange(1, 21) // 5)) / 0.37)
    assert np.asarray(states.drift) == pytest.approx(sine - locked, abs=1e-5)


def test_the_walk_starts_anew_at_each_relock():
    drifts = walks(make_drift(drift_rate=0.3, relock_every=10), 19, 20_000)
    assert_normal_moments(drifts[:, 18], 0.0, 0.3**2 * 0.01 * 9)


def test_without_a_controller_nothing_is_counted():
    device, _ = advanced(make_drift(drift_rate=0.3), 30)
    assert (device.relocks, device.relock_seconds) == (0.0, 0.0)


def test_the_automatic_period_is_the_time_of_one_backward_pass():
    device, _ = advanced(BiasDrift(), 1, num_requests=2_000_000)
    assert float(device.elapsed) == pytest.approx(2e-3)  # at 1 GBd
    chain = Cascade(
        {"encode": Encode(), "bias_drift": BiasDrift(), "filter": TimeMultiplexing(symbol_rate=1e8)}
    ).advance(num_requests=2_000_000, key=jax.random.key(0))
    assert float(chain["bias_drift"].elapsed) == pytest.approx(2e-2)


def test_the_range_moves_with_the_drift():
    device, _ = advanced(make_drift(drift_rate=2.0), 20)
    least, largest = device.output_range(jnp.float32(-1.0), jnp.float32(2.0))
    assert (float(least), float(largest)) == pytest.approx(
        (-1.0 - float(device.drift), 2.0 - float(device.drift)), rel=1e-6
    )
