import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import MachZehnderModulator


def make_mzm(**values):
    nominal = {"v_pi": 4.0, "v_bias": 0.0, "extinction_ratio_db": 20.0, "insertion_loss_db": 0.0, "optical_power": 1.0}
    return MachZehnderModulator(**(nominal | values))


def test_transmission_falls_by_the_extinction_ratio_over_v_pi():
    peak, floor = make_mzm(v_pi=4.0, v_bias=1.0, extinction_ratio_db=20.0).respond(jnp.array([1.0, 5.0]))
    assert 10 * np.log10(peak / floor) == pytest.approx(20.0, abs=1e-4)


def test_full_transmission_is_the_input_less_the_insertion_loss():
    peak = make_mzm(insertion_loss_db=3.0, optical_power=2e-3, v_bias=1.0).respond(jnp.float32(1.0))
    assert float(peak) == pytest.approx(2e-3 * 10**-0.3, rel=1e-6)


def test_it_is_the_cosine_of_the_textbook():
    v = np.linspace(-10.0, 10.0, 2001, dtype=np.float32)
    r, peak = 10**-1.5, 0.5 * 10**-0.4
    phase = np.pi * (v.astype(np.float64) - 1.25) / 3.5
    expected = peak * ((1 + r) + (1 - r) * np.cos(phase)) / 2
    device = make_mzm(v_pi=3.5, v_bias=1.25, extinction_ratio_db=15.0, insertion_loss_db=4.0, optical_power=0.5)
    assert np.asarray(device.respond(jnp.asarray(v))) == pytest.approx(expected, abs=3e-7)


def test_biased_at_v_pi_the_ideal_modulator_is_the_sine_squared():
    v = np.linspace(-4.0, 4.0, 2001, dtype=np.float32)
    device = make_mzm(v_pi=4.0, v_bias=4.0, extinction_ratio_db=float("inf"))
    expected = np.sin(np.pi * v.astype(np.float64) / 8.0) ** 2
    assert np.asarray(device.respond(jnp.asarray(v))) == pytest.approx(expected, abs=3e-7)


def test_infinite_extinction_leaves_no_light_at_all():
    assert make_mzm(extinction_ratio_db=float("inf")).respond(jnp.float32(4.0)) == 0.0


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-jnp.inf, jnp.inf, (0.01, 1.0)),  # everything
        (0.0, jnp.inf, (0.01, 1.0)),
        (-1.0, 1.0, (0.01 + 0.99 * np.cos(np.pi / 8) ** 2, 1.0)),  # holds full transmission only
        (3.0, 5.0, (0.01, 0.01 + 0.99 * np.cos(3 * np.pi / 8) ** 2)),  # holds least transmission only
        (1.0, 2.0, (0.505, 0.01 + 0.99 * np.cos(np.pi / 8) ** 2)),  # holds neither
        (-2.0, 4.0, (0.01, 1.0)),  # holds both, within less than a period
        (2.0, 2.0, (0.505, 0.505)),  # a point
        (1000.0, 1004.0, (0.01, 1.0)),  # 1000 V are 125 periods
    ],
)
def test_the_range_holds_full_or_least_transmission_where_the_interval_does(low, high, expected):
    least, largest = make_mzm().output_range(jnp.float32(low), jnp.float32(high))
    assert (float(least), float(largest)) == pytest.approx(expected, abs=1e-6)


def test_the_range_of_any_interval_is_that_of_a_dense_sweep_of_it():
    device, rng = make_mzm(v_pi=3.3, v_bias=1.7), np.random.default_rng(0)
    for low, high in np.sort(rng.uniform(-20.0, 20.0, (50, 2)), axis=1).astype(np.float32):
        sweep = device.respond(jnp.linspace(low, high, 4001))
        least, largest = device.output_range(jnp.float32(low), jnp.float32(high))
        assert (float(least), float(largest)) == pytest.approx((float(sweep.min()), float(sweep.max())), abs=3e-5)


@pytest.mark.parametrize("v_bias", [4.7, 47.0, 470.0])
def test_a_large_bias_costs_no_more_than_a_drive_that_is_one_step_of_float32_off(v_bias):
    v = (v_bias + np.random.default_rng(0).uniform(-10.0, 10.0, 100_001)).astype(np.float32)
    exact = (
        np.cos(np.pi * (v.astype(np.float64) - np.float64(np.float32(v_bias))) / (2 * np.float64(np.float32(4.7)))) ** 2
    )
    device = make_mzm(v_pi=4.7, v_bias=v_bias, extinction_ratio_db=float("inf"))
    steepest = np.pi / (2 * 4.7)
    assert np.abs(np.asarray(device.respond(jnp.asarray(v))) - exact).max() < 4e-7 + steepest * np.spacing(v.max())
