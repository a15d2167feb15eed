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
from physdfa.network.event import LayerSpikes, row, with_row
from physdfa.neurons.event_lif import EventLif

LOCAL_GRADIENTS = ("bounded", "exact")

HAIR_TRIGGER = 1e-6
"""Share of c by which an exact crossing must exceed it: float32 rounds at 1e-7. Below, the grid has moved the spike
(inhibition came within the same step), and the factor is the bounded one."""

Errors = Float[Array, "blocks block neurons"] | Float[Array, "blocks time block neurons"]
"""The teaching signal eps: of each neuron, the same for all of its spikes, or of each spike."""


class Traces(NamedTuple):
    """C_s and C that meet what is sent in each step; it acts from the next grid time on.

    They are 0 after the last step.
    """

    synaptic: Float[Array, "blocks time block neurons"]
    membrane: Float[Array, "blocks time block neurons"]


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
    """C_s and C of a layer at the end of every step."""
    back = _walk(spikes, errors, neuron, decay, local_gradient)

    def step(block, index, carry, held):
        held = Traces(*(with_row(values, one, block, index) for values, one in zip(held, carry, strict=True)))
        return back(block, index, carry), held

    empty = jnp.zeros_like(spikes.phases)
    return _over_blocks(step, spikes, Traces(empty, empty))


def input_traces(
    spikes: LayerSpikes, errors: Errors, neuron: EventLif, decay: Scalar, local_gradient: str, num_inputs: int
) -> Float[Array, "blocks rows block neurons"]:
    """C_s - C of the first layer at the grid times 0 ... num_inputs - 1, at which inputs may come; one row more means
    nothing."""
    back = _walk(spikes, errors, neuron, decay, local_gradient)

    def step(block, index, carry, held):
        synaptic, membrane = back(block, index, carry)
        held = with_row(held, synaptic - membrane, block, jnp.minimum(index, num_inputs))
        return (synaptic, membrane), held

    blocks, _, *shape = spikes.phases.shape
    return _over_blocks(step, spikes, jnp.zeros((blocks, num_inputs + 1, *shape), spikes.phases.dtype))


def _over_blocks(step, spikes: LayerSpikes, held):
    """Walks back through every block from C_s = C = 0; `step` fills what is held."""
    blocks, num_times, *shape = spikes.phases.shape
    rest = jnp.zeros(shape, spikes.phases.dtype)

    def one_block(block, held):
        def one_step(number, carry):
            return step(block, num_times - 1 - number, *carry)

        return jax.lax.fori_loop(0, num_times, one_step, ((rest, rest), held))[1]

    return jax.lax.fori_loop(0, blocks, one_block, held)


def _walk(spikes: LayerSpikes, errors: Errors, neuron: EventLif, decay: Scalar, local_gradient: str):
    """One step of the grid, backwards: (C_s, C) at its end -> (C_s, C) at its beginning."""

    def back(block, index, carry):
        synaptic, membrane = carry
        phase, quadratic = row(spikes.phases, block, index), row(spikes.quadratics, block, index)
        error = errors[block] if errors.ndim == 3 else row(errors, block, index)
        factor = local_factor(quadratic * phase * phase, neuron, local_gradient)
        membrane = decay * membrane
        # omega y: the spike is reached from the end of the step at C r / y, and leaves for its beginning at the rate y.
        jump = jnp.where(phase > 0, factor * (error * phase + neuron.rheobase / neuron.tau_mem * membrane), 0.0)
        return decay * decay * synaptic + jump * phase, membrane + jump

    return back
