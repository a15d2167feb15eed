"""The derivative of spike times by the weights near critical points, exact and bounded.

At a spike with the current I, dt/dw has the factor tau_mem / (I - c) exactly and tau_mem / I bounded, c the rheobase.
Where the potential barely touches the threshold, I goes to c: the exact factor diverges, the bounded one does not.

**Source:** Bacho & Chu, arXiv:2403.08804, eqs. 17, 18 and figures 2, 3. The weights and input times of the plane are
those of our own check of these equations; the paper does not give its own.
"""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from physdfa.arrays import Scalar
from physdfa.network.event import Arrivals, run_layer
from physdfa.neurons import EventLif
from physdfa.rules.event import input_traces

PLANE_LIMIT = 3.0
"""Largest weight of the plane, in both directions."""

STEPS_PER_INTERVAL = 10
"""Steps of the time grid from one input spike to the next. Spike times are exact on any grid; a neuron has one spike a
step."""

DURATION = 1.0
INPUT_INTERVAL = 0.05
"""Time between two input spikes of the plane [s]."""

NUM_INPUT_SPIKES = 4
MOST_SPIKES = 1000
"""A number of spikes that no neuron of the plane reaches."""


class HairTrigger(NamedTuple):
    """The derivative |dt/dw| of the spike that one input evokes, near the weight below which there is none.

    In s per unit of the weights, for the weight 4 c (1 + kappa).
    """

    kappa: Float[np.ndarray, " points"]
    exact: Float[np.ndarray, " points"]
    bounded: Float[np.ndarray, " points"]


class GradientPlane(NamedTuple):
    """The norm |sum_k dt_k/dw| over the plane of two weights; 0 where there is no spike. The first axis is that of
    `weights[0]`.

    - `weights`: the values that each of the two weights takes.
    - `spikes`: how many the neuron emits.
    """

    weights: Float[np.ndarray, " side"]
    spikes: Float[np.ndarray, "side side"]
    exact: Float[np.ndarray, "side side"]
    bounded: Float[np.ndarray, "side side"]


def hair_trigger(kappa: Float[np.ndarray, " points"], tau_syn: float, threshold: float) -> HairTrigger:
    """The derivative of a spike time near the hair trigger, exact and bounded.

    dt/dw = f (y^2 - y),   w y^2 - w y + c = 0,   w = 4 c (1 + kappa).

    With kappa = 0 the peak of the potential is the threshold. In float64, which float32 could not show.

    **Arguments:**

    - `kappa`: distance from the hair trigger, > 0.
    - `tau_syn`: synaptic time constant [s], > 0; `threshold`: [s times the unit of the weights], > 0.
    """
    tau_mem = 2 * tau_syn
    rheobase = threshold / tau_mem
    weight = 4 * rheobase * (1 + kappa)
    root = np.sqrt(kappa / (1 + kappa))  # of the discriminant, over w
    y = (1 + root) / 2
    current = weight * y**2
    excess = weight * root * y  # I - c, without the difference of two nearly equal numbers
    trace = y - y**2
    return HairTrigger(kappa, tau_mem / excess * trace, tau_mem / current * trace)


def gradient_plane(side: int, tau_syn: float, threshold: float, duration: float = DURATION) -> GradientPlane:
    """The gradient norm of one neuron whose two inputs fire in turn, at 0, 50, 100 and 150 ms.

    In float64: next to a critical point float32 misses a spike, and errs by a quarter at another one.

    **Arguments:**

    - `side`: values of each weight, from -3 to 3, >= 2.
    - `tau_syn`: synaptic time constant [s], > 0; `threshold`: [s times the unit of the weights], > 0.
    - `duration`: of the presentation [s], at least 0.15; by default every spike is over.
    """
    weights = np.linspace(-PLANE_LIMIT, PLANE_LIMIT, side)
    dt = INPUT_INTERVAL / STEPS_PER_INTERVAL
    steps = tuple(number * STEPS_PER_INTERVAL for number in range(NUM_INPUT_SPIKES))
    pair = np.stack([axis.reshape(-1) for axis in np.meshgrid(weights, weights, indexing="ij")])
    currents = np.zeros((1, round(duration / dt) + 1, 1, side**2))
    for number, step in enumerate(steps):
        currents[0, step, 0] = pair[number % 2]
    neuron = EventLif(tau_syn, threshold)
    with jax.enable_x64(True):
        precise = (jnp.asarray(tau_syn), jnp.asarray(threshold))  # a neuron rounds to float32
        neuron = eqx.tree_at(lambda one: (one.tau_syn, one.threshold), neuron, precise)
        spikes, exact, bounded = jax.jit(_norms, static_argnames="steps")(
            neuron, jnp.asarray(currents), jnp.asarray(dt), steps=steps
        )
    return GradientPlane(weights, *(np.asarray(values).reshape(side, side) for values in (spikes, exact, bounded)))


def _norms(
    neuron: EventLif, currents: Float[Array, "1 time 1 neurons"], dt: Scalar, *, steps: tuple[int, ...]
) -> tuple[Float[Array, " neurons"], Float[Array, " neurons"], Float[Array, " neurons"]]:
    """Spike counts, and the norm over the two weights with the exact and with the bounded factor."""
    decay = neuron.decay(dt)
    spikes = run_layer(neuron, Arrivals(currents, currents, None), currents.shape[1], decay, MOST_SPIKES)

    def norm(local_gradient: str) -> Float[Array, " neurons"]:
        ones = jnp.ones_like(spikes.counts)
        traces = input_traces(spikes, ones, neuron, decay, local_gradient, steps[-1] + 1)[0, jnp.asarray(steps), 0]
        # Inputs in turn: the even spikes are of the first one, the odd ones of the second.
        return jnp.hypot(jnp.sum(traces[0::2], axis=0), jnp.sum(traces[1::2], axis=0))

    return spikes.counts[0, 0], norm("exact"), norm("bounded")
