"""Readouts: from the input currents of the classes, step by step, to one number for each.

Those that are linear in the spikes take their weighted sum over time before the one matrix product:

    o = (sum_t c_t s_t) W^T + (sum_t c_t) b

    rate              c_t = 1/T                                 mean spike rate of the last hidden layer
    membrane, mean    c_t = (1/T) sum_{k=t..T} kappa^(k-t)      mean of the leaky integrator v_t = kappa v_{t-1} + I_t
    membrane, last    c_t = kappa^(T-t)                         its value at the end, I_t = s_t W^T + b

`count` has spiking output neurons: o = sum_t s^o_t.
"""

import abc
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from physdfa.neurons import AbstractNeuron
from physdfa.parts import ParameterValue, Registry, check_declared, declared_as, option, parameter
from physdfa.tuning import for_accelerator

MEMBRANE_REDUCTIONS = ("mean", "last")

UNROLL_STEPS = 5
"""Steps fused into one kernel. What a step writes to memory (spikes for a product, sums, all of the way back) computes
it anew from the first one of its kernel: with 8, devices with noise or a table and spike counts took 1.05 to 1.15 times
as long; with 25 BPTT took 1.6 times as long, and six times at T = 100 (one thread, 784-800-10)."""

MOST_UNROLLED = 32
"""The same at most on an accelerator, where a kernel costs some microseconds to start, and its state stays in
registers: more would take long to compile."""


