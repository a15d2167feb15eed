"""Training in one call, by the programs of `physdfa train`."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas as pd

from physdfa.build import training_key
from physdfa.config import EventsSection
from physdfa.data import (
    ENCODINGS,
    AbstractEncoding,
    AnyDataset,
    Dataset,
    EventDataset,
    check_encoding,
    checked_image_shape,
    split_validation,
)
from physdfa.devices import AbstractDevice
from physdfa.errors import InputError
from physdfa.network import SpikingNetwork
from physdfa.network.event import EventNetwork
from physdfa.notebook.arguments import check_kinds, check_sizes, checked_optimizer
from physdfa.notebook.model import Model, in_memory
from physdfa.parts.objects import check_object
from physdfa.rules import AbstractRule, RatePenalty
from physdfa.training import AbstractOptimizer, Data, EpochReport, Member, Splits, Trainer, Trial, members_of
from physdfa.training.losses import LOSSES, AbstractLoss, SpikeCount
from physdfa.training.own_parts import check_own_parts

WAY_OUT = "lower the learning rate, or look for a division by 0 in a rule, device or neuron of your own"

_EVENTS = EventsSection()
EVENT_PENALTY = RatePenalty(_EVENTS.rate_penalty, _EVENTS.wanted_rate, _EVENTS.penalty_sides)
"""The pull on the firing rates of event networks that an experiment file has by default."""


def fit(
    network: SpikingNetwork | EventNetwork,
    rule: AbstractRule,
    device: AbstractDevice | None,
    optimizer: AbstractOptimizer | optax.GradientTransformation,
    data: AnyDataset,
    *,
    epochs: int = 20,
    batch_size: int = 128,
    seed: int = 0,
    encoding: str | AbstractEncoding = "direct",
    validation_size: int = 0,
    loss: str | AbstractLoss = "cross_entropy",
    dropout: float = 0.0,
    input_dropout: float = 0.0,
    shift_augmentation: int = 0,
    time_jitter: float = 0.0,
    weight_bits: int | None = None,
    on_epoch: Callable[[Mapping[str, float | int], Model], None] | None = None,
) -> tuple[Model, pd.DataFrame]:
    """Train a network, and return the trained model and its log; defaults are those of an experiment file.

    The same seed and settings give what `physdfa train` gives, bit for bit. Trainings of one structure share their
    compiled programs for as long as the process lives: of the same optax transformation, or of any `Optimizer` whose
    numbers alone differ.

    **Arguments:**

    - `device`: of rules that need one; None for the others.
    - `optimizer`: any transformation of optax with its learning rate, or an `Optimizer`.
    - `data`: from `load` or `from_arrays`.
    - `encoding`: "direct", "rate", "latency", or "events" for samples that are spikes; or an encoding of your own.
    - `validation_size`: training samples held out and scored after each epoch.
    - `loss`: "cross_entropy", "mse", or a loss of your own; of an event network always its `SpikeCount`.
    - `dropout`, `input_dropout`: share of hidden neurons and of inputs silenced in training.
    - `shift_augmentation`: largest random shift of a training image, or of events on a sensor [pixels].
    - `time_jitter`: standard deviation of random changes of the times of events, in training [s], >= 0.
    - `weight_bits`: bits of the weights with which the network computes, 2 to 32, while training changes exact ones.
    - `on_epoch`: called after each epoch with its line of the log, and the model as it then is.

    **Returns:** the model, and a table with a line per epoch: loss, accuracies and firing rates; in training before
    each update. A loss or weights that are no finite numbers are warned of, with their first epoch.

    **Raises:** `InputError` or `DataError` with one sentence for what does not fit, or if the device is asked outside
    of a range that it refuses to leave.
    """
    check_kinds(network, rule, device, optimizer, data)
    for name, value in (("epochs", epochs), ("batch_size", batch_size)):
        if not isinstance(value, int) or value < 1:
            raise InputError(f"`{name}` must be a whole number of at least 1; got {value}.")
    encoding = ENCODINGS.find(encoding)() if isinstance(encoding, str) else encoding
    loss = LOSSES.find(loss)() if isinstance(loss, str) else loss
    check_object("encoding", encoding, AbstractEncoding, 'data.Latency(), or a name such as "latency"')
    check_object("loss", loss, AbstractLoss, 'training.CrossEntropy(), or a name such as "mse"')
    if isinstance(data, Dataset) and encoding.gives_events and not encoding.takes_events:
        raise InputError(
            f"`{encoding.name}` encoding makes events of series once, for training and evaluation alike: write "
            'data = pf.data.with_events(data, encoding), and fit with encoding="events".'
        )
    check_encoding(data, encoding)
    check_sizes(network, data.num_inputs, data.num_classes, data.name)
    if shift_augmentation:
        checked_image_shape("shift_augmentation", shift_augmentation, data.image_shape)
    if not 0 <= time_jitter < np.inf or (time_jitter and not isinstance(data, EventDataset)):
        raise InputError(f"`time_jitter` = {time_jitter} changes the times of events by at least 0 s; leave it out.")
    train, validation = split_validation(len(data.train_labels), validation_size, seed, labels=data.train_labels)
    if batch_size > len(train):
        raise InputError(
            f"`batch_size` = {batch_size} is more than the {len(train)} samples to train on; lower it, or give more."
        )
    trial = Trial(
        network,
        rule,
        encoding,
        device=device,
        optimizer=checked_optimizer(optimizer, network),
        dropout=dropout,
        input_dropout=input_dropout,
        has_dropout=dropout > 0,
        has_input_dropout=input_dropout > 0,
        loss=SpikeCount() if isinstance(network, EventNetwork) else loss,
        batch_size=batch_size,
        max_shift=shift_augmentation,
        time_jitter=time_jitter,
        has_time_jitter=time_jitter > 0,
        sensor=data.sensor if isinstance(data, EventDataset) else None,
        image_shape=data.image_shape,
        full_scale=data.full_scale,
        penalty=EVENT_PENALTY if isinstance(network, EventNetwork) else None,
        weight_bits=weight_bits,
    )
    check_own_parts(trial)
    scales = {} if data.integer_type is None else {data.integer_type: float(data.full_scale)}
    lines: list[dict[str, float | int]] = []
    diverged: list[str] = []

    def after_epoch(report: EpochReport) -> None:
        if mistake := report.range_mistake(0):
            raise InputError(mistake)
        lines.append(_line(report))
        if not diverged and (what := report.not_finite(0)):
            diverged.append(f"the training diverged in epoch {report.epoch}: {what}; {WAY_OUT}.")

    def after_states(epoch: int, population: Any) -> None:
        if epoch and on_epoch is not None:
            on_epoch(lines[-1], _model(members_of(population)[0], scales))

    population, _ = Trainer(1).fit(
        [trial],
        [training_key(seed)],
        Data(*in_memory(data.train_samples, data.train_labels)),
        Splits(train=train[None], validation=validation[None]),
        epochs,
        on_epoch=after_epoch,
        on_states=after_states,
    )
    if diverged:
        warnings.warn(diverged[0], RuntimeWarning, stacklevel=2)
    return _model(members_of(population)[0], scales), pd.DataFrame(lines).set_index("epoch")


def _model(member: Member, full_scales: Mapping[str, float]) -> Model:
    trial, state = jax.tree.map(jnp.asarray, member)
    return Model(trial=trial, state=state, full_scales=full_scales)


def _line(report: EpochReport) -> dict[str, float | int]:
    """One epoch by the names that `metrics.jsonl` has."""
    line = {
        "epoch": report.epoch,
        "train_loss": float(report.train.loss[0]),
        "train_accuracy": float(report.train.accuracy[0]),
    }
    if report.validation is not None:
        line |= {
            "validation_loss": float(report.validation.loss[0]),
            "validation_accuracy": float(report.validation.accuracy[0]),
        }
    return line | {f"firing_rate_{n}": float(rate) for n, rate in enumerate(report.train.firing_rate[0], start=1)}
