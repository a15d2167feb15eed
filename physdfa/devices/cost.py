"""Cost of one backward pass on stated hardware: its time, and its energy by consumer."""

import functools
from collections.abc import Iterable
from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.devices.base import AbstractDevice
from physdfa.devices.cascade import inner_stages
from physdfa.devices.presets import STAGES
from physdfa.errors import unknown_name
from physdfa.parts import ParameterValue, check_declared, declarations, parameter


class HardwareCost(eqx.Module):
    """The hardware around a chain, for its energy and time. Numbers that the chain states itself are read there.

    **Arguments:**

    - `symbol_rate`: neurons served one after the other, per second [Bd], > 0; a chain that states a symbol rate of
      its own (a filter's) is served at that one.
    - `wall_plug_efficiency`: light out per electrical power in, of the laser, > 0 and <= 1.
    - `optical_power`: light [W] that a chain needs which states none, such as a measured curve, >= 0; without it, the
      laser of such a chain costs nothing.
    - `driver_power`, `tia_power`: electrical power of each such stage [W], >= 0.
    - `drive_impedance`: load of each driver [Ohm], > 0, such as a terminated electrode of 50: the driver then draws
      saturation^2 / drive_impedance besides `driver_power`. Without it, its power does not depend on the swing.
    - `converter_energy`: figure of merit of every DAC and ADC [J per conversion step], >= 0.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** figure of merit: R. H. Walden, IEEE J. Sel. Areas Commun. 17, 539 (1999), there with effective bits
    and for ADCs; that nominal bits count, and DACs likewise, is ours. The defaults are ordinary values for links of
    1 to 10 GBd, not those of a product.
    """

    symbol_rate: ParameterValue = parameter(
        default=1e9, unit="Bd", low=0.0, low_open=True, typical=(1e8, 1e10), meaning="the neurons served per second"
    )
    wall_plug_efficiency: ParameterValue = parameter(
        default=0.1,
        unit="",
        low=0.0,
        high=1.0,
        low_open=True,
        typical=(0.05, 0.3),
        meaning="the laser's light per electrical power",
    )
    optical_power: ParameterValue | None = parameter(
        default=None, unit="W", low=0.0, typical=(1e-4, 1e-2), meaning="the light that a chain needs which states none"
    )
    driver_power: ParameterValue = parameter(
        default=1.0, unit="W", low=0.0, typical=(0.1, 2.0), meaning="the electrical power of a driver"
    )
    drive_impedance: ParameterValue | None = parameter(
        default=None,
        unit="Ohm",
        low=0.0,
        low_open=True,
        typical=(25.0, 100.0),
        meaning="the load into which a driver swings, so that its power follows the swing",
    )
    tia_power: ParameterValue = parameter(
        default=0.1,
        unit="W",
        low=0.0,
        typical=(0.02, 0.5),
        meaning="the electrical power of a transimpedance amplifier",
    )
    converter_energy: ParameterValue = parameter(
        default=5e-14,
        unit="J",
        low=0.0,
        typical=(1e-14, 5e-13),
        meaning="the energy per conversion step of a DAC or ADC",
    )

    def __check_init__(self):
        check_declared(self)


class PassCost(NamedTuple):
    """Time [s] and energy [J] of a backward pass. `energy_j` is the sum of the energies of the five consumers."""

    time_s: Float[Array, "..."]
    energy_j: Float[Array, "..."]
    laser_j: Float[Array, "..."]
    driver_j: Float[Array, "..."]
    tia_j: Float[Array, "..."]
    dac_j: Float[Array, "..."]
    adc_j: Float[Array, "..."]


def backward_pass_cost(device: AbstractDevice, cost: HardwareCost, num_requests: int) -> PassCost:
    """Time and energy of `num_requests` calls of g, one after the other.

    `num_requests` is neurons times time steps times samples.

        time = num_requests / symbol_rate + relock_time / relock_every
        energy = (P_laser + P_driver + P_tia + P_dac + P_adc) time
        P_laser = optical_power / wall_plug_efficiency
        P_driver = driver_power + saturation^2 / drive_impedance, the second term only with an impedance
        P_dac, P_adc = converter_energy 2^num_bits symbol_rate, while there are symbols

    A bias controller adds its share of the re-lock that it makes after every so many updates, each of one pass. A
    stage that the chain lacks costs nothing, one that it has twice costs twice.
    """
    own_rate, light = device.timing.symbol_rate, _optical_power(device)
    rate = cost.symbol_rate if own_rate is None else own_rate
    if light is None:
        light = jnp.zeros_like(rate) if cost.optical_power is None else cost.optical_power
    time = num_requests / rate + _relocking(device)
    laser = light / cost.wall_plug_efficiency * time
    driver = (_count(device, "driver") * cost.driver_power + _swing_power(device, cost)) * time
    tia = _count(device, "tia") * cost.tia_power * time
    # Symbol rate times time is the number of conversions, each of 2^bits steps.
    dac, adc = (cost.converter_energy * _levels(device, kind) * num_requests for kind in ("dac", "adc"))
    return PassCost(time, laser + driver + tia + dac + adc, laser, driver, tia, dac, adc)


