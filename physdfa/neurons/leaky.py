"""What all leaky neurons share: the leak, the threshold, the reset, the rest after a spike and the surrogate."""

from dataclasses import replace
from functools import partial
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.arrays import Scalar
from physdfa.neurons.base import AbstractNeuron, NeuronStep, where_awake
from physdfa.parts import ParameterValue, option, parameter
from physdfa.surrogates import SURROGATES

RESETS = ("zero", "subtract")


class LifState(NamedTuple):
    """What a neuron carries to its next step.

    - `residue`: what the leak and the reset leave of the membrane potential, so that u_{t+1} = residue + I_{t+1}.
    - `refractory`: steps for which the neuron still rests; `None` for neurons without a refractory period.
    """

    residue: Float[Array, "*shape"]
    refractory: Float[Array, "*shape"] | None


@partial(jax.custom_jvp, nondiff_argnums=(4, 5))
def fire(
    potential: Float[Array, "*shape"], threshold: Scalar, width: Scalar, decay: Scalar, surrogate: str, reset: str
) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
    """Spikes H(u - theta), with H(0) = 1, and the residue after leak and reset.

    A choice between two values, not a product with 1 - s: from one step to the next it takes half as long, because the
    processor computes both while it compares. The derivatives are those of the product, with the surrogate for H'.
    """
    del width, surrogate  # only the derivative uses them
    has_fired, leaked = potential >= threshold, decay * potential
    after = jnp.zeros_like(leaked) if reset == "zero" else leaked - threshold
    return has_fired.astype(potential.dtype), jnp.where(has_fired, after, leaked)


@fire.defjvp
def _fire_jvp(surrogate, reset, primals, tangents):
    potential, threshold, width, decay = primals
    d_potential, d_threshold, _, d_decay = tangents
    spikes, residue = fire(*primals, surrogate, reset)
    d_spikes = SURROGATES[surrogate](potential - threshold, width) * (d_potential - d_threshold)
    d_leaked = d_decay * potential + decay * d_potential
    if reset == "zero":
        d_residue = d_leaked * (1 - spikes) - decay * potential * d_spikes
    else:
        d_residue = d_leaked - d_threshold * spikes - threshold * d_spikes
    return (spikes, residue), (d_spikes, d_residue)


class AbstractLeaky(AbstractNeuron):
    """A neuron whose membrane potential leaks, and is reset by a spike; its members say what drives the membrane.

    u_t = decay_mem * u_{t-1} * (1 - s_{t-1}) + i_t          reset = "zero"
    u_t = decay_mem * u_{t-1} - threshold * s_{t-1} + i_t    reset = "subtract"
    u_0 = s_0 = 0

    For `refractory_steps` steps after a spike, u and s are held at 0; what comes in meanwhile is lost, and so is what
    the reset left. A learning rule takes nothing from a neuron at rest: see `where_awake`.

    **Arguments:**

    - `decay_mem`: leak per step, exp(-dt/tau_mem), 0 ... 1.
    - `threshold`: firing threshold [unit of u], > 0.
    - `reset`: "zero" or "subtract".
    - `refractory_steps`: steps of rest after a spike, >= 0.
    - `surrogate`, `surrogate_width`: the surrogate derivative sigma'(u - threshold) and its width [unit of u], > 0;
      by default the threshold.

    **Raises:** `InputError` at construction, if a value leaves its range.
    """

    between_steps: ClassVar[tuple[str, ...]] = ("decay_mem", "reset", "refractory_steps")

    decay_mem: ParameterValue = parameter(
        default=0.9, unit="", low=0, high=1, meaning="the share of the membrane potential kept per step"
    )
    threshold: ParameterValue = parameter(
        default=1.0, unit="", low=0, low_open=True, meaning="the firing threshold, in units of the membrane potential"
    )
    reset: str = option(
        default="zero", choices=RESETS, meaning="what a spike does: to zero, or by subtraction of the threshold"
    )
    refractory_steps: int = option(default=0, low=0, high=10**9, meaning="the steps of rest after a spike")
    surrogate: str = option(
        default="triangle", choices=tuple(SURROGATES), meaning="the derivative that stands in for the spike's"
    )
    surrogate_width: ParameterValue = parameter(
        default=None,
        otherwise="the threshold",
        unit="",
        low=0,
        low_open=True,
        meaning="the width of the surrogate derivative, in units of the membrane potential",
    )

    def __post_init__(self):
        if self.surrogate_width is None:
            self.surrogate_width = self.threshold

    @property
    def rest_steps(self) -> int:
        """The refractory period."""
        return self.refractory_steps

    def with_decay(self, decay: Scalar) -> "AbstractLeaky":
        """The same neuron with another `decay_mem`."""
        return replace(self, decay_mem=decay)

    def membrane_at_rest(self, shape: tuple[int, ...]) -> LifState:
        """u = 0, no refractory period running."""
        rest = jnp.zeros(shape)
        return LifState(rest, rest if self.refractory_steps else None)

    def membrane_step(self, current: Float[Array, "*shape"], state: LifState) -> tuple[NeuronStep, LifState]:
        """One time step of the membrane, driven by `current` [unit of u]."""
        resting = None if state.refractory is None else state.refractory > 0
        potential = where_awake(state.residue + current, resting)
        spikes, residue = fire(
            potential, self.threshold, self.surrogate_width, self.decay_mem, self.surrogate, self.reset
        )
        return NeuronStep(potential, spikes, resting), LifState(residue, self.rest_after(spikes, state.refractory))

    def rest_after(
        self, spikes: Float[Array, "*shape"], refractory: Float[Array, "*shape"] | None
    ) -> Float[Array, "*shape"] | None:
        """The steps of rest that remain after a step with these spikes."""
        if refractory is None:
            return None
        return jnp.where(spikes > 0, float(self.refractory_steps), jnp.maximum(refractory - 1, 0.0))

    def surrogate_derivative(self, potential: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        """f'(u) at the membrane potential `potential` of a neuron that is awake; at rest it counts for nothing."""
        return SURROGATES[self.surrogate](potential - self.threshold, self.surrogate_width)
