import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import SineSquared


def test_it_rises_from_zero_to_one_over_a_half_period_and_falls_again():
    device = SineSquared(half_period=3.0, shift=1.0)
    assert device.respond(jnp.array([1.0, 2.5, 4.0, 7.0])).tolist() == pytest.approx([0.0, 0.5, 1.0, 0.0], abs=1e-6)


def test_the_level_is_subtracted():
    assert SineSquared(level=0.5).respond(jnp.array([0.0])) == -0.5


def test_it_is_the_sine_squared_of_float64_to_float32_rounding():
    u = np.linspace(-8.0, 8.0, 5001, dtype=np.float32)
    expected = np.sin(np.pi * u.astype(np.float64) / 8.0) ** 2
    assert np.asarray(SineSquared(half_period=4.0).respond(jnp.asarray(u))) == pytest.approx(expected, abs=4e-7)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-jnp.inf, jnp.inf, (0.0, 1.0)),
        (-0.5, 1.0, (0.0, 0.5)),
        (1.0, 3.0, (0.5, 1.0)),
        (0.5, 1.0, (np.sin(np.pi / 8) ** 2, 0.5)),
        (1.0, 5.0, (0.0, 1.0)),
    ],
)
def test_the_range_holds_a_zero_or_a_maximum_where_the_interval_does(low, high, expected):
    least, largest = SineSquared(half_period=2.0).output_range(jnp.float32(low), jnp.float32(high))
    assert (float(least), float(largest)) == pytest.approx(expected, abs=1e-6)
