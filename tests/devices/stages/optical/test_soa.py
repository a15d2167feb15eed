import jax.numpy as jnp
import pytest

from physdfa.devices import SemiconductorOpticalAmplifier, make_cascade


def make_soa(**values):
    return SemiconductorOpticalAmplifier(**({"gain_db": 20.0, "saturation_power": 1e-3} | values))


@pytest.mark.parametrize(("power", "gain"), [(1e-9, 100.0), (1e-3, 50.0), (4e-3, 20.0)])
def test_the_gain_is_that_of_the_data_sheet_and_halves_at_the_saturation_power(power, gain):
    assert float(make_soa().respond(jnp.float32(power))) / power == pytest.approx(gain, rel=1e-5)


def test_strong_light_exhausts_it():
    assert make_soa().respond(jnp.array([1e6, 1e30, 3.4e38])).tolist() == pytest.approx([0.1] * 3, rel=1e-6)


def test_darkness_stays_dark_also_where_noise_says_less():
    assert make_soa().respond(jnp.array([0.0, -1e-6])).tolist() == [0.0, 0.0]


def test_the_range_ends_at_the_exhausted_gain():
    least, largest = make_soa().output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf))
    assert (float(least), float(largest)) == pytest.approx((0.0, 0.1), rel=1e-6)
    least, largest = make_soa().output_range(jnp.float32(0.0), jnp.float32(1e-3))
    assert (float(least), float(largest)) == pytest.approx((0.0, 0.05), rel=1e-6)


def test_behind_a_modulator_it_flattens_the_peak_of_g():
    values = {"mach_zehnder.v_pi": 2.0, "mach_zehnder.v_bias": 2.0, "extinction_ratio_db": float("inf")}
    values |= {"insertion_loss_db": 0.0, "optical_power": 1e-3, "dark_current": 0.0, "saturation_power": 1e-3}
    g = make_cascade(["encode", "mach_zehnder", "soa", "photodiode", "decode"], values).respond(
        jnp.array([0.0, 1.0, 2.0])
    )
    # Half of 1 mW gains G_0 / 1.5, all of it G_0 / 2.
    assert g.tolist() == pytest.approx([0.0, (0.5 / 1.5) / (1.0 / 2.0), 1.0], abs=1e-6)
