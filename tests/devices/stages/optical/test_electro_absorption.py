import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import ElectroAbsorptionModulator, make_cascade


def make_eam(**values):
    return ElectroAbsorptionModulator(
        **({"v_0": 2.0, "exponent": 2.0, "insertion_loss_db": 0.0, "optical_power": 1.0} | values)
    )


def test_it_is_the_exponential_of_a_power_of_the_voltage():
    v = np.linspace(0.01, 6.0, 601, dtype=np.float32)
    expected = 2e-3 * 10**-0.5 * np.exp(-((v.astype(np.float64) / 2.5) ** 1.7))
    device = make_eam(v_0=2.5, exponent=1.7, insertion_loss_db=5.0, optical_power=2e-3)
    assert np.asarray(device.respond(jnp.asarray(v))) == pytest.approx(expected, rel=3e-5, abs=1e-9)


def test_at_v_0_it_has_lost_4_34_db_whatever_the_exponent():
    for exponent in (1.0, 2.0, 5.0):
        power = make_eam(exponent=exponent).respond(jnp.float32(2.0))
        assert -10 * np.log10(float(power)) == pytest.approx(4.342945, abs=1e-4)


def test_a_forward_voltage_changes_nothing():
    power = make_eam(insertion_loss_db=3.0).respond(jnp.array([-1e30, -2.0, 0.0]))
    assert power.tolist() == pytest.approx([10**-0.3] * 3, rel=1e-6)


def test_a_linear_absorption_has_its_full_slope_from_the_first_volt_on():
    slope = jax.grad(make_eam(exponent=1.0).respond)(jnp.float32(1e-3))
    assert float(slope) == pytest.approx(-0.5 * np.exp(-5e-4), rel=1e-4)


def test_the_range_is_dark_to_full_transmission_and_between_that_of_the_ends():
    device = make_eam(optical_power=1e-3)
    least, largest = device.output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf))
    assert (float(least), float(largest)) == pytest.approx((0.0, 1e-3), rel=1e-6, abs=1e-30)
    least, largest = device.output_range(jnp.float32(1.0), jnp.float32(2.0))
    assert (float(least), float(largest)) == pytest.approx((1e-3 / np.e, 1e-3 * np.exp(-0.25)), rel=1e-5)


def test_an_inverting_chain_turns_it_into_a_step_that_rises_with_the_potential():
    values = {"drive_gain": -2.0, "offset": 4.0, "electro_absorption.v_0": 2.0}
    g = make_cascade(["encode", "electro_absorption", "photodiode", "decode"], values).respond(jnp.linspace(-1, 3, 41))
    assert (jnp.diff(g) >= 0).all()
    assert (float(g[0]), float(g[-1])) == pytest.approx((0.0, 1.0), abs=1e-3)
