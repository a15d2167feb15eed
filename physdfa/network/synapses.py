"""What a synapse still shows of its inputs: the presynaptic factor of neurons whose synaptic current has a memory.

    i_t = W z_t + k_t b,   z_t = decay_syn z_{t-1} + s_t,   k_t = decay_syn k_{t-1} + 1

so that di_t/dW is z_t and di_t/db is k_t. What a layer shows is the mean m_t = z_t / k_t, a constant input as it is,
and its local factors are multiplied by k_t: an update is then one product, biases included, as without a memory.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.arrays import Scalar
from physdfa.neurons import AbstractNeuron


def synaptic_shares(neuron: AbstractNeuron, num_steps: int) -> Float[Array, " time"] | None:
    """k_t of all steps; None for neurons on which an input acts at once."""
    decay = neuron.synaptic_decay
    return None if decay is None else jnp.cumsum(decay ** jnp.arange(num_steps, dtype=jnp.float32))


def followed(
    mean: Float[Array, "*batch pre"], inputs: Float[Array, "*batch pre"], share: Scalar
) -> Float[Array, "*batch pre"]:
    """m_t = m_{t-1} + (s_t - m_{t-1}) / k_t, as decay_syn k_{t-1} = k_t - 1."""
    return mean + (inputs - mean) / share


def synaptic_means(
    shares: Float[Array, " time"] | None, inputs: Float[Array, "time batch pre"]
) -> Float[Array, "time batch pre"]:
    """m_t of the inputs of all steps; the inputs as they are, where they act at once."""
    if shares is None:
        return inputs

    def step(mean, entering):
        mean = followed(mean, *entering)
        return mean, mean

    return jax.lax.scan(step, jnp.zeros_like(inputs[0]), (inputs, shares))[1]
