"""The transimpedance amplifier: from current to voltage, with the thermal noise of its input."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, PRNGKeyArray
from scipy import constants

from physdfa.arrays import Signal, as_scalar
from physdfa.devices.base import AbstractDevice, Timing, affine_range
from physdfa.devices.stages.bandwidth import f_3db_of, noise_root_bandwidth, with_noise_timing
from physdfa.noise import standard_normal
from physdfa.parts import ParameterValue, option, parameter

# Far beyond any voltage, and small enough that no product later in a chain overflows float32.
_LARGEST_VOLTAGE = 1e30


class Tia(AbstractDevice):
    """A current turned into a voltage, v = transimpedance (i + n), clipped to +-saturation.

    With a key, n is normal with the variance 4 k_B temperature B_e / load.

    The clip is hard: linear up to the supply, and flat from there. B_e = (pi/2) f_3dB, the noise bandwidth of a
    first-order low pass; f_3dB is that of the slowest stage of the chain. This is the noise that leaves the chain:
    before a filter along the neurons, which averages it, as much more is drawn (`noise_root_bandwidth`).

    **Arguments:**

    - `transimpedance`: R_f [V/A], > 0.
    - `saturation`: largest output voltage [V], > 0; by default the amplifier never saturates.
    - `bandwidth`: f_3dB of this amplifier [Hz], > 0.
    - `temperature`: noise temperature of the load [K], > 0.
    - `load`: resistance at the input whose thermal current is amplified [Ohm], > 0.
    - `noise_bandwidth`: B_e [Hz] of what leaves the chain, > 0; by default (pi/2) f_3dB of the slowest stage.
    - `thermal_noise`: "off" or "on".

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** Saleh & Teich, *Fundamentals of Photonics*, "Noise in Photodetectors", circuit noise.
    """

    transimpedance: ParameterValue = parameter(
        default=1e3, unit="V/A", low=0.0, low_open=True, typical=(1e2, 1e4), meaning="the voltage per current"
    )
    saturation: ParameterValue | None = parameter(
        default=None,
        unit="V",
        low=0.0,
        low_open=True,
        high_open=False,  # inf never saturates
        typical=(0.1, 1.0),
        meaning="the largest output voltage",
    )
    bandwidth: ParameterValue = parameter(
        default=10e9, unit="Hz", low=0.0, low_open=True, typical=(1e9, 40e9), meaning="the 3-dB bandwidth"
    )
    temperature: ParameterValue = parameter(
        default=300.0, unit="K", low=0.0, low_open=True, typical=(250.0, 400.0), meaning="the temperature of the load"
    )
    load: ParameterValue = parameter(
        default=50.0,
        unit="Ohm",
        low=0.0,
        low_open=True,
        typical=(50.0, 1e4),
        meaning="the resistance at the input that is noisy",
    )
    noise_bandwidth: ParameterValue | None = parameter(
        default=None,
        unit="Hz",
        low=0.0,
        low_open=True,
        typical=(1e9, 60e9),
        meaning="the bandwidth over which noise is collected",
    )
    thermal_noise: str = option(default="off", choices=("off", "on"), meaning="whether the load has thermal noise")
    slowest: ParameterValue | None = None
    filter_rate: ParameterValue | None = None

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Amperes in, volts out."""
        return "A", "V"

    @property
    def timing(self) -> Timing:
        """The amplifier's own bandwidth."""
        return Timing(self.bandwidth, None)

    def with_timing(self, timing: Timing) -> "Tia":
        """The amplifier in a chain whose slowest stage has the bandwidth `timing.f_3db`, before its filter if any."""
        return with_noise_timing(self, timing)

    @property
    def is_affine(self) -> bool:
        """Whether it has neither saturation nor noise."""
        return self.saturation is None and self.thermal_noise == "off"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Voltage [V] for the current `signal` [A]; beyond 1e30 V it is held, to stay finite."""
        deviation = None if key is None else self.noise_at_input(signal.shape)
        if key is not None and deviation is not None:
            signal = signal + deviation * standard_normal(key, signal.shape)
        limit = _LARGEST_VOLTAGE if self.saturation is None else jnp.minimum(self.saturation, _LARGEST_VOLTAGE)
        return jnp.clip(self.transimpedance * signal, -limit, limit)

    def noise_at_input(self, shape: tuple[int, ...]) -> Float[Array, "..."] | None:
        """The thermal current [A]."""
        if self.thermal_noise == "off":
            return None
        f_3db = f_3db_of(self.bandwidth, self.slowest)
        root_bandwidth = noise_root_bandwidth(self.noise_bandwidth, f_3db, self.filter_rate, shape)
        # Roots of the factors, because their product can leave float32.
        return math.sqrt(4.0 * constants.k) * jnp.sqrt(self.temperature) * root_bandwidth / jnp.sqrt(self.load)

    def clips(self, signal: Signal) -> Bool[Array, "*shape"] | None:
        """Currents whose voltage is beyond the saturation, where there is one."""
        if self.saturation is None:
            return None
        return jnp.abs(self.transimpedance * signal) > self.saturation

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact, and infinite where `low` or `high` is, up to the saturation."""
        ends = affine_range(low, high, self.transimpedance, as_scalar(0.0))
        if self.saturation is None:
            return ends
        least, largest = (jnp.clip(end, -self.saturation, self.saturation) for end in ends)
        return least, largest
