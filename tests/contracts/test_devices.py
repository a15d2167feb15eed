"""What every registered preset and every registered stage promises: a new one is tested the moment it is registered."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import PRESETS, STAGES, Cascade, Parameter, declarations, declared, make_device
from physdfa.errors import InputError

LARGEST = float(jnp.finfo(jnp.float32).max)
WHOLE_LINE = jnp.array(
    [-LARGEST, -1e30, -1e8, -4.7, -1.0, -1e-30, -1e-42, 0.0, 1e-42, 1e-30, 0.5, 1.0, 4.7, 1e8, 1e30, LARGEST]
)
POTENTIALS = jnp.linspace(-6.0, 6.0, 241)

BUILDERS = {f"preset {name}": (name, None) for name in PRESETS} | {f"stage {name}": (None, name) for name in STAGES}
EVERY_DEVICE = pytest.mark.parametrize("which", sorted(BUILDERS))
EVERY_PARAMETER = pytest.mark.parametrize(
    ("which", "name"),
    [
        (which, name)
        for which, (preset, stage) in sorted(BUILDERS.items())
        for name, entry in (declared(preset) if preset else declarations(STAGES[stage])).items()
        if isinstance(entry, Parameter)
    ],
)


def build(which, **values):
    preset, stage = BUILDERS[which]
    if preset:
        return make_device(preset, values, key=jax.random.key(0))
    return STAGES[stage](**values)


def declaration(which, name):
    preset, stage = BUILDERS[which]
    return (declared(preset) if preset else declarations(STAGES[stage]))[name]


def candidates(which, shift=0.0):
    """Two devices of one population: their first parameter at two places of its typical range."""
    preset, stage = BUILDERS[which]
    entries = declared(preset) if preset else declarations(STAGES[stage])
    entry = next(entry for entry in entries.values() if isinstance(entry, Parameter))
    low, high = entry.typical
    return [build(which, **{entry.name: low + (high - low) * (share + shift)}) for share in (0.25, 0.5)]


def stacked(devices):
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *devices)


@EVERY_DEVICE
@pytest.mark.parametrize("shape", [(), (7,), (2, 3, 4), (0,)])
def test_the_answer_has_the_shape_and_type_of_the_signal(which, shape):
    answer = build(which).respond(jnp.zeros(shape))
    assert answer.shape == shape
    assert answer.dtype == jnp.float32


@EVERY_DEVICE
def test_the_answer_is_finite_on_the_whole_real_line(which):
    assert jnp.isfinite(build(which).respond(WHOLE_LINE)).all()


@EVERY_DEVICE
def test_it_gives_the_same_answer_inside_jit(which):
    device = build(which)
    inside = jax.jit(lambda device, signal: device.respond(signal))(device, POTENTIALS)
    assert np.asarray(inside) == pytest.approx(np.asarray(device.respond(POTENTIALS)), rel=1e-5, abs=2e-6)


@EVERY_DEVICE
def test_a_population_compiles_once_and_answers_as_its_members_do(which):
    traces = 0

    def respond(device):
        nonlocal traces
        traces += 1
        return device.respond(POTENTIALS)

    evaluate = jax.jit(jax.vmap(respond))
    for devices in (candidates(which), candidates(which, shift=0.3)):
        alone = jnp.stack([device.respond(POTENTIALS) for device in devices])
        assert np.asarray(evaluate(stacked(devices))) == pytest.approx(np.asarray(alone), rel=1e-5, abs=2e-6)
    assert traces == 1


@EVERY_DEVICE
def test_the_same_key_gives_the_same_answer(which):
    device = build(which)
    first, second = (device.respond(POTENTIALS, key=jax.random.key(5)) for _ in range(2))
    assert (first == second).all()


@EVERY_DEVICE
def test_without_a_key_it_is_deterministic(which):
    device = build(which)
    assert (device.respond(POTENTIALS) == device.respond(POTENTIALS)).all()


@EVERY_DEVICE
def test_the_gradient_is_finite_at_every_signal_for_every_leaf(which):
    gradients = jax.vmap(jax.grad(lambda device, u: device.respond(u), argnums=(0, 1)), in_axes=(None, 0))
    slopes = gradients(build(which), WHOLE_LINE)
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(slopes))


@EVERY_DEVICE
@pytest.mark.parametrize(("low", "high"), [(-6.0, 6.0), (-0.3, 0.4), (1.0, 1.5), (-jnp.inf, jnp.inf)])
def test_no_answer_leaves_the_stated_range(which, low, high):
    device = build(which)
    least, largest = device.output_range(jnp.float32(low), jnp.float32(high))
    answers = device.respond(jnp.linspace(max(low, -50.0), min(high, 50.0), 1001))
    margin = 1e-6 * max(1.0, float(jnp.abs(answers).max()))
    assert least <= answers.min() + margin
    assert answers.max() <= largest + margin


@EVERY_DEVICE
def test_calibration_keeps_the_structure_and_works_inside_a_transformation(which):
    devices = candidates(which)
    calibrated = jax.jit(jax.vmap(lambda device: device.calibrate(POTENTIALS)))(stacked(devices))
    assert jax.tree.structure(calibrated) == jax.tree.structure(stacked(devices))
    before, after = (
        jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), tree) for tree in (stacked(devices), calibrated)
    )
    assert jax.tree.leaves(before) == jax.tree.leaves(after)


@EVERY_PARAMETER
def test_each_parameter_changes_the_answer_within_its_typical_range(which, name):
    values = {}
    if isinstance(build(which), Cascade) and name != "decode.scale":
        # The automatic scale undoes whatever acts on the whole swing, as it should: fix it to see the effect.
        values = {"decode.scale": 1e-3, "decode.reference": "zero"}
    low, high = (
        build(which, **values, **{name: value}).respond(POTENTIALS) for value in declaration(which, name).typical
    )
    assert (low != high).any()


@EVERY_PARAMETER
def test_the_typical_range_lies_within_the_range(which, name):
    entry = declaration(which, name)
    assert entry.mistake(entry.typical[0]) is None
    assert entry.mistake(entry.typical[1]) is None
    assert entry.typical[0] < entry.typical[1]


@EVERY_PARAMETER
def test_a_value_out_of_range_is_refused_with_name_value_and_range(which, name):
    entry = declaration(which, name)
    wrong = [float("nan")]
    if np.isfinite(entry.low):
        wrong.append(entry.low if entry.low_open else entry.low - 1.0)
    if np.isfinite(entry.high):
        wrong.append(entry.high if entry.high_open else entry.high + 1.0)
    elif entry.high_open:
        wrong.append(float("inf"))
    for value in wrong:
        with pytest.raises(InputError) as refusal:
            build(which, **{name: value})
        assert f"`{name}`" in str(refusal.value)
        assert entry.allowed in str(refusal.value)
        assert f"got {value:g}" in str(refusal.value)
