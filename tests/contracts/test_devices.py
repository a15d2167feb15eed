"""What every registered preset and every registered stage promises: a new one is tested the moment it is registered."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa import testing
from physdfa.devices import (
    PRESETS,
    STAGES,
    declared,
    make_device,
)
from physdfa.devices.measured import MeasuredCurve
from physdfa.parts import Parameter, declarations
from tests.devices.curves import make_measurement

POTENTIALS = jnp.linspace(-6.0, 6.0, 241)
KEY = jax.random.key(5)
BUILDERS = {f"preset {name}": (name, None) for name in PRESETS} | {f"stage {name}": (None, name) for name in STAGES}


def entries_of(which):
    preset, stage = BUILDERS[which]
    return declared(preset) if preset else declarations(STAGES[stage])


def noise_of(which):
    """The values that switch every noise source of a device on."""
    entries = entries_of(which)
    switches = {name: "on" for name, entry in entries.items() if getattr(entry, "choices", ()) == ("off", "on")}
    strengths = {name: entry.typical[1] for name, entry in entries.items() if name.rpartition(".")[2] in STRENGTHS}
    return switches | strengths


STRENGTHS = ("rin", "noise_std", "noise_scale")
"""Parameters that are the strength of a noise source, and by default none."""

NOISY = [which for which in sorted(BUILDERS) if noise_of(which)]
NOISE_LAWS = (testing.finite_on_the_whole_real_line, testing.the_same_key_gives_the_same_answer)
VARIANTS = [(which, False) for which in sorted(BUILDERS)] + [(which, True) for which in NOISY]
EVERY_DEVICE = pytest.mark.parametrize("which", sorted(BUILDERS))
EVERY_VARIANT = pytest.mark.parametrize(
    ("which", "noisy"), VARIANTS, ids=[which + ", noisy" * noisy for which, noisy in VARIANTS]
)


def build(which, *, noisy=False, **values):
    preset, stage = BUILDERS[which]
    values = (noise_of(which) if noisy else {}) | values
    if preset:
        return make_device(preset, values, key=jax.random.key(0))
    if STAGES[stage] is MeasuredCurve:
        measurement = make_measurement(has_setting="setting" in values)
        return MeasuredCurve.from_measurement(measurement, **({"outside": "hold"} | values))
    return STAGES[stage](**values)


def candidates(which, shift=0.0):
    """Two devices of one population: their first parameter at two places of its typical range."""
    entry = next(entry for entry in entries_of(which).values() if isinstance(entry, Parameter))
    low, high = entry.typical
    values = [low + (high - low) * (share + shift) for share in (0.25, 0.5)]
    return [build(which, **{entry.name: round(value) if entry.whole else value}) for value in values]


def stacked(devices):
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *devices)


@EVERY_VARIANT
def test_it_keeps_the_laws_that_users_devices_are_held_to(which, noisy):
    laws = NOISE_LAWS if noisy else testing.DEVICE_LAWS
    for law in laws:
        if law is not testing.every_parameter_acts:  # an automatic scale takes out what acts: test_effects.py
            law(lambda **values: build(which, noisy=noisy, **values))


@pytest.mark.parametrize("which", NOISY)
def test_noise_differs_from_key_to_key_and_from_neuron_to_neuron(which):
    device, still = build(which, noisy=True), jnp.full((64,), 0.7)
    noise = device.respond(still, key=KEY) - device.respond(still)
    assert (noise != noise[0]).any()
    assert (device.respond(still, key=jax.random.key(6)) != device.respond(still, key=KEY)).any()


@pytest.mark.parametrize("which", NOISY)
def test_noise_that_is_off_takes_no_notice_of_the_key(which):
    device = build(which)
    assert (device.respond(POTENTIALS, key=KEY) == device.respond(POTENTIALS)).all()


@EVERY_DEVICE
def test_a_neuron_hears_those_before_it_where_the_device_has_memory_and_nobody_otherwise(which):
    device, signal = build(which), jnp.stack([POTENTIALS, POTENTIALS[::-1]])
    alone = device.respond(signal[..., None])[..., 0]  # one neuron in each row
    together = device.respond(signal)
    if not device.has_memory:
        assert np.asarray(together) == pytest.approx(np.asarray(alone), rel=1e-6, abs=1e-7)
    else:
        assert together[:, 0].tolist() == pytest.approx(alone[:, 0].tolist(), rel=1e-6)
        shorter = device.respond(signal[:, :100])
        assert np.asarray(together[:, :100]) == pytest.approx(np.asarray(shorter), rel=1e-5, abs=1e-6)


@EVERY_DEVICE
def test_it_advances_from_update_to_update_inside_a_compiled_loop(which):
    device = build(which)
    keys = jax.random.split(KEY, 3)
    advanced, _ = jax.jit(
        lambda device: jax.lax.scan(lambda d, key: (d.advance(num_requests=1000, key=key), None), device, keys)
    )(device)
    assert jax.tree.structure(advanced) == jax.tree.structure(device)
    assert jnp.isfinite(advanced.respond(POTENTIALS)).all()


@EVERY_DEVICE
def test_calibration_keeps_the_structure_and_works_inside_a_transformation(which):
    devices = candidates(which)
    calibrated = jax.jit(jax.vmap(lambda device: device.calibrate(POTENTIALS)))(stacked(devices))
    assert jax.tree.structure(calibrated) == jax.tree.structure(stacked(devices))
    before, after = (
        jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree) for tree in (stacked(devices), calibrated)
    )
    assert jax.tree.leaves(before) == jax.tree.leaves(after)
