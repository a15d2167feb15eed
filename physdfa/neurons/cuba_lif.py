"""Leaky integrate-and-fire neurons with a synaptic current that outlasts the spikes that came in."""

from typing import ClassVar, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.arrays import Scalar
from physdfa.neurons.base import NeuronStep
from physdfa.neurons.leaky import AbstractLeaky, LifState
from physdfa.parts import ParameterValue, parameter


class CubaState(NamedTuple):
    """What a neuron carries to its next step: the synaptic `current` [unit of u], and its `membrane`."""

    current: Float[Array, "*shape"]
    membrane: LifState


class CubaLif(AbstractLeaky):
    """Current-based leaky integrate-and-fire neuron: the input drives a current, and that the membrane.

    i_t = decay_syn * i_{t-1} + I_t,   i_0 = 0;   u_t and s_t are those of `Lif` under i_t in the place of I_t

    The current is not reset: it goes on through spikes and rests. With `decay_syn` 0 it is `Lif`.

    **Arguments:** those of `AbstractLeaky`, and

    - `decay_syn`: share of the current kept per step, exp(-dt/tau_syn), 0 ... 1.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** Zenke & Ganguli, Neural Comput. 30 (2018); in steps as Neftci, Mostafa & Zenke, IEEE Signal Process.
    Mag. 36 (2019), eqs. 4-5, whose current acts one step later.
    """

    name: ClassVar[str] = "cuba_lif"
    between_steps: ClassVar[tuple[str, ...]] = (*AbstractLeaky.between_steps, "decay_syn")

    decay_syn: ParameterValue = parameter(
        default=0.8, unit="", low=0, high=1, meaning="the share of the synaptic current kept per step"
    )

    @property
    def synaptic_decay(self) -> Scalar:
        """As `decay_syn` says."""
        return self.decay_syn

    def initial_state(self, shape: tuple[int, ...]) -> CubaState:
        """Neurons at rest, no current."""
        return CubaState(jnp.zeros(shape), self.membrane_at_rest(shape))

    def step(self, current: Float[Array, "*shape"], state: CubaState) -> tuple[NeuronStep, CubaState]:
        """One time step under the input `current` [unit of u]."""
        synaptic = self.decay_syn * state.current + current
        shown, membrane = self.membrane_step(synaptic, state.membrane)
        return shown, CubaState(synaptic, membrane)
