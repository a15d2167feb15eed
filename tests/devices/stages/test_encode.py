import jax.numpy as jnp
import pytest

from physdfa.devices import Encode


def test_the_voltage_is_gain_times_potential_plus_offset():
    device = Encode(drive_gain=-1.5, offset=0.5)
    assert device.respond(jnp.array([0.0, 1.0, -2.0])).tolist() == [0.5, -1.0, 3.5]


def test_no_potential_drives_it_beyond_what_float32_can_go_on_with():
    voltage = Encode(drive_gain=10.0).respond(jnp.array([3e38, -3e38]))
    assert voltage.tolist() == pytest.approx([1e30, -1e30])


@pytest.mark.parametrize(("drive_gain", "expected"), [(2.0, (-1.0, 3.0)), (-2.0, (-1.0, 3.0)), (0.0, (1.0, 1.0))])
def test_the_range_is_that_of_a_straight_line(drive_gain, expected):
    assert Encode(drive_gain=drive_gain, offset=1.0).output_range(jnp.float32(-1.0), jnp.float32(1.0)) == expected


def test_an_unlimited_potential_has_an_unlimited_range():
    assert Encode().output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf)) == (-jnp.inf, jnp.inf)


def test_a_drive_in_amperes_says_so():
    assert Encode(drive_unit="A").units == (None, "A")
