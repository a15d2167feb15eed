"""Hysteresis: an element that answers by where it comes from, such as a ferroelectric or a piezo drive."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import Monotone, WithMemory
from physdfa.parts import ParameterValue, option, parameter

# Far beyond any voltage, and small enough that no product later in a chain overflows float32.
_LARGEST_VOLTAGE = 1e30


class Hysteresis(Monotone, WithMemory):
    """The mean of plays of different width, each dragged along the neurons by the voltage that it hears:

    p_n = min(max(p_(n-1), v_n - r), v_n + r),   p_(-1) = 0,   r_k = (2 k - 1) loop_width / (2 num_plays)

    The neurons of a layer pass one after the other, and each sample and time step starts at rest. The answer to a
    voltage that falls lies `loop_width` behind the answer to one that rises, once a swing of 2 `loop_width` has dragged
    all plays along; smaller swings make smaller loops. A swing that ends where it began leaves no trace (return-point
    memory). One play is a gap, as of a gear; many plays are the smooth loop of a material.

    A signal without axes, and one whose last axis is of length 1, is answered from rest: `u[:, None]` asks for the
    virgin curve.

    **Arguments:**

    - `loop_width`: the voltage between the rising and the falling branch [V], >= 0; at 0 the voltage passes unchanged.
    - `num_plays`: the number of plays, 1 to 64.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** M. Brokate & J. Sprekels, *Hysteresis and Phase Transitions* (1996), the play operator; K. Kuhnen, Eur.
    J. Control 9, 407 (2003), the Prandtl-Ishlinskii sum of plays, for piezo drives. Plays of equal weight are ours.
    """

    loop_width: ParameterValue = parameter(
        default=1.0, unit="V", low=0.0, typical=(0.1, 2.0), meaning="the voltage between the two branches of the loop"
    )
    num_plays: int = option(default=8, low=1, high=64, meaning="the number of plays that make the loop")

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, volts out."""
        return "V", "V"

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The voltage [V] that is left of `signal` [V]; beyond 1e30 V it is held, to stay finite."""
        del key  # noiseless
        voltage = jnp.clip(signal, -_LARGEST_VOLTAGE, _LARGEST_VOLTAGE)
        shares = (2.0 * jnp.arange(1, self.num_plays + 1) - 1.0) / (2.0 * self.num_plays)

        def add_play(total: Signal, share: Float[Array, ""]) -> tuple[Signal, None]:
            return total + _play(voltage, share * self.loop_width) / self.num_plays, None

        total, _ = jax.lax.scan(add_play, jnp.zeros_like(voltage), shares)
        return total

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact: the answers from rest at the two ends, which no later answer passes."""
        least, largest = super().output_range(low, high)
        return jnp.where(jnp.isneginf(low), -jnp.inf, least), jnp.where(jnp.isposinf(high), jnp.inf, largest)


def _play(voltage: Signal, reach: ParameterValue) -> Signal:
    """A play that starts at 0 and is never farther than `reach` from the voltage.

    Each neuron holds the play between two ends. Two such steps are again one between two ends, so that they can be
    combined in any order: a scan of few, wide steps.
    """
    ends = voltage - reach, voltage + reach
    if voltage.ndim > 0:
        ends = jax.lax.associative_scan(_one_after_the_other, ends, axis=-1)
    return jnp.clip(0.0, *ends)


def _one_after_the_other(earlier: tuple[Signal, Signal], later: tuple[Signal, Signal]) -> tuple[Signal, Signal]:
    """The ends of holding between `earlier` and then between `later`."""
    low, high = (jnp.clip(end, *later) for end in earlier)
    return low, high
