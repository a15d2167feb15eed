"""A drifting bias: a random walk, a slow sinusoid, and a controller that re-locks it."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal, as_scalar
from physdfa.devices.base import AbstractDevice, Timing, affine_range
from physdfa.devices.waveform import sin_pi
from physdfa.noise import standard_normal
from physdfa.parts import ParameterValue, parameter

DEFAULT_SYMBOL_RATE = 1e9
"""Symbols per second [Bd] of a chain none of whose stages states a rate, and whose hardware (`cost.`) states none."""


class BiasDrift(AbstractDevice):
    """A voltage less a drift that changes between updates: v -> v - drift.

    It acts as if `v_bias` of the modulator behind it stood at v_bias + drift.

    drift(t) = w(t) + sine_amplitude sin(2 pi t / sine_period) - c

    w is a random walk of variance drift_rate^2 t, and t the time since the first update: update_period for each. A
    re-lock, after every `relock_every` updates, measures the whole drift and takes it off: w = 0 and c is the sinusoid
    at that moment, so that the drift is 0 and goes on from there along both. The sinusoid itself, being the room's or
    the device's, keeps its phase.

    **Arguments:**

    - `drift_rate`: of the random walk [V/sqrt(s)], >= 0.
    - `sine_amplitude`: of the sinusoid [V], >= 0.
    - `sine_period`: of the sinusoid [s], > 0.
    - `update_period`: time from one update of the network to the next [s], > 0; by default the time of one backward
      pass, calls of g over the symbol rate of the chain (`cost.symbol_rate`, or 1 GBd, if no stage states it).
    - `relock_every`: updates between two re-locks, whole; 0 for no controller.
    - `relock_time`: what one re-lock costs [s], >= 0: counted in `relock_seconds`, without effect on g.

    The state after the updates so far: `drift` [V], `walk` w [V], `correction` c [V], `elapsed` t [s] with `remainder`,
    what its rounding left out, `since_lock` (updates), and the cost, `relocks` and `relock_seconds`.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** random walk and re-locking are ours; that bias points of lithium-niobate modulators wander so:
    Salvestrini et al., J. Lightwave Technol. 29, 1522 (2011).
    """

    drift_rate: ParameterValue = parameter(
        default=0.0, unit="V/sqrt(s)", low=0.0, typical=(0.01, 1.0), meaning="the random walk of the bias"
    )
    sine_amplitude: ParameterValue = parameter(
        default=0.0, unit="V", low=0.0, typical=(0.1, 1.0), meaning="the slow sinusoid of the bias"
    )
    sine_period: ParameterValue = parameter(
        default=600.0, unit="s", low=0.0, low_open=True, typical=(10.0, 1e3), meaning="the period of that sinusoid"
    )
    update_period: ParameterValue | None = parameter(
        default=None,
        unit="s",
        low=0.0,
        low_open=True,
        typical=(1e-3, 1.0),
        meaning="the time from one update of the network to the next",
    )
    relock_every: ParameterValue = parameter(
        default=0.0,
        unit="",
        low=0.0,
        typical=(1.0, 100.0),
        meaning="the number of updates after which a controller re-locks the bias (0: never)",
        whole=True,
    )
    relock_time: ParameterValue = parameter(
        default=1e-3, unit="s", low=0.0, typical=(1e-4, 1.0), meaning="the time that one re-lock costs, not seen in g"
    )
    symbol_rate: ParameterValue = eqx.field(converter=as_scalar, default=DEFAULT_SYMBOL_RATE)
    drift: ParameterValue = eqx.field(converter=as_scalar, default=0.0)
    walk: ParameterValue = eqx.field(converter=as_scalar, default=0.0)
    correction: ParameterValue = eqx.field(converter=as_scalar, default=0.0)
    elapsed: ParameterValue = eqx.field(converter=as_scalar, default=0.0)
    remainder: ParameterValue = eqx.field(converter=as_scalar, default=0.0)
    since_lock: ParameterValue = eqx.field(converter=as_scalar, default=0.0)
    relocks: ParameterValue = eqx.field(converter=as_scalar, default=0.0)
    relock_seconds: ParameterValue = eqx.field(converter=as_scalar, default=0.0)

    @property
    def units(self) -> tuple[str | None, str | None]:
        """Volts in, volts out."""
        return "V", "V"

    def with_timing(self, timing: Timing) -> "BiasDrift":
        """The stage in a chain whose symbols come at `timing.symbol_rate`."""
        rate = as_scalar(DEFAULT_SYMBOL_RATE) if timing.symbol_rate is None else timing.symbol_rate
        return eqx.tree_at(lambda stage: stage.symbol_rate, self, rate)

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """Voltage [V] less the drift of this update."""
        del key  # the walk is drawn between updates
        return signal - self.drift

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact, and infinite where `low` or `high` is."""
        return affine_range(low, high, as_scalar(1.0), -self.drift)

    def advance(self, *, num_requests: int, key: PRNGKeyArray) -> "BiasDrift":
        """The stage one update later."""
        period = num_requests / self.symbol_rate if self.update_period is None else self.update_period
        elapsed, remainder = _added(self.elapsed, self.remainder, period)
        walk = self.walk + self.drift_rate * jnp.sqrt(period) * standard_normal(key, ())
        sine = self.sine_amplitude * sin_pi(2.0 * (elapsed / self.sine_period))
        since_lock = self.since_lock + 1.0
        is_locking = (self.relock_every > 0) & (since_lock >= self.relock_every)
        walk = jnp.where(is_locking, 0.0, walk)
        correction = jnp.where(is_locking, sine, self.correction)
        state = {
            "drift": walk + sine - correction,
            "walk": walk,
            "correction": correction,
            "elapsed": elapsed,
            "remainder": remainder,
            "since_lock": jnp.where(is_locking, 0.0, since_lock),
            "relocks": self.relocks + jnp.where(is_locking, 1.0, 0.0),
            "relock_seconds": self.relock_seconds + jnp.where(is_locking, self.relock_time, 0.0),
        }
        return eqx.tree_at(lambda stage: [getattr(stage, name) for name in state], self, list(state.values()))


def _added(
    total: ParameterValue, remainder: ParameterValue, term: ParameterValue
) -> tuple[ParameterValue, ParameterValue]:
    """(total + term, remainder lost to rounding), with the earlier remainder included.

    A million updates of a millisecond are off by 1 % in a plain float32 sum.

    **Source:** Kahan, Commun. ACM 8, 40 (1965).
    """
    term = term + remainder
    new = total + term
    return new, term - (new - total)
