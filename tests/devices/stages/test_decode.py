import jax.numpy as jnp
import pytest

from physdfa.devices import Decode
from physdfa.errors import InputError

LOW, HIGH, MEAN = jnp.float32(2.0), jnp.float32(6.0), jnp.float32(3.0)


def test_the_signal_loses_its_level_and_is_divided_by_the_scale():
    device = Decode(scale=2.0, level=1.0)
    assert device.respond(jnp.array([1.0, 5.0, -1.0])).tolist() == [0.0, 2.0, -1.0]


@pytest.mark.parametrize(
    ("reference", "level", "swing"), [("zero", 0.0, 6.0), ("balanced", 4.0, 2.0), ("calibrated", 3.0, 3.0)]
)
def test_each_reference_has_its_level_and_the_farthest_end_is_one(reference, level, swing):
    device = Decode(reference=reference).with_levels(LOW, HIGH, MEAN)
    assert (device.level, device.swing) == (level, swing)
    assert max(abs(float(g)) for g in device.respond(jnp.array([2.0, 6.0]))) == pytest.approx(1.0, abs=1e-6)


def test_the_farther_end_may_be_the_lower_one():
    assert Decode(reference="calibrated").with_levels(LOW, HIGH, jnp.float32(5.0)).swing == 3.0
    assert Decode().with_levels(-HIGH, LOW).swing == 6.0


def test_before_any_calibration_the_calibrated_level_is_the_middle():
    assert Decode(reference="calibrated").with_levels(LOW, HIGH).level == 4.0


def test_a_given_scale_is_kept():
    device = Decode(reference="balanced", scale=0.5).with_levels(LOW, HIGH)
    assert device.respond(jnp.array([6.0])) == 4.0


def test_a_signal_that_never_moves_gives_zero():
    device = Decode(reference="balanced").with_levels(LOW, LOW)
    assert device.respond(jnp.array([2.0])) == 0.0


def test_an_unlimited_signal_is_refused_where_its_range_is_needed():
    with pytest.raises(InputError, match=r"nothing in this chain limits it.*decode\.scale"):
        Decode().with_levels(jnp.float32(-jnp.inf), jnp.float32(jnp.inf))
    free = Decode(scale=2.0).with_levels(jnp.float32(-jnp.inf), jnp.float32(jnp.inf))
    assert free.respond(jnp.array([1.0])) == 0.5


def test_the_range_is_that_of_a_straight_line():
    assert Decode(scale=2.0, level=2.0).output_range(LOW, HIGH) == (0.0, 2.0)


def test_an_unknown_reference_is_refused():
    with pytest.raises(InputError, match="must be one of zero, balanced, calibrated; got 'mean'"):
        Decode(reference="mean")
