"""The liquid-crystal phase screen: nothing moves below the threshold, then the light between polarizers swings."""

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import AffineEnd
from physdfa.devices.waveform import range_of_sin_pi_squared, sin_pi_squared
from physdfa.parts import ParameterValue, option, parameter
from physdfa.units import power_ratio_from_db

# So many slopes above the threshold the retardation is 0 in float32; without this end its exponential would overflow.
_ALL_TILTED = 40.0


class LiquidCrystal(AffineEnd):
    """A nematic cell at 45 degrees between two polarizers, driven by a voltage of either sign.

    crossed:  P(v) = P_in 10^(-IL/10) sin^2(Gamma(v) / 2)
    parallel: P(v) = P_in 10^(-IL/10) cos^2(Gamma(v) / 2)
    Gamma(v) = 2 pi retardation cos^2(theta),   theta = pi/2 - 2 arctan(exp(-x)),   x = max(|v| - v_th, 0) / v_slope

    theta is the tilt of the molecules. Since cos(theta) = 1 / cosh(x), the retardation falls from its full value at the
    Freedericksz threshold to 0 far above it. The molecules are slow: they follow the root mean square of a fast drive,
    and |v| stands for it here.

    **Arguments:**

    - `v_th`: the Freedericksz threshold [V], > 0; voltages below it change nothing.
    - `v_slope`: V_0, the voltage above the threshold at which the tilt is 49.6 degrees [V], > 0.
    - `retardation`: (n_e - n_o) thickness / wavelength, in waves, > 0: twice the number of swings.
    - `insertion_loss_db`: IL, the loss at full transmission [dB], >= 0.
    - `optical_power`: P_in, polarized [W], > 0.
    - `polarizers`: "crossed" or "parallel".

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** B. E. A. Saleh & M. C. Teich, *Fundamentals of Photonics*, "Electro-Optics of Liquid Crystals", the tilt
    of the molecules and the retardation; A. Yariv & P. Yeh, *Optical Waves in Crystals*, the plate between polarizers.
    That the index n(theta) - n_o is (n_e - n_o) cos^2(theta) holds to first order in n_e - n_o.
    """

    v_th: ParameterValue = parameter(
        default=1.0,
        unit="V",
        low=0.0,
        low_open=True,
        typical=(0.5, 2.5),
        meaning="the threshold below which no molecule tilts",
    )
    v_slope: ParameterValue = parameter(
        default=1.0,
        unit="V",
        low=0.0,
        low_open=True,
        typical=(0.3, 3.0),
        meaning="the voltage above the threshold that tilts the molecules by 49.6 degrees",
    )
    retardation: ParameterValue = parameter(
        default=0.5,
        unit="",
        low=0.0,
        low_open=True,
        typical=(0.3, 2.2),
        meaning="the retardation below the threshold in waves",
    )
    insertion_loss_db: ParameterValue = parameter(
        default=1.0, unit="dB", low=0.0, typical=(0.2, 4.0), meaning="the loss at full transmission"
    )
    optical_power: ParameterValue = parameter(
        default=1e-3,
        unit="W",
        low=0.0,
        low_open=True,
        typical=(1e-5, 1e-2),
        meaning="the power of the light that enters",
    )
    polarizers: str = option(
        default="crossed", choices=("crossed", "parallel"), meaning="how the second polarizer stands to the first"
    )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, watts out."""
        return "V", "W"

    def _half_turns(self, voltage: Signal) -> Signal:
        """Half of Gamma over pi at `voltage` >= 0 [V], and half a turn more between parallel polarizers."""
        x = jnp.minimum(jnp.maximum(voltage - self.v_th, 0.0) / self.v_slope, _ALL_TILTED)
        upright = 0.0 if self.polarizers == "crossed" else 0.5
        return self.retardation / jnp.cosh(x) ** 2 + upright

    def before_affine_end(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The transmission of the lossless cell, from 0 to 1, at the voltage `signal` [V]."""
        del key  # noiseless
        return sin_pi_squared(self._half_turns(jnp.abs(signal)))

    def affine_end(self, signal: Signal) -> Signal:
        """The power [W] at that transmission."""
        return self.optical_power * power_ratio_from_db(-self.insertion_loss_db) * signal

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact: darkness and full light where the interval holds such a retardation, else the answers at its ends."""
        strongest = jnp.maximum(jnp.abs(low), jnp.abs(high))
        weakest = jnp.where((low <= 0) & (high >= 0), 0.0, jnp.minimum(jnp.abs(low), jnp.abs(high)))
        least, largest = range_of_sin_pi_squared(self._half_turns(strongest), self._half_turns(weakest))
        return self.affine_end(least), self.affine_end(largest)
