"""Training and scoring in a few lines, by the same compiled programs as every run."""

import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
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
    EventSamples,
    Part,
    check_encoding,
    checked_image_shape,
    find_dataset,
    load_dataset,
    resolve_data_dir,
    split_validation,
)
from physdfa.devices import AbstractDevice
from physdfa.errors import DataError, InputError, unknown_name
from physdfa.network import NetworkParameters, SpikingNetwork
from physdfa.network.event import EventNetwork
from physdfa.parts import declarations
from physdfa.parts.objects import check_object, object_in_words
from physdfa.rules import AbstractRule, RatePenalty, RuleState
from physdfa.training import AbstractOptimizer, Data, EpochReport, Member, Score, Splits, Trainer, Trial, members_of
from physdfa.training.losses import LOSSES, AbstractLoss, SpikeCount
from physdfa.training.optimizer import OptaxOptimizer, as_optimizer
from physdfa.training.own_parts import check_own_parts
from physdfa.training.step import TrainState

WAY_OUT = "lower the learning rate, or look for a division by 0 in a rule, device or neuron of your own"

_EVENTS = EventsSection()
EVENT_PENALTY = RatePenalty(_EVENTS.rate_penalty, _EVENTS.wanted_rate, _EVENTS.penalty_sides)
"""The pull on the firing rates of event networks that an experiment file has by default."""


def load(
    name: str | Path,
    *,
    data_dir: str | Path | None = None,
    train_size: int | None = None,
    seed: int = 0,
    **values: Any,
) -> AnyDataset:
    """Load a data set, with its parts `train` and `test`.

    **Arguments:**

    - `name`: "digits" (embedded), a published set such as "mnist", or the path of a file of your own, `.npz` or `.h5`.
    - `data_dir`: the folder of the published sets; by default the environment's `PHYSDFA_DATA`, else a per-user cache.
    - `train_size`: training samples to keep, drawn with `seed`; by default all.
    - `values`: the numbers and choices of the data set, as in `[data]`: `time_unit="ms"` of a file of spikes.

    **Raises:** `DataError` for files that are missing or damaged, and for an unknown name.
    """
    known = declarations(find_dataset(str(name)))
    for given in values:
        if given not in known:
            raise InputError(f"load: {unknown_name('value of this data set', given, list(known) or ['none'])}")
    where = resolve_data_dir(data_dir, os.environ)
    return load_dataset(str(name), data_dir=where, train_size=train_size, seed=seed, values=values)


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """A trained network as a value: what was trained, and the state in which the training left it.

    - `trial`: network, rule, device as it was given, optimiser, encoding.
    - `state`: parameters, feedback, and the device as it is after the last update.
    - `full_scales`: by integer type of the samples, the value that stood for 1.
    """

    trial: Trial
    state: TrainState
    full_scales: Mapping[str, float]

    @property
    def network(self) -> SpikingNetwork | EventNetwork:
        """The network, without its parameters."""
        return self.trial.network

    @property
    def parameters(self) -> NetworkParameters:
        """Weights and biases of every layer, the readout last: averaged, where the optimiser averages them.

        They are the exact ones; `trial.forward_parameters` of them is what a network with `weight_bits` computes with.
        """
        return self.trial.optimizer.averaged(self.state.parameters, self.state.optimizer_state)

    @property
    def rule(self) -> AbstractRule:
        """The learning rule."""
        return self.trial.rule

    @property
    def rule_state(self) -> RuleState:
        """The feedback of each hidden layer."""
        return self.state.rule_state

    @property
    def device(self) -> AbstractDevice | None:
        """The backward device: calibrated, and drifted to where the last update left it."""
        return self.state.device

    def predict(self, samples: Part | np.ndarray | EventSamples) -> np.ndarray:
        """The class of each sample; an array has the form and the scale of the samples that were trained on.

        **Raises:** `DataError`, if the samples do not fit the network.
        """
        if isinstance(samples, Part):
            return evaluate(self, samples).predictions
        count = len(samples.counts) if isinstance(samples, EventSamples) else len(samples)
        score = _score(self, samples, np.zeros(count, np.int32), self.trial.full_scale, "the samples")
        return np.asarray(score.predictions)

    def __repr__(self) -> str:
        """Sizes, rule and device."""
        sizes = "-".join(map(str, self.network.layer_sizes))
        device = "no device" if self.device is None else type(self.device).__name__
        return f"Model({sizes}, {self.rule.name}, {device}, {int(self.state.step)} updates)"


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """What a model answers to samples whose classes are known.

    - `accuracy`: the share answered right; `loss`: the mean loss.
    - `firing_rate`: mean spikes per neuron and step of each hidden layer.
    - `predictions`, `labels`: class of each sample, as answered and as it is.
    """

    accuracy: float
    loss: float
    firing_rate: tuple[float, ...]
    predictions: np.ndarray
    labels: np.ndarray

    def per_class(self) -> pd.DataFrame:
        """By class, how many samples there are, and the share of them that is answered right."""
        rights = pd.Series(self.predictions == self.labels).groupby(self.labels)
        return pd.DataFrame({"samples": rights.size(), "accuracy": rights.mean()}).rename_axis("class")

    def __str__(self) -> str:
        """Accuracy, loss and number of samples in one line."""
        return f"accuracy {100 * self.accuracy:.2f} % of {len(self.labels)} samples, loss {self.loss:.4g}"


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
    _check_kinds(network, rule, device, optimizer, data)
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
    _check_sizes(network, data.num_inputs, data.num_classes, data.name)
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
        optimizer=_checked_optimizer(optimizer, network),
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
        Data(*_in_memory(data.train_samples, data.train_labels)),
        Splits(train=train[None], validation=validation[None]),
        epochs,
        on_epoch=after_epoch,
        on_states=after_states,
    )
    if diverged:
        warnings.warn(diverged[0], RuntimeWarning, stacklevel=2)
    return _model(members_of(population)[0], scales), pd.DataFrame(lines).set_index("epoch")


