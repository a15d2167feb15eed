"""Every rule under every rest after a spike, against float64 NumPy that stores all states and shares nothing."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import SineSquared, make_cascade
from physdfa.network import SpikingNetwork
from physdfa.rules import Adfa, Eprop, Ottt, SparseDfa
from physdfa.rules.fdfa import response as fdfa_response
from physdfa.tuning import TUNED_FOR
from tests.rules import naive
from tests.rules.all_rules import DISCRETE_RULES, RULE_ERRORS
from tests.rules.networks import make_batch, make_network, make_parameters
from tests.rules.updates import KEY, updated

HALF_PERIOD = 3.0
SYMMETRIC = Eprop(symmetric=True)
MAKERS = {
    **DISCRETE_RULES,
    "sparse_dfa with a device": partial(SparseDfa, local_factor="device"),
    "symmetric eprop": lambda error: SYMMETRIC,
    "ottt with a device": partial(Ottt, local_factor="device", through="direct"),
}
RULE_CASES = [(name, error) for name in MAKERS for error in RULE_ERRORS[name.removeprefix("symmetric ").split()[0]]]
RESTS = (0, 1, 2, 3)
HIDDEN = ((6,), (6, 6))
CODINGS = {True: "direct", False: "spikes"}
READOUTS = (("rate", "mean"), ("membrane", "mean"), ("membrane", "last"), ("count", "mean"))
RESETS = ("zero", "subtract")


def every_case():
    """Every rule, rest, readout and reset, depth and coding in turn; quick: each rule with a short and a long rest."""
    for (n, rule), rest, (m, readout), (k, reset) in product(
        enumerate(RULE_CASES), RESTS, enumerate(READOUTS), enumerate(RESETS)
    ):
        hidden, is_static = HIDDEN[(n // 2 + m + rest // 2) % 2], (n + n // 8 + m // 2 + k + rest) % 2 == 0
        is_quick = rest in (1 + n % 2, 3) and m == (n + rest) % 4 and k == (n // 4 + rest) % 2
        name = "-".join([*rule, f"rest {rest}", *readout, reset, f"{len(hidden)} hidden", CODINGS[is_static]])
        yield pytest.param(
            rule, rest, readout, reset, hidden, is_static, id=name, marks=() if is_quick else pytest.mark.slow
        )


def make_resting_network(rest, readout=("rate", "mean"), reset="zero", hidden=(6,), **choices) -> SpikingNetwork:
    """Few neurons, all of which fire now and then; spiking outputs rest as hidden neurons do."""
    name, reduction = readout
    nominal = dict(num_steps=6, inputs=6, surrogate="fast_sigmoid") | choices
    network = make_network(
        hidden=hidden, reset=reset, refractory_steps=rest, readout=name, reduction=reduction, **nominal
    )
    return replace(network, readout=replace(network.readout, neuron=network.neuron)) if name == "count" else network


def naive_run(network, parameters, batch) -> naive.Run:
    inputs = np.stack([np.asarray(batch.stimulus.at(jnp.int32(step))) for step in range(network.num_steps)])
    return naive.run(network, parameters, inputs, np.asarray(batch.labels))


def sine_squared(layer: naive.Layer) -> np.ndarray:
    """g(u) = sin^2(pi u / (2 half_period))."""
    return np.sin(np.pi * layer.potential / (2 * HALF_PERIOD)) ** 2


def derivative(layer: naive.Layer) -> np.ndarray:
    return naive.slope(layer.neuron, layer.potential)


def box(layer: naive.Layer) -> np.ndarray:
    return naive.slope(layer.neuron, layer.potential, "rectangle")


def expected(name: str, error: str, net: naive.Run, feedback: list[np.ndarray]) -> list:
    """The gradient of each layer by the words of its rule; `feedback` is what the rule drew or learned."""
    classes = net.final.shape[1]
    paths = [weight.T for weight in net.weights[1:]]
    for layer in reversed(range(len(paths) - 1)):
        paths[layer] = paths[layer] @ paths[layer + 1]
    signs = [np.sign(path) / np.sqrt(classes) for path in paths]
    direct: Callable[..., list] = partial(naive.direct, net, error)
    return {
        "bptt": lambda: naive.bptt(net, error),
        "dfa": lambda: direct(feedback, derivative),
        "fdfa": lambda: direct(feedback, derivative),
        "sparse_dfa": lambda: direct(feedback, derivative),
        "adfa": lambda: direct(feedback, sine_squared),
        "sparse_dfa with a device": lambda: direct(feedback, sine_squared),
        "erbp": lambda: direct(feedback, box),
        "readout_only": lambda: direct([0 * path for path in paths], derivative),
        "drtp": lambda: direct(feedback, derivative, teaching=-np.eye(classes)[net.labels]),
        "sign_concordant": lambda: direct(signs, derivative),
        "eprop": lambda: naive.eprop(net, error, feedback),
        "symmetric eprop": lambda: naive.eprop(net, error, paths),
        "ottt": lambda: naive.ottt(net, [layer.derivative() for layer in net.hidden]),
        "ottt with a device": lambda: naive.ottt(
            net, [layer.awake * sine_squared(layer) for layer in net.hidden], feedback
        ),
        "st_dfa": lambda: naive.st_dfa(net, error, feedback),
    }[name]()


def assert_equal(gradient, wanted, *, tolerance=2e-5) -> None:
    for n, layer in enumerate(wanted):
        for found, value in zip((gradient.weights[n], gradient.biases[n]), layer, strict=True):
            np.testing.assert_allclose(found, value, rtol=0, atol=tolerance * np.max(np.abs(value)) + 1e-12)


@pytest.mark.parametrize(("rule", "rest", "readout", "reset", "hidden", "static"), list(every_case()))
def test_the_update_is_that_of_all_stored_states(rule, rest, readout, reset, hidden, static):
    name, error = rule
    network = make_resting_network(rest, readout, reset, hidden)
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    chosen = MAKERS[name](error)
    state = chosen.init(KEY, network)
    update, state = updated(chosen, network, parameters, batch, state, SineSquared(HALF_PERIOD))
    net = naive_run(network, parameters, batch)
    assert all(np.any(layer.spikes) for layer in net.hidden)
    feedback = [np.asarray(one.arrays()["matrix"], float) for one in state.feedback]
    np.testing.assert_allclose(update.outputs, net.final if error == "final" else net.online[-1], atol=1e-5)
    assert_equal(update.gradient, expected(name, error, net, feedback))
    assert np.any(update.gradient.weights[0]) == (name != "readout_only")


@pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])
@pytest.mark.parametrize("rule", [("adfa", "final"), ("dfa", "online"), ("st_dfa", "final")], ids="-".join)
def test_in_one_kernel_as_on_an_accelerator_the_update_is_the_same(rule, static, monkeypatch):
    monkeypatch.setenv(TUNED_FOR, "accelerator")
    test_the_update_is_that_of_all_stored_states(rule, 0, ("count", "mean"), "subtract", (6, 6), static)


@pytest.mark.parametrize("readout", [("membrane", "mean"), ("count", "mean")], ids="-".join)
def test_what_teaches_learned_feedback_goes_through_no_neuron_at_rest(readout):
    network = make_resting_network(2, readout, "subtract", (6, 6))
    parameters, batch = make_parameters(network), make_batch(network)
    nudges = tuple(jax.random.normal(jax.random.key(seed), (5, 6)) for seed in (3, 4))
    found = jax.jit(lambda p: fdfa_response(network, p, batch, nudges))(parameters)
    wanted = naive.response(naive_run(network, parameters, batch), [np.asarray(nudge, float) for nudge in nudges])
    np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-5 * np.max(np.abs(wanted)))


@pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])
def test_a_device_that_mixes_neurons_is_asked_at_every_step_and_those_at_rest_take_nothing_of_it(static):
    # What follows the modulator is affine, and answers the mean over time where no neuron rests.
    chain = ("encode", "mach_zehnder", "photodiode", "tia", "filter", "decode")
    device = make_cascade(chain, {"filter.bandwidth": 2e8, "drive_gain": 2.0, "v_bias": 1.0})
    network = make_resting_network(2, hidden=(9,))
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    state = Adfa().init(KEY, network)
    update, _ = updated(Adfa(), network, parameters, batch, state, device)
    feedback = [np.asarray(state.feedback[0].arrays()["matrix"], float)]

    def response(layer):
        return np.stack([device.respond(jnp.asarray(u, jnp.float32)) for u in layer.potential]).astype(float)

    assert_equal(update.gradient, naive.direct(naive_run(network, parameters, batch), "final", feedback, response))


@pytest.mark.parametrize("rest", [2, 3])
def test_symmetric_eprop_without_memory_is_bptt_whatever_the_rest(rest):
    network = make_resting_network(rest, decay_mem=0.0)
    parameters, batch = make_parameters(network), make_batch(network)
    update, _ = updated(SYMMETRIC, network, parameters, batch)
    assert_equal(update.gradient, naive.bptt(naive_run(network, parameters, batch), "online"))
