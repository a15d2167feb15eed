"""Every declared parameter acts: moved across its typical range it changes g, the layer error and the gradient."""

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import (
    PRESETS,
    STAGES,
    declared,
    make_cascade,
    make_device,
)
from physdfa.parts import Parameter
from physdfa.rules import RULES
from tests.devices.curves import make_measurement
from tests.rules.networks import make_batch, make_network, make_parameters

NO_CHANGE = 1e-6
"""Changes below this share of the largest value are rounding."""

UPDATES = 12
REQUESTS = 10_000_000  # ten milliseconds at 1 GBd, so that a drift is to be seen after a dozen updates

BENCH = ["encode", "mach_zehnder", "photodiode"]
CHAINS_BY_UNITS = {
    (None, "V"): ["{}", "mach_zehnder", "photodiode", "decode"],
    ("V", "V"): ["encode", "{}", "mach_zehnder", "photodiode", "decode"],
    ("V", "W"): ["encode", "{}", "photodiode", "decode"],
    ("V", "A"): ["encode", "{}", "decode"],
    ("W", "W"): ["encode", "mach_zehnder", "{}", "photodiode", "decode"],
    ("W", "A"): ["encode", "mach_zehnder", "{}", "decode"],
    ("A", "V"): [*BENCH, "{}", "decode"],
    (None, None): [*BENCH, "{}", "decode"],
    (None, ""): [*BENCH, "{}"],
}
"""A chain around a stage, by what it takes and gives."""

CHAINS = {
    "adc": [*BENCH, "tia", "adc", "decode"],
    "curve": ["encode", "curve", "photodiode", "decode"],
}
"""Chains around stages that stand elsewhere than others of their units."""

STRENGTHS = ("rin", "noise_scale")
"""Strengths of noise that are none unless they are given."""

ORDINARY = {"bias_drift.relock_every": 5}
"""Values other than the middle of the typical range, so that there is a re-lock within the updates."""

COST_ONLY = {"relock_time": "relock_seconds"}
"""Parameters that act on a cost alone, and say so: the leaf that counts it."""


def plan_of(which):
    kind, _, name = which.partition(" ")
    if kind == "preset":
        return name
    template = CHAINS.get(name) or CHAINS_BY_UNITS[STAGES[name]().units]
    return [name if stage == "{}" else stage for stage in template]


DEVICES = [f"preset {name}" for name, preset in PRESETS.items() if not preset.stages]
DEVICES += [f"stage {name}" for name in STAGES]
"""Whoever declares numbers: a preset of stages has none of its own."""


def own_parameters(which):
    """Full names of the parameters of a preset, or of the one stage of a chain."""
    kind, _, name = which.partition(" ")
    entries = declared(plan_of(which))
    wanted = (lambda full: True) if kind == "preset" else (lambda full: full.partition(".")[0] == name)
    return [full for full, entry in entries.items() if isinstance(entry, Parameter) and wanted(full)]


EVERY_PARAMETER = pytest.mark.parametrize(
    ("which", "name"), [(which, name) for which in DEVICES for name in own_parameters(which)]
)


def surroundings(plan):
    """Values among which each parameter can act: noise on, strengths that are none or infinite at ordinary values.

    The automatic scale takes out again whatever acts on the whole swing, as it should: it is fixed.
    """
    values = {}
    for name, entry in declared(plan).items():
        if isinstance(entry, Parameter):
            is_idle = entry.default in (0, float("inf")) or name.rpartition(".")[2] in STRENGTHS
            if is_idle:
                middle = sum(entry.typical) / 2
                values[name] = ORDINARY.get(name, round(middle) if entry.whole else middle)
        elif entry.choices == ("off", "on"):
            values[name] = "on"
    if "decode.scale" in declared(plan):
        values |= {"decode.scale": 1e-3, "decode.reference": "zero"}
    return values


def build(which, name, value):
    plan = plan_of(which)
    values = surroundings(plan) | {name: value}
    key = jax.random.key(0)
    if isinstance(plan, str):
        return make_device(plan, values, key=key)
    if "curve" in plan:
        values = {"curve.outside": "hold"} | values
        return make_cascade(plan, values, key=key, measurement=make_measurement(has_setting=name == "curve.setting"))
    return make_cascade(plan, values, key=key)


@cache
def answering():
    """device -> (g, layer error, gradient of one training step) of a device that has seen some updates; compiled."""
    network, rule = make_network(num_steps=2), RULES["adfa"]()
    parameters, batch = make_parameters(network), make_batch(network)
    state = rule.init(jax.random.key(2), network)

    @jax.jit
    def answers(device):
        def step(device, key):
            return device.advance(num_requests=REQUESTS, key=key), None

        device, _ = jax.lax.scan(step, device, jax.random.split(jax.random.key(1), UPDATES))
        potential = jnp.linspace(-6.0, 6.0, 4 * 12).reshape(12, 4).T  # [batch neurons]: neighbours differ by a unit
        g = device.respond(potential, key=jax.random.key(3))
        error = jax.random.normal(jax.random.key(4), (4, network.layer_sizes[-1]))
        layer_error = state.feedback[0].project(error) * g
        update, _ = rule.update(network, parameters, batch, device, state, key=jax.random.key(5))
        return (g, layer_error, update.gradient.weights[0]), device

    return answers


def probes(entry):
    """Both ends of the typical range and a value between them: a bias moved by a whole period changes nothing."""
    low, high = entry.typical
    between = low + 0.3679 * (high - low)  # no simple fraction, so no whole number of periods
    return low, round(between) if entry.whole else between, high


@EVERY_PARAMETER
def test_each_parameter_changes_g_the_layer_error_and_the_gradient_within_its_typical_range(which, name):
    entry = declared(plan_of(which))[name]
    (first, *others), devices = zip(*(answering()(build(which, name, value)) for value in probes(entry)), strict=True)
    part, _, leaf = name.rpartition(".")
    if leaf in COST_ONLY:
        assert "not seen in g" in entry.meaning
        counted = [float(getattr(device[part], COST_ONLY[leaf])) for device in devices]
        assert counted[0] < counted[1] < counted[2]
        return
    for index, quantity in enumerate(("g", "layer error", "gradient")):
        reference = np.asarray(first[index])
        changes = [np.abs(np.asarray(other[index]) - reference).max() for other in others]
        scales = [max(np.abs(np.asarray(other[index])).max(), np.abs(reference).max()) for other in others]
        assert all(np.isfinite(scales)), quantity
        assert any(change > NO_CHANGE * scale for change, scale in zip(changes, scales, strict=True)), quantity
