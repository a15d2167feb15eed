"""The stages whose output is light: modulators, absorbers and amplifiers."""

from physdfa.devices.stages.optical.delay_loop import DelayLoop
from physdfa.devices.stages.optical.electro_absorption import ElectroAbsorptionModulator
from physdfa.devices.stages.optical.kerr_loop import KerrLoop
from physdfa.devices.stages.optical.liquid_crystal import LiquidCrystal
from physdfa.devices.stages.optical.mach_zehnder import MachZehnderModulator
from physdfa.devices.stages.optical.microring import Microring
from physdfa.devices.stages.optical.saturable_absorber import SaturableAbsorber
from physdfa.devices.stages.optical.second_harmonic import SecondHarmonic
from physdfa.devices.stages.optical.soa import SemiconductorOpticalAmplifier

__all__ = [
    "DelayLoop",
    "ElectroAbsorptionModulator",
    "KerrLoop",
    "LiquidCrystal",
    "MachZehnderModulator",
    "Microring",
    "SaturableAbsorber",
    "SecondHarmonic",
    "SemiconductorOpticalAmplifier",
]
