"""Leaky integrate-and-fire neurons in discrete time: what comes in acts on the potential at once."""

from typing import ClassVar

from jaxtyping import Array, Float

from physdfa.neurons.base import NeuronStep
from physdfa.neurons.leaky import AbstractLeaky, LifState


class Lif(AbstractLeaky):
    """Leaky integrate-and-fire neuron with a hard or a soft reset.

    u_t = decay_mem * u_{t-1} * (1 - s_{t-1}) + I_t          reset = "zero"
    u_t = decay_mem * u_{t-1} - threshold * s_{t-1} + I_t    reset = "subtract"
    s_t = 1 where u_t >= threshold, else 0

    **Arguments:** those of `AbstractLeaky`.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** Wu et al., "Spatio-temporal backpropagation ..." (STBP, 2018), eqs. 1-4, with the reset made a choice.
    """

    name: ClassVar[str] = "lif"

    def initial_state(self, shape: tuple[int, ...]) -> LifState:
        """Neurons at rest."""
        return self.membrane_at_rest(shape)

    def step(self, current: Float[Array, "*shape"], state: LifState) -> tuple[NeuronStep, LifState]:
        """One time step under the input `current` [unit of u]."""
        return self.membrane_step(current, state)
