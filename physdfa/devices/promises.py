"""The commonest promises of a device, as classes to derive from instead of `AbstractDevice`; they can be combined."""

import abc

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.base import LARGEST, AbstractDevice
from physdfa.parts import ParameterValue


class Monotone(AbstractDevice):
    """A device whose answer only rises or only falls: its range is that of its answers at the two ends."""

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact ends, since the answer only rises or only falls; infinity counts as the largest number."""
        first, second = (self.respond(jnp.clip(end, -LARGEST, LARGEST)) for end in (low, high))
        return jnp.minimum(first, second), jnp.maximum(first, second)


class Affine(AbstractDevice):
    """A noiseless device that answers a weighted mean of signals by that mean of the answers."""

    @property
    def is_affine(self) -> bool:
        """Affine, as the class says."""
        return True


class AffineEnd(AbstractDevice):
    """A device that ends with an offset and a gain.

    A rule that sums g over time sums what comes before them, and lets them answer once.
    """

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The affine end of what comes before it."""
        return self.affine_end(self.before_affine_end(signal, key=key))

    @abc.abstractmethod
    def before_affine_end(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The answer up to the offset and the gain; without a key it is noiseless."""

    @abc.abstractmethod
    def affine_end(self, signal: Signal) -> Signal:
        """The offset and the gain."""


class WithMemory(AbstractDevice):
    """A device whose answer for a neuron depends on the neurons before it in the last axis."""

    @property
    def has_memory(self) -> bool:
        """Memory, as the class says."""
        return True
