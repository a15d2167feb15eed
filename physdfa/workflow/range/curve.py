"""The measured curve behind a working range, for its figure."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from physdfa.build import build_device
from physdfa.config import ExperimentConfig, value_at, with_values
from physdfa.devices import Cascade
from physdfa.devices.measured import MeasuredCurve
from physdfa.errors import DataError
from physdfa.workflow.device import fresh_network

MOST_SAMPLES = 400
"""Samples that are kept, evenly chosen."""
OCCUR = (0.05, 0.95)
"""Between these parts of the drives lie those that count as occurring."""


def curve_record(config: ExperimentConfig, best: Mapping[str, Any], data_dir: Path | None) -> dict[str, Any] | None:
    """The samples of a measured device and the drives that occur at the best point.

    None for any other device, and where the data are not there that make the potentials.

    - `drive`, `output`, `direction`: samples, in SI units; +1 rising, -1 falling.
    - `quantities`, `units`: names and units of drive and output.
    - `drives`: what reaches the curve through the stages before it, of the potentials of a fresh network: 5 and 95 %;
      `outside`: the share beyond the `measured` drives, where the answer is that of the `policy`.
    """
    at_best = with_values(config, best)
    section = at_best.device
    if section is None or section.source is None:
        return None
    measured = section.source.read()
    try:
        _, _, network = fresh_network(at_best, data_dir)
    except DataError:
        return None
    device = build_device(at_best, config.experiment.seed)
    assert isinstance(device, Cascade), "a measured device is a chain"
    drives = drives_of(device, np.concatenate([np.ravel(layer) for layer in network.potentials]))
    low, high = float(measured.drive.min()), float(measured.drive.max())
    chosen = np.unique(np.linspace(0, len(measured.drive) - 1, min(len(measured.drive), MOST_SAMPLES)).astype(int))
    return {
        **{name: np.asarray(getattr(measured, name), float)[chosen].tolist() for name in ("drive", "output")},
        "direction": np.asarray(measured.direction)[chosen].tolist(),
        "quantities": list(measured.quantities),
        "units": [measured.drive_unit, measured.output_unit],
        "drives": np.quantile(drives, OCCUR).tolist(),
        "measured": [low, high],
        "outside": float(np.mean((drives < low) | (drives > high))),
        "policy": str(value_at(at_best, "device.outside")),
    }


def drives_of(device: Cascade, potentials: np.ndarray) -> np.ndarray:
    """What reaches the measured curve of a chain, of membrane potentials [n], in the unit of its drive."""
    signal = jnp.asarray(potentials, jnp.float32)[:, None]
    for stage in device.stages:
        if isinstance(stage, MeasuredCurve):
            break
        signal = stage.respond(signal)
    return np.asarray(signal, dtype=float)[:, 0]
