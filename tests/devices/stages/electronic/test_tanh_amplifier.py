import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import Driver, TanhAmplifier, make_cascade


def make_amplifier(**values):
    return TanhAmplifier(**({"gain": 3.0, "saturation": 2.0, "v_offset": 0.5} | values))


def test_it_is_a_hyperbolic_tangent_about_its_offset():
    v = np.linspace(-3.0, 3.0, 601, dtype=np.float32)
    expected = 2.0 * np.tanh(1.5 * (v.astype(np.float64) - 0.5))
    assert np.asarray(make_amplifier().respond(jnp.asarray(v))) == pytest.approx(expected, abs=1e-6)


def test_its_slope_at_the_offset_is_the_gain():
    assert float(jax.grad(make_amplifier(gain=-4.0).respond)(jnp.float32(0.5))) == pytest.approx(-4.0, rel=1e-6)


def test_without_an_offset_it_is_the_driver():
    v = jnp.linspace(-5.0, 5.0, 101)
    assert (make_amplifier(v_offset=0.0).respond(v) == Driver(gain=3.0, saturation=2.0).respond(v)).all()


@pytest.mark.parametrize("gain", [3.0, -3.0])
def test_the_range_saturates_for_either_sign(gain):
    device = make_amplifier(gain=gain)
    assert device.output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf)) == (-2.0, 2.0)
    least, largest = device.output_range(jnp.float32(0.0), jnp.float32(0.5))
    ends = sorted([0.0, float(np.sign(-gain) * 2.0 * np.tanh(0.75))])
    assert (float(least), float(largest)) == pytest.approx(ends, abs=1e-6)


def test_without_gain_it_says_nothing():
    assert make_amplifier(gain=0.0).output_range(jnp.float32(-1.0), jnp.float32(1.0)) == (0.0, 0.0)


def test_a_chain_with_it_crosses_zero_at_its_offset():
    g = make_cascade(["encode", "tanh_amplifier", "decode"], {"v_offset": 1.0}).respond(jnp.array([-9.0, 1.0, 9.0]))
    assert g.tolist() == pytest.approx([-1.0, 0.0, 1.0], abs=1e-5)
