"""Readouts: from the spikes of the last hidden layer to one number per class.

`rate` and `membrane` are linear in the spikes, so their sum over time is taken before the one matrix product:

    o = (sum_t c_t s_t) W^T + (sum_t c_t) b

    rate              c_t = 1/T                                 mean spike rate of the last hidden layer
    membrane, mean    c_t = (1/T) sum_{k=t..T} kappa^(k-t)      mean of the leaky integrator v_t = kappa v_{t-1} + I_t
    membrane, last    c_t = kappa^(T-t)                         its value at the end, I_t = s_t W^T + b

`count` has spiking output neurons: o = sum_t s^o_t.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from physdfa.errors import InputError, unknown_name
from physdfa.neurons import Lif

READOUTS = ("rate", "membrane", "count")
MEMBRANE_REDUCTIONS = ("mean", "last")


class StepSum(NamedTuple):
    """sum_t c_t x_t as `finish` of the sum of `term(step, x_t)`; the step counts from 0."""

    term: Callable[[Int[Array, ""], Float[Array, "*shape"]], Float[Array, "*shape"]]
    finish: Callable[[Float[Array, "*shape"]], Float[Array, "*shape"]]


class Readout(eqx.Module):
    """How the classes are read from the last hidden layer; the equations stand at the head of this file.

    **Arguments:**

    - `name`: "rate", "membrane" or "count".
    - `neuron`: the output neuron; its leak is kappa of `membrane`, and all of it is the neuron of `count`.
    - `membrane_reduction`: "mean" over time or the "last" value, for `membrane`.
    """

    name: str = eqx.field(static=True)
    neuron: Lif
    membrane_reduction: str = eqx.field(static=True, default="mean")

    def __check_init__(self):
        if self.name not in READOUTS:
            raise InputError(f"`readout`: {unknown_name('readout', self.name, READOUTS)}")
        if self.membrane_reduction not in MEMBRANE_REDUCTIONS:
            reason = unknown_name("reduction", self.membrane_reduction, MEMBRANE_REDUCTIONS)
            raise InputError(f"`membrane_reduction`: {reason}")

    @property
    def is_linear(self) -> bool:
        """Whether the outputs are linear in the spikes of the last hidden layer."""
        return self.name != "count"

    def step_weights(self, num_steps: int) -> Float[Array, " time"]:
        """c_t = d o / d (s_t W^T) of a linear readout; 1 for `count`, whose neurons weigh the steps."""
        if self.name == "rate":
            return jnp.full((num_steps,), 1.0 / num_steps)
        if self.name == "count":
            return jnp.ones((num_steps,))
        powers = self.neuron.decay_mem ** jnp.arange(num_steps, dtype=jnp.float32)  # kappa^0 ... kappa^(T-1)
        weights = jnp.cumsum(powers) / num_steps if self.membrane_reduction == "mean" else powers
        return weights[::-1]

    @property
    def weighs_steps_alike(self) -> bool:
        """Whether c_t is the same at every step."""
        return self.name != "membrane"

    def step_sum(self, num_steps: int) -> StepSum:
        """Forms sum_t c_t x_t: with c_t at each step, or once at the end where all are alike."""
        weights = self.step_weights(num_steps)
        if self.weighs_steps_alike:
            return StepSum(lambda step, values: values, lambda total: weights[0] * total)
        return StepSum(lambda step, values: weights[step] * values, lambda total: total)

    def online_output(
        self, state: Any, current: Float[Array, "batch classes"], step: Int[Array, ""]
    ) -> tuple[Float[Array, "batch classes"], Any]:
        """The output as it stands after `step` (from 0): running mean, membrane potential, or count so far."""
        if self.name == "rate":
            total = state + current
            return total / (step + 1), total
        if self.name == "membrane":
            potential = self.neuron.decay_mem * state + current
            return potential, potential
        counts, neuron_state = state
        shown, neuron_state = self.neuron.step(current, neuron_state)
        counts = counts + shown.spikes
        return counts, (counts, neuron_state)

    def online_state(self, shape: tuple[int, int]) -> Any:
        """The state that `online_output` starts from, for [batch classes]."""
        if self.is_linear:
            return jnp.zeros(shape)
        return jnp.zeros(shape), self.neuron.initial_state(shape)
