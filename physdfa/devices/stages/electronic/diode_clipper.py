"""The diode clipper: a resistor and two diodes back to back, linear at first and then growing as a logarithm."""

import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import Monotone
from physdfa.parts import ParameterValue, parameter

# So many slopes of the diode are held for more: with the least current allowed, the sinh of the answer fits float32.
_FAR = 1e15
# Next to the corner of a diode that leaks 1e-18 A the start is 2.7 slopes too high: a step there takes off one slope at
# first, then squares the error. With six, what is left is rounding for every diode and resistor allowed.
_STEPS = 6


class DiodeClipper(Monotone):
    """The voltage v over two antiparallel diodes behind a resistor, solved from

    v_in = v + 2 R I_s sinh(v / v_slope)

    For weak signals v = v_in / (1 + 2 R I_s / v_slope); for strong ones v grows as v_slope ln(v_in / (R I_s)). Odd.

    Newton's steps from above, where the curve is convex, so that each lands between the last and the root; the gradient
    is that of the last step, which is the gradient of the root. The error is 1e-6 of v.

    **Arguments:**

    - `resistance`: R [Ohm], from 1 to 1e7.
    - `saturation_current`: I_s of one diode [A], from 1e-18 to 0.01.
    - `v_slope`: n k_B T / q, the emission coefficient times 25.85 mV at 300 K [V], from 1e-3 to 1.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** D. T. Yeh, J. S. Abel & J. O. Smith, Proc. DAFx-07 (2007), diode clipper at rest; W. Shockley, Bell
    Syst. Tech. J. 28, 435 (1949), the diode. The defaults are a 1N4148, 2.52 nA and 1.752 times the thermal voltage,
    behind 10 kOhm.
    """

    resistance: ParameterValue = parameter(
        default=1e4, unit="Ohm", low=1.0, high=1e7, typical=(1e2, 1e6), meaning="the resistor before the diodes"
    )
    saturation_current: ParameterValue = parameter(
        default=2.52e-9, unit="A", low=1e-18, high=1e-2, typical=(1e-14, 1e-5), meaning="the leakage of one diode"
    )
    v_slope: ParameterValue = parameter(
        default=0.0453,
        unit="V",
        low=1e-3,
        high=1.0,
        typical=(0.025, 0.1),
        meaning="the emission coefficient times the thermal voltage",
    )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, volts out."""
        return "V", "V"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Voltage over the diodes [V] for the input `signal` [V]; beyond 1e15 `v_slope` it is held, to stay finite."""
        del key  # noiseless
        x = jnp.clip(signal / self.v_slope, -_FAR, _FAR)
        share = 2.0 * self.resistance * self.saturation_current / self.v_slope

        def newton(y: Signal) -> Signal:
            return y - (y + share * jnp.sinh(y) - x) / (1.0 + share * jnp.cosh(y))

        # Beyond the root on either side of 0: there sinh(y) is no less than y, and y is no less than 0.
        size = jnp.minimum(jnp.abs(x) / (1.0 + share), jnp.arcsinh(jnp.abs(x) / share))
        y = jax.lax.stop_gradient(jnp.sign(x) * size)
        for _ in range(_STEPS - 1):
            y = newton(y)
        return self.v_slope * newton(jax.lax.stop_gradient(y))
