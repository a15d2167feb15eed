import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import SecondHarmonic, make_cascade


def test_it_is_the_depleted_conversion_of_the_source():
    power = np.geomspace(1e-8, 1.0, 200, dtype=np.float32)
    expected = power * np.tanh(np.sqrt(30.0 * power.astype(np.float64))) ** 2
    assert np.asarray(SecondHarmonic(efficiency=30.0).respond(jnp.asarray(power))) == pytest.approx(expected, rel=1e-5)


def test_weak_light_is_converted_as_its_square():
    weak = SecondHarmonic(efficiency=30.0).respond(jnp.array([1e-6, 2e-6]))
    assert weak.tolist() == pytest.approx([30.0 * 1e-12, 4 * 30.0 * 1e-12], rel=2e-4)


def test_strong_light_is_converted_whole_and_never_more():
    device = SecondHarmonic(efficiency=30.0)
    power = jnp.geomspace(1e-6, 1e6, 121)
    assert (device.respond(power) <= power).all()
    assert float(device.respond(jnp.float32(10.0))) == pytest.approx(10.0, rel=1e-6)


def test_darkness_and_what_only_noise_asks_for_stay_dark():
    device = SecondHarmonic()
    assert device.respond(jnp.array([0.0, -1e-3])).tolist() == [0.0, 0.0]
    assert jax.grad(device.respond)(jnp.float32(0.0)) == 0.0


def test_the_slope_of_weak_light_is_that_of_a_square():
    device = SecondHarmonic(efficiency=30.0)
    assert float(jax.grad(device.respond)(jnp.float32(1e-6))) == pytest.approx(2 * 30.0 * 1e-6, rel=2e-4)


def test_behind_a_modulator_it_squares_g():
    stages = ["encode", "mach_zehnder", "{}", "photodiode", "decode"]
    values = {"dark_current": 0.0, "extinction_ratio_db": float("inf"), "optical_power": 1e-6, "reference": "zero"}
    u = jnp.linspace(-2.0, 2.0, 41)
    plain = make_cascade([stage for stage in stages if stage != "{}"], values).respond(u)
    doubled = make_cascade([stage.format("second_harmonic") for stage in stages], values).respond(u)
    assert np.asarray(doubled) == pytest.approx(np.asarray(plain) ** 2, abs=5e-4)
