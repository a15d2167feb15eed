"""The rectifier: a diode with its load resistor, which is a physical ReLU with a soft corner."""

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import Monotone
from physdfa.parts import ParameterValue, parameter

# So many slopes above the threshold any supply has long been reached; the bound keeps products finite.
_FAR = 1e30


class Rectifier(Monotone):
    """v_out = min(gain v_slope ln(1 + exp((v - v_th) / v_slope)), saturation).

    Below the threshold the output dies off exponentially, as the current of a Shockley diode does; above it, the load
    takes up the rest of the voltage. Exact on both sides: far below, v_out is R times the diode's current if
    v_th = v_slope ln(v_slope / (R I_s)); the slow logarithmic growth of the diode's own voltage above is left out.

    One exponential and one logarithm per call; the error is 1e-7 of `gain v_slope`.

    **Arguments:**

    - `gain`: slope of the conducting branch, > 0; 1 for a load resistor, more behind an amplifier.
    - `v_th`: threshold [V], finite. Behind a linear drive it acts as -`offset` does.
    - `v_slope`: n k_B T / q, the emission coefficient times 25.85 mV at 300 K [V], > 0: the width of the corner.
    - `saturation`: the supply that ends the conducting branch [V], > 0.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** W. Shockley, Bell Syst. Tech. J. 28, 435 (1949), the diode; the interpolation between the exponential
    and the linear branch is that of Enz, Krummenacher & Vittoz, Analog Integr. Circuits Signal Process. 8, 83 (1995).
    """

    gain: ParameterValue = parameter(
        default=1.0, unit="", low=0.0, low_open=True, typical=(0.1, 10.0), meaning="the slope of the conducting branch"
    )
    v_th: ParameterValue = parameter(
        default=0.5, unit="V", typical=(-1.0, 1.5), meaning="the voltage at which it starts to conduct", place="input"
    )
    v_slope: ParameterValue = parameter(
        default=0.05,
        unit="V",
        low=0.0,
        low_open=True,
        typical=(0.025, 0.5),
        meaning="the emission coefficient times the thermal voltage",
    )
    saturation: ParameterValue = parameter(
        default=5.0, unit="V", low=0.0, low_open=True, typical=(1.0, 4.0), meaning="the largest output voltage"
    )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, volts out."""
        return "V", "V"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Output voltage [V] for the input voltage `signal` [V]."""
        del key  # noiseless
        x = jnp.clip((signal - self.v_th) * (1.0 / self.v_slope), -_FAR, _FAR)
        # ln(1 + e^x) without overflow, to 1e-7; log1p would double the time. The least of x and -x, not -|x|, whose
        # derivative at 0 is not the 0 that the sum needs there.
        softplus = jnp.maximum(x, 0.0) + jnp.log(1.0 + jnp.exp(jnp.minimum(x, -x)))
        return jnp.minimum(self.gain * self.v_slope * softplus, self.saturation)
