"""`init`: a curve, a preset or an experiment -> an experiment file that sweeps where its device is worth trying."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import tomli_w

from physdfa.analysis.operating_box import Curve, OperatingBox, operating_box
from physdfa.config import KEYS, ExperimentConfig, SweepRange, SweepSection, read_config, rule_of, to_toml, value_at
from physdfa.config.bundle import is_bundle
from physdfa.config.choices import part_keys
from physdfa.config.device_table import build_device, device_keys
from physdfa.config.keys import show
from physdfa.config.load import load_config
from physdfa.config.raw import parse, read_file
from physdfa.data import find_dataset
from physdfa.devices import PRESETS, Cascade
from physdfa.errors import InputError, unknown_name
from physdfa.report.formatting import count, engineering, interval, number
from physdfa.workflow.device import fresh_network, is_measurement
from physdfa.workflow.measured_device import MeasuredOptions

GAIN, OFFSET = "encode.drive_gain", "encode.offset"
POINTS_PER_AXIS = 16
SMALL = {
    "data": {"validation_size": 437},
    "network": {"hidden": [64], "num_steps": 10},
    "training": {"epochs": 6, "batch_size": 32, "learning_rate": 3e-3},
}
"""Network and training for the embedded digits: seconds for a batch of trainings."""
LARGE = {
    "data": {},
    "network": {"hidden": [800], "num_steps": 20},
    "training": {"epochs": 5, "batch_size": 128, "learning_rate": 1e-3},
}
"""The same for larger data."""
WIDEST_DRIVE = 1e6


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """An experiment with a sweep.

    - `text`: the file, commented; `config`: what it says.
    - `words`: how the box was found, one sentence each.
    """

    text: str
    config: ExperimentConfig
    words: Sequence[str]


def propose(
    name: str,
    *,
    measured: MeasuredOptions,
    overrides: Sequence[str] = (),
    dataset: str | None = None,
    data_dir: Path | None = None,
) -> Proposal:
    """The experiment that studies a device.

    **Arguments:**

    - `name`: a measurement, a preset, a preset file, a bundle, an experiment file, or a class "module:Class". An
      experiment file with a sweep is taken as it is, one without is given one.
    - `measured`: how a measurement is read; beyond it the curve is held, unless `outside` says otherwise.
    - `overrides`: changes of the experiment, "training.epochs=5"; of a device "device.v_pi=4".
    - `dataset`: to train on; by default the digits.

    **Raises:** `InputError` for a device of which nothing can be varied, with the next step.
    """
    path = Path(name)
    measurement = is_measurement(path)
    if measured.given and (name in PRESETS or not measurement):
        raise InputError(
            f"{', '.join(measured.given)}: say how a measurement is read, and '{name}' is none; leave them out."
        )
    of_sweep = [change for change in overrides if change.startswith("sweep.")]  # a table that is only proposed here
    others = [change for change in overrides if change not in of_sweep]
    is_experiment = path.suffix == ".toml" and name not in PRESETS and "experiment" in read_file(path)
    if is_experiment:
        if dataset is not None:
            raise InputError(f"--on: '{name}' is an experiment and names its data; write --set data.name={dataset}.")
        config, source = load_config(path, others, kind="train", data_dir=data_dir), str(path)
    else:
        table = experiment_table(name, device_table(name, path, measured, measurement), dataset or "digits")
        source = str(path if path.exists() or measurement else Path(f"{path.stem}.toml"))
        config = read_config(table, source=source, overrides=others, kind="train", data_dir=data_dir)
    if config.device is None or not rule_of(config).needs_device:
        raise InputError(f"{name}: its rule '{config.rule.name}' has no backward device to study.")
    if config.sweep is not None:
        if of_sweep:
            config = load_config(path, overrides, kind="sweep", data_dir=data_dir)
        words = [*read_words(config), "the box is that of [sweep.parameters]"]
        return Proposal(text=to_toml(config), config=config, words=words)
    ranges, words = proposed_ranges(config, data_dir)
    section = SweepSection(
        method="sobol", num_samples=2 ** math.ceil(math.log2(POINTS_PER_AXIS * len(ranges))), parameters=ranges
    )
    config = replace(config, sweep=section, search=None)
    if of_sweep:
        table = parse(to_toml(config), source)
        config = read_config(table, source=source, overrides=of_sweep, kind="sweep", data_dir=data_dir)
    words = [*read_words(config), *words]
    return Proposal(text=commented(config, name, words), config=config, words=words)


def device_table(name: str, path: Path, measured: MeasuredOptions, measurement: bool) -> dict[str, Any]:
    """The `[device]` table of what is no experiment."""
    if measurement and name not in PRESETS:
        return {**measured.table(path), "outside": measured.outside or "hold"}
    if re.fullmatch(r"[\w.]+:\w+", name):
        return {"stages": [name]}
    if name in PRESETS or path.suffix == ".toml" or is_bundle(path):
        return {"preset": name}
    raise InputError(
        f"{unknown_name('device preset', name, list(PRESETS))} A path is that of a measurement (.csv, .txt), of a "
        "bundle (a folder or .zip with device.toml), or of an experiment or preset file (.toml); a class of one's own "
        'is "module:Class".'
    )


def experiment_table(name: str, device: Mapping[str, Any], dataset: str) -> dict[str, Any]:
    """The tables of an experiment on this device: small for the digits, that of the papers for other data."""
    source = find_dataset(dataset)
    size = SMALL if source.is_small else LARGE
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", Path(name).stem).strip("._-") or "device"
    return {
        "experiment": {"name": f"study_{stem}"[:100]},
        "data": {"name": dataset, **size["data"]},
        "network": dict(size["network"]),
        "rule": {"name": "adfa"},
        "device": dict(device),
        "training": dict(size["training"]),
    }


def read_words(config: ExperimentConfig) -> list[str]:
    """How the measurement was read, for a user to see a wrong column or unit before anything is trained."""
    source = None if config.device is None else config.device.source
    if source is None:
        return []
    measured = source.read()
    drive = interval((float(measured.drive.min()), float(measured.drive.max())), measured.drive_unit)
    output = interval((float(measured.output.min()), float(measured.output.max())), measured.output_unit)
    samples = f"{measured.x} {drive} → {measured.y} {output}, {count(measured.drive.size)} samples"
    return [f"read from {measured.source}: {samples}", *measured.remarks]


def proposed_ranges(config: ExperimentConfig, data_dir: Path | None) -> tuple[dict[str, SweepRange], list[str]]:
    """Ranges of the drive gain and the offset of a chain; of a mere function, of each of its numbers.

    **Raises:** `InputError` if nothing can be varied.
    """
    section = config.device
    assert section is not None
    keys = device_keys(section)
    if not (GAIN in keys and OFFSET in keys):
        found = {
            f"device.{name}": SweepRange(low=float(key.typical[0]), high=float(key.typical[1]))
            for name, key in keys.items()
            if key.kind == "number" and len(key.typical) == 2 and not name.startswith(("cost.", "spread."))
        }
        if not found:
            raise InputError(
                "this device has no number that could be varied, so there is no range to find; compare it with others "
                "by `physdfa train`."
            )
        return found, ["it is a mere function of u: the box is that of the ordinary values of its numbers"]
    _, _, network = fresh_network(config, data_dir)
    potentials = np.concatenate([np.ravel(layer) for layer in network.potentials])
    curve = curve_of(config)
    box = operating_box(curve, potentials)
    if box is None:
        raise InputError(
            "the answer of this device does not vary at all: it trains as the preset 'constant' does; check the "
            "columns, or the values of its stages."
        )
    unit = keys[GAIN].unit if section.source is None else section.source.read().drive_unit
    gain, offset = (bare if (bare := name.rpartition(".")[2]) in keys else name for name in (GAIN, OFFSET))
    low, high = (float(f"{end:.3g}") for end in box.gain)
    ranges = {
        f"device.{gain}": SweepRange(low=low, high=high, scale="log"),
        f"device.{offset}": SweepRange(low=rounded_end(box.offset, 0), high=rounded_end(box.offset, 1)),
    }
    return ranges, box_words(box, unit)


def rounded_end(ends: tuple[float, float], place: int) -> float:
    """An end of a range to a thousandth of its width. Of a spectrum at 193 THz that takes many digits."""
    digits = 3 - math.floor(math.log10(ends[1] - ends[0]))
    return (float(f"{ends[place]:.{digits}f}") if digits > 0 else ends[place]) + 0.0  # no -0.0


def curve_of(config: ExperimentConfig) -> Curve:
    """The answer behind the encoder of a chain, over the drives that were measured, or over all that could be."""
    section = config.device
    assert section is not None
    device = build_device(section, {GAIN: 1.0, OFFSET: 0.0})
    assert isinstance(device, Cascade)
    if section.source is not None:
        measured = section.source.read().drive
        limits = (float(measured.min()), float(measured.max()))
        drive = np.linspace(*limits, 8001)
    else:
        limits, positive = None, np.geomspace(1e-6, WIDEST_DRIVE, 12001)
        drive = np.concatenate([-positive[::-1], positive])
    answer = np.asarray(device.respond(jnp.asarray(drive, jnp.float32)[:, None]), dtype=float)[:, 0]
    return Curve(drive, answer, limits, float(value_at(config, f"device.{OFFSET}")))


def box_words(box: OperatingBox, unit: str) -> list[str]:
    """How the box was found."""
    low, high = box.gain
    upper = (
        "above it they span more than twice the measured drives"
        if box.limited
        else "above it they cross its answer several times over"
    )
    ends = "the measured drives" if box.limited else "around the offset that it has, one such crossing to each side"
    return [
        f"membrane potentials of the fresh network lie between {number(box.potentials[0])} and "
        f"{number(box.potentials[1])}",
        f"drive gain {engineering(low, unit)} to {engineering(high, unit)}: below it the answer is flat over the "
        f"potentials, {upper}",
        f"offset {interval(box.offset, unit)}: {ends}",
    ]


def commented(config: ExperimentConfig, name: str, words: Sequence[str]) -> str:
    """The experiment as a file for those who want to change it: what differs from the defaults, and why."""
    tables = {name: _said(config, name, table) for name, table in parse(to_toml(config), "the proposal").items()}
    ranges = tables["sweep"].pop("parameters")
    sweep = tomli_w.dumps({"sweep": tables.pop("sweep")})
    lines = [f"# A study of {name}. docs/configuration.md describes every key; what is not said has its default.", ""]
    lines += [tomli_w.dumps({name: table for name, table in tables.items() if table})]
    lines += ["# The device and its box:", *(f"# - {sentence}." for sentence in words), sweep, "[sweep.parameters]"]
    lines += [f'"{key}" = {_inline(entry)}' for key, entry in ranges.items()]
    return "\n".join(lines) + "\n"


def _said(config: ExperimentConfig, section: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """A table of a written config without the keys that have their defaults."""
    known = {path: key.default for path, key in {**KEYS, **part_keys(config, section)}.items()}
    return {
        name: value
        for name, value in table.items()
        if section == "device" or show(known.get(f"{section}.{name}")) != show(value)
    }


def _inline(entry: Mapping[str, Any]) -> str:
    """A range in one line."""
    kept = (f"{key} = {show(value)}" for key, value in entry.items() if (key, value) != ("scale", "linear"))
    return "{ " + ", ".join(kept) + " }"
