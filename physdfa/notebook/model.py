"""A trained network as a value, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

from physdfa.data import Dataset, EventSamples, Part
from physdfa.devices import AbstractDevice
from physdfa.errors import DataError, InputError
from physdfa.network import NetworkParameters, SpikingNetwork
from physdfa.network.event import EventNetwork
from physdfa.notebook.arguments import check_sizes
from physdfa.parts.objects import object_in_words
from physdfa.rules import AbstractRule, RuleState
from physdfa.training import Data, Member, Score, Trainer, Trial
from physdfa.training.step import TrainState


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
    check_sizes(model.network, dataset.num_inputs, dataset.num_classes, dataset.name)
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
    data, rows = Data(*in_memory(samples, labels)), np.arange(len(labels))[None]
    scores = trainer.score(population, data, rows, jax.random.key(0))
    return jax.tree.map(lambda values: values[0], scores)


def in_memory(samples: np.ndarray | EventSamples, labels: np.ndarray) -> tuple[Any, jax.Array]:
    """Samples and labels as arrays of JAX."""
    return jax.tree.map(jnp.asarray, samples), jnp.asarray(labels)
