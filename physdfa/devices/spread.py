"""Device-to-device spread: one more device of the same make, its parameters drawn around the nominal ones."""

import math
import zlib
from collections.abc import Mapping

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.devices.base import AbstractDevice
from physdfa.devices.cascade import Cascade, declared_parameters
from physdfa.errors import InputError, unknown_name
from physdfa.noise import standard_normal
from physdfa.parts import Parameter, ParameterValue

# These may be 0 by choice, and then a share of them is none: they spread by a share of v_pi.
_SHARES_OF_V_PI = ("v_bias", "offset")

# How near to an excluded end of its range a draw may come, as a share of the nominal value's distance from it.
_NEAREST = 1e-3


def with_spread(device: AbstractDevice, spread: Mapping[str, float], key: PRNGKeyArray) -> AbstractDevice:
    """The device with each parameter in `spread` drawn anew: p (1 + std n).

    n is normal with mean 0 and variance 1.

    `v_bias` and `offset`, which may be 0, become p + std v_pi n, with the nominal v_pi of their stage, or of the first
    stage that has one. A draw beyond an end of the declared range is held there; at an end that is itself excluded
    (v_pi > 0) a thousandth of the nominal distance is left. An infinite value (an ideal extinction ratio) stays.
    Each parameter draws from a key of its own, so that another one in `spread` changes no draw. A chain is built anew:
    its timing and its levels follow the drawn values, and measured levels need `calibrate` again.

    **Arguments:**

    - `spread`: full name (`mach_zehnder.v_pi`) -> relative standard deviation, >= 0.

    **Raises:** `InputError` for an unknown name, a count, a value that the device finds itself, a standard deviation
    that is none, or `v_bias` and `offset` without a v_pi.
    """
    known, deviations = declared_parameters(device), {}
    for name, std in spread.items():
        unit = _nominal(name, std, known, device)
        if name.rpartition(".")[2] in _SHARES_OF_V_PI:
            unit = v_pi_for(name, device)
            if unit is None:
                raise InputError(
                    f"spread of `{name}` is a share of v_pi, but no stage of this device has one; leave it out."
                )
        deviations[name] = std * unit
    return drawn_around(device, deviations, key)


def drawn_around(
    device: AbstractDevice, deviations: Mapping[str, float | ParameterValue], key: PRNGKeyArray
) -> AbstractDevice:
    """The device with each parameter drawn anew, p + d n, by the rules of `with_spread`.

    **Arguments:**

    - `deviations`: full name of a parameter that has a value -> standard deviation d, in its unit.
    """
    known, drawn = declared_parameters(device), _stages(device)
    for name, deviation in deviations.items():
        part, _, leaf = name.rpartition(".")
        nominal = getattr(drawn[part], leaf)
        draw = standard_normal(jax.random.fold_in(key, zlib.crc32(name.encode())), nominal.shape)
        value = jnp.where(jnp.isfinite(nominal), _within(known[name], nominal, nominal + deviation * draw), nominal)
        drawn[part] = eqx.tree_at(lambda stage, leaf=leaf: getattr(stage, leaf), drawn[part], value)
    return Cascade(drawn) if isinstance(device, Cascade) else drawn[""]


def v_pi_for(name: str, device: AbstractDevice) -> ParameterValue | None:
    """The v_pi [V] of the parameter's own stage, or of the first stage that has one. None without any."""
    stages = _stages(device)
    found = (getattr(stage, "v_pi", None) for stage in (stages[name.rpartition(".")[0]], *stages.values()))
    return next((v_pi for v_pi in found if v_pi is not None), None)


def _stages(device: AbstractDevice) -> dict[str, AbstractDevice]:
    return dict(zip(device.names, device.stages, strict=True)) if isinstance(device, Cascade) else {"": device}


def _nominal(name: str, std: float, known: Mapping[str, Parameter], device: AbstractDevice) -> ParameterValue:
    if name not in known:
        raise InputError(f"spread: {unknown_name('device parameter', name, tuple(known))}")
    if isinstance(std, (bool, str)) or not (std >= 0 and math.isfinite(std)):
        raise InputError(f"spread of `{name}` is a relative standard deviation and must be a number >= 0; got {std!r}.")
    if known[name].whole:
        raise InputError(f"spread of `{name}`: it is {known[name].meaning}, a count, which no two devices differ in.")
    part, _, leaf = name.rpartition(".")
    nominal = getattr(_stages(device)[part], leaf)
    if nominal is None:
        raise InputError(f"spread of `{name}`: the device finds this value itself; give it one to spread around.")
    return nominal


def _within(declaration: Parameter, nominal: ParameterValue, value: ParameterValue) -> ParameterValue:
    low, high = declaration.low, declaration.high
    if math.isfinite(low):
        value = jnp.maximum(value, low + (_NEAREST * (nominal - low) if declaration.low_open else 0.0))
    if math.isfinite(high):
        value = jnp.minimum(value, high - (_NEAREST * (high - nominal) if declaration.high_open else 0.0))
    return value
