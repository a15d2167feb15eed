"""The contract of every backward device: an elementwise answer, levels that can be measured, and a range."""

import abc
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.parts import ParameterValue, check_declared

_LARGEST = float(np.finfo(np.float32).max)


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

    @abc.abstractmethod
    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """(least, largest) noiseless output over all inputs from `low` to `high`, which may be infinite."""

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

    @property
    def units(self) -> tuple[str | None, str | None]:
        """SI units of input and output. None stands for an input of any unit, and for an output in that of the input.

        A cascade refuses stages that do not fit each other.
        """
        return None, None

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
    def is_affine(self) -> bool:
        """Whether a weighted mean of signals gives that mean of the answers; with noise it never does."""
        return False

    def before_affine_end(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The answer before the affine end, which is a chain's last stages or a final offset and gain."""
        return self.respond(signal, key=key)

    def affine_end(self, signal: Signal) -> Signal:
        """The answer of the affine end: `affine_end(before_affine_end(u, key=key))` is `respond(u, key=key)`.

        A rule that sums g over time can therefore sum what comes before it, and let it answer once.
        """
        return signal

    def advance(self, *, num_requests: int, key: PRNGKeyArray) -> "AbstractDevice":
        """The device after one more update of the network, when its bias has drifted on. Most stay as they are.

        **Arguments:**

        - `num_requests`: calls of g in that update, neurons times time steps times samples.
        """
        del num_requests, key
        return self

    @property
    def range_policy(self) -> str | None:
        """The policy for inputs beyond what is known of the device, such as "refuse"; None if all is known."""
        return None

    def leaves_range(self, signal: Signal) -> Bool[Array, "*shape"]:
        """Inputs beyond what is known of the noiseless device, which a policy answers."""
        return jnp.zeros(jnp.shape(signal), bool)

    def clips(self, signal: Signal) -> Bool[Array, "*shape"] | None:
        """Inputs that this stage answers by an end of its scale; None where it has no scale."""
        del signal
        return None


def affine_range(
    low: ParameterValue, high: ParameterValue, slope: ParameterValue, intercept: ParameterValue
) -> tuple[ParameterValue, ParameterValue]:
    """The range of `slope * x + intercept` for x from `low` to `high`. A slope of 0 wins over an infinite end."""
    first, second = (jnp.where(slope == 0, 0.0, slope * end) + intercept for end in (low, high))
    return jnp.minimum(first, second), jnp.maximum(first, second)


def monotone_range(
    device: AbstractDevice, low: ParameterValue, high: ParameterValue
) -> tuple[ParameterValue, ParameterValue]:
    """The range of a device whose answer only rises or only falls: its answers at the two ends."""
    first, second = (device.respond(jnp.clip(end, -_LARGEST, _LARGEST)) for end in (low, high))
    return jnp.minimum(first, second), jnp.maximum(first, second)
