"""The digital-to-analogue converter: the first analogue voltage of the chain, in steps and within its full scale."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import Monotone
from physdfa.devices.stages.converter import quantised
from physdfa.parts import ParameterValue, parameter


class Dac(Monotone):
    """v = k full_scale / (2^(num_bits - 1) - 1), k whole, the level nearest to v_in clipped to +-full_scale.

    Symmetric and mid-tread: 2^num_bits - 1 levels, 0 one of them. One bit tells the sign: +-full_scale.

    **Arguments:**

    - `num_bits`: resolution, whole, 1 to 16.
    - `full_scale`: largest output voltage [V], > 0.

    **Raises:** `InputError` at construction, if a value leaves its range.
    """

    num_bits: ParameterValue = parameter(
        default=8.0, unit="bit", low=1.0, high=16.0, typical=(4.0, 16.0), meaning="the resolution in bits", whole=True
    )
    full_scale: ParameterValue = parameter(
        default=5.0, unit="V", low=0.0, low_open=True, typical=(1.0, 10.0), meaning="the largest voltage"
    )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, volts out."""
        return "V", "V"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Voltage [V] for the wanted voltage `signal` [V]."""
        del key  # noiseless
        return quantised(signal, self.num_bits, self.full_scale, is_bipolar=True)

    def clips(self, signal: Signal) -> Bool[Array, "*shape"]:
        """Voltages beyond the full scale."""
        return jnp.abs(signal) > self.full_scale
