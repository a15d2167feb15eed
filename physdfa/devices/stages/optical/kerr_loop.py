"""The nonlinear loop mirror: light runs round a loop both ways, and meets itself with a phase that power sets."""

import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.base import AbstractDevice, sampled_range
from physdfa.devices.waveform import sin_pi_squared
from physdfa.parts import ParameterValue, parameter

# Where float32 no longer tells one half turn from the next: more light finds the phase of this place.
_LARGEST_TURNS = 2.0**24
# Far beyond any power, and small enough that no product later in a chain overflows float32.
_LARGEST_POWER = 1e30


class KerrLoop(AbstractDevice):
    """P_out = P T(P),   T(P) = 1 - 2 a (1 - a) {1 + cos[(1 - 2 a) pi P / power_pi]}

    A coupler sends a share a of the light one way round a loop of Kerr medium and the rest the other way. Each way
    gains the phase pi P' / power_pi by its own power P', and the difference decides what passes. T runs from (1 - 2a)^2
    for weak light to 1, and back, once in every 2 power_pi / |1 - 2a|.

    Static and without loss. Power below 0, which only noise can ask for, is taken as darkness.

    **Arguments:**

    - `coupling`: a, the share of power that crosses the coupler, 0..1: 0 and 1 pass all light; 0.5 is a mirror at any
      power, whose g is constant.
    - `power_pi`: the power that turns its own phase by pi in the loop [W], > 0: pi / (gamma L) of a fibre.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** N. J. Doran & D. Wood, Opt. Lett. 13, 56 (1988), equation of the transmission; G. P. Agrawal,
    *Applications of Nonlinear Fiber Optics*, "Nonlinear Fiber-Loop Mirrors". The default `power_pi` is about that of
    1 km of highly nonlinear fibre with gamma = 10 /(W km).
    """

    coupling: ParameterValue = parameter(
        default=0.4, unit="", low=0.0, high=1.0, typical=(0.1, 0.45), meaning="the share of power that crosses"
    )
    power_pi: ParameterValue = parameter(
        default=0.3,
        unit="W",
        low=0.0,
        low_open=True,
        typical=(1e-4, 2.0),
        meaning="the power that turns its own phase by half a turn",
    )

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Watts in, watts out."""
        return "W", "W"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Transmitted power [W] for the incident power `signal` [W]; beyond 1e30 W it is held."""
        del key  # noiseless
        power = jnp.clip(signal, 0.0, _LARGEST_POWER)
        imbalance = 1.0 - 2.0 * self.coupling
        turns = 0.5 * imbalance * jnp.minimum(power / self.power_pi, _LARGEST_TURNS)
        # The transmission of the docstring, without the cancellation where next to nothing passes.
        swing = 4.0 * self.coupling * (1.0 - self.coupling)
        return power * (jnp.square(imbalance) + swing * sin_pi_squared(turns))

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """The least answer within a period from `low`, and the largest within one before `high`, found by sampling.

        One period further the answer is larger everywhere. Without end where `high` is infinite.
        """
        first, last = (jnp.clip(end, 0.0, _LARGEST_POWER) for end in (low, high))
        period = jnp.minimum(2.0 * self.power_pi / jnp.abs(1.0 - 2.0 * self.coupling), _LARGEST_POWER)
        least, _ = sampled_range(self, first, jnp.minimum(last, first + period))
        _, largest = sampled_range(self, jnp.maximum(first, last - period), last)
        return least, jnp.where(jnp.isposinf(high), jnp.inf, largest)
