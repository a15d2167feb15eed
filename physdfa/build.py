"""From a config to objects: the only place that knows every part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import PRNGKeyArray

from physdfa.arrays import as_scalar
from physdfa.config import ExperimentConfig, Kind, own_values, rule_of, validation_size
from physdfa.config.checks import ranges_of
from physdfa.config.choices import make_part
from physdfa.config.device_table import make_from
from physdfa.config.event_checks import num_event_steps
from physdfa.config.keys import show
from physdfa.config.usage import made_rule
from physdfa.data import (
    AnyDataset,
    Dataset,
    EventDataset,
    EventSamples,
    Sensor,
    checked_image_shape,
    load_dataset,
    split_validation,
    with_events,
)
from physdfa.data.event_samples import late_share
from physdfa.data.own_arrays import is_path, unpacked_bytes
from physdfa.devices import AbstractDevice
from physdfa.errors import InputError
from physdfa.feedback import (
    make_projection,
)
from physdfa.network import AbstractConnections, SpikingNetwork, as_connections, with_recurrence
from physdfa.network.event import EventNetwork
from physdfa.neurons import EventLif
from physdfa.rules import RatePenalty
from physdfa.training import Data, Optimizer, Splits, Trial
from physdfa.training.free_memory import free_host_bytes
from physdfa.training.losses import SpikeCount
from physdfa.training.own_parts import check_own_parts
from physdfa.trust import check_instrument

TRAINING_KEY, DEVICE_KEY = 0, 1
"""What a run's seed is split for, besides the validation split, which the data room draws itself."""

MOST_NUMBERS, MOST_ACTIVITIES = 10**12, 10**15
"""Weights between two layers, and activities of a batch over all time steps: products beyond 64 bits abort the process,
and these are beyond every machine."""


@dataclass(frozen=True, kw_only=True)
class Samples:
    """The data of one experiment, in memory: what trains and validates, and what is read once at the end."""

    dataset: AnyDataset
    train: Data
    test: Data


def load_samples(
    config: ExperimentConfig, data_dir: Path | None, *, trained_with: Mapping[str, float] | None = None
) -> Samples:
    """The data set of the config, checked against its encoding; the files lie under `data_dir`.

    **Arguments:**

    - `trained_with`: the full scale of each integer type in an earlier training, for data to be scored by its network.
    """
    section = config.data
    _check_room(section.name)
    dataset = load_dataset(
        section.name,
        data_dir=data_dir,
        train_size=section.train_size,
        seed=config.experiment.seed,
        values=own_values(config, "data.name"),
    )
    if trained_with is not None and isinstance(dataset, Dataset):
        dataset = dataset.scaled_as(trained_with)
    dataset = with_events(dataset, make_part(config, "data.encoding"))
    if section.shift_augmentation:
        checked_image_shape("data.shift_augmentation", section.shift_augmentation, dataset.image_shape)
    if isinstance(dataset, EventDataset) and late_share(dataset.train_samples, config.events.window) == 1:
        raise InputError(
            f"events.window = {config.events.window:g}: no event of {dataset.name} comes that early; raise it to the "
            f"length of a sample, at most {float(np.max(dataset.train_samples.times)):.3g} s."
        )
    return Samples(
        dataset=dataset,
        train=_in_memory(dataset.train_samples, dataset.train_labels),
        test=_in_memory(dataset.test_samples, dataset.test_labels),
    )


def _check_room(name: str) -> None:
    """Refuse a file of data that is larger than what is free, before it is read: it is held twice for a moment."""
    if not is_path(name):
        return
    needed, free = 2 * unpacked_bytes(name), free_host_bytes()
    if needed > free:
        raise InputError(
            f"{name}: its arrays would hold about {needed / 1e9:.3g} GB, and {free / 1e9:.3g} GB are free; store fewer "
            "samples, or smaller numbers: uint8 for pixels."
        )


def _in_memory(samples: np.ndarray | EventSamples, labels: np.ndarray) -> Data:
    return Data(jax.tree.map(jnp.asarray, samples), jnp.asarray(labels))


