"""Backward devices: membrane potential in, g out."""

from physdfa.devices.base import AbstractDevice
from physdfa.devices.cascade import Cascade
from physdfa.devices.cost import HardwareCost, PassCost, backward_pass_cost, cost_mistakes
from physdfa.devices.functions import Constant, RandomFourierSeries, SineSquared, SurrogateResponse
from physdfa.devices.parameter import Option, Parameter, declarations, option, parameter
from physdfa.devices.presets import PRESETS, STAGES, Preset
from physdfa.devices.registry import (
    declared,
    declared_parameters,
    device_mistakes,
    make_cascade,
    make_device,
    parameter_at,
)
from physdfa.devices.stages import (
    Decode,
    Driver,
    ElectroAbsorptionModulator,
    Encode,
    MachZehnderModulator,
    Memristor,
    Microring,
    Photodiode,
    Rectifier,
    SaturableAbsorber,
    SemiconductorOpticalAmplifier,
    TanhAmplifier,
)

__all__ = [
    "PRESETS",
    "STAGES",
    "AbstractDevice",
    "Cascade",
    "Constant",
    "Decode",
    "Driver",
    "ElectroAbsorptionModulator",
    "Encode",
    "HardwareCost",
    "MachZehnderModulator",
    "Memristor",
    "Microring",
    "Option",
    "Parameter",
    "PassCost",
    "Photodiode",
    "Preset",
    "RandomFourierSeries",
    "Rectifier",
    "SaturableAbsorber",
    "SemiconductorOpticalAmplifier",
    "SineSquared",
    "SurrogateResponse",
    "TanhAmplifier",
    "backward_pass_cost",
    "cost_mistakes",
    "declarations",
    "declared",
    "declared_parameters",
    "device_mistakes",
    "make_cascade",
    "make_device",
    "option",
    "parameter",
    "parameter_at",
]
