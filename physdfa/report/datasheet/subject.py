"""The subject of a data sheet: a device, and what is known around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from physdfa.analysis import LayerQuality
from physdfa.devices import AbstractDevice, HardwareCost
from physdfa.devices.measured import Measurement

PASS_OF_A_SAMPLE = (16_000, "800 neurons, 20 steps, 1 sample")


@dataclass(frozen=True, kw_only=True)
class Network:
    """A freshly initialised network that the device serves.

    **Arguments:**

    - `words`: which network on which data, for the reader.
    - `neurons`: number of its hidden neurons.
    - `threshold`: at which its neurons fire [unit of u].
    - `potentials`: of each hidden layer, every membrane potential u_t before reset.
    - `surrogate_derivative`: f' at the potentials of the sheet.
    - `quality`: scores of g in each hidden layer.
    """

    words: str
    neurons: int
    threshold: float
    potentials: tuple[np.ndarray, ...]
    surrogate_derivative: np.ndarray
    quality: tuple[LayerQuality, ...]


@dataclass(frozen=True, kw_only=True)
class FittedModel:
    """A physical model fitted to a measurement.

    **Arguments:**

    - `model`: its name; `rows`: (parameter, value, standard error, unit) in words.
    - `facts`: (what, words): goodness of fit and warnings.
    - `drive`, `output`: the fitted curve, in the units of the measurement, drive increasing.
    - `residuals`: output recorded minus output of the model, at each sample of the measurement.
    """

    model: str
    rows: tuple[tuple[str, str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    drive: np.ndarray
    output: np.ndarray
    residuals: np.ndarray


@dataclass(frozen=True, kw_only=True)
class DeviceSubject:
    """A device and what is known around it.

    **Arguments:**

    - `name`: of the preset or file.
    - `device`: as built, and calibrated where there is a network.
    - `potentials`: where g is shown, increasing, in units of the membrane potential.
    - `threshold`: firing threshold [unit of u], if it is known.
    - `cost`: the hardware around the device.
    - `num_requests`, `requests`: calls of g in a backward pass, and what makes that number, in words.
    - `network`, `measurement`, `fit`: where there are such.
    - `warnings`: what the measurement holds and the device averages away, one sentence each.
    - `provenance`: (what, words) of a preset file; `standard_errors`: of its parameters, by dotted name.
    """

    name: str
    device: AbstractDevice
    potentials: np.ndarray
    threshold: float | None = None
    cost: HardwareCost = field(default_factory=HardwareCost)
    num_requests: int = PASS_OF_A_SAMPLE[0]
    requests: str = PASS_OF_A_SAMPLE[1]
    network: Network | None = None
    measurement: Measurement | None = None
    fit: FittedModel | None = None
    warnings: tuple[str, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    standard_errors: Mapping[str, float] = field(default_factory=dict)
