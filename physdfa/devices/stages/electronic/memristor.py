"""The memristor at rest: the current through a metal-oxide junction whose state does not move while it is read."""

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import Monotone
from physdfa.parts import ParameterValue, parameter

# e^40 times the current of any junction passes any compliance, and float32 holds the square of it.
_LARGEST_EXPONENT = 40.0


class Memristor(Monotone):
    """i = state on_current sinh(on_slope v) + off_current [exp(off_slope v) - 1], held within +-compliance.

    The first term is tunnelling through the oxide in the on state, the second the rectifying barrier that is left in
    the off state. The voltages are below those that switch the device: its state is a parameter.

    Two exponentials per call; the error is 1e-7 of the two currents that they multiply.

    **Arguments:**

    - `state`: weight of the on branch, 0 (off) to 1 (on); w^n in the source, w the share of the doped region. It acts
      as `on_current` does.
    - `on_current`: [A], >= 0 (beta in the source).
    - `on_slope`: [1/V], > 0 (alpha).
    - `off_current`: [A], >= 0 (chi).
    - `off_slope`: [1/V], > 0 (gamma).
    - `compliance`: the current at which the source measure unit stops [A], > 0.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** J. J. Yang et al., Nature Nanotechnol. 3, 429 (2008), the fitted current-voltage relation. The defaults
    follow the numbers of S. Kvatinsky et al., "Verilog-A for Memristor Models", Technion CCIT Report 801 (2011), beta
    = 9, alpha = 2, chi = 0.01, gamma = 4; those come without a unit of current, taken as microampere.
    """

    state: ParameterValue = parameter(
        default=1.0, unit="", low=0.0, high=1.0, typical=(0.05, 1.0), meaning="the weight of the on branch"
    )
    on_current: ParameterValue = parameter(
        default=9e-6, unit="A", low=0.0, typical=(1e-6, 5e-5), meaning="the scale of the on branch"
    )
    on_slope: ParameterValue = parameter(
        default=2.0, unit="1/V", low=0.0, low_open=True, typical=(0.5, 5.0), meaning="the exponent of the on branch"
    )
    off_current: ParameterValue = parameter(
        default=1e-8, unit="A", low=0.0, typical=(1e-9, 1e-6), meaning="the scale of the off branch"
    )
    off_slope: ParameterValue = parameter(
        default=4.0, unit="1/V", low=0.0, low_open=True, typical=(1.0, 6.0), meaning="the exponent of the off branch"
    )
    compliance: ParameterValue = parameter(
        default=1e-4, unit="A", low=0.0, low_open=True, typical=(1e-5, 1e-3), meaning="the largest current"
    )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, amperes out."""
        return "V", "A"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Current [A] at the voltage `signal` [V]."""
        del key  # noiseless
        on, off = (
            jnp.exp(jnp.clip(slope * signal, -_LARGEST_EXPONENT, _LARGEST_EXPONENT))
            for slope in (self.on_slope, self.off_slope)
        )
        current = (0.5 * self.state * self.on_current) * (on - 1.0 / on) + self.off_current * (off - 1.0)
        return jnp.clip(current, -self.compliance, self.compliance)
