"""`device show`: a preset, an experiment, a fitted preset file or a measurement, and all that its data sheet needs."""

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
from physdfa.config.device_table import build_device as build_described
from physdfa.config.device_table import check_device_table, read_device_table
from physdfa.config.raw import RawTable, read_file, with_dotted_keys
from physdfa.devices import PRESETS, AbstractDevice, HardwareCost, cost_mistakes, declarations, make_device
from physdfa.errors import ConfigError, DataError, InputError, unknown_name
from physdfa.report.datasheet import DeviceSubject, Network
from physdfa.training.step import CALIBRATION_SAMPLES, layer_potentials, start_training

SHOWN_POTENTIALS = (-1.0, 3.0)
"""Range of the membrane potential, in thresholds, over which a device is shown."""

COST_PREFIX = "cost."


def device_subject(name: str, overrides: Sequence[str] = (), *, data_dir: Path | None = None) -> DeviceSubject:
    """What a data sheet is to show.

    **Arguments:**

    - `name`: a preset, or the path of an experiment file or of a preset file that `device fit` saved.
    - `overrides`: changes of the experiment file, or "v_bias=3.0" and "cost.driver_power=0.5" for a device alone.
    - `data_dir`: folder of the data sets of an experiment.

    **Raises:** `InputError` if it is none of these.
    """
    if name in PRESETS:
        values, cost_values = given_values(overrides)
        device = make_device(name, values, key=jax.random.key(0))
        return DeviceSubject(name=name, device=device, potentials=potentials(), cost=hardware(device, cost_values))
    path = Path(name)
    if path.suffix != ".toml":
        raise InputError(f"{unknown_name('device preset', name, list(PRESETS))} A path must end in .toml.")
    table = read_file(path)
    if "provenance" in table:
        return preset_file_subject(path, table, overrides)
    return experiment_subject(path, overrides, data_dir)


def potentials(threshold: float = 1.0, occupied: np.ndarray | None = None) -> np.ndarray:
    """The membrane potentials at which a device is shown [unit of u], those that occur included but for outliers."""
    low, high = (threshold * end for end in SHOWN_POTENTIALS)
    if occupied is not None:
        least, largest = np.quantile(occupied, [OUTLIER_SHARE, 1 - OUTLIER_SHARE])
        low, high = min(low, float(least)), max(high, float(largest))
    return np.linspace(low, high, 401)


def experiment_subject(path: Path, overrides: Sequence[str], data_dir: Path | None) -> DeviceSubject:
    """The device of an experiment file, calibrated at the potentials of its freshly initialised network."""
    config = load_config(path, overrides, kind="train")
    if build_device(config, config.experiment.seed) is None:
        raise InputError(f"{path}: its rule '{config.rule.name}' has no backward device to show.")
    device, shown, network = fresh_network(config, data_dir)
    neurons, steps, samples = sum(config.network.hidden), config.network.num_steps, config.training.batch_size
    return DeviceSubject(
        name=str(path),
        device=device,
        potentials=shown,
        threshold=config.network.threshold,
        num_requests=neurons * steps * samples,
        requests=f"a batch of {samples} samples, {steps} steps, {neurons} neurons",
        network=network,
    )


def fresh_network(config: ExperimentConfig, data_dir: Path | None) -> tuple[AbstractDevice, np.ndarray, Network]:
    """The device as calibrated before the first update, the potentials to show it at, and the network as it then is.

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
    device, neuron = state.device, trial.network.neuron
    assert device is not None  # the rule has one
    found = tuple(np.asarray(layer) for layer in layers)
    shown = potentials(config.network.threshold, found[0])
    sizes = "-".join(map(str, trial.network.layer_sizes))
    network = Network(
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
        on_digits = replace(config, data=replace(config.data, name="digits", train_size=None))
        samples = load_samples(on_digits, data_dir)
        where = f"digits ({config.data.name} is not here)"
        return on_digits, samples, np.arange(len(samples.dataset.train_labels)), where
    return config, samples, split_rows(config, "train", samples.dataset, 1).train[0], samples.dataset.name


def preset_file_subject(path: Path, table: RawTable, overrides: Sequence[str]) -> DeviceSubject:
    """The device of a file with [device] and [provenance], as `device fit --save` writes it."""
    values, cost_values = given_values(overrides)
    unknown = [name for name in table if name not in ("device", "provenance")]
    if unknown or "device" not in table:
        what = f"[{unknown[0]}] has no place" if unknown else "[device] is missing"
        raise InputError(f"{path}: a preset file has the tables [device] and [provenance]; {what} in it.")
    section, mistakes = read_device_table({**with_dotted_keys(table)["device"], **values})
    mistakes = mistakes or check_device_table(section)
    if mistakes:
        raise ConfigError(mistakes, str(path))
    device = build_described(section)
    provenance = table["provenance"]
    errors = provenance.get("standard_errors", {})
    return DeviceSubject(
        name=str(path),
        device=device,
        potentials=potentials(),
        cost=hardware(device, cost_values),
        provenance=tuple((name, str(value)) for name, value in provenance.items() if not isinstance(value, Mapping)),
        standard_errors={name: float(value) for name, value in with_dotted_keys({"device": errors})["device"].items()},
    )


def hardware(device: AbstractDevice, values: Mapping[str, object]) -> HardwareCost:
    """The hardware around a device with some of its numbers given; one that changes nothing is refused."""
    known = declarations(HardwareCost)
    mistakes = cost_mistakes(device, values)
    mistakes += [said for name, value in values.items() if name in known and (said := known[name].mistake(value))]
    if mistakes:
        raise InputError("\n".join(mistakes))
    return HardwareCost(**dict[str, Any](values))


def given_values(overrides: Sequence[str]) -> tuple[dict[str, object], dict[str, object]]:
    """The values of a device and those of its hardware that "name=value" texts give."""
    values: dict[str, object] = {}
    for change in overrides:
        key, separator, text = change.partition("=")
        if not separator:
            raise InputError(f"--set {change}: is KEY=VALUE, such as --set v_bias=3.0.")
        try:
            values[key.removeprefix("device.")] = float(text)
        except ValueError:
            values[key.removeprefix("device.")] = text
    cost = {name.removeprefix(COST_PREFIX): value for name, value in values.items() if name.startswith(COST_PREFIX)}
    return {name: value for name, value in values.items() if not name.startswith(COST_PREFIX)}, cost
