"""The light in a chain: the drive of its optical part, and the contrast of the light behind it."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from physdfa.analysis.transfer import contrast_db
from physdfa.devices import AbstractDevice, Cascade


class OpticalSwing(NamedTuple):
    """The optical part of a chain, while the membrane potential runs over a range, without noise.

    - `first`, `last`: the stages that it begins and ends with.
    - `drive`: (least, largest) of what drives it, in `drive_unit`; empty for a unit that the chain does not say.
    - `power`: (least, largest) of the light behind it [W].
    - `contrast_db`: 10 log10 of their ratio, infinite if the least is 0; None without light.
    """

    first: str
    last: str
    drive: tuple[float, float]
    drive_unit: str
    power: tuple[float, float]
    contrast_db: float | None


def optical_swing(device: AbstractDevice, potentials: np.ndarray) -> OpticalSwing | None:
    """Drive and light of the optical part of a chain at `potentials`; None for a device without one."""
    if not isinstance(device, Cascade):
        return None
    # A row for each potential: the memory of a stage along the neurons stays within one and the same signal.
    signal, unit = jnp.asarray(potentials, jnp.float32)[:, None], ""
    drive: np.ndarray | None = None
    light, first, last, drive_unit = np.zeros(1), "", "", ""
    for name, stage in zip(device.names, device.stages, strict=True):
        taken, given = stage.units
        entering, signal = np.asarray(signal, dtype=float), stage.respond(signal)
        if given == "W":
            if drive is None:
                drive, drive_unit, first = entering, taken or unit, name
            light, last = np.asarray(signal, dtype=float), name
        unit = given or unit
    if drive is None:
        return None
    return OpticalSwing(first, last, _ends(drive), drive_unit, _ends(light), contrast_db(light))


def _ends(values: np.ndarray) -> tuple[float, float]:
    return float(values.min()), float(values.max())
