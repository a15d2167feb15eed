"""One update for all rules with direct feedback: teaching signal times local factor, outer presynaptic factor.

    delta^l_t  = c_t (e B^l^T) * factor(u^l_t)
    gradient^l = (1/batch) sum_t delta^l_t^T s^{l-1}_t

c_t is the weight that the readout gives to step t (1/T for `rate`; 1 for `count`). The output layer has its exact error.

Memory does not grow with the number of steps, and no sum over time is approximated:

- where the presynaptic factor is the same at every step (first layer, direct coding), sum_t c_t factor(u_t) is accumulated and
  the update is one matrix product;
- elsewhere the forward pass runs a second time, now knowing e, and accumulates the products step by step.

With the `online` error, e_t is taken at every step from the output as it stands, the loss is its mean over the steps, and
one pass suffices: delta_t = (1/T) (e_t B^T) * factor(u_t).

**Source:** Nøkland, NeurIPS 2016 (DFA); Nakajima et al., Nat. Commun. 13, 7847 (2022) (aDFA); Zhang et al., arXiv:2409.07776 (SNN).
The sums over time are ours, checked against stored states in `test_direct_feedback.py`.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.devices.base import AbstractDevice
from physdfa.feedback import dense_feedback
from physdfa.network import (
    NetworkParameters,
    SpikingNetwork,
    affine,
    mean_rates,
    outputs_from_activity,
    outputs_from_currents,
    run,
)
from physdfa.rules.base import ERRORS, Batch, LearningRule, RuleState, RuleUpdate, output_error

LocalFactor = Callable[
    [SpikingNetwork, Any, Float[Array, "batch neurons"], PRNGKeyArray], Float[Array, "batch neurons"]
]
"""(network, device, potential, key) -> factor, elementwise."""


def direct_feedback(name: str, local_factor: LocalFactor | None, error: str) -> LearningRule:
    """A rule that brings the output error to each hidden layer through a fixed random matrix.

    **Arguments:**

    - `local_factor`: what multiplies the projected error; None leaves the hidden layers as they started.
    - `error`: "final" or "online".
    """
    if error not in ERRORS:
        raise ValueError(f"`error` is one of {', '.join(ERRORS)}; got '{error}'.")

    def init(key, network, feedback_scale, /):
        if local_factor is None:
            return RuleState(())
        return RuleState(dense_feedback(key, network.layer_sizes[1:-1], network.layer_sizes[-1], feedback_scale))

    def update(network, parameters, batch, device, state, /, *, key):
        pass_over_time = _final_error if error == "final" else _online_error
        return pass_over_time(local_factor, network, parameters, batch, device, state, key), state

    return LearningRule(name, init, update)


def _factor(
    local_factor: LocalFactor, network: SpikingNetwork, device: AbstractDevice | None, batch: Batch, key: PRNGKeyArray
):
    """The local factor of one layer at one step, dropout included; noise has a key per step and layer."""

    def factor(layer, step, potential):
        step_key = jax.random.fold_in(jax.random.fold_in(key, layer), step)
        value = local_factor(network, device, potential, step_key)
        return value if batch.masks is None else value * batch.masks[layer]

    return factor


def _final_error(local_factor, network, parameters, batch, device, state, key) -> RuleUpdate:
    num_hidden, stimulus = network.num_hidden, batch.stimulus
    weights = network.readout.step_weights(network.num_steps)
    factor = None if local_factor is None else _factor(local_factor, network, device, batch, key)
    first_is_static = factor is not None and stimulus.is_static
    # With the rate readout the weighted activity is the mean rate already: the last layer needs no count of its own.
    counted = num_hidden - 1 if network.readout.name == "rate" else num_hidden
    batch_size = jax.eval_shape(stimulus.at, jnp.int32(0)).shape[0]
    rest = [jnp.zeros((batch_size, size)) for size in network.layer_sizes[1:-1]]

    def first_pass(kept, step, layers):
        counts, activity, factor_sum = kept
        counts = tuple(count + layer.spikes for count, layer in zip(counts, layers, strict=False))
        if factor_sum is not None:
            factor_sum = factor_sum + weights[step] * factor(0, step, layers[0].potential)
        if network.readout.is_linear:
            return (counts, activity + weights[step] * layers[-1].spikes, factor_sum), None
        return (counts, activity, factor_sum), affine(parameters, num_hidden, layers[-1].spikes)

    start = (tuple(rest[:counted]), rest[-1], rest[0] if first_is_static else None)
    (counts, activity, factor_sum), currents = run(network, parameters, stimulus, first_pass, start, batch.masks)
    rates = mean_rates(counts, network.num_steps) if counts else jnp.zeros((0,))
    if counted < num_hidden:
        rates = jnp.concatenate([rates, jnp.mean(activity)[None]])

    if network.readout.is_linear:
        outputs = outputs_from_activity(network, parameters, activity)
        error = output_error(batch.objective, outputs)
        output_deltas = None
        output_gradient = _outer(error, activity) / batch_size
        output_bias = jnp.sum(weights) * jnp.mean(error, axis=0)
    else:
        outputs, pull_back = jax.vjp(lambda values: outputs_from_currents(network, values), currents)
        error = output_error(batch.objective, outputs)
        (output_deltas,) = pull_back(error)  # [time batch classes]: exact through the output neurons' own dynamics
        output_gradient = None
        output_bias = jnp.sum(output_deltas, axis=(0, 1)) / batch_size

    if factor is None:
        gradients = [jnp.zeros_like(weight) for weight in parameters.weights[:-1]]
        biases = [jnp.zeros_like(bias) for bias in parameters.biases[:-1]]
        projected = []
    else:
        projected = [error @ feedback.T for feedback in state.feedback]
        gradients, biases = [None] * num_hidden, [None] * num_hidden
        if first_is_static:
            delta = projected[0] * factor_sum
            presynaptic = network.input_scale * stimulus.at(jnp.int32(0))
            gradients[0] = _outer(delta, presynaptic) / batch_size
            biases[0] = jnp.mean(delta, axis=0)

    open_layers = [layer for layer in range(num_hidden) if gradients[layer] is None]
    if open_layers or output_gradient is None:

        def second_pass(kept, step, layers):
            hidden, output = kept
            hidden = tuple(
                _accumulate(
                    pair, projected[n] * (weights[step] * factor(n, step, layers[n].potential)), layers[n].presynaptic
                )
                for pair, n in zip(hidden, open_layers, strict=True)
            )
            if output is not None:
                output = output + _outer(output_deltas[step], layers[-1].spikes)
            return (hidden, output), None

        start = (
            tuple((jnp.zeros_like(parameters.weights[n]), jnp.zeros_like(parameters.biases[n])) for n in open_layers),
            None if output_deltas is None else jnp.zeros_like(parameters.weights[-1]),
        )
        (hidden, output), _ = run(network, parameters, stimulus, second_pass, start, batch.masks)
        for (gradient, bias), layer in zip(hidden, open_layers, strict=True):
            gradients[layer], biases[layer] = gradient / batch_size, bias / batch_size
        if output is not None:
            output_gradient = output / batch_size

    gradient = NetworkParameters((*gradients, output_gradient), (*biases, output_bias))
    return RuleUpdate(gradient, outputs, rates)


def _online_error(local_factor, network, parameters, batch, device, state, key) -> RuleUpdate:
    num_hidden, stimulus, readout = network.num_hidden, batch.stimulus, network.readout
    factor = None if local_factor is None else _factor(local_factor, network, device, batch, key)
    first_is_static = factor is not None and stimulus.is_static
    batch_size = jax.eval_shape(stimulus.at, jnp.int32(0)).shape[0]
    rest = [jnp.zeros((batch_size, size)) for size in network.layer_sizes[1:-1]]
    summed = [] if factor is None else [layer for layer in range(num_hidden) if layer > 0 or not first_is_static]

    def trace_of_spikes(trace, spikes, step):
        """d o_t / d W of a linear readout: the running mean, or the leaky sum, of the last layer's spikes."""
        if readout.name == "rate":
            return trace + (spikes - trace) / (step + 1)
        return readout.neuron.decay_mem * trace + spikes

    def accumulate(kept, step, layers):
        counts, online, trace, bias_trace, static_delta, hidden, (output, output_bias), _ = kept
        counts = tuple(count + layer.spikes for count, layer in zip(counts, layers, strict=True))
        spikes = layers[-1].spikes
        current = affine(parameters, num_hidden, spikes)
        if readout.is_linear:
            outputs, online = readout.online_output(online, current, step)
            error = output_error(batch.objective, outputs)
            trace = trace_of_spikes(trace, spikes, step)
            bias_trace = trace_of_spikes(bias_trace, jnp.ones_like(bias_trace), step)
            output, output_bias = output + _outer(error, trace), output_bias + bias_trace * jnp.sum(error, axis=0)
        else:
            potential = online[1].residue + current
            outputs, online = readout.online_output(online, current, step)
            error = output_error(batch.objective, outputs)
            delta = error * readout.neuron.surrogate_derivative(potential)
            output, output_bias = _accumulate((output, output_bias), delta, spikes)
        if static_delta is not None:
            static_delta = static_delta + (error @ state.feedback[0].T) * factor(0, step, layers[0].potential)
        hidden = tuple(
            _accumulate(
                pair, (error @ state.feedback[n].T) * factor(n, step, layers[n].potential), layers[n].presynaptic
            )
            for pair, n in zip(hidden, summed, strict=True)
        )
        return (counts, online, trace, bias_trace, static_delta, hidden, (output, output_bias), outputs), None

    num_classes = network.layer_sizes[-1]
    start = (
        tuple(rest),
        readout.online_state((batch_size, num_classes)),
        rest[-1],
        jnp.zeros(()),
        rest[0] if first_is_static else None,
        tuple((jnp.zeros_like(parameters.weights[n]), jnp.zeros_like(parameters.biases[n])) for n in summed),
        (jnp.zeros_like(parameters.weights[-1]), jnp.zeros_like(parameters.biases[-1])),
        jnp.zeros((batch_size, num_classes)),
    )
    kept, _ = run(network, parameters, stimulus, accumulate, start, batch.masks)
    counts, _, _, _, static_delta, hidden, output, outputs = kept

    pairs = dict(zip(summed, hidden, strict=True))
    if static_delta is not None:
        presynaptic = network.input_scale * stimulus.at(jnp.int32(0))
        pairs[0] = (_outer(static_delta, presynaptic), jnp.sum(static_delta, axis=0))
    for layer in range(num_hidden):
        pairs.setdefault(layer, (jnp.zeros_like(parameters.weights[layer]), jnp.zeros_like(parameters.biases[layer])))
    ordered = [pairs[layer] for layer in range(num_hidden)] + [output]
    share = 1.0 / (batch_size * network.num_steps)
    gradient = NetworkParameters(tuple(pair[0] * share for pair in ordered), tuple(pair[1] * share for pair in ordered))
    return RuleUpdate(gradient, outputs, mean_rates(counts, network.num_steps))


def _outer(delta: Float[Array, "batch post"], presynaptic: Float[Array, "batch pre"]) -> Float[Array, "post pre"]:
    """sum over the batch of delta^T presynaptic, as one matrix product."""
    return jnp.einsum("bn,bi->ni", delta, presynaptic)


def _accumulate(pair, delta, presynaptic):
    """Add one step's products to the running gradient of weights and biases."""
    gradient, bias = pair
    return gradient + _outer(delta, presynaptic), bias + jnp.sum(delta, axis=0)
