"""Leaky integrate-and-fire neurons whose threshold rises with each spike and falls back slowly."""

from typing import ClassVar, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.neurons.base import NeuronStep, where_awake
from physdfa.neurons.leaky import AbstractLeaky, LifState, fire
from physdfa.parts import ParameterValue, parameter


class AlifState(NamedTuple):
    """What a neuron carries to its next step: its `membrane`, and a, the `adaptation` [spikes]."""

    membrane: LifState
    adaptation: Float[Array, "*shape"]


class Alif(AbstractLeaky):
    """Adaptive leaky integrate-and-fire neuron: every spike raises its threshold for a while.

    u_t is that of `Lif`;   s_t = 1 where u_t >= threshold + threshold_rise * a_t, else 0
    a_{t+1} = decay_adaptation * a_t + s_t,   a_1 = 0

    A step shows the potential u_t - threshold_rise * a_t, which meets the constant `threshold` when u_t meets the
    raised one: so f' and g of every rule see how far a neuron is from its spike. A reset by subtraction takes the
    constant threshold away. With `threshold_rise` 0 it is `Lif`.

    **Arguments:** those of `AbstractLeaky`, and

    - `threshold_rise`: what one spike adds to the threshold [unit of u], >= 0.
    - `decay_adaptation`: share of the rise kept per step, exp(-dt/tau_a), 0 ... 1.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** Bellec et al., Nat. Commun. 11, 3625 (2020), eqs. 8-10, with the reset made a choice.
    """

    name: ClassVar[str] = "alif"
    between_steps: ClassVar[tuple[str, ...]] = (*AbstractLeaky.between_steps, "threshold_rise", "decay_adaptation")
    remembers_spikes: ClassVar[bool] = True

    threshold_rise: ParameterValue = parameter(
        default=0.2, unit="", low=0, meaning="what a spike adds to the threshold, in units of the membrane potential"
    )
    decay_adaptation: ParameterValue = parameter(
        default=0.95, unit="", low=0, high=1, meaning="the share of the rise of the threshold kept per step"
    )

    def initial_state(self, shape: tuple[int, ...]) -> AlifState:
        """Neurons at rest, their threshold not raised."""
        return AlifState(self.membrane_at_rest(shape), jnp.zeros(shape))

    def step(self, current: Float[Array, "*shape"], state: AlifState) -> tuple[NeuronStep, AlifState]:
        """One time step under the input `current` [unit of u]."""
        refractory = state.membrane.refractory
        resting = None if refractory is None else refractory > 0
        potential = where_awake(state.membrane.residue + current, resting)
        shown = where_awake(potential - self.threshold_rise * state.adaptation, resting)
        spikes, _ = fire(shown, self.threshold, self.surrogate_width, self.decay_mem, self.surrogate, self.reset)
        leaked = self.decay_mem * potential
        residue = leaked * (1 - spikes) if self.reset == "zero" else leaked - self.threshold * spikes
        membrane = LifState(residue, self.rest_after(spikes, refractory))
        return NeuronStep(shown, spikes, resting), AlifState(
            membrane, self.decay_adaptation * state.adaptation + spikes
        )

    def credit(
        self,
        signal: Float[Array, "*shape"],
        factor: Float[Array, "*shape"],
        later: Float[Array, "*shape"],
    ) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
        """delta_t = factor (signal + later), and decay_adaptation later - threshold_rise delta_t; see there."""
        delta = factor * (signal + later)
        return delta, self.decay_adaptation * later - self.threshold_rise * delta
