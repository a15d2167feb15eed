"""The measured curve behind a working range, for its figure."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from physdfa.config import ExperimentConfig, value_at, with_values
from physdfa.workflow.device import fresh_network
from physdfa.workflow.propose import GAIN, OFFSET

MOST_SAMPLES = 400
"""Samples that are kept, evenly chosen."""
OCCUR = (0.05, 0.95)
"""Between these parts of the drives lie those that count as occurring."""


def curve_record(config: ExperimentConfig, best: Mapping[str, Any], data_dir: Path | None) -> dict[str, Any] | None:
    """The samples of a measured device and the drives that occur at the best point; None for any other device.

    - `drive`, `output`, `direction`: samples, in SI units; +1 rising, -1 falling.
    - `quantities`, `units`: names and units of drive and output.
    - `drives`: drive gain times the potential of a fresh network plus the offset: 5 and 95 %; `outside`: the share of
      them beyond the `measured` ones, where the answer is that of the `policy`.
    """
    at_best = with_values(config, best)
    section = at_best.device
    if section is None or section.source is None:
        return None
    measured = section.source.read()
    _, _, network = fresh_network(at_best, data_dir)
    potentials = np.concatenate([np.ravel(layer) for layer in network.potentials])
    gain, offset = (float(value_at(at_best, f"device.{name}")) for name in (GAIN, OFFSET))
    drives, (low, high) = gain * potentials + offset, (float(measured.drive.min()), float(measured.drive.max()))
    chosen = np.unique(np.linspace(0, len(measured.drive) - 1, min(len(measured.drive), MOST_SAMPLES)).astype(int))
    return {
        **{name: np.asarray(getattr(measured, name), float)[chosen].tolist() for name in ("drive", "output")},
        "direction": np.asarray(measured.direction)[chosen].tolist(),
        "quantities": list(measured.quantities),
        "units": [measured.drive_unit, measured.output_unit],
        "drives": (gain * np.quantile(potentials, OCCUR) + offset).tolist(),
        "measured": [low, high],
        "outside": float(np.mean((drives < low) | (drives > high))),
        "policy": str(value_at(at_best, "device.outside")),
    }
