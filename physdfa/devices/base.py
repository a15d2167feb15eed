"""The contract of every backward device: its answer, and the promises that it may make beside it."""

import abc
from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.parts import Parameter, ParameterValue, check_declared

LARGEST = float(np.finfo(np.float32).max)
"""What stands for an infinite input."""


class Timing(NamedTuple):
    """The speed limits of a device; None where it sets none.

    - `f_3db`: its 3-dB bandwidth [Hz]; `symbol_rate`: neurons it serves per second [Bd].
    - `filter_rate`: symbol rate [Bd] of the filter along the neurons: of one that it is or holds, or, where a chain
      tells a stage, of the next one behind that stage.
    """

    f_3db: ParameterValue | None
    symbol_rate: ParameterValue | None
    filter_rate: ParameterValue | None = None


class AbstractDevice(eqx.Module):
    """A physical or ideal element with one input and one output, both arrays of the same shape.

    A class states its answer, `respond`, and nothing else is asked of it. The other methods are promises that it may
    make by overriding them: its range, its units, where its answer ends affine, memory, drift, timing, levels. What it
    does not promise is found by sampling (the range, and with it the levels of the stages behind it), or is taken for
    the plainest thing there is. Classes to derive from for the commonest promises: `physdfa.devices.promises`.

    The numbers of a device are array leaves declared with `parameter(...)`, so that a population of devices is the
    same device with a leading axis on each leaf, mapped over with `jax.vmap`. Build devices outside `jit`: there each
    declared number is checked; inside, pass them freely.

    **Raises:** `InputError` (a `ValueError`) at construction, if a declared number leaves its range.
    """

    def __check_init__(self):
        check_declared(self)

    @abc.abstractmethod
    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The output for the input `signal`, elementwise unless it `has_memory`; without a key it is noiseless."""

    # Noise: two stages of a chain draw once for both, where nothing lies between their noises.

    def noise_at_input(self, shape: tuple[int, ...]) -> Float[Array, "..."] | None:
        """Standard deviation of the normal noise that is added to what comes in, of this shape, before all else.

        None where there is none. It is all noise of the stage: where the stage before draws it, this one gets no key.
        """
        del shape
        return None

    @property
    def ends_with_noise(self) -> bool:
        """Whether its last act is to add normal noise, to which `respond_with_noise` adds that of the next stage."""
        return False

    def respond_with_noise(self, signal: Signal, added: Float[Array, "..."], *, key: PRNGKeyArray) -> Signal:
        """The answer of a stage that `ends_with_noise`, and independent normal noise of the deviation `added`."""
        raise NotImplementedError

    # Range and units: what a chain is set by.

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """(least, largest) noiseless output over all inputs from `low` to `high`, which may be infinite.

        Found by sampling, where the class does not state it: see `sampled_range`.
        """
        return sampled_range(self, low, high)

    @property
    def states_range(self) -> bool:
        """Whether the class states its range, instead of having it sampled."""
        return type(self).output_range is not AbstractDevice.output_range

    def unit_of(self, declared: Parameter, incoming: str | None) -> str:
        """The unit of a declared number where the signal that comes in has the unit `incoming`; None: not known."""
        del incoming
        return declared.unit

    @property
    def units(self) -> tuple[str | None, str | None]:
        """SI units of input and output. None stands for an input of any unit, and for an output in that of the input.

        A cascade refuses stages that do not fit each other.
        """
        return None, None

    def clips(self, signal: Signal) -> Bool[Array, "*shape"] | None:
        """Inputs that this stage answers by an end of its scale; None where it has no scale."""
        del signal
        return None

    # Affine end: a rule that sums g over time can sum what comes before it, and let it answer once.

    @property
    def is_affine(self) -> bool:
        """Whether a weighted mean of signals gives that mean of the answers; with noise it never does."""
        return False

    def before_affine_end(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The answer before the affine end, which is a chain's last stages or a final offset and gain."""
        return self.respond(signal, key=key)

    def affine_end(self, signal: Signal) -> Signal:
        """The answer of the affine end: `affine_end(before_affine_end(u, key=key))` is `respond(u, key=key)`."""
        return signal

    # Levels: what is set by the signal that comes in.

    def calibrate(self, potentials: Signal) -> "AbstractDevice":
        """The device with those levels set that are measured on `potentials`; unchanged where it has none."""
        del potentials
        return self

    def with_levels(
        self, low: ParameterValue, high: ParameterValue, mean: ParameterValue | None = None
    ) -> "AbstractDevice":
        """The device with its levels set for inputs between `low` and `high` whose measured mean is `mean`.

        A cascade calls this on each stage; unchanged where the stage has no levels, as most have not.
        """
        del low, high, mean
        return self

    # Time: speed, memory along the neurons, drift from update to update.

    @property
    def timing(self) -> "Timing":
        """The speed limits of this device; None where it sets none."""
        return Timing(None, None)

    def with_timing(self, timing: "Timing") -> "AbstractDevice":
        """The device in a chain of this bandwidth and symbol rate, before a filter at `timing.filter_rate` if any."""
        del timing
        return self

    @property
    def has_memory(self) -> bool:
        """Whether a neuron's answer depends on the neurons before it in the last axis; else g is elementwise."""
        return False

    @property
    def answers_in_blocks(self) -> bool:
        """Whether it is asked for all time steps of an update at once: a question costs more than its values."""
        return False

    def advance(self, *, num_requests: int, key: PRNGKeyArray) -> "AbstractDevice":
        """The device after one more update of the network, when its bias has drifted on. Most stay as they are.

        **Arguments:**

        - `num_requests`: calls of g in that update, neurons times time steps times samples.
        """
        del num_requests, key
        return self

    # What is known: inputs beyond it are answered by a policy, and counted.

    @property
    def range_policy(self) -> str | None:
        """The policy for inputs beyond what is known of the device, such as "refuse"; None if all is known."""
        return None

    def leaves_range(self, signal: Signal) -> Bool[Array, "*shape"]:
        """Inputs beyond what is known of the noiseless device, which a policy answers."""
        return jnp.zeros(jnp.shape(signal), bool)


