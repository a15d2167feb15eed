"""The semiconductor optical amplifier: weak light gains, strong light exhausts the gain."""

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import Monotone
from physdfa.parts import ParameterValue, parameter
from physdfa.units import power_ratio_from_db


class SemiconductorOpticalAmplifier(Monotone):
    """P_out = G_0 P / (1 + P / P_sat),   G_0 = 10^(gain_db/10): at most G_0 P_sat.

    Static, and without the noise of amplified spontaneous emission. Power below 0, which only noise can ask for, is
    taken as darkness.

    **Arguments:**

    - `gain_db`: the gain of weak light [dB], 0..60.
    - `saturation_power`: P_sat, the INPUT power at which the gain has halved [W], > 0. Data sheets state the output
      power there, P_3dB: P_sat = 2 P_3dB / G_0.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** A. E. Siegman, *Lasers* (1986), homogeneous gain saturation, for a lumped amplifier; along a long one
    the gain saturates unevenly, G = G_0 exp(-(G - 1) P / P_sat).
    """

    gain_db: ParameterValue = parameter(
        default=20.0, unit="dB", low=0.0, high=60.0, typical=(10.0, 30.0), meaning="the gain of weak light"
    )
    saturation_power: ParameterValue = parameter(
        default=2e-4,
        unit="W",
        low=0.0,
        low_open=True,
        typical=(1e-5, 1e-2),
        meaning="the input power that halves the gain",
    )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Watts in, watts out."""
        return "W", "W"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Amplified power [W] for the incident power `signal` [W]."""
        del key  # noiseless
        power = jnp.maximum(signal, 0.0)
        largest = power_ratio_from_db(self.gain_db) * self.saturation_power
        return largest * (power / (power + self.saturation_power))
