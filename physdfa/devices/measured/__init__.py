"""Measured devices: from a laboratory's text file to a backward function."""

from physdfa.devices.measured.curve import MeasuredCurve
from physdfa.devices.measured.device import MeasuredDevice
from physdfa.devices.measured.measurement import Measurement, read_measurement
from physdfa.devices.measured.states import disagreements

__all__ = ["MeasuredCurve", "MeasuredDevice", "Measurement", "disagreements", "read_measurement"]
