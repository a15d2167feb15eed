import jax
import jax.numpy as jnp
import pytest

from physdfa.devices import Photodiode
from physdfa.devices.base import affine_range, monotone_range
from physdfa.devices.stages import Driver
from physdfa.errors import InputError


def test_a_value_out_of_range_is_refused_when_the_device_is_built():
    with pytest.raises(InputError, match=r"`dark_current` is .* must be >= 0 A and finite; got -1 A"):
        Photodiode(dark_current=-1.0)


def test_each_candidate_of_a_population_is_checked():
    with pytest.raises(InputError, match=r"`responsivity`.*got -0\.5 A/W"):
        Photodiode(responsivity=jnp.array([0.5, -0.5]))


def test_inside_a_transformation_nothing_is_checked_as_there_are_no_numbers_yet():
    response = jax.jit(
        lambda responsivity: Photodiode(responsivity=responsivity, dark_current=0.0).respond(responsivity)
    )
    assert response(jnp.float32(-2.0)) == 4.0


def test_what_is_not_a_number_is_refused():
    with pytest.raises(InputError, match="must be a number; got 'high'"):
        Photodiode(responsivity="high")


@pytest.mark.parametrize(("slope", "expected"), [(2.0, (1.0, jnp.inf)), (-2.0, (-jnp.inf, 1.0)), (0.0, (1.0, 1.0))])
def test_a_straight_line_over_a_half_infinite_interval(slope, expected):
    assert affine_range(jnp.float32(0.0), jnp.float32(jnp.inf), jnp.float32(slope), jnp.float32(1.0)) == expected


def test_a_monotone_device_answers_between_its_ends():
    assert monotone_range(Driver(saturation=3.0), jnp.float32(-jnp.inf), jnp.float32(0.0)) == (-3.0, 0.0)
