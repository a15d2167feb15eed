"""Volts from the membrane potential: the first stage of every chain."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.base import AbstractDevice, affine_range
from physdfa.parts import Parameter, ParameterValue, parameter

# Far beyond any voltage, and small enough that no product later in a chain overflows float32.
_LARGEST_VOLTAGE = 1e30


class Encode(AbstractDevice):
    """v_in = drive_gain u + offset.

    **Arguments:**

    - `drive_gain`: volts per unit of the membrane potential [V], finite; negative inverts, 0 makes g constant.
    - `offset`: voltage at u = 0 [V], finite. Without a DAC or driver it acts as -`v_bias` of the modulator does.
    - `drive_unit`: SI unit that stands for the volt in all of this where the next stage is driven otherwise: "A" for a
      laser.

    **Raises:** `InputError` at construction, if a value is not finite.
    """

    drive_gain: ParameterValue = parameter(
        default=1.0, unit="V", typical=(0.1, 10.0), meaning="the drive voltage per unit of the membrane potential"
    )
    offset: ParameterValue = parameter(
        default=0.0, unit="V", typical=(-5.0, 5.0), meaning="the drive voltage at zero potential", place="output"
    )
    drive_unit: str = eqx.field(static=True, default="V")

    def unit_of(self, declared: Parameter, incoming: str | None) -> str:
        """The unit of what the next stage is driven with."""
        del declared, incoming
        return self.drive_unit

    @property
    def units(self) -> tuple[str | None, str | None]:
        """A potential in, volts (or `drive_unit`) out."""
        return None, self.drive_unit

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Voltage [V] for the membrane potential `signal`; beyond 1e30 V it is held, to stay finite."""
        del key  # noiseless
        return jnp.clip(self.drive_gain * signal + self.offset, -_LARGEST_VOLTAGE, _LARGEST_VOLTAGE)

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact, and infinite where `low` or `high` is."""
        return affine_range(low, high, self.drive_gain, self.offset)
