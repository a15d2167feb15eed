"""The differential amplifier: a transistor pair that steers its tail current to one side or the other."""

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import Monotone
from physdfa.parts import ParameterValue, parameter


class TanhAmplifier(Monotone):
    """v_out = saturation tanh(gain (v - v_offset) / saturation).

    It differs from `driver`, the power stage before a modulator, by its threshold and its sign: it compares its input
    with `v_offset`, and a negative gain (the other input of the pair) lets g fall with the potential.

    **Arguments:**

    - `gain`: small-signal gain, finite; negative inverts, 0 makes g constant. An undegenerated bipolar pair has
      saturation / (2 k_B T / q).
    - `saturation`: load resistance times tail current, the largest output voltage [V], > 0.
    - `v_offset`: the input voltage of zero output [V], finite. Behind a linear drive it acts as -`offset` does.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** P. R. Gray, P. J. Hurst, S. H. Lewis & R. G. Meyer, *Analysis and Design of Analog Integrated Circuits*,
    emitter-coupled pair.
    """

    gain: ParameterValue = parameter(default=2.0, unit="", typical=(-10.0, 10.0), meaning="the small-signal gain")
    saturation: ParameterValue = parameter(
        default=1.0, unit="V", low=0.0, low_open=True, typical=(0.5, 5.0), meaning="the largest output voltage"
    )
    v_offset: ParameterValue = parameter(
        default=0.0, unit="V", typical=(-2.0, 2.0), meaning="the input voltage of zero output", place="input"
    )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, volts out."""
        return "V", "V"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Output voltage [V] for the input voltage `signal` [V]."""
        del key  # noiseless
        return self.saturation * jnp.tanh((signal - self.v_offset) * (self.gain / self.saturation))
