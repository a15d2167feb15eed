import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import constants

from physdfa.devices import Cascade, Encode, MachZehnderModulator, Photodiode, Tia
from tests.devices.moments import assert_independent, assert_normal_moments

SHAPE = (500, 800)
KEY = jax.random.key(11)


def make_photodiode(**values):
    return Photodiode(**({"responsivity": 0.5, "dark_current": 0.0, "noise_bandwidth": 2e10} | values))


def noise_of(device, power, key=KEY):
    """What the key adds to the current, in float64."""
    signal = jnp.full(SHAPE, power)
    return np.asarray(device.respond(signal, key=key), np.float64) - np.asarray(device.respond(signal), np.float64)


def test_the_current_is_responsivity_times_power_plus_dark_current():
    current = Photodiode(responsivity=0.5, dark_current=1e-6).respond(jnp.array([0.0, 1e-3]))
    assert current.tolist() == pytest.approx([1e-6, 5.01e-4], rel=1e-6)


def test_the_range_follows_the_power_up_to_the_saturation():
    least, largest = make_photodiode().output_range(jnp.float32(0.0), jnp.float32(2e-3))
    assert (float(least), float(largest)) == pytest.approx((0.0, 1e-3), rel=1e-6)
    saturating = make_photodiode(saturation_current=4e-4)
    assert float(saturating.output_range(jnp.float32(0.0), jnp.float32(2e-3))[1]) == pytest.approx(4e-4)
    assert make_photodiode().output_range(jnp.float32(0.0), jnp.float32(jnp.inf))[1] == jnp.inf


def test_the_current_ends_at_the_saturation():
    current = make_photodiode(saturation_current=1e-4).respond(jnp.array([1e-4, 1e-3, 3e38]))
    assert current.tolist() == pytest.approx([5e-5, 1e-4, 1e-4], rel=1e-6)


@pytest.mark.parametrize("values", [{"saturation_current": 1e-3}, {"rin": 0.0}, {"shot_noise": "on"}])
def test_it_is_affine_only_without_saturation_and_noise(values):
    assert make_photodiode().is_affine
    assert not make_photodiode(**values).is_affine


def test_an_infinite_saturation_is_none():
    power = jnp.array([0.0, 1e-3, 3e38])
    assert (make_photodiode(saturation_current=float("inf")).respond(power) == make_photodiode().respond(power)).all()


@pytest.mark.parametrize(("power", "dark"), [(1e-6, 0.0), (1e-3, 0.0), (1e-6, 1e-6), (0.0, 1e-6)])
def test_the_shot_noise_of_the_current_dark_current_included_has_the_variance_2qib(power, dark):
    device = make_photodiode(shot_noise="on", dark_current=dark)
    current = 0.5 * power + dark
    assert_normal_moments(noise_of(device, power), 0.0, 2 * constants.e * current * 2e10)


def test_light_below_nothing_has_no_shot_noise():
    assert np.abs(noise_of(make_photodiode(shot_noise="on"), -1e-3)).max() < 1e-15


@pytest.mark.parametrize("power", [1e-5, 1e-3])
@pytest.mark.parametrize("rin", [1e-15, 1e-13])
def test_intensity_noise_has_the_variance_rin_times_current_squared_times_bandwidth(power, rin):
    device = make_photodiode(rin=rin, dark_current=1e-9)
    # Below the rounding of the current itself, 6e-8 of it, nothing is to be seen; here the noise is 5e-3 and more.
    assert_normal_moments(noise_of(device, power), 0.0, rin * (0.5 * power) ** 2 * 2e10)


def test_the_variances_of_the_two_sources_add_up():
    device = make_photodiode(rin=1e-15, shot_noise="on")
    current = 0.5e-3
    variance = 2 * constants.e * current * 2e10 + 1e-15 * current**2 * 2e10
    assert_normal_moments(noise_of(device, 1e-3), 0.0, variance)


def test_the_two_sources_are_independent():
    shot = noise_of(make_photodiode(shot_noise="on"), 1e-3)
    intensity = noise_of(make_photodiode(rin=1e-15), 1e-3)
    assert_independent(shot, intensity)


def test_neurons_samples_and_keys_are_independent():
    noise = noise_of(make_photodiode(shot_noise="on"), 1e-3)
    assert_independent(noise[:, 1:], noise[:, :-1])
    assert_independent(noise[1:], noise[:-1])
    assert_independent(noise, noise_of(make_photodiode(shot_noise="on"), 1e-3, jax.random.key(12)))


def test_saturated_light_has_shot_noise_only():
    saturated = make_photodiode(rin=1e-15, shot_noise="on", saturation_current=1e-4)
    assert_normal_moments(noise_of(saturated, 1e-3), 0.0, 2 * constants.e * 1e-4 * 2e10)


@pytest.mark.parametrize("values", [{}, {"rin": 0.0}])
def test_noise_that_is_off_leaves_every_bit(values):
    device, power = make_photodiode(dark_current=1e-9, **values), jnp.linspace(-1e-3, 1e-3, 1001)
    assert (device.respond(power, key=KEY) == device.respond(power)).all()


def test_the_automatic_noise_bandwidth_is_that_of_a_first_order_low_pass():
    device = make_photodiode(shot_noise="on", noise_bandwidth=None, bandwidth=3e9)
    assert_normal_moments(noise_of(device, 1e-3), 0.0, 2 * constants.e * 0.5e-3 * (np.pi / 2) * 3e9)


def test_in_a_chain_the_slowest_stage_sets_the_noise_bandwidth():
    chain = Cascade(
        {
            "encode": Encode(),
            "mach_zehnder": MachZehnderModulator(),
            "photodiode": make_photodiode(shot_noise="on", noise_bandwidth=None, bandwidth=3e9),
            "tia": Tia(bandwidth=1e9),
        }
    )
    assert_normal_moments(noise_of(chain["photodiode"], 1e-3), 0.0, 2 * constants.e * 0.5e-3 * (np.pi / 2) * 1e9)


@pytest.mark.parametrize("power", [3.4e38, -3.4e38, 1e30, 0.0])
@pytest.mark.parametrize("values", [{"rin": 3e38}, {"noise_bandwidth": 3e38}, {"responsivity": 3e38}, {}])
def test_noise_is_finite_for_any_light_and_any_strength(power, values):
    device = make_photodiode(**({"rin": 1e-15, "shot_noise": "on"} | values))
    assert jnp.isfinite(device.respond(jnp.full((100,), power), key=KEY)).all()


def test_gradients_through_noise_are_finite_also_in_the_dark():
    device = make_photodiode(rin=0.0, shot_noise="on")
    gradients = jax.grad(lambda device, power: device.respond(power, key=KEY), argnums=(0, 1))(device, jnp.float32(0.0))
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(gradients))
