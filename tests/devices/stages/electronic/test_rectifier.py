import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import Rectifier, make_cascade


def make_rectifier(**values):
    return Rectifier(**({"gain": 1.0, "v_th": 0.5, "v_slope": 0.05, "saturation": 5.0} | values))


def test_above_the_threshold_it_is_a_straight_line():
    output = make_rectifier(gain=2.0).respond(jnp.array([1.5, 2.5]))
    assert output.tolist() == pytest.approx([2.0, 4.0], rel=1e-6)


def test_below_the_threshold_it_is_the_current_of_the_diode_through_the_load():
    saturation_current, load, v_slope = 2.52e-9, 1e4, 0.0453
    v_th = v_slope * np.log(v_slope / (load * saturation_current))
    v = np.float32(0.05)
    output = make_rectifier(v_th=v_th, v_slope=v_slope).respond(jnp.asarray(v))
    assert float(output) == pytest.approx(load * saturation_current * np.exp(v / v_slope), rel=2e-3)


def test_at_the_threshold_it_has_ln_2_slopes_and_half_its_gain():
    device = make_rectifier(gain=3.0)
    assert float(device.respond(jnp.float32(0.5))) == pytest.approx(3.0 * 0.05 * np.log(2.0), rel=1e-6)
    assert float(jax.grad(device.respond)(jnp.float32(0.5))) == pytest.approx(1.5, rel=1e-6)


def test_the_supply_ends_it():
    assert make_rectifier(gain=2.0).respond(jnp.array([3.0, 10.0, 3.4e38])).tolist() == pytest.approx([5.0] * 3)


def test_the_range_is_nothing_to_the_supply_and_between_that_of_the_ends():
    assert make_rectifier().output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf)) == (0.0, 5.0)
    least, largest = make_rectifier().output_range(jnp.float32(0.5), jnp.float32(2.5))
    assert (float(least), float(largest)) == pytest.approx((0.05 * np.log(2.0), 2.0), rel=1e-6)


def test_a_chain_with_it_is_a_rectified_g():
    values = {"rectifier.v_th": 0.5, "v_slope": 0.02, "rectifier.saturation": 2.0}
    g = make_cascade(["encode", "rectifier", "decode"], values).respond(jnp.array([-1.0, 0.0, 1.5, 2.5, 9.0]))
    assert g.tolist() == pytest.approx([0.0, 0.0, 0.5, 1.0, 1.0], abs=1e-6)


def test_it_can_stand_before_a_modulator():
    device = make_cascade(["encode", "rectifier", "mach_zehnder", "photodiode", "decode"], {"v_bias": 4.7})
    assert jnp.ptp(device.respond(jnp.linspace(-1.0, 3.0, 41))) > 0.1
