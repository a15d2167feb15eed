"""Weights that a training sample changes: the writes that learning costs in hardware."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from physdfa.training import Data, TrainState, Trial, plain_batch


def weights_changed(
    trial: Trial, state: TrainState, data: Data, indices: Int[Array, " chosen"], key: PRNGKeyArray
) -> Float[Array, " layers"]:
    """Weights of each layer that one sample changes, as a mean over the samples; the output layer is last.

    A weight is changed where its gradient from that sample alone is not 0: for direct feedback where the input was
    active and the neuron's error times its local factor is not 0. Biases, dropout and shifts are left out.

    **Arguments:**

    - `state`: of the training, at any time; its device answers with noise where it has noise.
    - `indices`: rows of `data`, each a batch of its own.
    - `key`: of spikes that an encoding draws, and of the device's noise.
    """

    parameters = trial.forward_parameters(state.parameters)

    def of_sample(number_and_row):
        number, row = number_and_row
        own = jax.random.fold_in(key, number)
        batch = plain_batch(trial, data, row[None], own)
        update, _ = trial.rule.update(trial.network, parameters, batch, state.device, state.rule_state, key=own)
        return jnp.stack([jnp.sum(weight != 0, dtype=jnp.float32) for weight in update.gradient.weights])

    return jnp.mean(jax.lax.map(of_sample, (jnp.arange(len(indices)), indices)), axis=0)