def evaluate(model: Model, part: Part) -> Evaluation:
    """Score a model on one part of a data set, such as `data.test`, without dropout or any change.

    **Raises:** `DataError`, if the samples do not fit the network.
    """
    if not isinstance(part, Part):
        raise InputError(
            f"`evaluate` takes one part of a data set, such as data.test; got {type(part).__name__}. Of samples "
            "without labels, model.predict(samples) gives the classes."
        )
    if not isinstance(model, Model):
        raise InputError(
            f"`evaluate` takes a trained model, the first that `fit` returns; got {object_in_words(model)}."
        )
    dataset = part.dataset
    _check_sizes(model.network, dataset.num_inputs, dataset.num_classes, dataset.name)
    if isinstance(dataset, Dataset):
        dataset = dataset.scaled_as(model.full_scales)
    score = _score(model, part.samples, part.labels, dataset.full_scale, dataset.name)
    return Evaluation(
        accuracy=float(score.accuracy),
        loss=float(score.loss),
        firing_rate=tuple(float(rate) for rate in score.firing_rate),
        predictions=np.asarray(score.predictions),
        labels=np.asarray(part.labels),
    )


def _score(model: Model, samples: np.ndarray | EventSamples, labels: np.ndarray, full_scale: float, what: str) -> Score:
    """The score of the samples, by the program that scores every training of this structure."""
    inputs = samples.num_inputs if isinstance(samples, EventSamples) else np.shape(samples)[-1]
    has_rows = isinstance(samples, EventSamples) or np.ndim(samples) == 2
    if not has_rows or inputs != model.network.layer_sizes[0]:
        shape = "" if isinstance(samples, EventSamples) else f" of shape {np.shape(samples)}"
        raise DataError(
            f"{what}{shape} do not fit: the network takes rows of {model.network.layer_sizes[0]} inputs; give "
            f"[samples, {model.network.layer_sizes[0]}]."
        )
    trial = model.trial if full_scale == model.trial.full_scale else replace(model.trial, full_scale=full_scale)
    trainer = Trainer(1)
    population = trainer.regroup([Member(trial, model.state)])
    data, rows = Data(*_in_memory(samples, labels)), np.arange(len(labels))[None]
    scores = trainer.score(population, data, rows, jax.random.key(0))
    return jax.tree.map(lambda values: values[0], scores)


def _in_memory(samples: np.ndarray | EventSamples, labels: np.ndarray) -> tuple[Any, jax.Array]:
    return jax.tree.map(jnp.asarray, samples), jnp.asarray(labels)


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


def _check_kinds(network: object, rule: object, device: object, optimizer: object, data: object) -> None:
    """Refuse arguments in the wrong order, classes for objects, and a device that the rule cannot use."""
    optimizers = (AbstractOptimizer, optax.GradientTransformation)
    for name, value, kinds, example in (
        ("network", network, (SpikingNetwork, EventNetwork), "SpikingNetwork([64, 64, 10], Lif())"),
        ("rule", rule, AbstractRule, "rules.adfa()"),
        ("device", device, (AbstractDevice, type(None)), "devices.make_device('mach_zehnder', {}), or None"),
        ("optimizer", optimizer, optimizers, "optax.adam(3e-3)"),
        ("data", data, (Dataset, EventDataset), "load('digits')"),
    ):
        check_object(name, value, kinds, example)
    assert isinstance(rule, AbstractRule)
    if rule.needs_device and device is None:
        raise InputError(f"the rule '{rule.name}' needs a backward device, in the third place; got None.")
    if device is not None and not rule.needs_device:
        raise InputError(
            f"the rule '{rule.name}' takes no backward device, but got {type(device).__name__}; give None, or take a "
            "rule with one, such as rules.adfa()."
        )


def _check_sizes(network: SpikingNetwork | EventNetwork, inputs: int, classes: int, name: str) -> None:
    sizes = network.layer_sizes
    if (sizes[0], sizes[-1]) != (inputs, classes):
        raise DataError(
            f"the network has {sizes[0]} inputs and {sizes[-1]} outputs, but {name} has {inputs} inputs and {classes} "
            f"classes; give the layer sizes {[inputs, *sizes[1:-1], classes]}, or other data."
        )


def _checked_optimizer(
    optimizer: AbstractOptimizer | optax.GradientTransformation, network: SpikingNetwork | EventNetwork
) -> AbstractOptimizer:
    """The optimiser, asked for one step on shapes alone.

    **Raises:** `InputError` for a transformation that wants more than the gradient and the parameters.
    """
    taken = as_optimizer(optimizer)
    if not isinstance(taken, OptaxOptimizer):
        return taken  # one of ours, or of the user's own, which is asked with the other parts

    def one_step(key: jax.Array) -> Any:
        parameters = network.initial_parameters(key)
        return taken.update(parameters, taken.init(parameters), parameters, jnp.int32(0), jnp.int32(1))

    try:
        jax.eval_shape(one_step, jax.random.key(0))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"`optimizer`: this transformation cannot work with the gradient and the parameters alone ({error}); take "
            "one that can, such as optax.adam(3e-3)."
        ) from None
    return taken
