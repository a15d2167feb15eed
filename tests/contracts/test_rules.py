"""What every registered learning rule promises: a new one is tested the moment it is registered."""

from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices import AbstractDevice
from physdfa.network import NetworkParameters, SpikingNetwork
from physdfa.neurons import Alif, CubaLif
from physdfa.parts import ParameterValue, parameter
from physdfa.rules import ERRORS, AbstractRule, Batch, Eprop, Ottt, RuleState, SparseDfa
from tests.rules.all_rules import DISCRETE_RULES, RULE_ERRORS
from tests.rules.networks import make_batch, make_network, make_parameters

KEY = jax.random.key(7)
MAKERS = {
    **DISCRETE_RULES,
    "sparse_dfa with a device": partial(SparseDfa, local_factor="device"),
    "eprop with a device": partial(Eprop, local_factor="device"),
    "ottt with a device": partial(Ottt, local_factor="device", through="direct"),
}
NAMES = sorted(MAKERS)
ERRORS_OF = {name: RULE_ERRORS[name.split()[0]] for name in NAMES}
CASES = [(rule, error, coding) for rule in NAMES for error in ERRORS_OF[rule] for coding in ("direct", "spikes")]
NEURONS = {"cuba_lif": CubaLif(0.8, decay_syn=0.5), "alif": Alif(0.8, threshold_rise=0.5)}
RECURRENT = [
    (rule, ERRORS_OF[rule][0], ("direct", "spikes")[(n + k) % 2], neuron)
    for n, rule in enumerate(name for name in NAMES if name != "st_dfa")
    for k, neuron in enumerate(("lif", *NEURONS))
]
"""Rules in recurrent networks of each neuron, with one coding and then the other."""
FIRST = [(rule, ERRORS_OF[rule][0]) for rule in NAMES]
DRAWS_NOTHING = {"bptt", "readout_only", "fdfa", "sign_concordant", "ottt"}
"""Rules whose first feedback is none, zero, or made of the weights."""
DRAWS_IN_UPDATES = {"adfa", "fdfa", "sparse_dfa with a device", "eprop with a device", "ottt with a device"}
"""Rules that need the key of an update: for the noise of a device, for perturbations."""
EVERY_RULE = pytest.mark.parametrize(
    "case",
    [
        *(pytest.param(case, id="-".join(case)) for case in CASES),
        *(
            pytest.param(case, id="-".join([*case, "recurrent"]), marks=() if n % 3 == n // 3 % 3 else pytest.mark.slow)
            for n, case in enumerate(RECURRENT)
        ),
    ],
)


class NoisyGain(AbstractDevice):
    """g(u) = gain * u + n, n in 0 ... 1 the same for all neurons: an ignored key or device would show."""

    gain: ParameterValue = parameter(default=1.0, unit="", typical=(-2.0, 2.0), meaning="slope")

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The noisy response."""
        # straight from the key's bits: a real draw would double the time to compile
        noise = 0.0 if key is None else jax.random.key_data(key)[1].astype(jnp.float32) / 2.0**32
        return self.gain * signal + noise

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Unlimited."""
        return jnp.asarray(-jnp.inf), jnp.asarray(jnp.inf)


class Case(NamedTuple):
    rule: AbstractRule
    network: SpikingNetwork
    parameters: NetworkParameters
    batch: Batch
    state: RuleState


@cache
def make_case(case: tuple[str, ...]) -> Case:
    name, error, coding, *neuron = case
    network = make_network(hidden=(6, 5), num_steps=2, recurrent=bool(neuron))
    network = replace(network, neuron=NEURONS.get(case[-1], network.neuron))
    rule = MAKERS[name](error)
    state = rule.init(KEY, network)
    return Case(rule, network, make_parameters(network), make_batch(network, static=coding == "direct"), state)


def updater(case):
    """(device, key) -> (update, state) of the case; its network is built here, outside of any tracing."""
    rule, network, parameters, batch, state = make_case(case)
    return lambda device, key: rule.update(network, parameters, batch, device, state, key=key)


@cache
def compiled(case):
    return jax.jit(updater(case))


def same(left, right) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True))


