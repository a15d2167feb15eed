import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import PRESETS, STAGES, declared, make_device
from physdfa.surrogates import SURROGATES


def test_the_ideal_mach_zehnder_as_it_stands_is_the_sine_squared():
    u = np.linspace(-4.7, 4.7, 4001, dtype=np.float32)
    expected = np.sin(np.pi * u.astype(np.float64) / (2 * np.float64(np.float32(4.7)))) ** 2
    assert np.asarray(make_device("mach_zehnder_ideal", {}).respond(jnp.asarray(u))) == pytest.approx(
        expected, abs=6e-7
    )


@pytest.mark.parametrize("v_pi", [3.0, 5.0, 7.0])
def test_the_ideal_mach_zehnder_is_the_sine_squared_of_any_half_wave_voltage(v_pi):
    u = np.linspace(-v_pi, v_pi, 2001, dtype=np.float32)
    device = make_device("mach_zehnder_ideal", {"v_pi": v_pi, "v_bias": v_pi, "drive_gain": 0.5})
    expected = np.sin(np.pi * 0.5 * u.astype(np.float64) / (2 * v_pi)) ** 2
    assert np.asarray(device.respond(jnp.asarray(u))) == pytest.approx(expected, abs=6e-7)


def test_the_realistic_mach_zehnder_is_balanced_and_fills_the_range():
    g = make_device("mach_zehnder", {}).respond(jnp.linspace(-20.0, 20.0, 20001))
    assert (float(g.min()), float(g.max())) == pytest.approx((-1.0, 1.0), abs=1e-4)


def test_every_surrogate_is_a_preset():
    assert set(SURROGATES) <= set(PRESETS)
    u = jnp.linspace(-2.0, 4.0, 601)
    for name, bell in SURROGATES.items():
        assert (make_device(name, {}).respond(u) == bell(u - jnp.float32(1.0), jnp.float32(1.0))).all()


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_says_what_it_is_and_where_from(name):
    preset = PRESETS[name]
    assert preset.description
    assert preset.source
    assert preset.assumed
    assert bool(preset.stages) != bool(preset.device)
    assert set(preset.stages) <= set(STAGES)
    assert set(preset.values) <= set(declared(name))
