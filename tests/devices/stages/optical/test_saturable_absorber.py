import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import SaturableAbsorber, make_cascade
from physdfa.errors import InputError


def make_absorber(**values):
    nominal = {"transmission": 0.2, "modulation_depth": 0.6, "saturation_power": 1e-3}
    return SaturableAbsorber(**(nominal | values))


def transmission(device, power):
    return float(device.respond(jnp.float32(power))) / power


@pytest.mark.parametrize(("power", "expected"), [(1e-9, 0.2), (1e-3, 0.5), (3e-3, 0.65), (1e3, 0.8)])
def test_weak_light_meets_t_0_and_strong_light_the_whole_depth_more(power, expected):
    assert transmission(make_absorber(), power) == pytest.approx(expected, rel=1e-5)


def test_darkness_stays_dark_also_where_noise_says_less():
    assert make_absorber().respond(jnp.array([0.0, -1e-6, -1e38])).tolist() == [0.0, 0.0, 0.0]


def test_it_never_gives_more_than_it_gets():
    power = jnp.array([1e-30, 1e-6, 1.0, 1e30, 3.4e38])
    device = make_absorber(transmission=0.7, modulation_depth=0.3)
    assert (device.respond(power) <= power).all()


def test_a_transmission_above_one_is_refused():
    with pytest.raises(InputError, match=r"`transmission` \+ `modulation_depth` .* must be <= 1; got 1.1"):
        make_absorber(transmission=0.5, modulation_depth=0.6)


def test_the_range_is_that_of_its_ends_and_has_no_upper_end_of_its_own():
    device = make_absorber()
    least, largest = device.output_range(jnp.float32(0.0), jnp.float32(1e-3))
    assert (float(least), float(largest)) == pytest.approx((0.0, 5e-4), rel=1e-6)
    assert device.output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf)) == (0.0, jnp.inf)


def test_behind_a_modulator_it_sharpens_the_peak_of_g():
    values = {"mach_zehnder.v_pi": 2.0, "mach_zehnder.v_bias": 2.0, "extinction_ratio_db": float("inf")}
    values |= {"insertion_loss_db": 0.0, "optical_power": 1e-3, "dark_current": 0.0}
    values |= {"transmission": 0.2, "modulation_depth": 0.6, "saturation_power": 1e-3}
    stages = ["encode", "mach_zehnder", "saturable_absorber", "photodiode", "decode"]
    g = make_cascade(stages, values).respond(jnp.array([0.0, 1.0, 2.0]))
    # Half of 1 mW meets T = 0.2 + 0.6 / 3, all of it T = 0.5.
    assert g.tolist() == pytest.approx([0.0, 0.5 * 0.4 / 0.5, 1.0], abs=1e-6)


def test_a_voltage_in_front_of_it_is_refused():
    with pytest.raises(InputError, match=r"`saturable_absorber` takes optical power \[W\].*put a modulator"):
        make_cascade(["encode", "saturable_absorber", "photodiode", "decode"], {})


def test_its_rounding_error_is_that_of_float32():
    power = np.logspace(-9, 2, 500, dtype=np.float32)
    exact = power.astype(np.float64)
    expected = exact * (np.float32(0.2) + np.float32(0.6) * exact / (exact + np.float32(1e-3)))
    assert np.asarray(make_absorber().respond(jnp.asarray(power))) == pytest.approx(expected, rel=1e-6)
