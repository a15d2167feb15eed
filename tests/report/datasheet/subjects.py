"""Subjects of data sheets with values that are known by hand."""

from typing import Any

import numpy as np

from physdfa.analysis import LayerQuality
from physdfa.devices import AbstractDevice, make_device
from physdfa.devices.measured import Measurement
from physdfa.report.datasheet import DeviceSubject, FittedModel, Network

POTENTIALS = np.linspace(-1.0, 3.0, 81)
DRIVE = np.linspace(-7.0, 7.0, 15)


def make_subject(name: str = "mach_zehnder", device: AbstractDevice | None = None, **more: Any) -> DeviceSubject:
    """A preset with nothing known around it."""
    device = make_device(name, {}) if device is None else device
    return DeviceSubject(**{"name": name, "device": device, "potentials": POTENTIALS, **more})


def make_measurement(**more: Any) -> Measurement:
    """A line from 0 to 14 mW over -7 to 7 V, 1 mW higher on the way down."""
    values = {
        "drive": np.concatenate([DRIVE, DRIVE[::-1]]),
        "output": np.concatenate([DRIVE + 7, DRIVE[::-1] + 8]) * 1e-3,
        "drive_unit": "V",
        "output_unit": "W",
        "direction": np.repeat([1, -1], DRIVE.size).astype(np.int8),
        "setting": None,
        "setting_unit": "",
        "source": "line.csv",
        "sha256": "0123456789abcdef" * 4,
        "x": "bias_V",
        "y": "power_mW",
        "remarks": ("the drive turns",),
    }
    return Measurement(**{**values, **more})


def make_fit() -> FittedModel:
    """A line through the middle of both branches."""
    measurement = make_measurement()
    return FittedModel(
        model="line",
        rows=(("slope", "0.001", "0.00002", "W/V"),),
        facts=(("R²", "0.99"),),
        drive=DRIVE,
        output=(DRIVE + 7.5) * 1e-3,
        residuals=measurement.output - (measurement.drive + 7.5) * 1e-3,
    )


def make_network() -> Network:
    """Two hidden layers whose potentials fill 0 to 2 evenly."""
    return Network(
        neurons=24,
        threshold=1.0,
        words="64-16-8-10, 4 steps, at 64 samples of digits",
        potentials=(np.linspace(0.0, 2.0, 2001), np.linspace(0.0, 2.0, 101)),
        surrogate_derivative=np.maximum(0.0, 1.0 - np.abs(POTENTIALS - 1.0)),
        quality=(LayerQuality(0.5, 1.5, 0.75), LayerQuality(0.0, float("inf"), 1.0)),
    )