@EVERY_RULE
def test_the_gradient_is_finite_and_has_structure_and_shapes_of_the_parameters(case):
    result, _ = compiled(case)(NoisyGain(), KEY)
    parameters = make_case(case).parameters
    assert jax.tree.structure(result.gradient) == jax.tree.structure(parameters)
    for slope, value in zip(jax.tree.leaves(result.gradient), jax.tree.leaves(parameters), strict=True):
        assert (slope.shape, slope.dtype) == (value.shape, value.dtype)
    assert all(np.all(np.isfinite(leaf)) for leaf in jax.tree.leaves(result))
    assert np.any(result.gradient.weights[-1])  # whatever the rule: the output layer learns


@EVERY_RULE
def test_outputs_and_firing_rates_have_one_entry_per_sample_and_layer(case):
    result, _ = compiled(case)(NoisyGain(), KEY)
    assert result.outputs.shape == (5, 3)
    assert result.firing_rate.shape == (2,)
    assert np.all((result.firing_rate >= 0) & (result.firing_rate <= 1))


@EVERY_RULE
def test_the_state_keeps_its_structure_and_shapes(case):
    _, state = compiled(case)(NoisyGain(), KEY)
    before = make_case(case).state
    assert jax.tree.structure(state) == jax.tree.structure(before)
    assert [leaf.shape for leaf in jax.tree.leaves(state)] == [leaf.shape for leaf in jax.tree.leaves(before)]


@EVERY_RULE
def test_the_same_key_gives_the_same_answer_and_only_a_rule_that_draws_sees_another(case):
    program = compiled(case)
    first, again, other = (program(NoisyGain(), key) for key in (KEY, KEY, jax.random.key(8)))
    assert same(first, again)
    assert same(first, other) == (case[0] not in DRAWS_IN_UPDATES)


@pytest.mark.parametrize(
    "case",
    [
        *((*first, "direct") for first in FIRST),
        ("adfa", "online", "spikes"),
        ("adfa", "final", "direct", "cuba_lif"),
        ("eprop with a device", "online", "spikes", "alif"),
    ],
)
def test_a_population_of_devices_compiles_once_and_each_member_learns_as_it_does_alone(case):
    traces, update = 0, updater(case)

    def one(device):
        nonlocal traces
        traces += 1
        return update(device, KEY)[0]

    population = jax.jit(jax.vmap(one))
    for gains in ([0.5, -1.0], [2.0, 0.1]):
        together = population(NoisyGain(jnp.array(gains)))
        for n, gain in enumerate(gains):
            alone, _ = compiled(case)(NoisyGain(jnp.asarray(gain)), KEY)
            for a, b in zip(jax.tree.leaves(together), jax.tree.leaves(alone), strict=True):
                np.testing.assert_allclose(a[n], b, rtol=1e-4, atol=1e-6)
    assert traces == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_same_choice_is_the_same_rule_so_that_it_shares_a_program(name):
    made = [MAKERS[name](error) for error in ERRORS_OF[name]]
    again = [MAKERS[name](error) for error in ERRORS_OF[name]]
    assert [jax.tree.structure(rule) for rule in made] == [jax.tree.structure(rule) for rule in again]
    assert len(set(map(id, made))) == len(made)
    assert {rule.name for rule in made} == {name.split()[0]}
    assert tuple(rule.error for rule in made) == ERRORS_OF[name]


@pytest.mark.parametrize(("name", "error"), FIRST)
def test_the_initial_state_is_drawn_from_its_key(name, error):
    network = make_network(hidden=(6, 5))
    states = [MAKERS[name](error).init(jax.random.key(k), network) for k in (0, 0, 1)]
    assert same(states[0], states[1])
    assert same(states[0], states[2]) == (name in DRAWS_NOTHING)


@pytest.mark.parametrize("name", NAMES)
def test_an_unknown_error_is_refused_with_the_known_ones(name):
    with pytest.raises(ValueError, match=rf"one of {', '.join(ERRORS_OF[name])}; got 'finale'"):
        MAKERS[name]("finale")


@pytest.mark.parametrize(
    ("name", "error"), [(name, error) for name in NAMES for error in ERRORS if error not in ERRORS_OF[name]]
)
def test_an_error_that_a_rule_cannot_take_is_refused_with_the_one_that_it_can(name, error):
    with pytest.raises(ValueError, match=rf"must be one of {ERRORS_OF[name][0]}; got '{error}'"):
        MAKERS[name](error)
