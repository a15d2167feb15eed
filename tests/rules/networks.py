"""Small networks and batches with nominal values, so that a test states only what matters to it."""

import jax
import jax.numpy as jnp

from physdfa.network import READOUTS, AbstractReadout, NetworkParameters, SpikingNetwork, Stimulus
from physdfa.neurons import Lif
from physdfa.parts import declarations
from physdfa.rules import Batch
from physdfa.training.losses import CrossEntropy


def make_network(
    *,
    hidden=(12,),
    num_steps=6,
    decay_mem=0.8,
    reset="zero",
    readout="rate",
    readout_decay=0.7,
    reduction="mean",
    inputs=7,
    classes=3,
    refractory_steps=0,
    surrogate="triangle",
    recurrent=False,
) -> SpikingNetwork:
    neuron = Lif(decay_mem, 1.0, reset=reset, refractory_steps=refractory_steps, surrogate=surrogate)
    output = make_readout(readout, readout_decay, reduction)
    return SpikingNetwork(
        (inputs, *hidden, classes),
        neuron,
        output,
        num_steps,
        input_scale=1.3,
        weight_scale=2.0,
        recurrent=recurrent,
    )


def make_readout(name: str, decay: float = 0.7, reduction: str = "mean") -> AbstractReadout:
    given = {"readout_decay": decay, "membrane_reduction": reduction}
    own = declarations(READOUTS[name])
    return READOUTS[name](**{key: value for key, value in given.items() if key in own})


def make_parameters(network: SpikingNetwork, seed: int = 0) -> NetworkParameters:
    parameters = network.initial_parameters(jax.random.key(seed))
    biases = tuple(
        0.1 * jax.random.normal(jax.random.key(seed + 10 + n), bias.shape) for n, bias in enumerate(parameters.biases)
    )
    return NetworkParameters(parameters.weights, biases)


def make_values(network: SpikingNetwork, batch: int = 5, seed: int = 1):
    return jax.random.uniform(jax.random.key(seed), (batch, network.layer_sizes[0]))


def make_batch(network: SpikingNetwork, *, static: bool = True, masks=None, batch: int = 5) -> Batch:
    values = make_values(network, batch)
    labels = jnp.arange(batch) % network.layer_sizes[-1]
    key = jax.random.key(2)

    def at(step):
        if static:
            return values
        return jax.random.bernoulli(jax.random.fold_in(key, step), values).astype(jnp.float32)

    return Batch(
        Stimulus(static, at), lambda outputs: CrossEntropy().of_samples(outputs, labels, 1.0), masks, labels=labels
    )
