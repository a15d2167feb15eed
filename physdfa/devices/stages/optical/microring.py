"""The microring resonator: a voltage shifts its resonance over the laser line, a Lorentzian dip or peak."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.base import AbstractDevice
from physdfa.errors import InputError
from physdfa.parts import ParameterValue, is_traced, option, parameter
from physdfa.units import power_ratio_from_db

# So many line widths away the Lorentzian is 2.5e-19, nothing beside 1; farther away its square would overflow.
_FAR = 1e9
_DEFAULT_EXTINCTION_DB = 15.0


class Microring(AbstractDevice):
    """The power at one port of a ring whose resonance a voltage shifts over the laser line.

    d is the distance between laser and resonance in line widths.

    d = (v - v_0) / v_fwhm
    through: P = P_in 10^(-IL/10) [1 - (1 - r) / (1 + 4 d^2)],   r = 10^(-ER/10)
    drop:    P = P_in 10^(-IL/10) / (1 + 4 d^2)

    **Arguments:**

    - `v_fwhm`: voltage that shifts the resonance by its full width at half maximum [V], > 0: the line width divided by
      the shift per volt.
    - `v_0`: voltage of resonance [V], finite. Behind a linear drive it acts as -`offset` does.
    - `extinction_ratio_db`: ER, the depth of the dip at the through port [dB], > 0; inf for critical coupling. The drop
      port has no such floor: there any value but the default is refused.
    - `insertion_loss_db`: IL, the loss off resonance (through) or on it (drop) [dB], >= 0.
    - `optical_power`: P_in [W], > 0.
    - `port`: "through" or "drop".

    **Raises:** `InputError` at construction, if a value leaves its range, or `extinction_ratio_db` is given for the
    drop port.

    **Source:** W. Bogaerts et al., Laser Photonics Rev. 6, 47 (2012), the Lorentzian limit of a narrow resonance. The
    shift proportional to the voltage is that of carrier depletion or the Pockels effect at small signals.
    """

    v_fwhm: ParameterValue = parameter(
        default=1.0, unit="V", low=0.0, low_open=True, typical=(0.3, 5.0), meaning="the voltage of one line width"
    )
    v_0: ParameterValue = parameter(
        default=0.0, unit="V", typical=(-3.0, 3.0), meaning="the voltage of resonance", place="input"
    )
    extinction_ratio_db: ParameterValue = parameter(
        default=_DEFAULT_EXTINCTION_DB,
        unit="dB",
        low=0.0,
        low_open=True,
        high_open=False,  # inf is critical coupling
        typical=(5.0, 25.0),
        meaning="the depth of the dip at the through port",
    )
    insertion_loss_db: ParameterValue = parameter(
        default=3.0, unit="dB", low=0.0, typical=(1.0, 6.0), meaning="the loss beside that of the resonance"
    )
    optical_power: ParameterValue = parameter(
        default=1e-3,
        unit="W",
        low=0.0,
        low_open=True,
        typical=(1e-5, 1e-2),
        meaning="the power of the light that enters",
    )
    port: str = option(default="through", choices=("through", "drop"), meaning="where the light is taken from the ring")

    def __check_init__(self):
        depth = self.extinction_ratio_db
        if self.port == "drop" and not is_traced(depth) and np.any(np.asarray(depth) != _DEFAULT_EXTINCTION_DB):
            raise InputError(
                "`extinction_ratio_db` is the depth of the dip at the through port and does nothing at the drop port: "
                'leave it out, or take port = "through".'
            )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, watts out."""
        return "V", "W"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Optical power [W] at the voltage `signal` [V]."""
        del key  # noiseless
        peak = self.optical_power * power_ratio_from_db(-self.insertion_loss_db)
        detuning = jnp.clip((signal - self.v_0) * (1.0 / self.v_fwhm), -_FAR, _FAR)
        four_d_squared = 4.0 * detuning * detuning
        if self.port == "drop":
            return peak / (1.0 + four_d_squared)
        # The same fraction as in the docstring, without the cancellation at the bottom of the dip.
        return peak * ((power_ratio_from_db(-self.extinction_ratio_db) + four_d_squared) / (1.0 + four_d_squared))

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact: the resonance where the interval holds it, otherwise the answers at its ends."""
        ends = self.respond(low), self.respond(high)
        resonance = self.respond(self.v_0)
        holds_it = (low <= self.v_0) & (self.v_0 <= high)
        least, largest = jnp.minimum(*ends), jnp.maximum(*ends)
        if self.port == "drop":
            return least, jnp.where(holds_it, resonance, largest)
        return jnp.where(holds_it, resonance, least), largest
