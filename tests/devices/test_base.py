import jax
import jax.numpy as jnp
import pytest

from physdfa.devices import AbstractDevice, Cascade, Decode, Encode, Photodiode
from physdfa.devices.base import affine_range
from physdfa.devices.stages import Driver
from physdfa.errors import InputError
from physdfa.parts import ParameterValue, parameter


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


class Bell(AbstractDevice):
    """1 / (1 + ((u - centre) / width)^2): states its answer alone."""

    centre: ParameterValue = parameter(default=0.3, unit="", meaning="the place of the peak")
    width: ParameterValue = parameter(default=1.0, unit="", low=0.0, low_open=True, meaning="its half width")

    def respond(self, signal, *, key=None):
        return 1.0 / (1.0 + ((jnp.clip(signal, -1e15, 1e15) - self.centre) / self.width) ** 2)


@pytest.mark.parametrize("values", [{}, {"centre": -40.0, "width": 0.1}, {"centre": 2e-3, "width": 1e-4}])
@pytest.mark.parametrize(("low", "high"), [(-jnp.inf, jnp.inf), (-1e30, 1e30), (-100.0, 100.0)])
def test_a_range_that_nobody_states_is_found_by_sampling(values, low, high):
    least, largest = Bell(**values).output_range(jnp.float32(low), jnp.float32(high))
    assert float(largest) == pytest.approx(1.0, abs=1e-5)
    assert float(least) == pytest.approx(0.0, abs=2e-4)  # 1 / (1 + 99.7^2) at the ends of the shortest interval


def test_a_sampled_range_is_that_of_the_interval_alone():
    least, largest = Bell(centre=0.0).output_range(jnp.float32(1.0), jnp.float32(2.0))
    assert (float(least), float(largest)) == pytest.approx((0.2, 0.5))
    least, largest = Bell(centre=0.0).output_range(jnp.float32(3.0), jnp.float32(jnp.inf))
    assert (float(least), float(largest)) == pytest.approx((0.0, 0.1))


def test_sampling_finds_a_peak_to_more_digits_than_its_inputs_are_apart():
    # 64 / 2048 apart: the nearest input to a peak of this width alone would answer 0.94 at worst.
    _, largest = Bell(centre=0.5 + 1 / 64, width=1 / 16).output_range(jnp.float32(-64.0), jnp.float32(64.0))
    assert float(largest) == pytest.approx(1.0, abs=1e-6)


def test_a_chain_says_which_of_its_ranges_are_sampled():
    assert Driver().states_range
    assert not Bell().states_range
    assert not Cascade({"driver": Driver(), "bell": Bell()}).states_range


def test_the_levels_behind_a_sampled_stage_are_those_of_its_range():
    chain = Cascade({"encode": Encode(), "bell": Bell(), "decode": Decode(reference="balanced")})
    assert float(chain.respond(jnp.float32(0.3))) == pytest.approx(1.0, abs=1e-5)  # the peak
    assert float(chain.respond(jnp.float32(1e20))) == pytest.approx(-1.0, abs=1e-5)  # far from it
