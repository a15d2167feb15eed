import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import Memristor, make_cascade

NOMINAL = {
    "state": 1.0,
    "on_current": 9e-6,
    "on_slope": 2.0,
    "off_current": 1e-8,
    "off_slope": 4.0,
    "compliance": 1e-4,
}


def make_memristor(**values):
    return Memristor(**(NOMINAL | values))


def test_it_is_the_relation_of_the_source():
    v = np.linspace(-1.4, 1.4, 281, dtype=np.float32)
    exact = v.astype(np.float64)
    expected = 0.3 * 9e-6 * np.sinh(2 * exact) + 1e-8 * (np.exp(4 * exact) - 1)
    assert np.asarray(make_memristor(state=0.3).respond(jnp.asarray(v))) == pytest.approx(expected, rel=3e-6, abs=1e-12)


def test_switched_off_it_rectifies_and_switched_on_it_does_not():
    v = jnp.array([-1.0, 1.0])
    off_back, off_forth = make_memristor(state=0.0).respond(v).tolist()
    assert (off_back, off_forth) == pytest.approx((1e-8 * np.expm1(-4.0), 1e-8 * np.expm1(4.0)), rel=1e-6)
    on_back, on_forth = make_memristor(off_current=0.0).respond(v).tolist()
    assert (on_back, on_forth) == pytest.approx((-9e-6 * np.sinh(2.0), 9e-6 * np.sinh(2.0)), rel=1e-6)


def test_no_voltage_drives_no_current_through_a_finite_conductance():
    device = make_memristor(state=0.5)
    assert device.respond(jnp.float32(0.0)) == 0.0
    assert float(jax.grad(device.respond)(jnp.float32(0.0))) == pytest.approx(0.5 * 9e-6 * 2 + 1e-8 * 4, rel=1e-6)


def test_the_compliance_ends_it_on_both_sides():
    assert make_memristor().respond(jnp.array([-3e38, -5.0, 5.0, 3e38])).tolist() == pytest.approx(
        [-1e-4, -1e-4, 1e-4, 1e-4]
    )


def test_the_range_is_the_compliance_and_between_that_of_the_ends():
    least, largest = make_memristor().output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf))
    assert (float(least), float(largest)) == pytest.approx((-1e-4, 1e-4))
    least, largest = make_memristor(off_current=0.0).output_range(jnp.float32(0.0), jnp.float32(1.0))
    assert (float(least), float(largest)) == pytest.approx((0.0, 9e-6 * np.sinh(2.0)), rel=1e-6)


def test_a_chain_may_decode_its_current():
    g = make_cascade(["encode", "memristor", "decode"], {"off_current": 0.0}).respond(jnp.array([-9.0, 0.0, 1.0, 9.0]))
    assert g.tolist() == pytest.approx([-1.0, 0.0, 0.09 * np.sinh(2.0), 1.0], rel=1e-5)
