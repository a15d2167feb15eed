"""Stages one after the other: a chain that reads like the optical bench."""

import dataclasses
import functools
import math
from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, ArrayLike, Bool, PRNGKeyArray

from physdfa.arrays import Signal, as_scalar
from physdfa.devices.base import AbstractDevice, Timing
from physdfa.devices.promises import AffineEnd
from physdfa.errors import InputError
from physdfa.noise import noise_key
from physdfa.parts import Parameter, ParameterValue, declarations


class Cascade(AffineEnd):
    """g(u) = s_n(... s_2(s_1(u))): each stage answers the one before; the first hears the membrane potential.

    **Arguments:**

    - `stages`: name -> device, in the order in which the signal passes.

    Building the cascade tells each stage how fast the slowest one is and which filter its noise still passes, and sets
    the levels of its stages (see `Decode`) for every potential from -inf to inf; `calibrate` sets the levels anew and
    measures those that are measured. Changing a leaf afterwards leaves them as they are.

    **Raises:** `InputError` if there is no stage, if a stage does not take the unit of the one before, or if a stage
    cannot find its levels.
    """

    names: tuple[str, ...] = eqx.field(static=True)
    stages: tuple[AbstractDevice, ...]

    def __init__(self, stages: Mapping[str, AbstractDevice]):
        if not stages:
            raise InputError("a chain needs at least one stage.")
        _check_units(stages)
        self.names = tuple(stages)
        timing = _slowest(tuple(stages.values()))._replace(filter_rate=None)
        self.stages = _levelled(_timed(tuple(stages.values()), timing), None)

    def __getitem__(self, name: str) -> AbstractDevice:
        """The stage called `name`."""
        return self.stages[self.names.index(name)]

    @property
    def is_affine(self) -> bool:
        """Whether all stages are affine."""
        return all(stage.is_affine for stage in self.stages)

    def before_affine_end(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The answer of the last stage that is not affine, before its own affine end; each has its own key.

        Where a stage ends with noise and the next begins with noise, one draw has the variance of both.
        """
        last = self._last_before_affine_end
        is_drawn = False
        for place, stage in enumerate(self.stages[: last + 1]):
            own_key = None if key is None or is_drawn else noise_key(key, place)
            added = None
            if own_key is not None and place < last and stage.ends_with_noise:
                added = self.stages[place + 1].noise_at_input(jnp.shape(signal))
            is_drawn = added is not None
            if own_key is not None and added is not None:
                signal = stage.respond_with_noise(signal, added, key=own_key)
            else:
                answer = stage.respond if place < last else stage.before_affine_end
                signal = answer(signal, key=own_key)
        return signal

    def affine_end(self, signal: Signal) -> Signal:
        """The answer of that stage's affine end and of the stages after it."""
        last = self._last_before_affine_end
        if last >= 0:
            signal = self.stages[last].affine_end(signal)
        for stage in self.stages[last + 1 :]:
            signal = stage.respond(signal)
        return signal

    @property
    def _last_before_affine_end(self) -> int:
        return max((place for place, stage in enumerate(self.stages) if not stage.is_affine), default=-1)

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """The range of each stage over the range of the one before; exact where each stage's is."""
        for stage in self.stages:
            low, high = stage.output_range(low, high)
        return low, high

    @property
    def states_range(self) -> bool:
        """Whether all stages do."""
        return all(stage.states_range for stage in self.stages)

    @property
    def units(self) -> tuple[str | None, str | None]:
        """The input unit of the first stage and the output unit of the last."""
        return self.stages[0].units[0], self.stages[-1].units[1]

    @property
    def timing(self) -> Timing:
        """The bandwidth of the slowest stage, the lowest symbol rate, and the rate of the first filter."""
        return _slowest(self.stages)

    def with_timing(self, timing: Timing) -> "Cascade":
        """The chain within a longer one, or with another symbol rate."""
        return eqx.tree_at(lambda chain: chain.stages, self, _timed(self.stages, timing))

    @property
    def has_memory(self) -> bool:
        """Whether one of the stages has memory."""
        return any(stage.has_memory for stage in self.stages)

    @property
    def answers_in_blocks(self) -> bool:
        """Whether one of the stages does."""
        return any(stage.answers_in_blocks for stage in self.stages)

    def advance(self, *, num_requests: int, key: PRNGKeyArray) -> "Cascade":
        """The chain after one more update of the network; each stage drifts with a key of its own."""
        advanced = tuple(
            stage.advance(num_requests=num_requests, key=noise_key(key, place))
            for place, stage in enumerate(self.stages)
        )
        return eqx.tree_at(lambda chain: chain.stages, self, advanced)

    @property
    def range_policy(self) -> str | None:
        """The strictest policy of the stages, above all "refuse"."""
        policies = [stage.range_policy for stage in self.stages if stage.range_policy is not None]
        return "refuse" if "refuse" in policies else next(iter(policies), None)

    def leaves_range(self, signal: Signal) -> Bool[Array, "*shape"]:
        """Potentials that lead one of the stages out of its range."""
        outside = jnp.zeros(jnp.shape(signal), bool)
        for stage in self.stages:
            outside = outside | stage.leaves_range(signal)
            signal = stage.respond(signal)
        return outside

    def calibrate(self, potentials: Signal) -> "Cascade":
        """The chain with its levels set anew: measured ones on these potentials, the others from the range."""
        return eqx.tree_at(lambda chain: chain.stages, self, _levelled(self.stages, potentials))


def inner_stages(device: AbstractDevice, within: str = "") -> list[tuple[str, AbstractDevice]]:
    """The stages of a chain, and of chains in it, by dotted name. Any other device is one stage."""
    if not isinstance(device, Cascade):
        return [(within, device)]
    named = zip(device.names, device.stages, strict=True)
    return [found for name, stage in named for found in inner_stages(stage, f"{within}.{name}" if within else name)]


def declared_parameters(device: AbstractDevice) -> dict[str, Parameter]:
    """Every parameter of a built device, by dotted name in a cascade, with its declared default."""
    parts = zip(device.names, device.stages, strict=True) if isinstance(device, Cascade) else [("", device)]
    found = {}
    for part, stage in parts:
        for name, declaration in declarations(type(stage)).items():
            if isinstance(declaration, Parameter):
                full_name = f"{part}.{name}" if part else name
                found[full_name] = dataclasses.replace(declaration, name=full_name)
    return found


def resolved_units(device: AbstractDevice) -> dict[str, str]:
    """The unit of every declared number of a device, by its full name, as the chain resolves it.

    The drive of a laser is in A, the noise behind a photodiode in A, behind a TIA in V.
    """
    found: dict[str, str] = {}
    incoming: str | None = None
    for name, stage in inner_stages(device):
        prefix = f"{name}." if name else ""
        for bare, declared in declarations(type(stage)).items():
            if isinstance(declared, Parameter):
                found[prefix + bare] = stage.unit_of(declared, incoming)
        incoming = stage.units[1] or incoming
    return found


def _check_units(stages: Mapping[str, AbstractDevice]) -> None:
    earlier, unit = "", None
    for name, stage in stages.items():
        taken, given = stage.units
        if unit is not None and taken is not None and taken != unit:
            raise InputError(
                f"`{name}` takes {_UNITS.get(taken, taken)}, but `{earlier}` before it gives {_UNITS.get(unit, unit)}"
                f"{_BRIDGES.get((unit, taken), '; choose stages that fit')}."
            )
        earlier, unit = name, unit if given is None else given


_UNITS = {"V": "a voltage [V]", "A": "a current [A]", "W": "optical power [W]", "": "a pure number"}
_BRIDGES = {
    ("V", "W"): "; put a modulator, such as mach_zehnder, between them",
    ("W", "V"): "; put a photodiode and a tia between them",
    ("W", "A"): "; put a photodiode between them",
    ("A", "V"): "; put a tia between them",
}


def _slowest(stages: tuple[AbstractDevice, ...]) -> Timing:
    bandwidths, rates, filter_rates = (
        [value for value in column if value is not None]
        for column in zip(*(stage.timing for stage in stages), strict=True)
    )
    f_3db, symbol_rate = (functools.reduce(jnp.minimum, values) if values else None for values in (bandwidths, rates))
    return Timing(f_3db, symbol_rate, next(iter(filter_rates), None))


def _timed(stages: tuple[AbstractDevice, ...], timing: Timing) -> tuple[AbstractDevice, ...]:
    """The stages, each told the timing of the chain and the next filter behind it."""
    told = []
    for stage in reversed(stages):
        told.append(stage.with_timing(timing))
        if stage.timing.filter_rate is not None:
            timing = timing._replace(filter_rate=stage.timing.filter_rate)
    return tuple(reversed(told))


@jax.jit
def _output_range(
    stage: AbstractDevice, low: ParameterValue, high: ParameterValue
) -> tuple[ParameterValue, ParameterValue]:
    """`output_range` as one compiled program, since a program per operation takes longer to compile."""
    return stage.output_range(low, high)


def _levelled(
    stages: tuple[AbstractDevice, ...],
    potentials: Signal | None,
    reached: tuple[ArrayLike, ArrayLike] = (-math.inf, math.inf),
) -> tuple[AbstractDevice, ...]:
    """The stages with their levels set in turn, since each depends on the output of the one before.

    The first hears `potentials` between the two ends `reached`.
    """
    (low, high), signal = (as_scalar(end) for end in reached), potentials
    levelled = []
    for stage in stages:
        if isinstance(stage, Cascade):  # its stages hear what precedes it, as if they stood here themselves
            within = _levelled(stage.stages, signal, (low, high))
            stage = eqx.tree_at(lambda chain: chain.stages, stage, within)
        elif signal is None:
            stage = stage.with_levels(low, high)
        else:
            stage = stage.with_levels(low, high, jnp.mean(signal)).calibrate(signal)
        if signal is not None:
            signal = stage.respond(signal)
        low, high = _output_range(stage, low, high)
        levelled.append(stage)
    return tuple(levelled)
