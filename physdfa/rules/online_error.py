"""Direct feedback with the error of the output as it stands at every step; one pass, nothing stored.

The loss is the mean over the steps of the losses of o_t (running mean, membrane potential, or count so far):

    delta^l_t = (1/T) (e_t B^l^T) * factor(u^l_t)

The output layer of a linear readout has its exact gradient, e_t times the running trace d o_t / d W. Spiking output
neurons (`count`) use e_t f'(u_t) at each step, as a local rule must: exact through neither their leak nor their reset.

**Source:** the online error of eRBP (Neftci et al., Front. Neurosci. 11, 324 (2017)) and e-prop (Bellec et al., Nat.
Commun. 11, 3625 (2020)), without their eligibility traces of the hidden neurons.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PRNGKeyArray

from physdfa.devices.base import AbstractDevice
from physdfa.network import AbstractLinearReadout, NetworkParameters, SpikingNetwork, affine, mean_rates, run
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
from physdfa.rules.hidden_sums import arriving, hidden_gradients, no_sums, with_step
from physdfa.rules.update_gate import UpdateCounts, feedback_floats, written_weights


class Reading(NamedTuple):
    """What the outputs carry from step to step: the readout's own state, and what it follows of spikes and bias."""

    online: Any
    spikes: Float[Array, "batch neurons"]
    bias: Float[Array, ""]


class OutputStep(NamedTuple):
    """The outputs as they stand after a step, and what they teach.

    - `error`: e_t = dL/do_t of each sample; `delta`: the same for the input current of spiking outputs, e_t f'(u_t).
    - `gradient`: of the output layer.
    """

    outputs: Float[Array, "batch classes"]
    error: Float[Array, "batch classes"]
    delta: Float[Array, "batch classes"]
    gradient: LayerGradient


def start_reading(network: SpikingNetwork, batch: int) -> Reading:
    """Nothing seen."""
    *_, neurons, classes = network.layer_sizes
    return Reading(network.readout.initial_state((batch, classes)), jnp.zeros((batch, neurons)), jnp.zeros(()))


def read_step(
    network: SpikingNetwork,
    parameters: NetworkParameters,
    batch: Batch,
    reading: Reading,
    spikes: Float[Array, "batch neurons"],
    step: Int[Array, ""],
) -> tuple[OutputStep, Reading]:
    """The outputs, their error, and the gradient of their layer at one step."""
    readout, connections = network.readout, network.connections[-1]
    current = affine(network, parameters, network.num_hidden, spikes)
    if isinstance(readout, AbstractLinearReadout):  # d o_t / d W is what it follows of the spikes
        outputs, online = readout.step(current, reading.online, step)
        error = output_error(batch.objective, outputs)
        trace = readout.followed(reading.spikes, spikes, step)
        bias_trace = readout.followed(reading.bias, jnp.ones(()), step)
        gradient = LayerGradient(outer_sum(connections, error, trace).weight, bias_trace * jnp.sum(error, axis=0))
        return OutputStep(outputs, error, error, gradient), Reading(online, trace, bias_trace)
    outputs, pull_back, online = jax.vjp(lambda now: readout.step(now, reading.online, step), current, has_aux=True)
    error = output_error(batch.objective, outputs)
    (delta,) = pull_back(error)
    return OutputStep(outputs, error, delta, outer_sum(connections, delta, spikes)), reading._replace(online=online)


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
    last, connections, is_static = network.num_hidden, network.connections, batch.stimulus.is_static
    factor = None if local_factor is None else factor_at(local_factor, network, device, batch, key)
    gate, zero = state.gate, jnp.zeros(())

    def accumulate(kept, step, layers):
        counts, reading, sums, of_outputs, moved, _ = kept
        counts = tuple(count + layer.spikes for count, layer in zip(counts, layers, strict=True))
        shown, reading = read_step(network, parameters, batch, reading, layers[-1].spikes, step)
        if factor is not None:
            step_key = jax.random.fold_in(key, step)
            deltas, moved_now = step_deltas(teaching(batch, shown.error), step, layers, step_key)
            moved = jax.tree.map(jnp.add, moved, moved_now)
            sums = with_step(network, sums, deltas, arriving(layers, is_static=is_static))
        return (counts, reading, sums, added(of_outputs, shown.gradient), moved, shown.outputs), None

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
            own = layers[layer].own
            active = layers[layer].presynaptic != 0, None if own is None else own != 0
            written += written_weights(connections[layer], deltas[layer], *active)
            full = projected_error(state, layer, error, step_key) * factors[layer]
            ungated += written_weights(connections[layer], full, *active)
        return deltas, UpdateCounts(feedback_floats(state.feedback, sends), written, ungated)

    size = jax.eval_shape(batch.stimulus.at, jnp.int32(0)).shape[0]
    outputs = jnp.zeros((size, network.layer_sizes[-1]))
    start = (
        tuple(jnp.zeros((size, neurons)) for neurons in network.layer_sizes[1:-1]),
        start_reading(network, size),
        None if factor is None else no_sums(network, size, is_static=is_static),
        zero_gradient(parameters, last),
        None if gate is None else UpdateCounts(zero, zero, zero),
        outputs,
    )
    kept, _ = run(network, parameters, batch.stimulus, accumulate, start, batch.masks)
    counts, _, sums, of_outputs, moved, outputs = kept
    if sums is None:
        gradients = {layer: zero_gradient(parameters, layer) for layer in range(last)}
    else:
        gradients = hidden_gradients(network, sums, batch.stimulus)
    gradients[last] = of_outputs
    if gate is None and state.feedback:  # at every step as at the end; of a one-hot target the label alone is sent
        taught = teaching(batch, output_error(batch.objective, outputs))
        moved = UpdateCounts(network.num_steps * feedback_floats(state.feedback, taught != 0))
    gradient = network_gradient(gradients, 1.0 / (size * network.num_steps))
    return RuleUpdate(gradient, outputs, mean_rates(counts, network.num_steps), counts=moved)
