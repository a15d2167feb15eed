"""The same gain for every neuron: the crudest backward function, and a floor to compare with."""

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.base import AbstractDevice
from physdfa.parts import ParameterValue, parameter


class Constant(AbstractDevice):
    """g(u) = value: the projected error reaches each neuron whatever its potential.

    **Arguments:**

    - `value`: the gain, finite.

    **Raises:** `InputError` at construction, if `value` is not finite.
    """

    value: ParameterValue = parameter(default=1.0, unit="", typical=(-2.0, 2.0), meaning="the gain at every potential")

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """`value`, in the shape of `signal`."""
        del key  # noiseless
        return jnp.full_like(signal, self.value)

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Both ends are `value`."""
        del low, high
        return self.value, self.value
