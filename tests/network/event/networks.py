"""Small event networks with nominal values, so that a test states only what matters to it."""

import jax
import jax.numpy as jnp

from physdfa.data.events import EventBatch
from physdfa.network import NetworkParameters
from physdfa.network.event import EventNetwork, join_blocks
from physdfa.neurons.event_lif import EventLif


def make_event_network(
    *, inputs=8, hidden=(6,), classes=3, levels=50, steps=100, threshold=0.05, output_threshold=0.05, **values
) -> EventNetwork:
    return EventNetwork(
        (inputs, *hidden, classes),
        EventLif(0.125, threshold),
        EventLif(0.125, output_threshold),
        levels,
        steps,
        **values,
    )


def make_weights(network: EventNetwork, seed: int = 0, low: float = -0.6, high: float = 1.0) -> NetworkParameters:
    """Uniform weights with more excitation than inhibition, so that small networks fire."""
    drawn = network.initial_parameters(jax.random.key(seed))
    weights = tuple(low + (high - low) * (weight + 1) / 2 for weight in drawn.weights)
    return NetworkParameters(weights, drawn.biases)


@jax.jit
def run_network(network: EventNetwork, parameters: NetworkParameters, events: EventBatch, perturbations=None):
    """All spikes of a presentation, without blocks; compiled once per shape."""
    shown = network.run(parameters, events, perturbations)
    return shown._replace(layers=jax.tree.map(join_blocks, shown.layers))


def make_pixels(network: EventNetwork, batch: int = 4, seed: int = 1):
    """Values on the 50-level grid, a fifth of them 0: silent inputs."""
    values = jnp.round(jax.random.uniform(jax.random.key(seed), (batch, network.layer_sizes[0])) * 50) / 50
    return jnp.where(values < 0.2, 0.0, values)
