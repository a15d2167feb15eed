"""Measured devices: from a laboratory's text file to a backward function."""

from physdfa.devices.measured.measurement import Measurement, read_measurement

__all__ = ["Measurement", "read_measurement"]