def split_rows(config: ExperimentConfig, kind: Kind, dataset: AnyDataset, members: int) -> Splits:
    """The rows that each of `members` trains on and is validated on: the same, drawn with the experiment's seed."""
    total = len(dataset.train_labels)
    held_out = validation_size(config, kind, total)
    train, validation = split_validation(total, held_out, config.experiment.seed, labels=dataset.train_labels)
    if config.training.batch_size > len(train):
        raise InputError(
            f"training.batch_size = {config.training.batch_size} is more than the {len(train)} samples to train on; "
            "lower it, or use more of the data set."
        )
    return Splits(
        train=np.broadcast_to(train, (members, len(train))),
        validation=np.broadcast_to(validation, (members, len(validation))),
    )


def build_device(config: ExperimentConfig, seed: int) -> AbstractDevice | None:
    """The backward device of the config, None for the rules without one; what it draws comes from `seed`."""
    if config.device is None or not rule_of(config).needs_device:
        return None
    source = config.device.source
    if source is not None and source.plan is not None:
        check_instrument(source.plan.source)
    key = jax.random.fold_in(jax.random.key(seed), DEVICE_KEY)
    return make_from(config.device, key)


def check_feedback_ranges(config: ExperimentConfig, kind: Kind, dataset: AnyDataset) -> None:
    """Refuse a sweep or search some of whose candidates would have feedback denser than its matrix.

    **Raises:** `InputError` with the range and what would work.
    """
    for table, ranges in ranges_of(config).items():
        if not table.startswith(f"{kind}."):
            continue
        for of, name in (("fan_in", "fan_in"), ("block", "blocks")):
            entry = ranges.get(f"feedback.{name}")
            if entry is None:
                continue
            values = [*(entry.choices or ()), *(getattr(entry, "values", None) or ())]
            largest = make_projection(of, values={name: max(values) if values else entry.high})
            try:
                largest.check_sizes(_fewest_neurons(config, dataset), dataset.num_classes)
            except InputError as error:
                raise InputError(f'{table}."feedback.{name}": {error}') from None


def _fewest_neurons(config: ExperimentConfig, dataset: AnyDataset) -> int:
    return min(layer.post for layer in _connections(config, _layer_sizes(config, dataset))[:-1])


def _layer_sizes(config: ExperimentConfig, dataset: AnyDataset) -> tuple[Any, ...]:
    return _inputs(config, dataset), *config.network.hidden, dataset.num_classes


def _connections(config: ExperimentConfig, layer_sizes: tuple[Any, ...]) -> tuple[AbstractConnections, ...]:
    try:
        connections = as_connections(layer_sizes)
    except InputError as error:
        raise InputError(f"network.hidden: {error}") from None
    return with_recurrence(connections, config.network.recurrent)


def build_event_network(config: ExperimentConfig, layer_sizes: tuple[int, ...]) -> EventNetwork:
    """The network of event neurons of the config.

    **Raises:** `InputError`, if its times do not fit each other.
    """
    events = config.events
    return EventNetwork(
        layer_sizes,
        EventLif(events.tau_syn, events.threshold),
        EventLif(events.tau_syn, events.output_threshold),
        events.levels,
        num_event_steps(events),
        events.window,
        events.max_spikes,
        events.max_spikes if events.output_max_spikes is None else events.output_max_spikes,
        events.weight_range,
        events.weight_range if events.output_weight_range is None else events.output_weight_range,
        events.output_weight_mean,
    )


def build_spiking_network(config: ExperimentConfig, layer_sizes: Any) -> SpikingNetwork:
    """The network in discrete time of the config; its layers as `SpikingNetwork` takes them."""
    return SpikingNetwork(
        layer_sizes,
        make_part(config, "network.neuron"),
        make_part(config, "network.readout"),
        config.network.num_steps,
        config.network.input_scale,
        config.network.weight_scale,
        config.events.window,
        config.network.recurrent,
        config.network.recurrent_scale,
    )


