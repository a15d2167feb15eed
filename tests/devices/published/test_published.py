import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import PRESETS, declared, make_device
from physdfa.devices.published import PUBLISHED

POTENTIALS = jnp.linspace(-1.0, 3.0, 401)
CHAIN = ("encode", "mach_zehnder", "photodiode", "decode")
MODULATORS = [name for name, preset in PUBLISHED.items() if preset.stages == CHAIN]
EVERY_PUBLISHED = pytest.mark.parametrize("name", sorted(PUBLISHED))


def default(preset, name):
    return declared(preset)[name].default


def test_every_published_device_is_a_preset():
    assert PUBLISHED.items() <= PRESETS.items()


@EVERY_PUBLISHED
def test_as_it_stands_it_moves_over_the_potentials_of_a_network(name):
    g = make_device(name, {}).respond(POTENTIALS)
    assert jnp.isfinite(g).all()
    assert jnp.abs(g).max() <= 1.0 + 1e-6
    assert jnp.ptp(g) > 0.5  # of the 1 or 2 that the decode stage grants


@EVERY_PUBLISHED
def test_it_rises_from_rest_over_the_threshold_and_beyond(name):
    rest, threshold, beyond = make_device(name, {}).respond(jnp.array([0.0, 1.0, 2.0])).tolist()
    assert rest < threshold < beyond


@EVERY_PUBLISHED
def test_it_tells_who_measured_it_and_what_is_ours(name):
    preset = PUBLISHED[name]
    assert any(character.isdigit() for character in preset.source)
    assert "of u" in preset.assumed  # the drive is never published
    assert not preset.assumed.endswith((".", ";"))


@pytest.mark.parametrize("name", MODULATORS)
def test_a_modulator_rises_from_its_floor_over_four_thresholds(name):
    g = make_device(name, {"photodiode.dark_current": 0.0}).respond(jnp.array([0.0, 2.0, 4.0]))
    floor = 10 ** (-default(name, "mach_zehnder.extinction_ratio_db") / 10)
    assert g.tolist() == pytest.approx([floor, (1 + floor) / 2, 1.0], abs=1e-6)


def test_the_electro_absorption_modulator_loses_its_decibels_at_four_volts():
    dark, lit = make_device("germanium_electro_absorption", {"photodiode.dark_current": 0.0}).respond(
        jnp.array([0.0, 2.0])
    )
    assert -10 * np.log10(float(dark / lit)) == pytest.approx(5.75, abs=0.02)


def test_the_microdisk_stands_one_line_width_off_at_two_thresholds():
    g = make_device("silicon_microdisk", {"photodiode.dark_current": 0.0}).respond(jnp.array([0.0, 1.0, 2.0]))
    assert g.tolist() == pytest.approx([0.1, 1 - 0.9 / 2, 1 - 0.9 / 5], rel=1e-5)


def test_the_amplifier_gives_its_saturation_power_at_half_its_gain():
    stage = make_device("semiconductor_amplifier", {})["soa"]
    output = stage.respond(stage.saturation_power)
    assert 10 * np.log10(float(output) / 1e-3) == pytest.approx(15.0, abs=0.02)
    assert 10 * np.log10(float(output / stage.saturation_power)) == pytest.approx(27.0 - 3.01, abs=0.01)


def test_the_graphene_saturates_two_thirds_of_what_it_absorbs():
    absorbed = 1.0 - default("graphene_saturable_absorber", "saturable_absorber.transmission")
    depth = default("graphene_saturable_absorber", "saturable_absorber.modulation_depth")
    assert depth / absorbed == pytest.approx(0.665, abs=1e-6)


def test_the_diode_carries_its_shockley_current_below_the_corner():
    stage = make_device("diode_rectifier", {})["rectifier"]
    current = 2.52e-9 * np.exp(0.1 / (1.752 * 0.02585))
    assert float(stage.respond(jnp.float32(0.1))) == pytest.approx(1e4 * current, rel=0.02)


def test_the_transistor_pair_is_the_tangent_of_half_the_thermal_voltages():
    u = np.linspace(-1.0, 3.0, 41, dtype=np.float32)
    expected = np.tanh(0.05 * (u.astype(np.float64) - 1.0) / (2 * 0.02585))
    assert np.asarray(make_device("differential_pair", {}).respond(jnp.asarray(u))) == pytest.approx(expected, abs=2e-3)


def test_the_memristor_is_the_relation_of_the_report_over_its_compliance():
    u = np.linspace(-1.0, 3.0, 41, dtype=np.float32)
    v = 0.5 * u.astype(np.float64)
    expected = (9 * np.sinh(2 * v) + 0.01 * (np.exp(4 * v) - 1)) / 100
    assert np.asarray(make_device("titanium_dioxide_memristor", {}).respond(jnp.asarray(u))) == pytest.approx(
        expected, abs=1e-6
    )
