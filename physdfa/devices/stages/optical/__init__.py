"""The stages whose output is light: modulators, absorbers and amplifiers."""

from physdfa.devices.stages.optical.electro_absorption import ElectroAbsorptionModulator
from physdfa.devices.stages.optical.mach_zehnder import MachZehnderModulator
from physdfa.devices.stages.optical.microring import Microring
from physdfa.devices.stages.optical.saturable_absorber import SaturableAbsorber
from physdfa.devices.stages.optical.soa import SemiconductorOpticalAmplifier

__all__ = [
    "ElectroAbsorptionModulator",
    "MachZehnderModulator",
    "Microring",
    "SaturableAbsorber",
    "SemiconductorOpticalAmplifier",
]
