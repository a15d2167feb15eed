"""Stages one after the other: a chain that reads like the optical bench."""

from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal, as_scalar
from physdfa.devices.base import AbstractDevice
from physdfa.devices.parameter import ParameterValue
from physdfa.errors import InputError


class Cascade(AbstractDevice):
    """g(u) = s_n(... s_2(s_1(u))): each stage answers the one before; the first hears the membrane potential.

    **Arguments:**

    - `stages`: name -> device, in the order in which the signal passes.

    Building the cascade sets the levels of its stages (see `Decode`) for every potential from -inf to inf;
    `calibrate` sets them anew and measures those that are measured. Changing a leaf afterwards leaves them as they are.

    **Raises:** `InputError` if there is no stage, or if a stage cannot find its levels.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    stages: tuple[AbstractDevice, ...]

    def __init__(self, stages: Mapping[str, AbstractDevice]):
        if not stages:
            raise InputError("a chain needs at least one stage.")
        self.names = tuple(stages)
        self.stages = _levelled(tuple(stages.values()), None)

    def __getitem__(self, name: str) -> AbstractDevice:
        """The stage called `name`."""
        return self.stages[self.names.index(name)]

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """g at the membrane potential `signal`; each stage draws its noise from a key of its own."""
        keys = [None] * len(self.stages) if key is None else list(jax.random.split(key, len(self.stages)))
        for stage, stage_key in zip(self.stages, keys, strict=True):
            signal = stage.respond(signal, key=stage_key)
        return signal

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """The range of each stage over the range of the one before; exact where each stage's is."""
        for stage in self.stages:
            low, high = stage.output_range(low, high)
        return low, high

    def calibrate(self, potentials: Signal) -> "Cascade":
        """The chain with its levels set anew: measured ones on these potentials, the others from the range."""
        return eqx.tree_at(lambda chain: chain.stages, self, _levelled(self.stages, potentials))


def _levelled(stages: tuple[AbstractDevice, ...], potentials: Signal | None) -> tuple[AbstractDevice, ...]:
    """The stages with their levels set, one after the other, since each hears what the one before then says."""
    low, high, signal = as_scalar(-jnp.inf), as_scalar(jnp.inf), potentials
    levelled = []
    for stage in stages:
        if signal is None:
            stage = stage.with_levels(low, high)
        else:
            stage = stage.with_levels(low, high, jnp.mean(signal)).calibrate(signal)
            signal = stage.respond(signal)
        low, high = stage.output_range(low, high)
        levelled.append(stage)
    return tuple(levelled)
