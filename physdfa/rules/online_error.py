"""Direct feedback with the error of the output as it stands at every step; one pass, nothing stored.

The loss is the mean over the steps of the losses of o_t (running mean, membrane potential, or count so far):

    delta^l_t = (1/T) (e_t B^l^T) * factor(u^l_t)

The output layer of a linear readout has its exact gradient, e_t times the running trace d o_t / d W. Spiking output
neurons (`count`) use e_t f'(u_t) at each step, as a local rule must: exact through neither their leak nor their reset.

**Source:** the online error of eRBP (Neftci et al., Front. Neurosci. 11, 324 (2017)) and e-prop (Bellec et al., Nat.
Commun. 11, 3625 (2020)), without their eligibility traces of the hidden neurons.
"""

import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.devices.base import AbstractDevice
from physdfa.network import NetworkParameters, SpikingNetwork, affine, mean_rates, run
from physdfa.neurons import where_awake
from physdfa.rules.base import Batch, RuleState, RuleUpdate, output_error
from physdfa.rules.factors import (
    LayerGradient,
    LocalFactor,
    Teaching,
    added,
    factor_at,
    network_gradient,
    outer_sum,
    projected_error,
    the_error,
    zero_gradient,
)
from physdfa.rules.update_gate import UpdateCounts, feedback_floats, written_weights


def online_error_update(
    local_factor: LocalFactor | None,
    network: SpikingNetwork,
    parameters: NetworkParameters,
    batch: Batch,
    device: AbstractDevice | None,
    state: RuleState,
    key: PRNGKeyArray,
    teaching: Teaching = the_error,
) -> RuleUpdate:
    """One update; see the head of this file and of `direct_feedback`."""
    readout, last = network.readout, network.num_hidden
    factor = None if local_factor is None else factor_at(local_factor, network, device, batch, key)
    sums_first = factor is not None and batch.stimulus.is_static  # then one product at the end serves the first layer
    multiplied = () if factor is None else range(int(sums_first), last)
    gate, zero = state.gate, jnp.zeros(())

    def output_gradient(error, trace, bias_trace, shown, spikes):
        if shown is None:  # no spiking output neurons
            return LayerGradient(outer_sum(error, trace).weight, bias_trace * jnp.sum(error, axis=0))
        derivative = where_awake(readout.neuron.surrogate_derivative(shown.potential), shown.resting)
        return outer_sum(error * derivative, spikes)

    def followed(trace, spikes, step):
        """d o_t / d W of a linear readout: the running mean, or the leaky sum, of the spikes."""
        if readout.name == "rate":
            return trace + (spikes - trace) / (step + 1)
        return readout.neuron.decay_mem * trace + spikes

    def accumulate(kept, step, layers):
        counts, online, trace, bias_trace, delta_sum, gradients, moved, _ = kept
        counts = tuple(count + layer.spikes for count, layer in zip(counts, layers, strict=True))
        spikes = layers[-1].spikes
        current = affine(parameters, last, spikes)
        shown = None if readout.is_linear else readout.neuron.step(current, online[1])[0]
        outputs, online = readout.online_output(online, current, step)
        error = output_error(batch.objective, outputs)
        if readout.is_linear:
            trace, bias_trace = followed(trace, spikes, step), followed(bias_trace, jnp.ones(()), step)
        gradients = dict(gradients)
        gradients[last] = added(gradients[last], output_gradient(error, trace, bias_trace, shown, spikes))
        if factor is not None:
            step_key = jax.random.fold_in(key, step)
            deltas, moved_now = step_deltas(teaching(batch, error), step, layers, step_key)
            moved = jax.tree.map(jnp.add, moved, moved_now)
            if sums_first:
                delta_sum = delta_sum + deltas[0]
            for layer in multiplied:
                gradients[layer] = added(gradients[layer], outer_sum(deltas[layer], layers[layer].presynaptic))
        return (counts, online, trace, bias_trace, delta_sum, gradients, moved, outputs), None

    def step_deltas(error, step, layers, step_key):
        """delta of each hidden layer at one step, and what was sent and written for it."""
        assert factor is not None  # the caller asks for hidden layers that learn
        factors = [factor(layer, step, layers[layer]) for layer in range(last)]
        if gate is None:
            return [projected_error(state, layer, error, step_key) * factors[layer] for layer in range(last)], None
        sends = gate.sends(error)
        deltas, written, ungated = [], zero, zero
        for layer in range(last):
            delta = projected_error(state, layer, jnp.where(sends, error, 0.0), step_key) * factors[layer]
            deltas.append(jnp.where(gate.writes(delta), delta, 0.0))
            active = layers[layer].presynaptic != 0
            written += written_weights(deltas[layer], active)
            full = projected_error(state, layer, error, step_key) * factors[layer]
            ungated += written_weights(full, active)
        return deltas, UpdateCounts(feedback_floats(state.feedback, sends), written, ungated)

    size = jax.eval_shape(batch.stimulus.at, jnp.int32(0)).shape[0]
    zeros = [jnp.zeros((size, neurons)) for neurons in network.layer_sizes[1:-1]]
    outputs = jnp.zeros((size, network.layer_sizes[-1]))
    start = (
        tuple(zeros),
        readout.online_state((size, network.layer_sizes[-1])),
        zeros[-1],
        jnp.zeros(()),
        zeros[0] if sums_first else None,
        {layer: zero_gradient(parameters, layer) for layer in (*multiplied, last)},
        None if gate is None else UpdateCounts(zero, zero, zero),
        outputs,
    )
    kept, _ = run(network, parameters, batch.stimulus, accumulate, start, batch.masks)
    counts, _, _, _, delta_sum, gradients, moved, outputs = kept
    if delta_sum is not None:
        gradients[0] = outer_sum(delta_sum, network.input_scale * batch.stimulus.at(jnp.int32(0)))
    gradients = {layer: zero_gradient(parameters, layer) for layer in range(last)} | gradients
    if gate is None and state.feedback:  # at every step as at the end; of a one-hot target the label alone is sent
        taught = teaching(batch, output_error(batch.objective, outputs))
        moved = UpdateCounts(network.num_steps * feedback_floats(state.feedback, taught != 0))
    gradient = network_gradient(gradients, 1.0 / (size * network.num_steps))
    return RuleUpdate(gradient, outputs, mean_rates(counts, network.num_steps), counts=moved)
