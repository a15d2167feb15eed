"""A measured modulator as g, ideal and with one imperfection at a time.

The first row is the experiment of measured_mzm.toml in full, the second that of measured_mzm_wide.toml, the third the
same on another data set. The others change the chain of the first and are shorter, `rising` among them, so that they
compare with each other.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from physdfa.config import ExperimentConfig
from physdfa.workflow.reproduce.entry import Entry, Finished, Row, Table
from physdfa.workflow.reproduce.packaged import packaged_config
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import accuracy_and_seeds_cell, not_done_text, share_cell

SYMBOL_RATE = 1e9  # Bd
V_PI = 4.69  # V, from `physdfa device fit`
UPDATES_PER_EPOCH = 60000 // 128
DRIFT_RATE = 0.01 * V_PI / UPDATES_PER_EPOCH**0.5  # V/sqrt(s), at one update per second: 1 % of V_pi per epoch
WHOLE, WIDE, FASHION = "measured_mzm", "measured_mzm_wide", "measured_mzm_fashion"
"""The experiments in full."""


def stages(*names: str) -> str:
    """The override that sets the chain."""
    return "device.stages=[" + ", ".join(f'"{name}"' for name in names) + "]"


DETECTED = ("encode", "curve", "photodiode", "tia", "decode")
CONVERTED = ("encode", "dac", "curve", "photodiode", "tia", "adc", "decode")
DRIFTING = ("encode", "bias_drift", "curve", "decode")
FILTERED = ("encode", "curve", "photodiode", "tia", "filter", "decode")


def bits(count: int) -> tuple[str, ...]:
    """DAC and ADC of `count` bits; the DAC reaches over the measured range."""
    return (
        stages(*CONVERTED),
        "device.dac.full_scale=7.0",
        f"device.dac.num_bits={count}",
        f"device.adc.num_bits={count}",
    )


def noisy(power: float) -> tuple[str, ...]:
    """Shot noise and thermal noise of a receiver for 1 GBd, at `power` W of light."""
    return (
        stages(*DETECTED),
        f"device.curve.optical_power={power}",
        f"device.photodiode.bandwidth={SYMBOL_RATE}",
        "device.photodiode.shot_noise=on",
        "device.tia.thermal_noise=on",
    )


def drifting(relock_every: int) -> tuple[str, ...]:
    """A bias that walks 1 % of V_pi per epoch, re-locked every so many updates (0: never)."""
    return (
        stages(*DRIFTING),
        f"device.bias_drift.drift_rate={DRIFT_RATE}",
        "device.bias_drift.update_period=1.0",
        f"device.bias_drift.relock_every={relock_every}",
    )


def filtered(share: float) -> tuple[str, ...]:
    """A bandwidth of `share` times the symbol rate: each neuron hears the ones before it."""
    return (
        stages(*FILTERED),
        f"device.filter.symbol_rate={SYMBOL_RATE}",
        f"device.filter.bandwidth={share * SYMBOL_RATE}",
    )


CONDITIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    WHOLE: ("rising branch, 15 epochs", ()),
    WIDE: ("rising branch, 15 epochs, 2,000 neurons, smoothed labels, decaying weights", ()),
    FASHION: ("the same settings, on Fashion-MNIST", ("data.name=fashion_mnist",)),
    "rising": ("rising branch", ()),
    "falling": ("falling branch", ("device.branch=falling",)),
    "random": ("either branch, at random for each use", ("device.branch=random",)),
    "bits_8": ("DAC and ADC of 8 bits", bits(8)),
    "bits_6": ("DAC and ADC of 6 bits", bits(6)),
    "bits_4": ("DAC and ADC of 4 bits", bits(4)),
    "noise_1_mw": ("shot and thermal noise at 1 mW", noisy(1e-3)),
    "noise_0.1_mw": ("shot and thermal noise at 0.1 mW", noisy(1e-4)),
    "noise_0.01_mw": ("shot and thermal noise at 0.01 mW", noisy(1e-5)),
    "drift": ("bias drift of 1 % of V_pi per epoch", drifting(0)),
    "drift_controlled": ("the same, re-locked ten times per epoch", drifting(UPDATES_PER_EPOCH // 10)),
    "bandwidth_1": ("f_3dB = symbol rate", filtered(1.0)),
    "bandwidth_0.5": ("f_3dB = 0.5 symbol rate", filtered(0.5)),
    "bandwidth_0.2": ("f_3dB = 0.2 symbol rate", filtered(0.2)),
}


def read_row(name: str, scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of one chain."""
    if name in (WHOLE, WIDE):
        return packaged_config(name, scale=scale, data_dir=data_dir)
    stem, epochs = (WIDE, ()) if name == FASHION else (WHOLE, ("training.epochs=8",))
    overrides = (*epochs, *CONDITIONS[name][1])
    return packaged_config(stem, name=name, overrides=overrides, scale=scale, data_dir=data_dir)


def row_of(name: str) -> Row:
    """One chain."""
    return Row(
        name=name,
        cells={"chain": CONDITIONS[name][0]},
        read=partial(read_row, name),
        seeds=5 if name in (WHOLE, WIDE, FASHION) else 3,
        kept=f"measured_mzm/{name}",
    )


def tables(finished: Sequence[Finished]) -> list[Table]:
    """Test accuracy, and the share of requests beyond the measured sweep."""
    rows = [
        [one.row.title, accuracy_and_seeds_cell(one), share_cell(one.record.get("outside_range"))] for one in finished
    ]
    header = ("chain", "test accuracy", "requests outside the measured range")
    return [Table(title="Test accuracy", header=header, rows=rows, text=not_done_text(finished))]


MEASURED_MZM = Entry(
    name="measured-mzm",
    title="A measured modulator as the backward device, with one imperfection at a time",
    source="not as such; needs device_measurements/mzm_single_drive_labtel.csv beside the data set",
    datasets=("mnist", "fashion_mnist"),
    full_time="1 hour on 2 cores (estimated)",
    rows=tuple(map(row_of, CONDITIONS)),
    tables=tables,
)
