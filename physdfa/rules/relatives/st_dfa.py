"""Spike-train-level direct feedback alignment: one error per spike train, and what each input gave to it."""

from functools import cache

import jax
import jax.numpy as jnp

from physdfa.feedback import DenseProjection
from physdfa.network import outputs_from_currents
from physdfa.rules.base import LearningRule, RuleUpdate, output_error
from physdfa.rules.direct_feedback import start_feedback
from physdfa.rules.factors import projected_error
from physdfa.rules.relatives.fixed_error import check_error
from physdfa.rules.relatives.traces import seen_by_outputs, traced_gradient

ST_DFA_ERRORS = ("final",)


@cache
def st_dfa(error: str = "final") -> LearningRule:
    """gradient_ij = (1/batch) (c/threshold) (e B^T)_i E_ij,   E_ij = sum_t s_i,t q_j,t

    q_t = decay_mem q_{t-1} + s_t presynaptic;   c = mean over the steps of the readout's weights, 1/T for `rate`

    E_ij is the effect of the train of input j on the train of neuron i (the paper's spike-train-level postsynaptic
    potential): what is left of all spikes of j whenever i fires. The weighted effects add up to threshold times the
    number of spikes, about, so that the count of i has the derivative E_ij / threshold by w_ij. No surrogate derivative
    is needed; a neuron that is silent for a sample learns nothing from it. The output layer has its exact error.

    Without memory (decay_mem = 0) this is `adfa` whose device is a step of height 1/threshold at the threshold.

    **Raises:** `InputError` for an `error` other than "final": a spike train is known at its end.

    **Source:** Lee, Zhang, Zhang, Liu & Li, Front. Neurosci. 14, 143 (2020), whose formulas were not at hand: our
    reading for neurons without a synaptic time constant. Their effect begins anew at each spike of i; ours goes on
    through resets, so that one trace per input serves all neurons.
    """
    check_error("st_dfa", error, ST_DFA_ERRORS)

    def update(network, parameters, batch, device, state, /, *, key):
        del device
        seen = seen_by_outputs(network, parameters, batch)
        weights = network.readout.step_weights(network.num_steps)

        def outputs_of(currents):
            if network.readout.is_linear:
                return jnp.einsum("t,tbc->bc", weights, currents)
            return outputs_from_currents(network, currents)

        outputs, pull_back = jax.vjp(outputs_of, seen.currents)
        taught = output_error(batch.objective, outputs)
        (output_deltas,) = pull_back(taught)
        per_effect = jnp.mean(weights) / network.neuron.threshold
        projected = [per_effect * projected_error(state, layer, taught, key) for layer in range(network.num_hidden)]

        def delta(layer, step, shown):
            del step
            return projected[layer] * shown.spikes

        gradient = traced_gradient(network, parameters, batch, output_deltas, delta)
        return RuleUpdate(gradient, outputs, seen.firing_rate), state

    return LearningRule("st_dfa", start_feedback, update, DenseProjection(), error)
