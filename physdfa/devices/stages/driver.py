"""The amplifier between the converter and the modulator, with a soft limit to its swing."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import Monotone
from physdfa.parts import ParameterValue, parameter


class Driver(Monotone):
    """v = saturation tanh(gain v_in / saturation): linear for small signals, at most +-saturation.

    **Arguments:**

    - `gain`: small-signal voltage gain k, > 0. As long as the driver is linear, it acts as `drive_gain` does.
    - `saturation`: largest output voltage v_sat [V], > 0.

    **Raises:** `InputError` at construction, if a value leaves its range.
    """

    gain: ParameterValue = parameter(
        default=1.0, unit="", low=0.0, low_open=True, typical=(0.1, 10.0), meaning="the small-signal gain"
    )
    saturation: ParameterValue = parameter(
        default=5.0, unit="V", low=0.0, low_open=True, typical=(1.0, 10.0), meaning="the largest output voltage"
    )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, volts out."""
        return "V", "V"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Drive voltage [V] for the input voltage `signal` [V]."""
        del key  # noiseless
        # Rationals of 8 and 9 coefficients (error 4e-7), exp, and a reciprocal root with a polynomial were tried in the
        # place of tanh: none ran faster (CPU).
        return self.saturation * jnp.tanh(signal * (self.gain / self.saturation))

    def clips(self, signal: Signal) -> Bool[Array, "*shape"]:
        """Voltages whose answer is within 1 % of the saturation."""
        return jnp.abs(jnp.tanh(signal * (self.gain / self.saturation))) > 0.99
