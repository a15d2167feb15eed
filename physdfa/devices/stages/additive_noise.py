"""Noise whose origin is not modelled: the spread that a measured curve leaves around its fit."""

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.base import AbstractDevice
from physdfa.noise import standard_normal
from physdfa.parts import Parameter, ParameterValue, parameter


class AdditiveNoise(AbstractDevice):
    """Normal noise, independent for every neuron, step and sample: y = x + noise_std n.

    n has mean 0 and variance 1.

    It is as large as stated where it stands: a filter along the neurons behind it averages it.

    **Arguments:**

    - `noise_std`: standard deviation, in the unit of the input, >= 0.

    **Raises:** `InputError` at construction, if the value leaves its range.
    """

    noise_std: ParameterValue = parameter(
        default=0.0, unit="", low=0.0, typical=(0.0, 1e-4), meaning="the noise in the unit of the stage before"
    )

    def unit_of(self, declared: Parameter, incoming: str | None) -> str:
        """That of the signal."""
        del declared
        return incoming or ""

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The signal in its own unit, with noise where a key is given."""
        if key is None:
            return signal
        return signal + self.noise_std * standard_normal(key, jnp.shape(signal))

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Without noise: the range of the input."""
        return low, high
