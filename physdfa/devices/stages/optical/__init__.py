"""The stages whose output is light: what turns a voltage into optical power, and what shapes that power."""

from physdfa.devices.stages.optical.mach_zehnder import MachZehnderModulator

__all__ = ["MachZehnderModulator"]
