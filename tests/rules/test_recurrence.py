"""Rules in recurrent networks: against all stored states, against plain loops, and where they must be the gradient."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.data import Direct
from physdfa.devices import SineSquared
from physdfa.errors import InputError
from physdfa.feedback import TransposedProjection
from physdfa.network import NetworkParameters
from physdfa.neurons import Alif, CubaLif, Lif
from physdfa.rules import RULES, Adfa, Bptt, Dfa, Eprop, SparseDfa, StDfa
from physdfa.rules.fdfa import response as fdfa_response
from physdfa.training import Trial
from tests.rules import naive
from tests.rules.networks import make_batch, make_network, make_parameters
from tests.rules.test_against_naive import (
    HALF_PERIOD,
    MAKERS,
    READOUTS,
    RULE_CASES,
    assert_equal,
    expected,
    make_resting_network,
    naive_run,
)
from tests.rules.updates import assert_same, gradient_of, updated

SYMMETRIC = Eprop(symmetric=True)
NEURONS = {
    "lif": lambda decay, **same: Lif(decay, 1.0, **same),
    "cuba_lif": lambda decay, **same: CubaLif(decay, 1.0, decay_syn=0.6, **same),
    "alif": lambda decay, **same: Alif(decay, 1.0, threshold_rise=0.6, decay_adaptation=0.7, **same),
}
EVERY_NEURON = pytest.mark.parametrize("name", NEURONS)
CODINGS = pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])
IN_TURN = pytest.mark.parametrize(
    ("name", "static"),
    [
        pytest.param(name, static, marks=() if (n + static) % 2 else pytest.mark.slow)
        for n, name in enumerate(NEURONS)
        for static in (True, False)
    ],
)
TAKERS = [(name, error) for name, error in RULE_CASES if name != "st_dfa"]
QUICK = {("bptt", "final"), ("dfa", "final"), ("adfa", "online"), ("eprop", "online"), ("ottt", "online")}


def every_case():
    """Every rule with both codings, readouts and rests in turn; the second layer of two is not recurrent."""
    for n, (rule, (k, is_static)) in enumerate((rule, one) for rule in TAKERS for one in enumerate((True, False))):
        readout, rest, recurrent = READOUTS[n % 4], (0, 2, 1)[n % 3], ((True, False), (True, True))[n % 2]
        is_quick = rule in QUICK and k == len(rule[0]) % 2
        name = "-".join([*rule, *readout, f"rest {rest}", str(is_static)])
        marks = () if is_quick else pytest.mark.slow
        yield pytest.param(rule, readout, rest, recurrent, is_static, id=name, marks=marks)


def without_self(network, gradients):
    """The gradient of recurrent weights has none from a neuron to itself."""
    for layer, (weight, _) in zip(network.connections, gradients, strict=True):
        if layer.own is not None:
            np.fill_diagonal(weight[:, layer.pre :], 0.0)
    return gradients


@pytest.mark.parametrize(("rule", "readout", "rest", "recurrent", "static"), list(every_case()))
def test_the_update_is_that_of_all_stored_states(rule, readout, rest, recurrent, static):
    (name, error), network = rule, make_resting_network(rest, readout, hidden=(6, 5), recurrent=recurrent)
    parameters, batch = make_parameters(network), make_batch(network, static=static)
    chosen = MAKERS[name](error)
    update, state = updated(chosen, network, parameters, batch, device=SineSquared(HALF_PERIOD))
    net = naive_run(network, parameters, batch)
    assert all(np.any(layer.spikes[:-1]) for layer in net.hidden)
    feedback = [np.asarray(one.arrays()["matrix"], float) for one in state.feedback]
    np.testing.assert_allclose(update.outputs, net.final if error == "final" else net.online[-1], atol=1e-5)
    assert_equal(update.gradient, without_self(network, expected(name, error, net, feedback)))
    assert np.any(update.gradient.weights[0][:, 6:]) == (name != "readout_only")


def test_learned_feedback_is_taught_by_what_a_nudge_does_through_recurrent_weights_too():
    network = make_resting_network(1, ("membrane", "mean"), "subtract", (6, 6), recurrent=True)
    parameters, batch = make_parameters(network), make_batch(network)
    nudges = tuple(jax.random.normal(jax.random.key(seed), (5, 6)) for seed in (3, 4))
    found = jax.jit(lambda p: fdfa_response(network, p, batch, nudges))(parameters)
    wanted = naive.response(naive_run(network, parameters, batch), [np.asarray(nudge, float) for nudge in nudges])
    np.testing.assert_allclose(found, wanted, rtol=0, atol=2e-5 * np.max(np.abs(wanted)))


def make(name, *, decay_mem=0.0, static=True, own=1.0, hidden=(12,), **choices):
    """A recurrent network of such neurons, its recurrent weights times `own`."""
    network = make_network(decay_mem=decay_mem, hidden=hidden, recurrent=True, **({"num_steps": 4} | choices))
    network = replace(network, neuron=NEURONS[name](decay_mem, reset=network.neuron.reset), recurrent_scale=2.0 * own)
    return network, make_parameters(network), make_batch(network, static=static)


def plain_loss(network, parameters, batch, *, is_cut):
    """The mean of the losses of a running mean of spikes, step by step as the equations stand, with one hidden layer.

    `is_cut`: nothing goes back through the resets, nor through recurrent weights to the spikes that came in by them.
    """
    neuron, (hidden, outputs) = network.neuron, parameters.weights
    before, own = hidden[:, :7], hidden[:, 7:] * (1 - jnp.eye(12))
    cut = jax.lax.stop_gradient if is_cut else lambda values: values
    spikes = current = residue = risen = jnp.zeros((5, 12))
    total, losses = jnp.zeros((5, 3)), []
    for step in range(network.num_steps):
        arriving = network.input_scale * batch.stimulus.at(jnp.int32(step)) @ before.T + cut(spikes) @ own.T
        current = getattr(neuron, "decay_syn", 0.0) * current + arriving + parameters.biases[0][None]
        potential = residue + current
        distance = potential - getattr(neuron, "threshold_rise", 0.0) * risen - neuron.threshold
        slope = jax.lax.stop_gradient(jnp.maximum(0.0, 1.0 - jnp.abs(distance)))
        spikes = jax.lax.stop_gradient((distance >= 0) - slope * distance) + slope * distance
        if neuron.reset == "zero":
            residue = neuron.decay_mem * potential * (1 - cut(spikes))
        else:
            residue = neuron.decay_mem * potential - neuron.threshold * cut(spikes)
        risen = getattr(neuron, "decay_adaptation", 0.0) * risen + spikes
        total = total + spikes @ outputs.T + parameters.biases[1][None]
        losses.append(jnp.mean(batch.objective(total / (step + 1))))
    return jnp.mean(jnp.stack(losses))


def plain_gradient(network, parameters, batch, *, is_cut) -> NetworkParameters:
    return jax.jit(jax.grad(lambda p: plain_loss(network, p, batch, is_cut=is_cut)))(parameters)


@EVERY_NEURON
def test_bptt_is_the_derivative_of_a_plain_loop(name):
    case = make(name, decay_mem=0.8, static=name != "lif")
    found = gradient_of(Bptt("online"), *case)
    assert_same(found, plain_gradient(*case, is_cut=False))
    assert np.any(found.weights[0][:, 7:])


@IN_TURN
def test_symmetric_eprop_is_that_derivative_but_for_its_way_through_resets_and_recurrent_weights(name, static):
    case = make(name, decay_mem=0.8, reset="subtract", static=static)
    found, exact = gradient_of(SYMMETRIC, *case), plain_gradient(*case, is_cut=True)
    assert_same(found, exact)
    whole = gradient_of(Bptt("online"), *case).weights[0]
    assert float(jnp.max(jnp.abs(whole - exact.weights[0]))) > 1e-2 * float(jnp.max(jnp.abs(whole)))


@IN_TURN
def test_recurrent_weights_of_0_are_taught_by_symmetric_eprop_as_by_bptt(name, static):
    case = make(name, own=0.0, static=static)
    found = gradient_of(SYMMETRIC, *case)
    assert_same(found, gradient_of(Bptt("online"), *case))
    assert np.any(found.weights[0][:, 7:])


@EVERY_NEURON
def test_in_a_single_step_recurrent_weights_do_and_learn_nothing(name):
    network, parameters, batch = make(name, num_steps=1)
    plain = replace(network, recurrent=False)
    before = NetworkParameters((parameters.weights[0][:, :7], parameters.weights[1]), parameters.biases)
    for rule in (SYMMETRIC, Bptt("online")):
        found, wanted = gradient_of(rule, network, parameters, batch), gradient_of(rule, plain, before, batch)
        np.testing.assert_allclose(found.weights[0][:, :7], wanted.weights[0], atol=1e-7)
        assert not np.any(found.weights[0][:, 7:])
        assert np.any(wanted.weights[0])


@CODINGS
def test_dfa_takes_what_is_left_of_recurrent_inputs_in_the_synapses(static):
    # with the transposed weights as feedback and recurrent weights of 0 it is then the exact gradient
    case = make("cuba_lif", own=0.0, static=static)
    found = gradient_of(Dfa(feedback=TransposedProjection()), *case)
    assert_same(found, gradient_of(Bptt(), *case))


@EVERY_NEURON
def test_online_dfa_is_eprop_where_neither_membrane_nor_readout_remembers(name):
    case = make(name, readout="membrane", readout_decay=0.0, static=False)
    if name == "alif":
        case = replace(case[0], neuron=replace(case[0].neuron, threshold_rise=0.0)), *case[1:]
    assert_same(gradient_of(Eprop(), *case), gradient_of(Dfa("online"), *case))


@pytest.mark.parametrize("rule", [Bptt(), Adfa(), SYMMETRIC], ids=["bptt", "adfa", "eprop"])
def test_what_a_neuron_would_send_to_itself_changes_nothing(rule):
    network, parameters, batch = make("lif", decay_mem=0.8)
    to_itself = jnp.concatenate([jnp.zeros((12, 7)), 9.0 * jnp.eye(12)], axis=1)
    weights = (parameters.weights[0] + to_itself, parameters.weights[1])
    device = SineSquared(HALF_PERIOD)
    found, wanted = (
        gradient_of(rule, network, one, batch, device=device)
        for one in (parameters, parameters._replace(weights=weights))
    )
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.any(np.diag(found.weights[0][:, 7:]))


@pytest.mark.parametrize("error", ["final", "online"])
@CODINGS
def test_recurrent_weights_written_are_counted_with_the_others(error, static):
    network, parameters, batch = make("lif", decay_mem=0.8, static=static)
    rule = SparseDfa(error)
    update, state = updated(rule, network, parameters, batch)
    net = naive_run(network, parameters, batch)
    (layer,), written = net.hidden, 0.0
    teaching = net.error(net.final if error == "final" else net.online) @ np.asarray(state.feedback[0].matrix).T
    delta = layer.derivative() * teaching
    not_self = np.concatenate([np.ones((12, 7)), 1 - np.eye(12)], axis=1)
    if error == "final":
        writes, active = delta.sum(axis=0) != 0, (layer.presynaptic != 0).any(axis=0)
        written = np.einsum("bn,bi,ni->", writes, active, not_self)
    else:
        written = np.einsum("tbn,tbi,ni->", delta != 0, layer.presynaptic != 0, not_self)
    assert float(update.counts.weight_updates) == pytest.approx(written / 5)


def test_bptt_sends_back_over_each_recurrent_connection_at_every_step_but_the_last():
    plain, recurrent = (make_network(hidden=(6, 5), num_steps=4, recurrent=one) for one in (False, (True, False)))
    more = Bptt().floats_fed_back(recurrent, ()) - Bptt().floats_fed_back(plain, ())
    assert more == 3 * 6 * 5
    assert Adfa().floats_fed_back(recurrent, ()) == Adfa().floats_fed_back(plain, ())


def test_a_rule_without_an_update_for_recurrent_weights_says_so():
    assert {name for name, rule in RULES.items() if not rule.takes_recurrence} == {"st_dfa", "sfdfa"}
    with pytest.raises(
        InputError, match="the rule 'st_dfa' has no update for recurrent weights; leave `recurrent` out"
    ):
        Trial(make("lif")[0], StDfa(), Direct())
