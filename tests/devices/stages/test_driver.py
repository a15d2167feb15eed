import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import Driver


def test_small_signals_are_amplified_by_the_gain():
    assert float(Driver(gain=3.0, saturation=5.0).respond(jnp.float32(1e-3))) == pytest.approx(3e-3, rel=1e-5)


def test_large_signals_end_at_the_saturation():
    assert Driver(gain=3.0, saturation=5.0).respond(jnp.array([1e3, -3e38])).tolist() == [5.0, -5.0]


def test_in_between_it_is_a_hyperbolic_tangent():
    expected = 2.0 * np.tanh(1.5 * 1.0 / 2.0)
    assert float(Driver(gain=1.5, saturation=2.0).respond(jnp.float32(1.0))) == pytest.approx(expected, rel=1e-6)


def test_the_range_saturates():
    device = Driver(saturation=5.0)
    assert device.output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf)) == (-5.0, 5.0)
    least, largest = device.output_range(jnp.float32(0.0), jnp.float32(2.0))
    assert (float(least), float(largest)) == pytest.approx((0.0, 5.0 * np.tanh(0.4)), rel=1e-6)


def test_it_clips_where_its_answer_is_within_a_hundredth_of_the_saturation():
    driver = Driver(gain=2.0, saturation=3.0)
    edge = 1.5 * np.arctanh(0.99)
    assert driver.clips(jnp.array([-1.01 * edge, -0.99 * edge, 0.99 * edge, 1.01 * edge])).tolist() == [
        True,
        False,
        False,
        True,
    ]
