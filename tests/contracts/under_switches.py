"""Run as a process of its own, with JAX's switches set by who starts it: writes what it saw as JSON.

Without compiling where that serves: with jit, a part is traced, which shows wrong shapes and types; without, it runs.
"""

import json

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.data import ENCODINGS
from physdfa.data.events import first_spikes
from physdfa.devices import PRESETS, make_cascade, make_device
from physdfa.devices.measured import MeasuredCurve
from physdfa.feedback import PRECISIONS, PROJECTIONS, make_projection
from physdfa.noise import normal_quantile
from physdfa.rules import Batch
from physdfa.rules.event import GRADIENTS, Sfdfa
from physdfa.training import SpikeCount, Trainer
from tests.devices.curves import make_measurement
from tests.network.event.networks import make_event_network, make_pixels, make_weights
from tests.rules.all_rules import DISCRETE_RULES, RULE_ERRORS
from tests.rules.networks import make_batch, make_network, make_parameters
from tests.training.trials import make_data, make_keys, make_splits, make_trial

KEY = jax.random.key(0)
SCALE = jnp.float32(1.0)
CHAIN = ("encode", "dac", "driver", "bias_drift", "mach_zehnder", "photodiode", "tia", "filter", "adc", "decode")
NOISY = {
    "photodiode": {"shot_noise": "on", "rin": 1e-14},
    "tia": {"thermal_noise": "on"},
    "bias_drift": {"drift_rate": 0.1},
}
WITHOUT_JIT = jax.config.jax_disable_jit  # pyright: ignore[reportAttributeAccessIssue]  (JAX adds it at run time)


def seen(function, *arguments):
    """What a function answers, as values without jit and as shapes with it."""
    return function(*arguments) if WITHOUT_JIT else jax.eval_shape(function, *arguments)


def assert_alike(found, expected):
    """The same shapes and types, leaf by leaf."""
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype), f"{a.shape} {a.dtype} instead of {b.shape} {b.dtype}"


def measured(**values):
    return MeasuredCurve.from_measurement(make_measurement(), outside="hold", **values)


def device_answers(device):
    signal = jnp.linspace(-2.0, 2.0, 6).reshape(2, 3)
    assert_alike(seen(lambda u: device.respond(u), signal), signal)
    assert_alike(seen(lambda u: device.respond(u, key=KEY), signal), signal)
    assert_alike(seen(lambda key: device.advance(num_requests=6, key=key), KEY), device)


def rule_updates(name, error, readout="rate"):
    network, rule = (
        make_network(hidden=(4,), num_steps=1 if WITHOUT_JIT else 2, readout=readout),
        DISCRETE_RULES[name](error),
    )
    parameters = make_parameters(network)
    # Learned under the switch, weights have JAX's own type: what comes back has that of what went in.
    state = rule.init(KEY, network)
    device = make_device("sine_squared", {})

    def update(parameters, state):
        return rule.update(network, parameters, make_batch(network), device, state, key=KEY)

    result, after = seen(update, parameters, state)
    assert_alike(result.gradient, parameters)
    assert_alike(after, state)


def event_rule_updates(gradient):
    network = make_event_network(hidden=(4,))
    rule, parameters = Sfdfa(gradient=gradient), make_weights(network)
    events = first_spikes(make_pixels(network, 2), network.num_levels)
    batch = Batch(events, lambda outputs: SpikeCount().of_samples(outputs, jnp.arange(2), 1.0), None, None)
    state = rule.init(KEY, network)
    result, _ = seen(
        lambda parameters, state: rule.update(network, parameters, batch, None, state, key=KEY), parameters, state
    )
    assert_alike(result.gradient, parameters)


def error_is_projected(kind, precision):
    projection = make_projection(kind, precision, {}).drawn(KEY, 8, 3, SCALE)
    error = jnp.ones((2, 3)) / 3.0
    assert_alike(seen(lambda error: projection.project(error, key=KEY), error), jnp.zeros((2, 8)))


def pixels_are_encoded(name):
    pixels = jnp.linspace(0.0, 1.0, 6, dtype=jnp.float32).reshape(2, 3)
    shown = seen(lambda step: ENCODINGS[name]().encode(pixels, step, 3, KEY), jnp.int32(1))
    assert_alike(shown, pixels)


def quantiles_of_numbers_as_they_come():
    shown = normal_quantile(jnp.asarray([-0.5, 0.0, 0.5]))  # of JAX's own type under the switch
    np.testing.assert_allclose(shown, [-0.6744898, 0.0, 0.6744898], atol=1e-5)  # the quartiles


def networks_learn_for_an_epoch():
    trial = make_trial(
        "adfa", device=make_cascade(("encode", "curve"), {"curve": {"outside": "hold"}}, measurement=make_measurement())
    )
    population, _ = Trainer(1).fit([trial], make_keys(1), make_data(16), make_splits(1, range(8), range(8, 16)), 1)
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(population.states.parameters))


def checks():
    """(name, function, arguments) of everything that is looked at."""
    for preset in PRESETS:
        yield f"preset {preset}", lambda preset=preset: device_answers(make_device(preset, {}, key=KEY)), ()
    yield "noisy chain", lambda: device_answers(make_cascade(CHAIN, NOISY)), ()
    for branch in ("rising", "random"):
        yield f"measured, {branch}", lambda branch=branch: device_answers(measured(branch=branch, noise_scale=1.0)), ()
    for name in DISCRETE_RULES:
        for error in RULE_ERRORS[name][: 1 if WITHOUT_JIT else None]:
            yield f"{name}, {error}", rule_updates, (name, error)
    for readout in ("membrane", "count"):
        yield f"readout {readout}", rule_updates, ("bptt", "final", readout)
    for gradient in () if WITHOUT_JIT else GRADIENTS:  # step by step, one update takes half a minute
        yield f"sfdfa, {gradient}", event_rule_updates, (gradient,)
    for kind in PROJECTIONS:
        for precision in PRECISIONS:
            yield f"{kind}, {precision}", error_is_projected, (kind, precision)
    for name in ("direct", "rate", "latency"):
        yield f"encoding {name}", pixels_are_encoded, (name,)
    yield "quantiles", quantiles_of_numbers_as_they_come, ()
    yield "an epoch", networks_learn_for_an_epoch, ()


def main():
    """Look at everything; an exception is what is looked for, so each is noted."""
    mistakes = {}
    names = []
    for name, function, arguments in checks():
        names.append(name)
        try:
            function(*arguments)
        except Exception as error:
            mistakes[name] = f"{type(error).__name__}: {str(error)[:300]}"
    drives = np.linspace(-5.0, 5.0, 41)[::8]
    answers = np.asarray(measured(branch="rising").respond(jnp.array(drives)), dtype=float).tolist()
    wide = bool(jnp.zeros(()).dtype == jnp.float64)
    print(json.dumps({"wide": wide, "mistakes": mistakes, "looked_at": len(names), "answers": answers}))


if __name__ == "__main__":
    main()