def check_layer_sizes(config: ExperimentConfig, connections: Sequence[AbstractConnections]) -> None:
    """Refuse sizes whose products no machine could hold: the compiler ends the process over them, without a word.

    **Raises:** `InputError` with the key, the product and what is allowed.
    """
    weights = max(layer.units * layer.fan_in for layer in connections)
    if weights > MOST_NUMBERS:
        raise InputError(
            f"network.hidden = {show(list(config.network.hidden))}: two layers of the network have {weights:.3g} "
            f"weights between them, recurrent ones included, more than the {MOST_NUMBERS:.0e} allowed; make the layers "
            "smaller."
        )
    layer_sizes = (connections[0].pre, *(layer.post for layer in connections))
    steps = num_event_steps(config.events) if rule_of(config).event_neurons else config.network.num_steps
    activities = steps * config.training.batch_size * max(layer_sizes)
    if activities > MOST_ACTIVITIES:
        raise InputError(
            f"{steps} time steps of a batch of {config.training.batch_size} samples in layers of up to "
            f"{max(layer_sizes)} neurons are {activities:.3g} activities, more than the {MOST_ACTIVITIES:.0e} allowed; "
            "lower network.num_steps (events.levels), training.batch_size or network.hidden."
        )


def _inputs(config: ExperimentConfig, dataset: AnyDataset) -> int | tuple[int, int] | Sensor:
    """The number of inputs; for convolutional layers, height and width of the images, or the sensor of the events."""
    if not any(isinstance(layer, str) for layer in config.network.hidden):
        return dataset.num_inputs
    if dataset.image_shape is None:
        raise InputError(
            f"network.hidden = {show(list(config.network.hidden))}: convolutional layers see images, and "
            f"{dataset.name} does not say their height and width, as arrays [samples, height, width] do, or "
            "data.sensor_size of events; give numbers of neurons."
        )
    if isinstance(dataset, EventDataset) and dataset.sensor is not None:
        return dataset.sensor
    return dataset.image_shape


def build_trial(config: ExperimentConfig, dataset: AnyDataset, seed: int) -> Trial:
    """One training of the config on data of the form of `dataset`.

    **Raises:** `InputError` for what does not fit, or is beyond any machine.
    """
    training, events = config.training, config.events
    layer_sizes: Any = _layer_sizes(config, dataset)
    check_layer_sizes(config, _connections(config, layer_sizes))
    has_events = rule_of(config).event_neurons
    penalty = RatePenalty(events.rate_penalty, events.wanted_rate, events.penalty_sides) if has_events else None
    trial = Trial(
        build_event_network(config, layer_sizes) if has_events else build_spiking_network(config, layer_sizes),
        made_rule(config),
        make_part(config, "data.encoding"),
        device=build_device(config, seed),
        optimizer=Optimizer(
            make_part(config, "training.optimizer"),
            training.schedule,
            training.learning_rate,
            clip=training.clip,
            warmup=training.warmup,
            average=training.average,
        ),
        dropout=training.dropout,
        input_dropout=training.input_dropout,
        has_dropout=training.dropout > 0,
        has_input_dropout=training.input_dropout > 0,
        loss=SpikeCount(as_scalar(events.wanted_true), as_scalar(events.wanted_false))
        if has_events
        else make_part(config, "training.loss"),
        batch_size=training.batch_size,
        max_shift=config.data.shift_augmentation,
        image_shape=dataset.image_shape,
        time_jitter=config.data.time_jitter,
        has_time_jitter=config.data.time_jitter > 0,
        sensor=dataset.sensor if isinstance(dataset, EventDataset) else None,
        full_scale=dataset.full_scale,
        penalty=penalty,
        matmul_precision=training.matmul_precision,
        weight_bits=config.network.weight_bits,
    )
    check_own_parts(trial)
    return trial


def training_key(seed: int, identity: str = "") -> PRNGKeyArray:
    """The key of one training, of the seed and the candidate's identity alone: scheduling cannot change a result."""
    key = jax.random.fold_in(jax.random.key(seed), TRAINING_KEY)
    return jax.random.fold_in(key, crc32(identity.encode()))
