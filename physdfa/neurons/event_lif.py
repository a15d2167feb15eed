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
from jaxtyping import Array, ArrayLike, Float

from physdfa.arrays import Scalar, as_scalar
from physdfa.errors import InputError

LATE = 1 / 4096
"""What one spike that came too late adds to a neuron's tally, whose whole part is its spike count: both are exact in
float32 for up to 4,095 spikes."""


class EventLifState(NamedTuple):
    """A neuron in one step of the grid: after the inputs of its grid time, with its spike.

    - `linear`, `quadratic`: b and a of the closed form, counted from the grid time [unit of the weights].
    - `phase`: y = exp(-s / tau_mem) of the spike, s its time since the grid time; 0 without one. Above 1 where an input
      that came within the step before moves the crossing to before the grid time.
    - `tally`: spikes before this step, plus `LATE` for each whose successor had no step of its own.
    """

    linear: Float[Array, "*shape"]
    quadratic: Float[Array, "*shape"]
    phase: Float[Array, "*shape"]
    tally: Float[Array, "*shape"]


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
        """Neurons at rest before the first step: V = I = 0, no spike."""
        rest = jnp.zeros(shape, dtype)
        return EventLifState(rest, rest, rest, rest)

    def step(
        self,
        linear: Float[Array, "*shape"],
        quadratic: Float[Array, "*shape"],
        before: EventLifState,
        *,
        decay: Scalar,
        latest: Scalar,
        max_spikes: int,
    ) -> EventLifState:
        """One step of the grid: inputs are added at its beginning, then at most one spike is emitted.

        y = (b + sqrt(b^2 - 4 a c)) / (2 a);   after a spike at y the linear coefficient is a y (V = 0 there)

        **Arguments:**

        - `linear`, `quadratic`: what the inputs add to b and a: sum_j w_j u_j and sum_j w_j u_j^2, with
          u = exp(-delta / tau_mem), delta the age of the input at the grid time.
        - `before`: the step before.
        - `decay`: r of the step; `latest`: the least y at which a spike is accepted, r but at the end of time.
        - `max_spikes`: after so many the neuron is silent, >= 1.
        """
        # What a step begins with comes from the whole step before, so that its phase, which has the root and the
        # division, is one kernel and is made once.
        tally = self.tally(before, decay)
        b = decay * jnp.where(before.phase > 0, before.quadratic * before.phase, before.linear) + linear
        a = decay * decay * before.quadratic + quadratic
        is_above = b - a >= self.rheobase
        # NaN where there is no crossing, which no comparison takes. Above threshold without a root: inhibition came
        # after the crossing, which is then taken at the grid time.
        crossing = (b + jnp.sqrt(b * b - 4 * self.rheobase * a)) / (2 * a)
        root = jnp.where(a > 0, crossing, jnp.where(is_above, 1.0, 0.0))
        fired = (root >= latest) & (root <= jnp.where(is_above, jnp.inf, 1.0)) & (tally < max_spikes)
        return EventLifState(b, a, jnp.where(fired, jnp.minimum(root, 1 / decay), 0.0), tally)

    def tally(self, state: EventLifState, decay: Scalar) -> Float[Array, "*shape"]:
        """The tally with the spike of this step.

        It is late where the neuron crosses again within the step, reset at y: I (q - q^2) >= c with q = r / y. That
        crossing comes in the next step.
        """
        is_late = decay * state.quadratic * (state.phase - decay) >= self.rheobase
        return state.tally + jnp.where(state.phase > 0, 1.0 + jnp.where(is_late, LATE, 0.0), 0.0)


def spike_counts(tally: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The spikes in a tally."""
    return jnp.floor(tally)


def late_spikes(tally: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
    """The spikes in a tally whose successor had no step of its own."""
    return (tally - jnp.floor(tally)) / LATE
