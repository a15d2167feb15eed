"""Surrogate-gradient backpropagation through time: the reference that the physical rules are measured against."""

from collections.abc import Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.network import (
    UNROLL_STEPS,
    NetworkParameters,
    SpikingNetwork,
    affine,
    first_layer,
    forward,
    mean_rates,
    run,
)
from physdfa.rules.base import AbstractRule, Batch, RuleUpdate

Shown = tuple[Float[Array, "batch classes"], Float[Array, " layers"]]
"""Outputs and firing rates."""


class Bptt(AbstractRule):
    """Exact gradient through all layers, steps and resets, with the surrogate as the spike's derivative.

    `error`: "final" differentiates the loss at the end; "online" the mean of the losses of the output at every step.
    It needs every past state, so its memory grows with the number of steps.

    **Source:** Wu et al. (STBP, 2018); Neftci, Mostafa & Zenke, IEEE Signal Process. Mag. 36 (2019).
    """

    name: ClassVar[str] = "bptt"
    takes_convolutions: ClassVar[bool] = True
    takes_recurrence: ClassVar[bool] = True
    step_over_products: ClassVar[float] = 6.0

    @property
    def reads(self) -> frozenset[str]:
        """The whole surrogate derivative."""
        return frozenset({"surrogate", "surrogate_width"})

    def update(self, network, parameters, batch, device, state, /, *, key):
        """The gradient of the loss."""
        del device, key
        loss = _final_loss if self.error == "final" else _online_loss
        gradient, (outputs, rates) = jax.grad(loss, has_aux=True)(parameters, network, batch)
        return RuleUpdate(gradient, outputs, rates), state

    def kept_per_step(self, network: Any) -> float:
        """Spikes and potentials, of one step in each kernel: the others are computed anew."""
        own = sum(layer.post for layer in network.connections if layer.own is not None)
        return (2 * sum(network.layer_sizes[1:-1]) + own) / UNROLL_STEPS

    def floats_fed_back(self, network: Any, spikes: Sequence[float]) -> float:
        """Each connection behind a hidden layer once per step, recurrent ones but for the last step.

        The last one once only, where the readout is linear and its error the final one, the same for all steps.
        """
        del spikes
        *between, last = (float(layer.synapses) for layer in network.connections[1:])
        is_static = self.error == "final" and network.readout.is_linear
        own = (network.num_steps - 1) * sum(
            layer.own.synapses for layer in network.connections if layer.own is not None
        )
        return own + network.num_steps * sum(between) + last * (1 if is_static else network.num_steps)


def _final_loss(parameters: NetworkParameters, network: SpikingNetwork, batch: Batch) -> tuple[Float[Array, ""], Shown]:
    first = first_layer(network, parameters, batch.stimulus)
    result = forward(network, parameters, batch.stimulus, batch.masks, first=first)
    return jnp.mean(batch.objective(result.outputs)), (result.outputs, jnp.mean(result.firing_rate, axis=0))


def _online_loss(
    parameters: NetworkParameters, network: SpikingNetwork, batch: Batch
) -> tuple[Float[Array, ""], Shown]:
    readout, size = network.readout, jax.eval_shape(batch.stimulus.at, jnp.int32(0)).shape[0]

    def accumulate(kept, step, layers):
        counts, online = kept
        counts = tuple(count + layer.spikes for count, layer in zip(counts, layers, strict=True))
        current = affine(network, parameters, network.num_hidden, layers[-1].spikes)
        outputs, online = readout.step(current, online, step)
        return (counts, online), outputs

    zeros = tuple(jnp.zeros((size, neurons)) for neurons in network.layer_sizes[1:-1])
    start = (zeros, readout.initial_state((size, network.layer_sizes[-1])))
    first = first_layer(network, parameters, batch.stimulus)
    (counts, _), outputs = run(
        network, parameters, batch.stimulus, accumulate, start, batch.masks, first=first, saves_memory=True
    )
    losses = jax.vmap(batch.objective)(outputs)
    return jnp.mean(losses), (outputs[-1], mean_rates(counts, network.num_steps))
