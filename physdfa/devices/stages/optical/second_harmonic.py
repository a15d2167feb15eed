"""The frequency doubler: weak light is converted as its square, until the light that enters is used up."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import Monotone
from physdfa.parts import ParameterValue, parameter

# Between these the square of tanh(sqrt(z)) is told from z below and from 1 above; the root has a slope down to the
# least, and no square overflows.
_LEAST, _ALL_CONVERTED = float(np.finfo(np.float32).tiny), 400.0

# Far beyond any power, and small enough that twice of it fits float32, as its gradient asks.
_LARGEST_POWER = 1e30


class SecondHarmonic(Monotone):
    """P_out = P tanh^2(sqrt(efficiency P)), the power at twice the frequency.

    About efficiency P^2 where little is converted; with depletion, at most all of P. The phases are matched. Power
    below 0, which only noise can ask for, is taken as darkness. The photodiode behind it sees the harmonic alone.

    **Arguments:**

    - `efficiency`: the normalised conversion efficiency, P_out / P^2 of weak light [1/W], > 0; 1 is "100 %/W".

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** J. A. Armstrong, N. Bloembergen, J. Ducuing & P. S. Pershan, Phys. Rev. 127, 1918 (1962); B. E. A. Saleh
    & M. C. Teich, *Fundamentals of Photonics*, "Second-Order Nonlinear Optics: Coupled-Wave Theory", the efficiency
    tanh^2(gamma L / 2) of second-harmonic generation. The default is that of a resonator of lithium niobate as one
    remembers it: ours, not a product's.
    """

    efficiency: ParameterValue = parameter(
        default=500.0,
        unit="1/W",
        low=0.0,
        low_open=True,
        typical=(1.0, 1e4),
        meaning="the share of weak light that is converted, per watt",
    )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Watts in, watts out."""
        return "W", "W"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Power [W] at twice the frequency for the incident power `signal` [W]; beyond 1e30 W it is held."""
        del key  # noiseless
        power = jnp.clip(signal, 0.0, _LARGEST_POWER)
        amplitude = jnp.sqrt(jnp.clip(self.efficiency * power, _LEAST, _ALL_CONVERTED))
        return power * jnp.square(jnp.tanh(amplitude))

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact: more light in is more light out, without end."""
        least, largest = super().output_range(low, high)
        return least, jnp.where(jnp.isposinf(high), jnp.inf, largest)
