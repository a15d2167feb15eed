import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import constants

from physdfa.devices import Cascade, Encode, MachZehnderModulator, Photodiode, Tia
from tests.devices.moments import assert_independent, assert_normal_moments

SHAPE = (500, 800)
KEY = jax.random.key(21)


def make_noisy(**values):
    nominal = {"transimpedance": 1e3, "temperature": 290.0, "load": 50.0, "noise_bandwidth": 1e10}
    return Tia(**(nominal | {"thermal_noise": "on"} | values))


def noise_of(device, current=0.0, key=KEY):
    signal = jnp.full(SHAPE, current)
    return np.asarray(device.respond(signal, key=key), np.float64) - np.asarray(device.respond(signal), np.float64)


def test_the_voltage_is_transimpedance_times_current():
    assert Tia(transimpedance=500.0).respond(jnp.array([-1e-3, 2e-3])).tolist() == pytest.approx([-0.5, 1.0])


def test_the_voltage_is_cut_at_the_saturation_on_both_sides():
    device = Tia(transimpedance=500.0, saturation=0.75)
    assert device.respond(jnp.array([-3e38, -1e-3, 1e-3, 3e38])).tolist() == pytest.approx([-0.75, -0.5, 0.5, 0.75])
    assert device.output_range(jnp.float32(-jnp.inf), jnp.float32(1e-3)) == (-0.75, 0.5)


@pytest.mark.parametrize("values", [{"saturation": 1.0}, {"thermal_noise": "on"}])
def test_it_is_affine_only_without_saturation_and_noise(values):
    assert Tia().is_affine
    assert not Tia(**values).is_affine


def test_an_infinite_saturation_is_none():
    current = jnp.array([-3e38, 1e-3, 3e38])
    assert (Tia(saturation=float("inf")).respond(current) == Tia().respond(current)).all()


def test_an_unlimited_current_has_an_unlimited_range_and_a_finite_answer():
    assert Tia().output_range(jnp.float32(0.0), jnp.float32(jnp.inf)) == (0.0, jnp.inf)
    assert jnp.isfinite(Tia().respond(jnp.array([3e38, -3e38]))).all()


@pytest.mark.parametrize("values", [{}, {"temperature": 400.0}, {"load": 1e4}, {"noise_bandwidth": 1e8}])
def test_thermal_noise_has_the_variance_4ktb_over_the_load(values):
    device = make_noisy(**values)
    seen = {"temperature": 290.0, "load": 50.0, "noise_bandwidth": 1e10} | values
    current = 4 * constants.k * seen["temperature"] * seen["noise_bandwidth"] / seen["load"]
    assert_normal_moments(noise_of(device), 0.0, 1e6 * current)


def test_the_noise_does_not_know_the_current():
    assert_normal_moments(noise_of(make_noisy(), 1e-4), 0.0, 1e6 * 4 * constants.k * 290.0 * 1e10 / 50.0)


def test_the_automatic_noise_bandwidth_is_that_of_the_slowest_stage():
    alone = make_noisy(noise_bandwidth=None, bandwidth=4e9)
    per_hertz = 1e6 * 4 * constants.k * 290.0 / 50.0
    assert_normal_moments(noise_of(alone), 0.0, per_hertz * (np.pi / 2) * 4e9)
    chain = Cascade(
        {
            "encode": Encode(),
            "mach_zehnder": MachZehnderModulator(),
            "photodiode": Photodiode(bandwidth=2e9),
            "tia": alone,
        }
    )
    assert_normal_moments(noise_of(chain["tia"]), 0.0, per_hertz * (np.pi / 2) * 2e9)


def test_in_a_chain_it_is_independent_of_the_shot_noise_before_it():
    def chain_noise(shot, thermal):
        chain = Cascade(
            {
                "photodiode": Photodiode(responsivity=1.0, dark_current=0.0, shot_noise=shot),
                "tia": Tia(thermal_noise=thermal),
            }
        )
        return noise_of(chain, 1e-3)

    assert_independent(chain_noise("on", "off"), chain_noise("off", "on"))


@pytest.mark.parametrize("power", [0.0, 1e-6, 1e-3])
def test_in_a_chain_the_variances_of_shot_and_thermal_noise_add(power):
    """At the input of the amplifier 2 q i B and 4 k T B / R; i and B as in the photodiode alone."""
    chain = Cascade(
        {
            "photodiode": Photodiode(responsivity=1.0, dark_current=1e-6, shot_noise="on", noise_bandwidth=1e9),
            "tia": Tia(transimpedance=1e3, thermal_noise="on", temperature=290.0, load=1e4, noise_bandwidth=1e9),
        }
    )
    variance = (2 * constants.e * (power + 1e-6) + 4 * constants.k * 290.0 / 1e4) * 1e9
    assert_normal_moments(noise_of(chain, power), 0.0, 1e6 * variance)


def test_the_amplifier_draws_for_itself_where_the_detector_is_quiet():
    tia = Tia(thermal_noise="on", noise_bandwidth=1e9)
    chain = Cascade({"photodiode": Photodiode(responsivity=1.0, dark_current=0.0), "tia": tia})
    alone = 1e6 * 4 * constants.k * 300.0 / 50.0 * 1e9
    assert_normal_moments(noise_of(chain, 1e-3), 0.0, alone)


def test_noise_that_is_off_leaves_every_bit():
    current = jnp.linspace(-1e-3, 1e-3, 1001)
    assert (Tia().respond(current, key=KEY) == Tia().respond(current)).all()


def test_it_clips_currents_beyond_its_saturation_and_none_without_one():
    currents = jnp.array([-3e-3, -1e-3, 1e-3, 3e-3])
    assert Tia(transimpedance=1e3, saturation=2.0).clips(currents).tolist() == [True, False, False, True]
    assert Tia(transimpedance=1e3).clips(currents) is None