def steps_per_kernel(num_steps: int, on_processor: int = UNROLL_STEPS) -> int:
    """Steps fused into one kernel: on an accelerator all of them, or equal parts of at most `MOST_UNROLLED`."""
    if not for_accelerator():
        return min(on_processor, num_steps)
    return -(-num_steps // -(-num_steps // MOST_UNROLLED))


class StepSum(NamedTuple):
    """sum_t c_t x_t as `finish` of the sum of `term(step, x_t)`; the step counts from 0."""

    term: Callable[[Int[Array, ""], Float[Array, "*shape"]], Float[Array, "*shape"]]
    finish: Callable[[Float[Array, "*shape"]], Float[Array, "*shape"]]


class AbstractReadout(eqx.Module):
    """How the classes are read from the currents I_t = s_t W^T + b; the equations stand at the head of this file.

    To define one of your own, say how it starts and what a step does; the rest follows. One that is linear in the
    spikes derives from `AbstractLinearReadout` and costs one matrix product in place of one per step.

    - `name`: as in a config; `is_linear`: whether the outputs are linear in the currents.
    - `reads`: which of the neuron's `surrogate` and `surrogate_width` it depends on.
    - `between_steps`: names of its declared numbers that act from one step to the next only.
    - `weighs_steps_alike`: whether c_t is the same at every step.

    **Raises:** `InputError` at construction, if a declared number leaves its range.
    """

    name: ClassVar[str] = "own"
    is_linear: ClassVar[bool] = False
    reads: ClassVar[frozenset[str]] = frozenset()
    between_steps: ClassVar[tuple[str, ...]] = ()
    weighs_steps_alike: ClassVar[bool] = True

    def __check_init__(self):
        check_declared(self)

    @abc.abstractmethod
    def initial_state(self, shape: tuple[int, int]) -> Any:
        """The state before the first step, for [batch classes]."""

    @abc.abstractmethod
    def step(
        self, current: Float[Array, "batch classes"], state: Any, index: Int[Array, ""]
    ) -> tuple[Float[Array, "batch classes"], Any]:
        """The outputs as they stand after step `index` (from 0), and the state."""

    def with_neuron(self, neuron: AbstractNeuron) -> "AbstractReadout":
        """This readout in a network whose hidden neurons are such; for readouts with neurons of their own."""
        del neuron
        return self

    def wanted(self, num_steps: int) -> float:
        """The output that the loss "mse" wants of the true class."""
        del num_steps
        return 1.0

    def step_weights(self, num_steps: int) -> Float[Array, " time"]:
        """c_t, by which feedback to hidden layers weighs the steps: 1 where the readout itself weighs them."""
        return jnp.ones((num_steps,))

    def step_sum(self, num_steps: int) -> StepSum:
        """Forms sum_t c_t x_t: with c_t at each step, or once at the end where all are alike."""
        weights = self.step_weights(num_steps)
        if self.weighs_steps_alike:
            return StepSum(lambda step, values: values, lambda total: weights[0] * total)
        return StepSum(lambda step, values: weights[step] * values, lambda total: total)

    def over_time(self, currents: Float[Array, "time batch classes"]) -> Float[Array, "time batch classes"]:
        """The outputs as they stand after each step."""

        def step(state, entering):
            index, current = entering
            outputs, state = self.step(current, state, index)
            return state, outputs

        num_steps, batch, classes = currents.shape
        entering = jnp.arange(num_steps, dtype=jnp.int32), currents
        start = self.initial_state((batch, classes))
        _, outputs = jax.lax.scan(step, start, entering)
        return outputs

    def read(self, currents: Float[Array, "time batch classes"]) -> Float[Array, "batch classes"]:
        """The outputs after the last step."""
        return self.over_time(currents)[-1]


class AbstractLinearReadout(AbstractReadout):
    """A readout that is linear in the spikes: o = sum_t c_t I_t."""

    is_linear: ClassVar[bool] = True

    @abc.abstractmethod
    def step_weights(self, num_steps: int) -> Float[Array, " time"]:
        """c_t for t = 1 ... T."""

    def initial_state(self, shape: tuple[int, int]) -> Float[Array, "batch classes"]:
        """Nothing seen."""
        return jnp.zeros(shape)

    def step(
        self, current: Float[Array, "batch classes"], state: Any, index: Int[Array, ""]
    ) -> tuple[Float[Array, "batch classes"], Any]:
        """The output is what `followed` makes of the currents."""
        state = self.followed(state, current, index)
        return state, state

    @abc.abstractmethod
    def followed(
        self, trace: Float[Array, "*shape"], values: Float[Array, "*shape"], index: Int[Array, ""]
    ) -> Float[Array, "*shape"]:
        """What the output after step `index` takes of all values so far, from the same before and the new ones."""


class Rate(AbstractLinearReadout):
    """The mean over the steps."""

    name: ClassVar[str] = "rate"

    def step_weights(self, num_steps: int) -> Float[Array, " time"]:
        """The same for each step: 1/T."""
        return jnp.full((num_steps,), 1.0 / num_steps)

    def step(self, current, state, index):
        """The running mean, from the running sum."""
        total = state + current
        return total / (index + 1), total

    def followed(self, trace, values, index):
        """The running mean."""
        return trace + (values - trace) / (index + 1)


class Membrane(AbstractLinearReadout):
    """A leaky integrator: v_t = kappa v_(t-1) + I_t.

    **Arguments:**

    - `readout_decay`: kappa, 0 ... 1.
    - `membrane_reduction`: "mean" over time or the "last" value.
    """

    name: ClassVar[str] = "membrane"
    between_steps: ClassVar[tuple[str, ...]] = ("readout_decay", "membrane_reduction")
    weighs_steps_alike: ClassVar[bool] = False

    readout_decay: ParameterValue = parameter(
        default=0.9, unit="", low=0, high=1, meaning="the leak per step of the output neurons"
    )
    membrane_reduction: str = option(
        default="mean", choices=MEMBRANE_REDUCTIONS, meaning="what is read from the integrator"
    )

    def step_weights(self, num_steps: int) -> Float[Array, " time"]:
        """See the head of this file."""
        powers = self.readout_decay ** jnp.arange(num_steps, dtype=jnp.float32)  # kappa^0 ... kappa^(T-1)
        weights = jnp.cumsum(powers) / num_steps if self.membrane_reduction == "mean" else powers
        return weights[::-1]

    def followed(self, trace, values, index):
        """The integrator; errors of every step are taken at its present value, whatever is reduced at the end."""
        del index
        return self.readout_decay * trace + values


class Count(AbstractReadout):
    """The spikes of output neurons, which are the hidden ones with a leak of their own.

    **Arguments:**

    - `readout_decay`: their leak, 0 ... 1.
    - `neuron`: they themselves; a network makes them of its hidden ones.
    """

    name: ClassVar[str] = "count"
    reads: ClassVar[frozenset[str]] = frozenset({"surrogate", "surrogate_width"})
    between_steps: ClassVar[tuple[str, ...]] = ("readout_decay",)

    readout_decay: ParameterValue = declared_as(Membrane, "readout_decay")
    neuron: AbstractNeuron | None = None

    def with_neuron(self, neuron: AbstractNeuron) -> "Count":
        """With output neurons made of the hidden ones."""
        return replace(self, neuron=neuron.with_decay(self.readout_decay))

    def wanted(self, num_steps: int) -> float:
        """A spike at every step."""
        return float(num_steps)

    def initial_state(self, shape: tuple[int, int]) -> Any:
        """No spikes, and neurons at rest."""
        return jnp.zeros(shape), self._neuron.initial_state(shape)

    def step(self, current, state, index):
        """The spikes so far."""
        del index
        counts, of_neurons = state
        shown, of_neurons = self._neuron.step(current, of_neurons)
        counts = counts + shown.spikes
        return counts, (counts, of_neurons)

    def read(self, currents: Float[Array, "time batch classes"]) -> Float[Array, "batch classes"]:
        """The spikes of all steps, summed at the end: nothing but spikes is stored on the way."""
        neuron, (num_steps, *shape) = self._neuron, currents.shape

        def step(state, current):
            shown, state = neuron.step(current, state)
            return state, shown.spikes

        start = neuron.initial_state(tuple(shape))
        _, spikes = jax.lax.scan(step, start, currents, unroll=steps_per_kernel(num_steps))
        return jnp.sum(spikes, axis=0)

    @property
    def _neuron(self) -> AbstractNeuron:
        assert self.neuron is not None  # a network hands them in
        return self.neuron


READOUTS = Registry("readout", AbstractReadout, {readout.name: readout for readout in (Rate, Membrane, Count)})
"""Readouts by name."""
