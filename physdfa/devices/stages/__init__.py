"""The stages of the optoelectronic chain from membrane potential to g, one file each."""

from physdfa.devices.stages.adc import Adc
from physdfa.devices.stages.additive_noise import AdditiveNoise
from physdfa.devices.stages.bias_drift import BiasDrift
from physdfa.devices.stages.dac import Dac
from physdfa.devices.stages.decode import Decode
from physdfa.devices.stages.driver import Driver
from physdfa.devices.stages.electronic import DiodeClipper, Memristor, Rectifier, TanhAmplifier
from physdfa.devices.stages.encode import Encode
from physdfa.devices.stages.filter import TimeMultiplexing
from physdfa.devices.stages.hysteresis import Hysteresis
from physdfa.devices.stages.optical import (
    DelayLoop,
    ElectroAbsorptionModulator,
    KerrLoop,
    LiquidCrystal,
    MachZehnderModulator,
    Microring,
    SaturableAbsorber,
    SecondHarmonic,
    SemiconductorOpticalAmplifier,
)
from physdfa.devices.stages.photodiode import Photodiode
from physdfa.devices.stages.tia import Tia

__all__ = [
    "Adc",
    "AdditiveNoise",
    "BiasDrift",
    "Dac",
    "Decode",
    "DelayLoop",
    "DiodeClipper",
    "Driver",
    "ElectroAbsorptionModulator",
    "Encode",
    "Hysteresis",
    "KerrLoop",
    "LiquidCrystal",
    "MachZehnderModulator",
    "Memristor",
    "Microring",
    "Photodiode",
    "Rectifier",
    "SaturableAbsorber",
    "SecondHarmonic",
    "SemiconductorOpticalAmplifier",
    "TanhAmplifier",
    "Tia",
    "TimeMultiplexing",
]