def affine_range(
    low: ParameterValue, high: ParameterValue, slope: ParameterValue, intercept: ParameterValue
) -> tuple[ParameterValue, ParameterValue]:
    """The range of `slope * x + intercept` for x from `low` to `high`. A slope of 0 wins over an infinite end."""
    first, second = (jnp.where(slope == 0, 0.0, slope * end) + intercept for end in (low, high))
    return jnp.minimum(first, second), jnp.maximum(first, second)


_EVENLY = 2049
_REACH = 64.0
_FAR = 1e3
_BY_SIZE = np.geomspace(1e-12, LARGEST, 801, dtype=np.float32)
"""Inputs at which a device is sampled: so many evenly from end to end, and so many magnitudes of each sign. An end
beyond `_FAR` is put `_REACH` away for the even ones: 0.06 apart, where potentials and volts are of order 1."""


@jax.jit
def sampled_range(
    device: AbstractDevice, low: ParameterValue, high: ParameterValue
) -> tuple[ParameterValue, ParameterValue]:
    """The least and the largest answer found at about 3,600 inputs from `low` to `high`, each then looked at closely.

    A peak narrower than a thousandth of the interval can be missed, and memory is not seen, since each input is asked
    for alone: a device that has such states its range itself.
    """
    low, high = (jnp.clip(end, -LARGEST, LARGEST) for end in (low, high))
    first = jnp.where(low < -_FAR, jnp.minimum(high, 0.0) - _REACH, low)
    last = jnp.where(high > _FAR, jnp.maximum(low, 0.0) + _REACH, high)
    evenly = jnp.linspace(jnp.maximum(first, low), jnp.minimum(last, high), _EVENLY)
    by_size = jnp.concatenate([-_BY_SIZE, _BY_SIZE])
    inputs = jnp.sort(jnp.clip(jnp.concatenate([evenly, by_size, low[None], high[None]]), low, high))

    def answers(signal: Signal) -> Signal:
        return device.respond(signal[:, None])[:, 0]  # one row for each input: no memory from one to the next

    return -_peak(lambda signal: -answers(signal), inputs), _peak(answers, inputs)


def _peak(height_at: Callable[[Signal], Signal], inputs: Signal) -> ParameterValue:
    """The largest height at the sorted `inputs`, and between the neighbours of the highest."""
    heights = height_at(inputs)
    highest = jnp.nanmax(heights)
    for _ in range(3):
        place = jnp.nanargmax(heights)
        before, after = inputs[jnp.maximum(place - 1, 0)], inputs[jnp.minimum(place + 1, inputs.size - 1)]
        inputs = jnp.linspace(before, after, 33)
        heights = height_at(inputs)
        highest = jnp.maximum(highest, jnp.nanmax(heights))
    return highest
