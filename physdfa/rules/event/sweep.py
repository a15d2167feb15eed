"""The gradient of spike times, in one walk back through time with two numbers per neuron.

Going back by d, C_s decays by exp(-d / tau_syn) and C by exp(-d / tau_mem), from 0 at the end; at a spike k of neuron i

    omega = f_k (eps_k + (c / tau_mem) C),   C_s += omega,   C += omega

and at a spike of input j the gradient of w_ij grows by C_s - C. With all eps_k = eps the sum is eps sum_k dt_k/dw_ij,
exactly what an eligibility trace per synapse collects forward in time, later spikes' dependence on earlier ones
included. The factor f_k is tau_mem / (I - c) exactly, tau_mem / I bounded.

**Source:** Bacho & Chu, arXiv:2403.08804, eqs. 13-21 (the trace). The walk back is ours; `test_sweep.py` holds it
against the trace and against finite differences.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.arrays import Scalar
from physdfa.network.event import LayerSpikes
from physdfa.neurons.event_lif import EventLif

LOCAL_GRADIENTS = ("bounded", "exact")

HAIR_TRIGGER = 1e-6
"""Share of c by which an exact crossing must exceed it: float32 rounds at 1e-7. Below, the grid has moved the spike
(inhibition came within the same step), and the factor is the bounded one."""

Errors = Float[Array, "batch neurons"] | Float[Array, "time batch neurons"]
"""The teaching signal eps: of each neuron, the same for all of its spikes, or of each spike."""


class Traces(NamedTuple):
    """C_s and C at each grid time, before which an input of that time acts."""

    synaptic: Float[Array, "time batch neurons"]
    membrane: Float[Array, "time batch neurons"]


def local_factor(current: Float[Array, "*shape"], neuron: EventLif, local_gradient: str) -> Float[Array, "*shape"]:
    """f [s per unit of the weights] at a spike: how far a change of V moves it in time.

    bounded   tau_mem / I, never above tau_mem / c       exact   tau_mem / (I - c), without bound towards I = c
    """
    rheobase = neuron.rheobase
    excess = current - rheobase
    if local_gradient == "bounded":
        return neuron.tau_mem / jnp.maximum(current, rheobase)
    is_crossing = excess > HAIR_TRIGGER * rheobase
    return neuron.tau_mem / jnp.where(is_crossing, excess, rheobase)


def layer_traces(spikes: LayerSpikes, errors: Errors, neuron: EventLif, decay: Scalar, local_gradient: str) -> Traces:
    """C_s and C of a layer at every grid time."""
    back = _walk(spikes, errors, neuron, decay, local_gradient)

    def step(carry, index):
        carry = back(carry, index)
        return carry, carry

    _, (synaptic, membrane) = jax.lax.scan(step, _rest(spikes), jnp.arange(spikes.phases.shape[0]), reverse=True)
    return Traces(synaptic, membrane)


def input_traces(
    spikes: LayerSpikes, errors: Errors, neuron: EventLif, decay: Scalar, local_gradient: str, num_inputs: int
) -> Float[Array, "num_inputs batch neurons"]:
    """C_s - C of the first layer at the grid times 0 ... num_inputs - 1, at which inputs may come."""
    back = _walk(spikes, errors, neuron, decay, local_gradient)

    def step(carry, index):
        synaptic, membrane = back(carry, index)
        return (synaptic, membrane), synaptic - membrane

    tail = jnp.arange(num_inputs, spikes.phases.shape[0])
    carry, _ = jax.lax.scan(lambda carry, index: (back(carry, index), None), _rest(spikes), tail, reverse=True)
    _, traces = jax.lax.scan(step, carry, jnp.arange(num_inputs), reverse=True)
    return traces


def _walk(spikes: LayerSpikes, errors: Errors, neuron: EventLif, decay: Scalar, local_gradient: str):
    """One step of the grid, backwards: (C_s, C) at its end -> (C_s, C) at its beginning."""

    def back(carry, index):
        synaptic, membrane = carry
        phase, current = spikes.phases[index], spikes.currents[index]
        error = errors if errors.ndim == 2 else errors[index]
        factor = jnp.where(phase > 0, local_factor(current, neuron, local_gradient), 0.0)
        membrane = decay * membrane
        # omega y: the spike is reached from the end of the step at C r / y, and leaves for its beginning at the rate y.
        jump = factor * (error * phase + neuron.rheobase / neuron.tau_mem * membrane)
        return decay * decay * synaptic + jump * phase, membrane + jump

    return back


def _rest(spikes: LayerSpikes) -> tuple[Float[Array, "batch neurons"], Float[Array, "batch neurons"]]:
    rest = jnp.zeros(spikes.phases.shape[1:], spikes.phases.dtype)
    return rest, rest
