"""`device show`: a preset, an experiment, a fitted preset file or a measurement, and all that its data sheet needs."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.analysis import device_quality
from physdfa.analysis.potentials import OUTLIER_SHARE
from physdfa.build import Samples, build_device, build_trial, load_samples, split_rows, training_key
from physdfa.config import ExperimentConfig, load_config
from physdfa.config.bundle import is_bundle, read_bundle
from physdfa.config.device_source import folders_of
from physdfa.config.device_table import check_device_table, device_warnings, make_from, read_device_table
from physdfa.config.raw import read_file
from physdfa.config.schema import DeviceSection
from physdfa.data import ENCODINGS
from physdfa.devices import PRESETS, AbstractDevice, HardwareCost, hardware_cost
from physdfa.devices.measured import Measurement
from physdfa.errors import ConfigError, DataError, InputError, unknown_name
from physdfa.network import SpikingNetwork
from physdfa.report.datasheet import DeviceSubject, Network
from physdfa.toml_text import TooMuchError, load_toml
from physdfa.training.step import CALIBRATION_SAMPLES, layer_potentials, start_training
from physdfa.workflow.measured_device import MEASUREMENT_SUFFIXES, MeasuredOptions, fitted_model
from physdfa.workflow.provenance import errors_by_path, fitted_numbers, provenance_rows

SHOWN_POTENTIALS = (-1.0, 3.0)
"""Range of the membrane potential, in thresholds, over which a device is shown."""

NOTHING_SAID = MeasuredOptions()


def device_subject(
    name: str,
    overrides: Sequence[str] = (),
    *,
    measured: MeasuredOptions = NOTHING_SAID,
    data_dir: Path | None = None,
) -> DeviceSubject:
    """What a data sheet is to show.

    **Arguments:**

    - `name`: a preset, a class of one's own as "module:Class", or the path of an experiment file, of a preset file
      saved by `device fit`, of a bundle, or of a measurement.
    - `overrides`: changes of the experiment file, or "v_bias=3.0" and "cost.driver_power=0.5" for a device alone.
    - `measured`: how a measurement is read; refused with anything else.
    - `data_dir`: folder of the data sets of an experiment, and of measurements that a file names.

    **Raises:** `InputError` if it is none of these.
    """
    path = Path(name)
    bundled = name not in PRESETS and is_bundle(path)
    if not bundled and name not in PRESETS and is_measurement(path):
        section = device_section({**measured.table(path), **given_values(overrides)}, name, data_dir)
        measurement = measurement_of(section)
        assert measurement is not None  # the table names one
        return lone_subject(name, section, measurement=measurement, fit=fitted_model(measurement, measured))
    if measured.given:
        raise InputError(
            f"{', '.join(measured.given)}: say how a measurement is read and used, and '{name}' is none; name a CSV or "
            "text file, or leave them out."
        )
    if bundled:
        return bundle_subject(path, overrides, data_dir)
    if name in PRESETS:
        return lone_subject(name, device_section({"preset": name, **given_values(overrides)}, name, data_dir))
    if re.fullmatch(r"[\w.]+:\w+", name):
        return lone_subject(name, device_section({"stages": [name], **given_values(overrides)}, name, data_dir))
    if path.suffix != ".toml":
        raise InputError(
            f"{unknown_name('device preset', name, list(PRESETS))} A path is that of an experiment or preset file "
            "(.toml), of a bundle (a folder or .zip with device.toml) or of a measurement (.csv, .txt); a class of "
            'one\'s own is "module:Class".'
        )
    table = read_file(path)
    if "provenance" in table:
        return preset_file_subject(path, table, overrides, data_dir)
    return experiment_subject(path, overrides, data_dir)


def is_measurement(path: Path) -> bool:
    """Whether a path is taken for a measurement, by its ending or for want of another kind."""
    return path.suffix in MEASUREMENT_SUFFIXES or (path.is_file() and path.suffix not in (".toml", ".zip"))


def potentials(threshold: float = 1.0, occupied: np.ndarray | None = None) -> np.ndarray:
    """The membrane potentials at which a device is shown [unit of u], those that occur included but for outliers."""
    low, high = (threshold * end for end in SHOWN_POTENTIALS)
    if occupied is not None:
        least, largest = np.quantile(occupied, [OUTLIER_SHARE, 1 - OUTLIER_SHARE])
        low, high = min(low, float(least)), max(high, float(largest))
    return np.linspace(low, high, 401)


def device_section(table: Mapping[str, Any], source: str, data_dir: Path | None) -> DeviceSection:
    """The section of a `[device]` table that stands alone, checked."""
    section, mistakes = read_device_table(table, folders_of(source, data_dir))
    mistakes = mistakes or check_device_table(section)
    if mistakes:
        raise ConfigError(mistakes, source)
    return section


def lone_subject(name: str, section: DeviceSection, **more: Any) -> DeviceSubject:
    """A device without a network."""
    return DeviceSubject(
        name=name,
        device=make_from(section.at_rest(), jax.random.key(0)),
        potentials=potentials(),
        cost=cost_of(section),
        warnings=device_warnings(section),
        **more,
    )


def cost_of(section: DeviceSection) -> HardwareCost:
    """The hardware around the device of a section."""
    return hardware_cost(section.plan, section.values)


def measurement_of(section: DeviceSection) -> Measurement | None:
    """What the device of a section answers from; None where nothing was measured."""
    return None if section.source is None else section.source.read()


def experiment_subject(path: Path, overrides: Sequence[str], data_dir: Path | None) -> DeviceSubject:
    """The device of an experiment file, calibrated at the potentials of its freshly initialised network."""
    config = load_config(path, overrides, kind="train", data_dir=data_dir)
    section = config.device
    if section is None or build_device(config, config.experiment.seed) is None:
        raise InputError(f"{path}: its rule '{config.rule.name}' has no backward device to show.")
    config = replace(config, device=section.at_rest())
    device, shown, network = fresh_network(config, data_dir)
    neurons, steps, samples = network.neurons, config.network.num_steps, config.training.batch_size
    return DeviceSubject(
        name=str(path),
        device=device,
        potentials=shown,
        threshold=network.threshold,
        cost=cost_of(section),
        num_requests=neurons * steps * samples,
        requests=f"a batch of {samples} samples, {steps} steps, {neurons} neurons",
        network=network,
        measurement=measurement_of(section),
        warnings=device_warnings(section),
    )


def fresh_network(config: ExperimentConfig, data_dir: Path | None) -> tuple[AbstractDevice, np.ndarray, Network]:
    """The device as calibrated before the first update. With it come the potentials to show it at, and the network.

    Where the data of the config are not at hand, the embedded digits take their place: the same hidden layers, fewer
    inputs.
    """
    config, samples, rows, where = _samples(config, data_dir)
    seed = config.experiment.seed
    trial = build_trial(config, samples.dataset, seed)
    rows = jnp.asarray(rows, jnp.int32)
    state = jax.jit(start_training)(trial, samples.train, rows, training_key(seed))
    layers = jax.jit(layer_potentials)(
        trial, state.parameters, samples.train, rows[:CALIBRATION_SAMPLES], jax.random.key(0)
    )
    device = state.device
    assert device is not None  # the rule has one
    assert isinstance(trial.network, SpikingNetwork)  # rules with a device run in discrete time
    neuron = trial.network.neuron
    found = tuple(np.asarray(layer) for layer in layers)
    shown = potentials(float(neuron.threshold), found[0])
    sizes = "-".join(map(str, trial.network.layer_sizes))
    network = Network(
        neurons=sum(trial.network.layer_sizes[1:-1]),
        threshold=float(neuron.threshold),
        words=f"{sizes}, {trial.network.num_steps} steps, at {min(len(rows), CALIBRATION_SAMPLES)} samples of {where}",
        potentials=found,
        surrogate_derivative=np.asarray(neuron.surrogate_derivative(jnp.asarray(shown, jnp.float32)), dtype=float),
        quality=tuple(device_quality(device, neuron, found)),
    )
    return device, shown, network


def _samples(config: ExperimentConfig, data_dir: Path | None) -> tuple[ExperimentConfig, Samples, np.ndarray, str]:
    """Config, data, the rows to train on, and the name of the data for the reader."""
    try:
        samples = load_samples(config, data_dir)
    except DataError:
        encoding = "direct" if ENCODINGS.find(config.data.encoding).gives_events else config.data.encoding
        on_digits = replace(config, data=replace(config.data, name="digits", encoding=encoding, train_size=None))
        samples = load_samples(on_digits, data_dir)
        where = f"digits ({config.data.name} is not here)"
        return on_digits, samples, np.arange(len(samples.dataset.train_labels)), where
    return config, samples, split_rows(config, "train", samples.dataset, 1).train[0], samples.dataset.name


def preset_file_subject(
    path: Path, table: Mapping[str, Any], overrides: Sequence[str], data_dir: Path | None
) -> DeviceSubject:
    """The device of a file with [device] and [provenance], as `device fit --save` writes it."""
    unknown = [name for name in table if name not in ("device", "provenance")]
    if unknown or "device" not in table:
        what = f"[{unknown[0]}] has no place" if unknown else "[device] is missing"
        raise InputError(f"{path}: a preset file has the tables [device] and [provenance]; {what} in it.")
    section = device_section({"preset": str(path), **given_values(overrides)}, str(path), data_dir)
    subject = lone_subject(str(path), section, measurement=measurement_of(section))
    values, errors = fitted_numbers(table["provenance"])
    return replace(
        subject,
        provenance=tuple(provenance_rows(table["provenance"])),
        standard_errors=errors_by_path(subject.device, values, errors),
    )


def bundle_subject(path: Path, overrides: Sequence[str], data_dir: Path | None) -> DeviceSubject:
    """The device of a bundle, with what it says of itself before what is said of a fit."""
    section = device_section({"preset": str(path), **given_values(overrides)}, str(path), data_dir)
    bundle = read_bundle(path)
    subject = lone_subject(str(path), section, measurement=measurement_of(section))
    values, errors = fitted_numbers(bundle.provenance)
    return replace(
        subject,
        provenance=(*bundle.about.items(), *provenance_rows(bundle.provenance)),
        standard_errors=errors_by_path(subject.device, values, errors),
    )


def given_values(overrides: Sequence[str]) -> dict[str, object]:
    """The values of a device that "name=value" texts give; a value is TOML, or else text."""
    values: dict[str, object] = {}
    for change in overrides:
        key, separator, text = change.partition("=")
        if not separator:
            raise InputError(f"--set {change}: is KEY=VALUE, such as --set v_bias=3.0.")
        name = key.strip().removeprefix("device.")
        if name in ("preset", "stages", "measured"):
            raise InputError(f"--set {change}: another device is not a value of this one; name it in its place.")
        try:
            values[name] = load_toml(f"value = {text.strip()}")["value"]
        except TooMuchError as error:
            raise InputError(f"--set {key.strip()}: the value cannot be read: {error}.") from None
        except tomllib.TOMLDecodeError:
            values[name] = text.strip()
    return values
