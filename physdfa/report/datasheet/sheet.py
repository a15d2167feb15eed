"""The content of a data sheet, computed once for the terminal, the page and JSON."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.analysis import LayerQuality
from physdfa.analysis.light import OpticalSwing, optical_swing
from physdfa.analysis.noise import NoiseTable, noise_table
from physdfa.analysis.transfer import Hysteresis, contrast_db, hysteresis
from physdfa.devices import PRESETS, Cascade, Encode, PassCost, backward_pass_cost
from physdfa.devices.measured import Measurement
from physdfa.report.datasheet.parameters import ParameterRow, parameter_rows
from physdfa.report.datasheet.subject import DeviceSubject
from physdfa.report.formatting import interval, number

_NOISE_SEED = 0  # a sheet of the same device says the same


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """Facts of a measured transfer curve; drive and output in the units of the measurement.

    **Arguments:**

    - `drive_range`: least and largest recorded drive; `potential_range`: the same in units of u, where the chain leads
      a potential straight to the measured curve.
    - `output_range`: least and largest recorded output.
    - `contrast_db`: of the recorded output; None where it is no power and nothing proportional to one.
    - `hysteresis`: between the sweep directions; None where there is one only.
    """

    drive_range: tuple[float, float]
    potential_range: tuple[float, float] | None
    output_range: tuple[float, float]
    contrast_db: float | None
    hysteresis: Hysteresis | None


@dataclass(frozen=True, kw_only=True)
class DeviceSheet:
    """The content of a data sheet.

    **Arguments:**

    - `subject`: the device and what is known around it.
    - `stages`: the chain, in the order of the signal; empty for a single device.
    - `rows`: every parameter and option.
    - `potentials`, `response`: u in units of the potential, and g(u) there, without noise; `outside`: where u lies
      outside of what is known of the device.
    - `remarks`: (what, text): description, source, assumptions; empty where no preset says them.
    - `noise`: None for a noiseless device; `light`: None for one without an optical part.
    - `cost`: of one backward pass; None for a mere function of u, which has no hardware.
    - `transfer`: None where nothing was measured.
    """

    subject: DeviceSubject
    stages: tuple[str, ...]
    rows: tuple[ParameterRow, ...]
    potentials: np.ndarray
    response: np.ndarray
    outside: np.ndarray
    remarks: tuple[tuple[str, str], ...]
    noise: NoiseTable | None
    light: OpticalSwing | None
    cost: PassCost | None
    transfer: Transfer | None

    @property
    def name(self) -> str:
        """The name of the preset or file."""
        return self.subject.name

    @property
    def quality(self) -> tuple[LayerQuality, ...]:
        """Scores of g in each hidden layer; empty without a network."""
        return () if self.subject.network is None else self.subject.network.quality

    @property
    def sampled_stages(self) -> tuple[str, ...]:
        """The stages, or the device itself, whose range nobody states: it was found by sampling."""
        device = self.subject.device
        parts = zip(device.names, device.stages, strict=True) if isinstance(device, Cascade) else [(self.name, device)]
        return tuple(name for name, stage in parts if not stage.states_range)

    @property
    def statistics(self) -> str:
        """Least, mean and largest g over the potentials shown."""
        g, u = self.response, self.potentials
        least, mean, largest = (number(float(value)) for value in (g.min(), g.mean(), g.max()))
        return f"min {least}, mean {mean}, max {largest} for u from {interval((float(u.min()), float(u.max())), '')}"


def device_sheet(subject: DeviceSubject) -> DeviceSheet:
    """Read a device's declarations, and ask it at the potentials of the subject, with and without noise."""
    device = subject.device
    u = np.asarray(subject.potentials, dtype=np.float32)
    column = jnp.asarray(u)[:, None]  # one row for each potential: no memory from one to the next
    preset = PRESETS.get(subject.name)
    remarks = ()
    if preset is not None:
        remarks = (("Description", preset.description), ("Source", preset.source), ("Assumed", preset.assumed))
    is_chain = isinstance(device, Cascade)
    return DeviceSheet(
        subject=subject,
        stages=device.names if is_chain else (),
        rows=tuple(parameter_rows(device)),
        potentials=u.astype(float),
        response=np.asarray(device.respond(column), dtype=float)[:, 0],
        outside=np.asarray(device.leaves_range(column))[:, 0],
        remarks=remarks,
        noise=noise_table(device, u, jax.random.key(_NOISE_SEED)),
        light=optical_swing(device, u),
        cost=backward_pass_cost(device, subject.cost, subject.num_requests) if is_chain else None,
        transfer=None if subject.measurement is None else transfer_of(subject.measurement, subject),
    )


def transfer_of(measurement: Measurement, subject: DeviceSubject) -> Transfer:
    """The facts of a measurement; with a second coordinate there is no hysteresis among them."""
    drive, output = measurement.drive, measurement.output
    low, high = float(drive.min()), float(drive.max())
    apart = hysteresis(drive, output, measurement.direction) if measurement.setting is None else None
    return Transfer(
        drive_range=(low, high),
        potential_range=_in_potentials(subject, low, high),
        output_range=(float(output.min()), float(output.max())),
        contrast_db=contrast_db(output),
        hysteresis=apart,
    )


def _in_potentials(subject: DeviceSubject, low: float, high: float) -> tuple[float, float] | None:
    """The potentials that drive the curve from `low` to `high`; None where `encode` does not stand right before it."""
    device = subject.device
    if not isinstance(device, Cascade) or device.names[:2] != ("encode", "curve"):
        return None
    encode = device.stages[0]
    if not isinstance(encode, Encode) or float(encode.drive_gain) == 0:
        return None
    ends = [(end - float(encode.offset)) / float(encode.drive_gain) for end in (low, high)]
    return min(ends), max(ends)
