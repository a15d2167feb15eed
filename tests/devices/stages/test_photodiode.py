import jax.numpy as jnp
import pytest

from physdfa.devices import Photodiode


def test_the_current_is_responsivity_times_power_plus_dark_current():
    current = Photodiode(responsivity=0.5, dark_current=1e-6).respond(jnp.array([0.0, 1e-3]))
    assert current.tolist() == pytest.approx([1e-6, 5.01e-4], rel=1e-6)


def test_the_range_follows_the_power():
    least, largest = Photodiode(responsivity=0.5, dark_current=0.0).output_range(jnp.float32(0.0), jnp.float32(2e-3))
    assert (float(least), float(largest)) == pytest.approx((0.0, 1e-3), rel=1e-6)
