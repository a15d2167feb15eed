"""The electro-absorption modulator: a reverse voltage makes a semiconductor absorb, so that g falls and stays low."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import Monotone
from physdfa.parts import ParameterValue, parameter
from physdfa.units import power_ratio_from_db

# The logarithm of a smaller voltage is taken as that of this one: the transmission there is 1 in float32.
_LEAST_VOLTAGE = float(np.finfo(np.float32).tiny)
# From here on exp(-exp(x)) is 0 in float32; without this end the gradient far out would be 0 times infinity.
_ALL_ABSORBED = 4.7


class ElectroAbsorptionModulator(Monotone):
    """P(v) = P_in 10^(-IL/10) exp(-(max(v, 0) / v_0)^a), v the reverse voltage.

    Forward voltages change nothing. Two exponentials and a logarithm per call.

    **Arguments:**

    - `v_0`: reverse voltage at which the transmission has fallen to 1/e, by 4.34 dB [V], > 0.
    - `exponent`: a, >= 1: 1 for a linear growth of the absorption, about 2 for the quantum-confined Stark effect.
    - `insertion_loss_db`: IL, the loss without voltage [dB], >= 0.
    - `optical_power`: P_in [W], > 0.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** G. L. Li & P. K. L. Yu, J. Lightwave Technol. 21, 2010 (2003): transmission exp(-Gamma d_alpha(v) L) of
    a waveguide modulator. That the change of absorption d_alpha is a power of the voltage is the usual empirical form.
    """

    v_0: ParameterValue = parameter(
        default=2.0, unit="V", low=0.0, low_open=True, typical=(0.5, 5.0), meaning="the voltage of transmission 1/e"
    )
    exponent: ParameterValue = parameter(
        default=2.0, unit="", low=1.0, typical=(1.0, 4.0), meaning="the power of the voltage in the absorption"
    )
    insertion_loss_db: ParameterValue = parameter(
        default=5.0, unit="dB", low=0.0, typical=(2.0, 10.0), meaning="the loss without voltage"
    )
    optical_power: ParameterValue = parameter(
        default=1e-3,
        unit="W",
        low=0.0,
        low_open=True,
        typical=(1e-5, 1e-2),
        meaning="the power of the light that enters",
    )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, watts out."""
        return "V", "W"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Optical power [W] at the reverse voltage `signal` [V]."""
        del key  # noiseless
        peak = self.optical_power * power_ratio_from_db(-self.insertion_loss_db)
        # The logarithms apart: no quotient of voltages can overflow, and a power is an exponential anyway.
        log_absorbance = self.exponent * (jnp.log(jnp.maximum(signal, _LEAST_VOLTAGE)) - jnp.log(self.v_0))
        return peak * jnp.exp(-jnp.exp(jnp.minimum(log_absorbance, _ALL_ABSORBED)))
