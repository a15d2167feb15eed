"""A measured curve with two branches and repeats, as a contract test needs one."""

import numpy as np

from physdfa.devices.measured import Measurement


def make_measurement(*, has_setting: bool = False) -> Measurement:
    """A modulator swept up and down over 10 V, 0.3 V of hysteresis, every drive three times with 1 % of noise [W].

    With `has_setting` it is one sweep up at each of two settings, 0 and 1, between which the voltages shift by 0.3 V.
    """
    drives = np.repeat(np.linspace(-5.0, 5.0, 41), 3)
    noise = 1e-5 * np.random.default_rng(0).normal(size=(2, drives.size))
    rising = 1e-3 * np.sin(np.pi * (drives - 0.15) / 9.4) ** 2 + noise[0]
    falling = 1e-3 * np.sin(np.pi * (drives + 0.15) / 9.4) ** 2 + noise[1]
    return Measurement(
        drive=np.concatenate([drives, drives[::-1]]),
        output=np.concatenate([rising, falling[::-1]]),
        drive_unit="V",
        output_unit="W",
        direction=np.ones(2 * drives.size, np.int8) if has_setting else np.repeat(np.int8([1, -1]), drives.size),
        setting=np.repeat([0.0, 1.0], drives.size) if has_setting else None,
        setting_unit="",
        source="sweep.csv",
        sha256="",
        x="drive_V",
        y="output_W",
        remarks=(),
    )
