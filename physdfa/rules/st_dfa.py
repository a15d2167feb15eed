"""Spike-train-level direct feedback alignment: one error per spike train, and what each input gave to it."""

from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from physdfa.network import (
    NetworkParameters,
    SpikingNetwork,
    affine,
    mean_rates,
    run,
    steps_per_kernel,
)
from physdfa.neurons import AbstractNeuron, Lif, where_awake
from physdfa.parts import option
from physdfa.rules.base import Batch, RuleUpdate, output_error
from physdfa.rules.direct_feedback import AbstractRandomFeedback
from physdfa.rules.factors import (
    LayerGradient,
    added,
    network_gradient,
    outer_sum,
    projected_error,
    zero_gradient,
)
from physdfa.rules.traces import decay_of


class Trains(NamedTuple):
    """Each hidden layer at one step, or at all along a leading axis: which neurons `fired`, and which are `resting`."""

    fired: list[Bool[Array, "*time batch _"]]
    resting: list[Bool[Array, "*time batch _"] | None]


class StDfa(AbstractRandomFeedback):
    """gradient_ij = (1/batch) (c/threshold) (e B^T)_i E_ij

    c is the mean over the steps of the readout's weights, 1/T for `rate`. E_ij, the effect of the train of input j on
    the train of neuron i (the paper's spike-train-level postsynaptic potential), is what is left of the spikes of j
    whenever i fires, beginning anew at each spike of i, and after its rest where it has one:

        E_ij = sum over the spikes t of i, sum over steps k after its spike before, up to t, of decay_mem^(t-k) s_j,k

    The weighted effects add up to the potentials at the spikes of i (reset to zero), so about threshold times their
    number: the count of i has the derivative E_ij / threshold by w_ij. No surrogate derivative is needed; a neuron that
    is silent for a sample learns nothing from it, and one that fires at nearly every step is taken to have more to
    give: the steps must be fine enough for counts to grow with the weights. The output layer has its exact error.

    E = sum_k r_i,k s_j,k with r_k = 1 where i fires, 0 where it rests, else decay_mem r_{k+1}: one pass back over the
    spike trains, which are kept with one byte per neuron and step (two with rests), serves all synapses. Without memory
    (decay_mem = 0) this is `adfa` whose device is a step of height 1/threshold at the threshold.

    The error is the final one: a spike train is known at its end.

    **Source:** Lee, Zhang, Zhang, Liu & Li, Front. Neurosci. 14, 143 (2020), whose formulas were not at hand: our
    reading for neurons without a synaptic time constant. The pass back is ours.
    """

    name: ClassVar[str] = "st_dfa"
    takes_convolutions: ClassVar[bool] = True
    neurons: ClassVar[type[AbstractNeuron]] = Lif
    error: str = option(
        default="final", choices=("final",), meaning="when the output error is taken: after the last step"
    )

    def kept_per_step(self, network):
        """Currents of the outputs, and a byte of each neuron, twice."""
        *hidden, classes = network.layer_sizes[1:]
        return 4 * classes + 2 * sum(hidden) / 4

    def update(self, network, parameters, batch, device, state, /, *, key):
        """One error per spike train times the effects of its inputs."""
        del device
        counts, trains, currents = _spike_trains(network, parameters, batch)
        weights = network.readout.step_weights(network.num_steps)

        def outputs_of(currents):
            if network.readout.is_linear:
                return jnp.einsum("t,tbc->bc", weights, currents)
            return network.readout.read(currents)

        outputs, pull_back = jax.vjp(outputs_of, currents)
        taught = output_error(batch.objective, outputs)
        (output_deltas,) = pull_back(taught)
        per_effect = jnp.mean(weights) / network.neuron.threshold
        signals = [per_effect * projected_error(state, layer, taught, key) for layer in range(network.num_hidden)]
        if batch.masks is not None:
            signals = [signal * mask for signal, mask in zip(signals, batch.masks, strict=True)]
        gradient = _effects_times(network, parameters, batch, trains, signals, output_deltas)
        return RuleUpdate(gradient, outputs, mean_rates(counts, network.num_steps)), state


def _spike_trains(
    network: SpikingNetwork, parameters: NetworkParameters, batch: Batch
) -> tuple[list[Float[Array, "batch _"]], Trains, Float[Array, "time batch classes"]]:
    """Counts and spikes of the hidden layers, the spikes before dropout, and the input currents of the outputs."""

    def accumulate(counts, step, layers):
        del step
        counts = [count + layer.spikes for count, layer in zip(counts, layers, strict=True)]
        fired = [layer.potential >= network.neuron.threshold for layer in layers]
        trains = Trains(fired, [layer.resting for layer in layers])
        return counts, (trains, affine(network, parameters, network.num_hidden, layers[-1].spikes))

    size = jax.eval_shape(batch.stimulus.at, jnp.int32(0)).shape[0]
    start = [jnp.zeros((size, neurons)) for neurons in network.layer_sizes[1:-1]]
    counts, (trains, currents) = run(network, parameters, batch.stimulus, accumulate, start, batch.masks)
    return counts, trains, currents


def _sent(batch: Batch, layer: int, fired: Bool[Array, "batch neurons"]) -> Float[Array, "batch neurons"]:
    """The spikes that go on from a layer: dropout included."""
    spikes = fired.astype(jnp.float32)
    return spikes if batch.masks is None else spikes * batch.masks[layer]


def _effects_times(
    network: SpikingNetwork,
    parameters: NetworkParameters,
    batch: Batch,
    trains: Trains,
    signals: list[Float[Array, "batch _"]],
    output_deltas: Float[Array, "time batch classes"],
) -> NetworkParameters:
    """The gradient of all layers, in one pass back over the steps."""
    last, is_static = network.num_hidden, batch.stimulus.is_static
    multiplied, connections = range(int(is_static), last), network.connections

    def back(kept, scanned):
        left, total, gradients = kept
        step, (fired, resting), output_delta = scanned
        left = [jnp.where(one, 1.0, decay_of(network) * r) for one, r in zip(fired, left, strict=True)]
        left = [where_awake(r, one) for r, one in zip(left, resting, strict=True)]
        gradients = dict(gradients)
        of_outputs = outer_sum(connections[last], output_delta, _sent(batch, last - 1, fired[-1]))
        gradients[last] = added(gradients[last], of_outputs)
        for layer in multiplied:
            sent = (
                network.input_scale * batch.stimulus.at(step)
                if layer == 0
                else _sent(batch, layer - 1, fired[layer - 1])
            )
            now = outer_sum(connections[layer], signals[layer] * left[layer], sent)
            gradients[layer] = added(gradients[layer], now)
        return (left, total + left[0] if is_static else total, gradients), None

    rest = [jnp.zeros_like(signal) for signal in signals]
    gradients: dict[int, LayerGradient] = {layer: zero_gradient(parameters, layer) for layer in (*multiplied, last)}
    steps = jnp.arange(network.num_steps, dtype=jnp.int32)
    (_, total, gradients), _ = jax.lax.scan(
        back,
        (rest, rest[0], gradients),
        (steps, trains, output_deltas),
        reverse=True,
        unroll=steps_per_kernel(network.num_steps),
    )
    if is_static:  # one product serves all steps of a constant input
        gradients[0] = outer_sum(
            connections[0], signals[0] * total, network.input_scale * batch.stimulus.at(jnp.int32(0))
        )
    return network_gradient(gradients, 1.0 / output_deltas.shape[1])