def _swing_power(device: AbstractDevice, cost: HardwareCost) -> ParameterValue:
    """Power of the drivers at full swing into their load [W]; 0 where no load is stated."""
    if cost.drive_impedance is None:
        return jnp.float32(0.0)
    swings = [vars(stage)["saturation"] ** 2 for stage in _of_kind(device, "driver")]
    return functools.reduce(jnp.add, swings, jnp.float32(0.0)) / cost.drive_impedance


def converter_bits(device: AbstractDevice) -> ParameterValue:
    """Bits that the converters of a chain move per request of g(u): their resolutions, summed; 0 without any."""
    bits = [vars(stage)["num_bits"] for kind in ("dac", "adc") for stage in _of_kind(device, kind)]
    return functools.reduce(jnp.add, bits, jnp.float32(0.0))


def cost_mistakes(device: AbstractDevice, names: Iterable[str]) -> list[str]:
    """A sentence for each given name of `HardwareCost` that is unknown or changes nothing for `device`."""
    known = declarations(HardwareCost)
    mistakes = []
    for name in names:
        if name not in known:
            mistakes.append(unknown_name("cost parameter", name, tuple(known)))
        elif reason := _idle(device, name):
            mistakes.append(f"`{name}` is {known[name].meaning}, but {reason}.")
    return mistakes


def _idle(device: AbstractDevice, name: str) -> str | None:
    """The reason why a number of `HardwareCost` changes nothing for this device."""
    if name == "symbol_rate" and device.timing.symbol_rate is not None:
        return "this chain states a symbol rate of its own; change it there"
    if name == "optical_power" and _optical_power(device) is not None:
        return "this chain states its own; change it there"
    if name in ("driver_power", "drive_impedance") and not _count(device, "driver"):
        return "this chain has no driver; add the stage or leave it out"
    if name == "tia_power" and not _count(device, "tia"):
        return "this chain has no tia; add the stage or leave it out"
    if name == "converter_energy" and not _count(device, "dac") + _count(device, "adc"):
        return "this chain has neither dac nor adc; add the stage or leave it out"
    return None


def _of_kind(device: AbstractDevice, kind: str) -> list[AbstractDevice]:
    """The stages of the class that a config calls `kind`."""
    kinds = {device_type: name for name, device_type in STAGES.items()}
    return [stage for _, stage in inner_stages(device) if kinds.get(type(stage)) == kind]


def _count(device: AbstractDevice, kind: str) -> int:
    return len(_of_kind(device, kind))


def _relocking(device: AbstractDevice) -> ParameterValue:
    """The time [s] that bias controllers take for an update, on average; 0 without one."""
    controllers = [vars(stage) for stage in _of_kind(device, "bias_drift")]
    shares = [
        jnp.where(each["relock_every"] > 0, each["relock_time"] / jnp.maximum(each["relock_every"], 1.0), 0.0)
        for each in controllers
    ]
    return functools.reduce(jnp.add, shares, jnp.float32(0.0))


def _levels(device: AbstractDevice, kind: str) -> ParameterValue:
    """2^bits, summed over the converters of this kind."""
    bits = [vars(stage)["num_bits"] for stage in _of_kind(device, kind)]
    return functools.reduce(jnp.add, [jnp.exp2(each) for each in bits], jnp.float32(0.0))


def _optical_power(device: AbstractDevice) -> ParameterValue | None:
    """The light that the stages of the chain state [W], summed; None where none states any.

    Of a measured curve it is the largest output: how much light went in is not known, so that the laser draws more.
    """
    emitting = [stage for _, stage in inner_stages(device) if "optical_power" in declarations(type(stage))]
    stated = [power for stage in emitting if (power := vars(stage)["optical_power"]) is not None]
    return functools.reduce(jnp.add, stated) if stated else None
