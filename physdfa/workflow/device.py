"""`device show`: a preset's name or an experiment file -> a device, calibrated where its potentials are known."""

from pathlib import Path

import jax
import numpy as np

from physdfa.build import build_device
from physdfa.config import load_config
from physdfa.devices import PRESETS, AbstractDevice, make_device
from physdfa.errors import InputError, unknown_name

SHOWN_POTENTIALS = (-1.0, 3.0)
"""Range of the membrane potential, in thresholds, over which a device is shown."""


def device_of(name: str, overrides: tuple[str, ...] = ()) -> tuple[str, AbstractDevice, np.ndarray]:
    """Name, device, and the membrane potentials at which to show it.

    **Arguments:**

    - `name`: a preset, or the path of an experiment file with a `[device]` table.
    - `overrides`: changes of the experiment file, or "v_bias=3.0" for a preset.

    **Raises:** `InputError` if it is neither.
    """
    potentials = np.linspace(*SHOWN_POTENTIALS, 401)
    if name in PRESETS:
        return name, make_device(name, _values(overrides), key=jax.random.key(0)), potentials
    path = Path(name)
    if path.suffix == ".csv":
        raise InputError(f"{name}: measured devices come in a later version; give a preset or an experiment file.")
    if path.suffix != ".toml":
        raise InputError(f"{unknown_name('device preset', name, list(PRESETS))} A path must end in .toml.")
    config = load_config(path, overrides, kind="train")
    device = build_device(config, config.experiment.seed)
    if device is None:
        raise InputError(f"{path}: its rule '{config.rule.name}' has no backward device to show.")
    return str(path), device, potentials * config.network.threshold


def _values(overrides: tuple[str, ...]) -> dict[str, object]:
    values: dict[str, object] = {}
    for change in overrides:
        key, separator, text = change.partition("=")
        if not separator:
            raise InputError(f"--set {change}: is KEY=VALUE, such as --set v_bias=3.0.")
        try:
            values[key.removeprefix("device.")] = float(text)
        except ValueError:
            values[key.removeprefix("device.")] = text
    return values
