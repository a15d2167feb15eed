"""Surrogate-gradient backpropagation through time: the reference that the physical rules are measured against."""

from functools import cache

import jax
import jax.numpy as jnp

from physdfa.errors import InputError, unknown_name
from physdfa.network import affine, first_layer, forward, mean_rates, run
from physdfa.rules.base import ERRORS, LearningRule, RuleState, RuleUpdate


@cache
def bptt(error: str = "final") -> LearningRule:
    """Exact gradient through all layers, steps and resets, with the surrogate as the spike's derivative.

    `error`: "final" differentiates the loss at the end; "online" the mean of the losses of the output at every step.
    It needs every past state, so its memory grows with the number of steps.

    **Raises:** `InputError` for another `error`.

    **Source:** Wu et al. (STBP, 2018); Neftci, Mostafa & Zenke, IEEE Signal Process. Mag. 36 (2019).
    """
    if error not in ERRORS:
        raise InputError(f"`error`: {unknown_name('error', error, ERRORS)}")

    def start(key, network, feedback_scale, feedback, /):
        del key, network, feedback_scale, feedback
        return RuleState(())

    def final_loss(parameters, network, batch):
        first = first_layer(network, parameters, batch.stimulus)
        result = forward(network, parameters, batch.stimulus, batch.masks, first=first)
        return jnp.mean(batch.objective(result.outputs)), (result.outputs, jnp.mean(result.firing_rate, axis=0))

    def online_loss(parameters, network, batch):
        readout, size = network.readout, jax.eval_shape(batch.stimulus.at, jnp.int32(0)).shape[0]

        def accumulate(kept, step, layers):
            counts, online = kept
            counts = tuple(count + layer.spikes for count, layer in zip(counts, layers, strict=True))
            current = affine(parameters, network.num_hidden, layers[-1].spikes)
            outputs, online = readout.online_output(online, current, step)
            return (counts, online), outputs

        zeros = tuple(jnp.zeros((size, neurons)) for neurons in network.layer_sizes[1:-1])
        start = (zeros, readout.online_state((size, network.layer_sizes[-1])))
        first = first_layer(network, parameters, batch.stimulus)
        (counts, _), outputs = run(
            network, parameters, batch.stimulus, accumulate, start, batch.masks, first=first, saves_memory=True
        )
        losses = jax.vmap(batch.objective)(outputs)
        return jnp.mean(losses), (outputs[-1], mean_rates(counts, network.num_steps))

    loss = final_loss if error == "final" else online_loss

    def update(network, parameters, batch, device, state, /, *, key):
        del device, key
        gradient, (outputs, rates) = jax.grad(loss, has_aux=True)(parameters, network, batch)
        return RuleUpdate(gradient, outputs, rates), state

    return LearningRule("bptt", start, update, error=error)
