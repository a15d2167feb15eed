"""The ideal interferometer, without units: sin^2 of the membrane potential."""

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import AffineEnd
from physdfa.devices.waveform import sin_pi_squared
from physdfa.parts import ParameterValue, parameter

# Far beyond any potential, and small enough that no product below leaves float32.
_LARGEST_POTENTIAL = 1e30


class SineSquared(AffineEnd):
    """g(u) = sin^2(pi (u - shift) / (2 half_period)) - level.

    **Arguments:**

    - `half_period`: from a zero of the sin^2 to its next maximum [units of the potential], > 0.
    - `shift`: a potential at which the sin^2 is zero, finite.
    - `level`: what is subtracted, 0..1; 1/2 balances g about zero.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** aDFA-Opto in Zhang et al., arXiv:2409.07776, as we read it; `shift` and `level` are ours.
    """

    half_period: ParameterValue = parameter(
        default=4.0, unit="", low=0.0, low_open=True, typical=(0.5, 16.0), meaning="the potential from zero to maximum"
    )
    shift: ParameterValue = parameter(
        default=0.0, unit="", typical=(-4.0, 4.0), meaning="a potential at which the sin^2 is zero", place="input"
    )
    level: ParameterValue = parameter(
        default=0.0, unit="", low=0.0, high=1.0, typical=(0.0, 1.0), meaning="the level subtracted from the sin^2"
    )

    def before_affine_end(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The sin^2; a potential beyond 1e30 is held, to stay finite."""
        del key  # noiseless
        held = jnp.clip(signal, -_LARGEST_POTENTIAL, _LARGEST_POTENTIAL)
        return sin_pi_squared((held - self.shift) * (0.5 / self.half_period))

    def affine_end(self, signal: Signal) -> Signal:
        """Subtract the level."""
        return signal - self.level

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact: 0 and 1 where the interval holds a zero or maximum, less `level`; else the answers at its ends."""
        # In these units a zero is an even integer and a maximum an odd one.
        first, last = (low - self.shift) / self.half_period, (high - self.shift) / self.half_period
        ends = sin_pi_squared(0.5 * first), sin_pi_squared(0.5 * last)
        holds_zero = 2 * jnp.floor(last / 2) >= first
        holds_maximum = 2 * jnp.floor((last - 1) / 2) + 1 >= first
        least = jnp.where(holds_zero, 0.0, jnp.minimum(*ends))
        largest = jnp.where(holds_maximum, 1.0, jnp.maximum(*ends))
        return least - self.level, largest - self.level
