"""Rules on neurons with a synaptic current and an adaptive threshold: where they must be the exact gradient."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.data import Direct
from physdfa.devices import AbstractDevice
from physdfa.errors import InputError
from physdfa.feedback import TransposedProjection
from physdfa.network import affine
from physdfa.neurons import AbstractNeuron, Alif, CubaLif
from physdfa.rules import RULES, Bptt, Dfa, Eprop, StDfa
from physdfa.training import Trial
from tests.rules.networks import make_batch, make_network, make_parameters
from tests.rules.updates import assert_same, gradient_of

SYMMETRIC = Eprop(symmetric=True)
NEURONS = {"cuba_lif": CubaLif, "alif": Alif}
EITHER = pytest.mark.parametrize("name", NEURONS)
CODINGS = pytest.mark.parametrize("static", [True, False], ids=["direct", "spikes"])


def make(name: str, *, decay_mem=0.0, static=True, masks=None, **choices):
    network = make_network(decay_mem=decay_mem, hidden=(12,), **choices)
    like = network.neuron
    extra = {"decay_syn": 0.6} if name == "cuba_lif" else {"threshold_rise": 0.6, "decay_adaptation": 0.7}
    neuron = NEURONS[name](decay_mem, 1.0, reset=like.reset, refractory_steps=like.refractory_steps, **extra)
    network = replace(network, neuron=neuron)
    return network, make_parameters(network), make_batch(network, static=static, masks=masks)


@EITHER
@pytest.mark.parametrize(("static", "rest"), [(True, 0), (False, 0), (False, 2)])
def test_symmetric_eprop_without_a_memory_of_the_membrane_is_bptt(name, static, rest):
    case = make(name, static=static, refractory_steps=rest)
    assert_same(gradient_of(SYMMETRIC, *case), gradient_of(Bptt("online"), *case))


def test_scaling_dropout_multiplies_what_a_spike_is_taught_and_not_what_its_threshold_remembers():
    masks = (2.0 * (jnp.arange(12) % 2)[None] * jnp.ones((5, 1)),)
    found, exact = (gradient_of(rule, *make("alif", masks=masks)).weights[0] for rule in (SYMMETRIC, Bptt("online")))
    np.testing.assert_allclose(found, exact, atol=2e-5 * np.max(np.abs(exact)))


def loss_without_resets(network, parameters, batch):
    """As the equations stand, but for the derivative through resets by subtraction."""
    neuron, zeros = network.neuron, jnp.zeros((5, network.layer_sizes[1]))
    current, residue, risen, total, losses = zeros, zeros, zeros, jnp.zeros((5, 3)), []
    for step in range(network.num_steps):
        arriving = affine(network, parameters, 0, network.input_scale * batch.stimulus.at(jnp.int32(step)))
        current = getattr(neuron, "decay_syn", 0.0) * current + arriving
        potential = residue + current
        distance = potential - getattr(neuron, "threshold_rise", 0.0) * risen - neuron.threshold
        soft = neuron.surrogate_derivative(jax.lax.stop_gradient(distance + neuron.threshold)) * distance
        spikes = jax.lax.stop_gradient((distance >= 0).astype(jnp.float32) - soft) + soft
        residue = neuron.decay_mem * potential - neuron.threshold * jax.lax.stop_gradient(spikes)
        risen = getattr(neuron, "decay_adaptation", 0.0) * risen + spikes
        total = total + affine(network, parameters, 1, spikes)
        losses.append(jnp.mean(batch.objective(total / (step + 1))))
    return jnp.mean(jnp.stack(losses))


@EITHER
@CODINGS
def test_symmetric_eprop_is_the_gradient_but_for_its_way_through_the_resets(name, static):
    network, parameters, batch = make(name, decay_mem=0.8, reset="subtract", static=static)
    exact = jax.jit(jax.grad(lambda p: loss_without_resets(network, p, batch)))(parameters)
    assert_same(gradient_of(SYMMETRIC, network, parameters, batch), exact)


@CODINGS
def test_dfa_takes_what_is_left_of_inputs_in_the_synapses(static):
    # with the transposed weights as feedback it is then the exact gradient of a membrane without a memory
    case = make("cuba_lif", static=static)
    assert_same(gradient_of(Dfa(feedback=TransposedProjection()), *case), gradient_of(Bptt(), *case))


def test_online_dfa_is_eprop_where_neither_membrane_nor_readout_remembers():
    case = make("cuba_lif", readout="membrane", readout_decay=0.0, static=False)
    assert_same(gradient_of(Eprop(), *case), gradient_of(Dfa("online"), *case))


class Derivative(AbstractDevice):
    """The surrogate derivative of the neurons as a device."""

    neuron: AbstractNeuron

    def respond(self, signal, *, key=None):
        del key
        return self.neuron.surrogate_derivative(signal)


@EITHER
def test_eprop_with_the_surrogate_as_device_is_eprop(name):
    network, parameters, batch = make(name, decay_mem=0.8)
    rule = Eprop(local_factor="device")
    found = gradient_of(rule, network, parameters, batch, device=Derivative(network.neuron))
    assert_same(found, gradient_of(Eprop(), network, parameters, batch), tolerance=1e-6)
    assert rule.needs_device
    assert not rule.reads


@EITHER
def test_a_rule_for_other_neurons_says_so(name):
    assert {rule for rule, made in RULES.items() if not issubclass(NEURONS[name], made.neurons)} == {"st_dfa"}
    with pytest.raises(InputError, match=f"'st_dfa' use the numbers of Lif neurons, not of {NEURONS[name].__name__}"):
        Trial(make(name)[0], StDfa(), Direct())
