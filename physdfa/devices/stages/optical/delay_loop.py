"""The electro-optic delay loop: one modulator serves all neurons, and hears its own light of a while ago."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.base import Timing
from physdfa.devices.promises import AffineEnd, WithMemory
from physdfa.devices.stages.bandwidth import along_last, decay_of, f_3db_of, with_slowest
from physdfa.devices.stages.filter import leaky_sum
from physdfa.devices.stages.optical.mach_zehnder import MachZehnderModulator
from physdfa.devices.waveform import range_of_sin_pi_squared, sin_pi_squared
from physdfa.parts import ParameterValue, declared_as, option, parameter
from physdfa.units import power_ratio_from_db


class DelayLoop(AffineEnd, WithMemory):
    """A Mach-Zehnder modulator, a low pass, and a delay line back to its electrode, with the neurons as virtual nodes:

    y_n = a y_(n-1) + (1 - a) T(v_n + loop_gain y_(n-delay)),   y_0 = T(v_0),   y_n = 0 in the feedback for n < 0
    T(v) = r + (1 - r) cos^2(pi (v - v_bias) / (2 v_pi)),   r = 10^(-ER/10)
    P_n = P_in 10^(-IL/10) y_n,   a = exp(-2 pi f_3dB / symbol_rate)

    The neurons of a layer, the last axis, are sent one after the other; each sample and time step begins with a dark
    loop. With `loop_gain` 0 it is a `mach_zehnder` and a `filter`. f_3dB is that of the slowest stage of the chain. A
    signal without axes, or whose last axis is of length 1, is answered by the modulator alone: P_in 10^(-IL/10) T(v).

    **Arguments:**

    - `v_pi`, `v_bias`, `extinction_ratio_db`, `insertion_loss_db`, `optical_power`: of the modulator, as there.
    - `loop_gain`: the voltage that the loop feeds back at full transmission [V], finite; negative inverts.
    - `delay`: neurons sent while the light goes round once, from 1: all those of one round answer at once, so a long
      delay is computed faster than a short one. One of the layer's length or more feeds nothing back.
    - `bandwidth`: f_3dB of the loop's electronics [Hz], > 0.
    - `symbol_rate`: neurons sent per second [Bd], > 0.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** L. Larger et al., Opt. Express 20, 3241 (2012), and Y. Paquot et al., Sci. Rep. 2, 287 (2012), the
    electro-optic loop with virtual nodes; K. Ikeda, Opt. Commun. 30, 257 (1979), its equation. The step response of the
    low pass to a staircase is that of `filter`.
    """

    v_pi: ParameterValue = declared_as(MachZehnderModulator, "v_pi")
    v_bias: ParameterValue = declared_as(MachZehnderModulator, "v_bias")
    extinction_ratio_db: ParameterValue = declared_as(MachZehnderModulator, "extinction_ratio_db")
    insertion_loss_db: ParameterValue = declared_as(MachZehnderModulator, "insertion_loss_db")
    optical_power: ParameterValue = declared_as(MachZehnderModulator, "optical_power")
    loop_gain: ParameterValue = parameter(
        default=2.0, unit="V", typical=(0.5, 6.0), meaning="the voltage that is fed back at full transmission"
    )
    delay: int = option(default=8, low=1, high=1_000_000, meaning="the neurons sent while the light goes round once")
    bandwidth: ParameterValue = parameter(
        default=1e9, unit="Hz", low=0.0, low_open=True, typical=(0.2e9, 5e9), meaning="the 3-dB bandwidth"
    )
    symbol_rate: ParameterValue = parameter(
        default=1e9, unit="Bd", low=0.0, low_open=True, typical=(1e8, 1e10), meaning="the neurons sent per second"
    )
    slowest: ParameterValue | None = None

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, watts out."""
        return "V", "W"

    @property
    def timing(self) -> Timing:
        """The loop's own bandwidth and symbol rate."""
        return Timing(self.bandwidth, self.symbol_rate, self.symbol_rate)

    def with_timing(self, timing: Timing) -> "DelayLoop":
        """The loop in a chain whose slowest stage has the bandwidth `timing.f_3db`."""
        return with_slowest(self, timing)

    def before_affine_end(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The light behind the low pass as a share of full transmission, 0..1, at the voltages `signal` [V]."""
        del key  # noiseless
        half_turns_per_volt = 0.5 / self.v_pi
        turns = half_turns_per_volt * signal + (0.5 - half_turns_per_volt * self.v_bias)
        if signal.ndim == 0 or signal.shape[-1] == 0:
            return self._transmission(turns)
        rounds, remains, shares = self._rounds(turns)

        def one_round(
            before: Float[Array, "*rows delay"], entering: tuple[Float[Array, "*rows delay"], Float[Array, " delay"]]
        ) -> tuple[Float[Array, "*rows delay"], Float[Array, "*rows delay"]]:
            turns, shares = entering
            passing = self._transmission(turns + half_turns_per_volt * self.loop_gain * before)
            fresh = leaky_sum(passing * along_last(shares, turns.ndim), self._decay)
            light = fresh + before[..., -1:] * along_last(remains, turns.ndim)
            return light, light

        _, light = jax.lax.scan(one_round, jnp.zeros_like(rounds[0]), (rounds, shares))
        return jnp.moveaxis(light, 0, -2).reshape(*signal.shape[:-1], -1)[..., : signal.shape[-1]]

    def _rounds(
        self, turns: Float[Array, "*rows neurons"]
    ) -> tuple[Float[Array, "rounds *rows delay"], Float[Array, " delay"], Float[Array, "rounds delay"]]:
        """The neurons by round, what is left of the light before a round, and the share with which each enters."""
        length = turns.shape[-1]
        delay = min(self.delay, length)
        num_rounds = -(-length // delay)
        padded = jnp.pad(turns, [(0, 0)] * (turns.ndim - 1) + [(0, num_rounds * delay - length)])
        rounds = jnp.moveaxis(padded.reshape(*turns.shape[:-1], num_rounds, delay), -2, 0)
        remains = jnp.exp(-self._decay * jnp.arange(1, delay + 1))
        # The first neuron enters whole: y_0 = T(v_0).
        is_first = jnp.arange(num_rounds * delay) == 0
        shares = jnp.where(is_first, 1.0, -jnp.expm1(-self._decay)).reshape(num_rounds, delay)
        return rounds, remains, shares

    @property
    def _decay(self) -> ParameterValue:
        return decay_of(f_3db_of(self.bandwidth, self.slowest), self.symbol_rate)

    def _transmission(self, turns: Signal) -> Signal:
        """T at so many half turns of the phase, a quarter of a turn more than those of the cosine."""
        floor = power_ratio_from_db(-self.extinction_ratio_db)
        return floor + (1.0 - floor) * sin_pi_squared(turns)

    def affine_end(self, signal: Signal) -> Signal:
        """The power [W] of this share of full transmission."""
        return self.optical_power * power_ratio_from_db(-self.insertion_loss_db) * signal

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """The range of the modulator, driven by all that can come in and all that the loop can feed back."""
        lowest = low + jnp.minimum(self.loop_gain, 0.0)
        highest = high + jnp.maximum(self.loop_gain, 0.0)
        first, last = (0.5 * (end - self.v_bias) / self.v_pi + 0.5 for end in (lowest, highest))
        floor = power_ratio_from_db(-self.extinction_ratio_db)
        least, largest = (floor + (1.0 - floor) * end for end in range_of_sin_pi_squared(first, last))
        return self.affine_end(least), self.affine_end(largest)
