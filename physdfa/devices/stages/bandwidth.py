"""What the stages with a bandwidth share: they hear how slow the chain is, and collect noise over that."""

import math
from typing import TypeVar

import equinox as eqx

from physdfa.devices.base import AbstractDevice, Timing
from physdfa.devices.parameter import ParameterValue

Stage = TypeVar("Stage", bound=AbstractDevice)


def with_slowest(stage: Stage, timing: Timing) -> Stage:
    """The stage with its leaf `slowest` [Hz] set to the bandwidth of its chain's slowest stage, if that is known."""
    if timing.f_3db is None:
        return stage
    return eqx.tree_at(lambda told: told.slowest, stage, timing.f_3db, is_leaf=lambda leaf: leaf is None)


def f_3db_of(bandwidth: ParameterValue, slowest: ParameterValue | None) -> ParameterValue:
    """f_3dB [Hz] that counts: that of the slowest stage of the chain, or outside of a chain the stage's own."""
    return bandwidth if slowest is None else slowest


def noise_bandwidth_of(given: ParameterValue | None, f_3db: ParameterValue) -> ParameterValue:
    """B_e [Hz]: as given, or that of a first-order low pass, (pi/2) f_3db."""
    return 0.5 * math.pi * f_3db if given is None else given
