"""Common code of the stages with a bandwidth: they learn the chain's timing and collect noise over it."""

import math
from typing import TypeVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.devices.base import AbstractDevice, Timing
from physdfa.parts import ParameterValue

Stage = TypeVar("Stage", bound=AbstractDevice)

# exp(-this) is 0 in float32: the memory is gone after one symbol.
_NO_MEMORY = 200.0

# Slower than any bench: a filter that forgets nothing within 10^15 neurons; it keeps the noise before it finite.
_LEAST_DECAY = 1e-15


def with_slowest(stage: Stage, timing: Timing) -> Stage:
    """The stage with its leaf `slowest` [Hz] set to the bandwidth of its chain's slowest stage, if that is known."""
    if timing.f_3db is None:
        return stage
    return eqx.tree_at(lambda told: told.slowest, stage, timing.f_3db, is_leaf=lambda leaf: leaf is None)


def with_noise_timing(stage: Stage, timing: Timing) -> Stage:
    """The same for a stage with noise, which also learns the symbol rate `filter_rate` [Bd] of the next filter."""
    return eqx.tree_at(
        lambda told: told.filter_rate,
        with_slowest(stage, timing),
        timing.filter_rate,
        is_leaf=lambda leaf: leaf is None,
    )


def f_3db_of(bandwidth: ParameterValue, slowest: ParameterValue | None) -> ParameterValue:
    """The bandwidth f_3dB [Hz] that counts: of the chain's slowest stage, or outside of a chain the stage's own."""
    return bandwidth if slowest is None else slowest


def decay_of(f_3db: ParameterValue, symbol_rate: ParameterValue) -> ParameterValue:
    """The decay -ln a of the filter along the neurons; a is left after one symbol.

    a = exp(-2 pi f_3dB / symbol_rate).
    """
    return jnp.minimum(2.0 * math.pi * (f_3db / symbol_rate), _NO_MEMORY)


def noise_root_bandwidth(
    given: ParameterValue | None, f_3db: ParameterValue, filter_rate: ParameterValue | None, shape: tuple[int, ...]
) -> Float[Array, "..."]:
    """The root of the bandwidth [sqrt(Hz)] over which a stage draws the noise of a signal of this shape.

    B_e, as given or that of a first-order low pass, (pi/2) f_3dB, is the noise bandwidth of what leaves the chain. A
    filter along the neurons that is still to come keeps (1 - a) / (1 + a) = tanh(pi f_3dB / symbol_rate) of the
    variance of independent draws, so before it they are drawn over B_e coth(pi f_3dB / symbol_rate). Its first neuron
    enters whole, and has B_e: then every neuron that leaves the filter has B_e. Stages between the two that are not
    linear see the noise as drawn; a second filter takes its own share.
    """
    root = jnp.sqrt(0.5 * math.pi * f_3db if given is None else given)
    if filter_rate is None or len(shape) == 0:
        return root
    kept = jnp.tanh(0.5 * jnp.maximum(decay_of(f_3db, filter_rate), _LEAST_DECAY))
    is_first = jnp.arange(shape[-1]) == 0
    return along_last(jnp.where(is_first, root, root / jnp.sqrt(kept)), len(shape))


def along_last(values: Float[Array, " last"], ndim: int) -> Float[Array, "*ones last"]:
    """[last] as the last of `ndim` axes, the others of length 1."""
    return values.reshape((1,) * (ndim - 1) + values.shape)
