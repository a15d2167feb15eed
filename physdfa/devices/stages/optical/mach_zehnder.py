"""The modulator: interference turns a voltage into a sinusoid of optical power, which is the shape of g."""

from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import AffineEnd
from physdfa.devices.waveform import range_of_sin_pi_squared, sin_pi_squared
from physdfa.parts import ParameterValue, parameter
from physdfa.units import power_ratio_from_db


class MachZehnderModulator(AffineEnd):
    """Interferometric intensity modulator with a finite extinction ratio.

    P(v) = P_in T_max [(1 + r) + (1 - r) cos(pi (v - v_bias) / v_pi)] / 2
         = P_in T_max [r + (1 - r) cos^2(pi (v - v_bias) / (2 v_pi))],   r = 10^(-ER/10), T_max = 10^(-IL/10)

    so that `v_bias = v_pi` gives sin^2(pi v / (2 v_pi)).

    **Arguments:**

    - `v_pi`: half-wave voltage [V], > 0: the swing from full to least transmission.
    - `v_bias`: a voltage of full transmission [V], finite.
    - `extinction_ratio_db`: ER = 10 log10(T_max / T_min) [dB], > 0; inf for the ideal.
    - `insertion_loss_db`: IL = -10 log10(T_max) [dB], >= 0.
    - `optical_power`: P_in [W], > 0.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** Saleh & Teich, *Fundamentals of Photonics*, "Electro-Optics", interferometric intensity modulator
    (ideal, r = 0). The finite r is ours. Default `v_pi`: a fit to a single-drive modulator's measured sweep.
    """

    v_pi: ParameterValue = parameter(
        default=4.7, unit="V", low=0.0, low_open=True, typical=(3.0, 7.0), meaning="the half-wave voltage"
    )
    v_bias: ParameterValue = parameter(
        default=4.7, unit="V", typical=(0.0, 9.4), meaning="the voltage of full transmission", place="input"
    )
    extinction_ratio_db: ParameterValue = parameter(
        default=25.0,
        unit="dB",
        low=0.0,
        low_open=True,
        high_open=False,  # inf is the ideal modulator
        typical=(15.0, 35.0),
        meaning="the ratio of full to least transmission",
    )
    insertion_loss_db: ParameterValue = parameter(
        default=4.0, unit="dB", low=0.0, typical=(3.0, 6.0), meaning="the loss at full transmission"
    )
    optical_power: ParameterValue = parameter(
        default=1e-3,
        unit="W",
        low=0.0,
        low_open=True,
        typical=(1e-5, 1e-2),
        meaning="the power of the light that enters",
    )

    def _floor_and_swing(self) -> tuple[ParameterValue, ParameterValue]:
        """Least power, and the way from it to the largest [W]."""
        peak = self.optical_power * power_ratio_from_db(-self.insertion_loss_db)
        ratio = power_ratio_from_db(-self.extinction_ratio_db)
        return peak * ratio, peak * (1.0 - ratio)

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, watts out."""
        return "V", "W"

    def before_affine_end(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """cos^2(pi (v - v_bias) / (2 v_pi)), as the sin^2 of a quarter of a turn more.

        One product and one sum, not the difference first: what that loses at a large bias is no more than what a drive
        of that size has lost already, one step of float32.
        """
        del key  # noiseless
        half_turns_per_volt = 0.5 / self.v_pi
        return sin_pi_squared(half_turns_per_volt * signal + (0.5 - half_turns_per_volt * self.v_bias))

    def affine_end(self, signal: Signal) -> Signal:
        """The power [W] between the least and the largest."""
        floor, swing = self._floor_and_swing()
        return floor + swing * signal

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact: floor and peak where the interval holds such a voltage, otherwise the answers at its ends."""
        floor, swing = self._floor_and_swing()
        first, last = (0.5 * (end - self.v_bias) / self.v_pi + 0.5 for end in (low, high))
        least, largest = range_of_sin_pi_squared(first, last)
        return floor + swing * least, floor + swing * largest
