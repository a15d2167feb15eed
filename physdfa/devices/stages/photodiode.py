"""The detector: from optical power to current, with the noise of the light and of its detection."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray
from scipy import constants

from physdfa.arrays import Signal
from physdfa.devices.base import AbstractDevice, Timing, affine_range
from physdfa.devices.stages.bandwidth import f_3db_of, noise_root_bandwidth, with_noise_timing
from physdfa.noise import noise_key, standard_normal
from physdfa.parts import ParameterValue, option, parameter

# Far beyond any current, and small enough that no product later in a chain, and no slope, leaves float32.
_LARGEST_CURRENT = 1e20

# A relative intensity noise this small is none; it keeps the slope of the root finite.
_LEAST_RIN = 1e-30

# Noise of more times the light than this is not light any more; the limit keeps products finite.
_LARGEST_SHARE = 1e6

# Below the dark current of any detector; the square root has a finite slope from here on.
_LEAST_NOISY_CURRENT = 1e-30

_INTENSITY, _SHOT = 0, 1  # what the key is folded with, for one draw per source


class Photodiode(AbstractDevice):
    """i = min(R P + dark_current, saturation_current) and, with a key, the noise that is switched on:

    intensity noise (RIN) of the light:   R P is R P + n_1,   var n_1 = rin (R P)^2 B_e
    shot noise of the current:            i is i + n_2,       var n_2 = 2 q max(i, 0) B_e,   i without noise

    Intensity noise comes before the saturation, as the light does, and shot noise after it. B_e = (pi/2) f_3dB, the
    noise bandwidth of a first-order low pass; f_3dB is that of the slowest stage of the chain. This is the noise that
    leaves the chain: before a filter along the neurons, which averages it, as much more is drawn
    (`noise_root_bandwidth`).

    **Arguments:**

    - `responsivity`: R [A/W], >= 0.
    - `dark_current`: current without light [A], >= 0.
    - `saturation_current`: largest current [A], > 0; by default the detector never saturates.
    - `bandwidth`: f_3dB of this detector [Hz], > 0.
    - `noise_bandwidth`: B_e [Hz] of what leaves the chain, > 0; by default (pi/2) f_3dB of the slowest stage.
    - `rin`: relative intensity noise [1/Hz], >= 0, one-sided; by default none, and no time is spent on it.
    - `shot_noise`: "off" or "on".

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** Saleh & Teich, *Fundamentals of Photonics*, "Semiconductor Photon Detectors", "Noise in
    Photodetectors"; RIN: Agrawal, *Fiber-Optic Communication Systems*, "Receiver Noise". The order of clamp and noise
    is ours.
    """

    responsivity: ParameterValue = parameter(
        default=0.8, unit="A/W", low=0.0, typical=(0.5, 1.1), meaning="the photocurrent per optical power"
    )
    dark_current: ParameterValue = parameter(
        default=1e-9, unit="A", low=0.0, typical=(0.0, 1e-6), meaning="the current without light"
    )
    saturation_current: ParameterValue | None = parameter(
        default=None,
        unit="A",
        low=0.0,
        low_open=True,
        high_open=False,  # inf never saturates
        typical=(1e-5, 1e-2),
        meaning="the largest current",
    )
    bandwidth: ParameterValue = parameter(
        default=10e9, unit="Hz", low=0.0, low_open=True, typical=(1e9, 40e9), meaning="the 3-dB bandwidth"
    )
    noise_bandwidth: ParameterValue | None = parameter(
        default=None,
        unit="Hz",
        low=0.0,
        low_open=True,
        typical=(1e9, 60e9),
        meaning="the bandwidth over which noise is collected",
    )
    rin: ParameterValue | None = parameter(
        default=None, unit="1/Hz", low=0.0, typical=(1e-16, 1e-13), meaning="the relative intensity noise of the light"
    )
    shot_noise: str = option(default="off", choices=("off", "on"), meaning="whether the current has shot noise")
    slowest: ParameterValue | None = None
    filter_rate: ParameterValue | None = None

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Watts in, amperes out."""
        return "W", "A"

    @property
    def timing(self) -> Timing:
        """The detector's own bandwidth."""
        return Timing(self.bandwidth, None)

    def with_timing(self, timing: Timing) -> "Photodiode":
        """The detector in a chain whose slowest stage has the bandwidth `timing.f_3db`, before its filter if any."""
        return with_noise_timing(self, timing)

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Photocurrent [A] for the optical power `signal` [W]; beyond 1e20 A it is held, to stay finite."""
        return self._answer(signal, None, key)

    @property
    def ends_with_noise(self) -> bool:
        """With shot noise it does."""
        return self.shot_noise == "on"

    def respond_with_noise(self, signal: Signal, added: Float[Array, "..."], *, key: PRNGKeyArray) -> Signal:
        """The same with noise of the deviation `added` [A], in one draw with the shot noise."""
        return self._answer(signal, added, key)

    def _answer(self, signal: Signal, added: Float[Array, "..."] | None, key: PRNGKeyArray | None) -> Signal:
        light = _held(self.responsivity * signal)
        current = self._saturated(light)
        if key is None:
            return current
        f_3db = f_3db_of(self.bandwidth, self.slowest)
        root_bandwidth = noise_root_bandwidth(self.noise_bandwidth, f_3db, self.filter_rate, signal.shape)
        noisy = current
        if self.rin is not None:
            # Two roots, because the product of an unusual rin and bandwidth leaves float32.
            deviation = jnp.sqrt(jnp.maximum(self.rin, _LEAST_RIN)) * root_bandwidth
            deviation = jnp.where(self.rin > 0, jnp.minimum(deviation, _LARGEST_SHARE), 0.0)
            noise = standard_normal(noise_key(key, _INTENSITY), signal.shape)
            noisy = self._saturated(_held(light + light * (deviation * noise)))
        if self.shot_noise == "on":
            root_current = jnp.sqrt(jnp.maximum(current, _LEAST_NOISY_CURRENT))
            deviation = math.sqrt(2.0 * constants.e) * root_bandwidth * root_current
            deviation = deviation if added is None else jnp.hypot(deviation, added)
            noisy = _held(noisy + deviation * standard_normal(noise_key(key, _SHOT), signal.shape))
        return noisy

    @property
    def is_affine(self) -> bool:
        """Whether it has neither saturation nor noise. Then the mean of many powers gives the mean of the currents."""
        return self.saturation_current is None and self.rin is None and self.shot_noise == "off"

    def _saturated(self, light: Signal) -> Signal:
        current = light + self.dark_current
        if self.saturation_current is None:
            return current
        return jnp.minimum(current, jnp.minimum(self.saturation_current, _LARGEST_CURRENT))

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact, and infinite where `low` or `high` is, up to the saturation."""
        least, largest = affine_range(low, high, self.responsivity, self.dark_current)
        if self.saturation_current is None:
            return least, largest
        return jnp.minimum(least, self.saturation_current), jnp.minimum(largest, self.saturation_current)


def _held(current: Signal) -> Signal:
    return jnp.clip(current, -_LARGEST_CURRENT, _LARGEST_CURRENT)
