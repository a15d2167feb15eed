"""Measurements of devices whose parameters are known, with noise that is known."""

import numpy as np

from physdfa.devices.measured import Measurement


def make_measurement(drive, output, *, drive_unit="V", output_unit="W", **changed) -> Measurement:
    """One rising sweep in the file `bench.csv`, columns `x` and `y`."""
    values = {
        "drive": np.asarray(drive, np.float64),
        "output": np.asarray(output, np.float64),
        "drive_unit": drive_unit,
        "output_unit": output_unit,
        "direction": np.ones(len(drive), np.int8),
        "setting": None,
        "setting_unit": "",
        "source": "bench.csv",
        "sha256": "0" * 64,
        "x": "x",
        "y": "y",
        "remarks": (),
    }
    return Measurement(**(values | changed))


def interferometer(drive, *, v_pi=4.0, v_bias=1.0, extinction_ratio_db=15.0, peak=1e-3):
    """The closed form of `mach_zehnder`, written with sin^2 instead of the cosine."""
    floor = peak * 10.0 ** (-extinction_ratio_db / 10.0)
    return peak - (peak - floor) * np.sin(0.5 * np.pi * (drive - v_bias) / v_pi) ** 2


def noisy(output, std, seed=0):
    """With independent normal noise."""
    return output + std * np.random.default_rng(seed).standard_normal(len(output))


def autoregressive(count, r, seed=0, std=1.0):
    """Normal errors of this standard deviation whose k-th neighbours correlate by r^k."""
    draws = np.random.default_rng(seed).standard_normal(count)
    errors = [draws[0]]
    for draw in draws[1:]:
        errors.append(r * errors[-1] + np.sqrt(1.0 - r**2) * draw)
    return std * np.array(errors)
