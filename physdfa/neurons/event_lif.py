"""Leaky integrate-and-fire neurons with exact spike times: between two grid times the crossing is a closed form.

With tau_mem = 2 tau_syn and y = exp(-s / tau_mem), s the time since the last grid time, potential and current are

    V(s) = tau_mem (b y - a y^2),   I(s) = a y^2

so that V = theta is the quadratic a y^2 - b y + c = 0, c = theta / tau_mem; the first crossing is its larger root. A
step of the grid costs one square root and one division, and no exponential.
"""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, ArrayLike, Bool, Float

from physdfa.arrays import Scalar, as_scalar
from physdfa.errors import InputError

LATE = 1024.0
"""What one spike that came too late adds to a neuron's tally, whose remainder is its spike count."""


class EventLifState(NamedTuple):
    """What a neuron carries from grid time to grid time.

    - `linear`, `quadratic`: b and a of the closed form, counted from the grid time [unit of the weights].
    - `tally`: spikes so far, plus `LATE` for each whose successor had no step of its own.
    """

    linear: Float[Array, "*shape"]
    quadratic: Float[Array, "*shape"]
    tally: Float[Array, "*shape"]


class EventStep(NamedTuple):
    """The spikes of one step of the grid.

    - `fired`: whether there is one.
    - `phase`: y = exp(-s / tau_mem) of the spike, s its time since the grid time; 0 without one. Above 1 where an input
      that came within the step before moves the crossing to before the grid time.
    - `current`: I at the spike, > c for an exact crossing; 0 without one.
    """

    fired: Bool[Array, "*shape"]
    phase: Float[Array, "*shape"]
    current: Float[Array, "*shape"]


class EventLif(eqx.Module):
    """Current-based leaky integrate-and-fire neuron whose membrane time constant is twice its synaptic one.

    dI/dt = -I / tau_syn + sum_j w_j sum_z delta(t - t_j^z)
    dV/dt = -V / tau_mem + I,   V <- 0 at V = threshold,   tau_mem = 2 tau_syn

    The current is not reset. One input spike of weight w alone gives the peak V = w tau_mem / 4.

    **Arguments:**

    - `tau_syn`: synaptic time constant [s], > 0.
    - `threshold`: firing threshold [s times the unit of the weights], > 0.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** Göltz et al., Nat. Mach. Intell. 3 (2021), the case tau_mem = 2 tau_syn, with many spikes per neuron as
    in Bacho & Chu, "Exploring trade-offs in spiking neural networks" (2023). The grid of time steps is ours: no event
    lies off its place, but an input acts on its target at the end of the step in which it comes.
    """

    tau_syn: Scalar = eqx.field(converter=as_scalar)
    threshold: Scalar = eqx.field(converter=as_scalar)

    def __init__(self, tau_syn: ArrayLike = 0.13, threshold: ArrayLike = 0.2):
        self.tau_syn = as_scalar(tau_syn)
        self.threshold = as_scalar(threshold)

    def __check_init__(self):
        if not np.all(np.asarray(self.tau_syn) > 0):
            raise InputError(f"`tau_syn` is a time constant and must be > 0 s; got {self.tau_syn}.")
        if not np.all(np.asarray(self.threshold) > 0):
            raise InputError(f"`threshold` must be > 0; got {self.threshold}.")

    @property
    def tau_mem(self) -> Scalar:
        """Membrane time constant [s]."""
        return 2 * self.tau_syn

    @property
    def rheobase(self) -> Scalar:
        """c = threshold / tau_mem [unit of the weights]: the current at a crossing always lies above it."""
        return self.threshold / self.tau_mem

    def decay(self, duration: Scalar) -> Scalar:
        """r = exp(-duration / tau_mem) of a step of `duration` [s]."""
        return jnp.exp(-duration / self.tau_mem)

    def initial_state(self, shape: tuple[int, ...], dtype: jnp.dtype | None = None) -> EventLifState:
        """Neurons at rest: V = I = 0."""
        rest = jnp.zeros(shape, dtype)
        return EventLifState(rest, rest, rest)

    def step(
        self,
        linear: Float[Array, "*shape"],
        quadratic: Float[Array, "*shape"],
        state: EventLifState,
        *,
        decay: Scalar,
        latest: Scalar,
        max_spikes: int,
    ) -> tuple[EventStep, EventLifState]:
        """One step of the grid: inputs are added at its beginning, then at most one spike is emitted.

        y = (b + sqrt(b^2 - 4 a c)) / (2 a);   after a spike at y the linear coefficient is a y (V = 0 there)

        **Arguments:**

        - `linear`, `quadratic`: what the inputs add to b and a: sum_j w_j u_j and sum_j w_j u_j^2, with
          u = exp(-delta / tau_mem), delta the age of the input at the grid time.
        - `decay`: r of the step; `latest`: the least y at which a spike is accepted, r but at the end of time.
        - `max_spikes`: after so many the neuron is silent, >= 1.
        """
        rheobase = self.rheobase
        b, a = state.linear + linear, state.quadratic + quadratic
        discriminant = b * b - 4 * rheobase * a
        is_crossing = (a > 0) & (b > 0) & (discriminant > 0)
        root = (b + jnp.sqrt(jnp.where(is_crossing, discriminant, 1.0))) / (2 * jnp.where(is_crossing, a, 1.0))
        is_above = b - a >= rheobase
        has_count_left = spike_counts(state.tally) < max_spikes
        fired = (is_above | (is_crossing & (root >= latest) & (root <= 1))) & has_count_left
        # Above threshold without a root: inhibition came after the crossing, which is then taken at the grid time.
        phase = jnp.where(is_crossing, jnp.clip(root, decay, 1 / decay), 1.0)
        current = a * phase * phase
        # A second crossing in the step, reset at y: I (q - q^2) >= c with q = r / y. It comes in the next step, late.
        rest = decay / phase
        is_late = current * (rest - rest * rest) >= rheobase
        tally = state.tally + jnp.where(fired, 1.0 + LATE * is_late, 0.0)
        state = EventLifState(decay * jnp.where(fired, a * phase, b), decay * decay * a, tally)
        return EventStep(fired, jnp.where(fired, phase, 0.0), jnp.where(fired, current, 0.0)), state


def spike_counts(tally: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The spikes in a tally."""
    return tally - LATE * jnp.floor(tally / LATE)


def late_spikes(tally: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The spikes in a tally whose successor had no step of its own."""
    return jnp.floor(tally / LATE)
