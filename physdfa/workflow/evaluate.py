"""`evaluate`: a run folder with a trained network, on any data set of the same form."""

import io
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.build import build_trial, load_samples
from physdfa.config import with_values
from physdfa.config.keys import show
from physdfa.errors import DataError, InputError
from physdfa.network import ConvolutionalConnections, NetworkParameters, SpikingNetwork, recurrent_layers
from physdfa.network.event import EventNetwork
from physdfa.store import open_run, write_output
from physdfa.store.records import plain
from physdfa.training.step import evaluate as score
from physdfa.workflow.findings import chance_warnings
from physdfa.workflow.kept import kept_networks
from physdfa.workflow.own_modules import read_run_config
from physdfa.workflow.summary import mean_and_std, trained_scales

NOT_ITS_DATA = (
    "See whether these data have the scale, the orientation and the numbers of classes that it was trained with."
)


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Answers of the trained networks of one run, one row per seed.

    - `predictions`: [seeds samples] class indices; `labels`: [samples].
    - `accuracies`: of each seed; `losses` likewise.
    - `after`: the epoch after which the networks were so, in words; empty at the end of the training.
    - `warnings`: what the reader of the numbers must know, one sentence each.
    """

    run: Path
    dataset: str
    part: str
    seeds: tuple[int, ...]
    labels: np.ndarray
    predictions: np.ndarray
    accuracies: list[float]
    losses: list[float]
    num_classes: int
    after: str = ""
    warnings: tuple[str, ...] = ()

    def per_class(self) -> list[dict[str, Any]]:
        """Per class: how many samples, and mean ± standard deviation over the seeds of the share answered right."""
        rows = []
        for label in range(self.num_classes):
            chosen = self.labels == label
            rights = (
                [float(np.mean(answers[chosen] == label)) for answers in self.predictions] if chosen.any() else [0.0]
            )
            mean, std = mean_and_std(rights)
            rows.append({"class": label, "samples": int(chosen.sum()), "accuracy": mean, "std": std})
        return rows

    def summary(self) -> dict[str, Any]:
        """What `--json` prints; a loss that is no finite number is null."""
        mean, std = mean_and_std(self.accuracies)
        values = {
            "kind": "evaluate",
            "run": str(self.run),
            "dataset": self.dataset,
            "part": self.part,
            "after": self.after or None,
            "num_samples": len(self.labels),
            "accuracy": mean,
            "accuracy_std": std,
            "accuracies": self.accuracies,
            "losses": self.losses,
            "seeds": list(self.seeds),
            "per_class": self.per_class(),
            "warnings": list(self.warnings),
        }
        return cast(dict[str, Any], plain(values))


def evaluate_run(
    path: Path, *, data_dir: Path | None, overrides: tuple[str, ...] = (), part: str = "test", best: bool = False
) -> Evaluation:
    """Answers of the networks that the run at `path` trained, or has trained so far.

    **Arguments:**

    - `overrides`: changes of the run's config, such as "data.name=fashion_mnist".
    - `part`: "test" or "train".
    - `best`: of the networks as they were after their best epochs in validation, where the run has kept those.

    **Raises:** `RunFolderError` if the run holds no trained network; `DataError` if the data do not fit it.
    """
    run = open_run(path)
    summary = run.read_summary()
    config = read_run_config(run, "train", overrides=overrides)
    arrays, seeds, after = kept_networks(run, best=best)
    after += f" of {config.training.epochs}" * bool(after)
    chosen = cast(dict[str, Any], summary.get("best") or {})
    asked_for = {change.partition("=")[0].strip() for change in overrides}
    config = with_values(config, {key: value for key, value in chosen.items() if key not in asked_for})
    # Neither how many samples were trained on nor how those were shifted is anything to other data.
    size = None if part == "test" else config.data.train_size
    config = replace(config, data=replace(config.data, train_size=size, shift_augmentation=0, time_jitter=0.0))
    samples = load_samples(config, data_dir, trained_with=trained_scales(summary))
    trial = build_trial(config, samples.dataset, config.experiment.seed)
    layers = range(sum(name.startswith("weights/") for name in arrays))
    weights = tuple(jnp.asarray(arrays[f"weights/{layer}"]) for layer in layers)
    biases = tuple(jnp.asarray(arrays[f"biases/{layer}"]) for layer in layers)
    _check_form(run.path, [weight.shape[1:] for weight in weights], trial.network, samples.dataset.name)
    data = samples.test if part == "test" else samples.train
    rows = jnp.arange(data.labels.shape[0], dtype=jnp.int32)
    program = jax.jit(score)
    members = range(weights[0].shape[0])
    scores = [
        program(
            trial,
            NetworkParameters(tuple(w[n] for w in weights), tuple(b[n] for b in biases)),
            data,
            rows,
            jax.random.key(0),
        )
        for n in members
    ]
    labels, predictions = np.asarray(data.labels), np.stack([np.asarray(one.predictions) for one in scores])
    accuracies = [float(one.accuracy) for one in scores]
    chance = chance_warnings(tuple(seeds), accuracies, predictions, labels, NOT_ITS_DATA)
    return Evaluation(
        run=run.path,
        dataset=samples.dataset.name,
        part=part,
        seeds=tuple(seeds),
        labels=labels,
        predictions=predictions,
        accuracies=accuracies,
        losses=[float(one.loss) for one in scores],
        num_classes=samples.dataset.num_classes,
        after=after,
        warnings=(*samples.dataset.remarks, *chance),
    )


def _check_form(run: Path, stored: list[tuple[int, ...]], network: SpikingNetwork | EventNetwork, dataset: str) -> None:
    """Refuse data, or an override of `network.hidden`, that the stored weights [units fan_in] are not made for."""
    asked = [(layer.units, layer.fan_in) for layer in network.connections]
    if stored == asked:
        return
    if any(isinstance(layer, ConvolutionalConnections) for layer in network.connections):
        raise InputError(
            f"the network of {run} has weights of the shapes {stored}, not {asked} as this network.hidden on images of "
            f"{dataset} would have; leave it, and choose images of the form that it was trained on."
        )
    kept = recurrent_layers(stored, network.connections)
    if kept is not None:
        asked_for = [layer.own is not None for layer in network.connections[:-1]]
        raise InputError(
            f"network.recurrent = {show(asked_for)}: the trained network of {run} has {show(kept)}; leave it."
        )
    inputs, classes, *hidden = stored[0][1], stored[-1][0], *(units for units, _ in stored[:-1])
    inputs -= 0 if network.connections[0].own is None else hidden[0]
    sizes = network.layer_sizes
    if (inputs, classes) != (sizes[0], sizes[-1]):
        raise DataError(
            f"the network of {run} takes {inputs} inputs and knows {classes} classes, but {dataset} has "
            f"{sizes[0]} inputs and {sizes[-1]} classes; choose one of the same form."
        )
    raise InputError(f"network.hidden = {list(sizes[1:-1])}: the trained network of {run} has {hidden}; leave it.")


def check_predictions_path(path: Path) -> None:
    """Refuse a file that predictions could not be written to, before anything is computed for it.

    **Raises:** `InputError` for another ending than .csv and .npz, or a folder that is not there.
    """
    if path.suffix not in (".csv", ".npz"):
        raise InputError(f"predictions are written as .csv or .npz; got '{path}'.")
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"predictions cannot be written to '{path}': name a file in a folder that exists.")


def save_predictions(evaluation: Evaluation, path: Path) -> None:
    """Predictions as a table: .csv with a column per seed, or .npz with `labels` and `predictions`."""
    check_predictions_path(path)
    content = io.BytesIO()
    if path.suffix == ".npz":
        seeds = np.asarray(evaluation.seeds)
        np.savez(content, labels=evaluation.labels, predictions=evaluation.predictions, seeds=seeds)
        write_output(path, content.getvalue())
        return
    header = ",".join(["sample", "label", *(f"prediction_seed_{seed}" for seed in evaluation.seeds)])
    table = np.column_stack([np.arange(len(evaluation.labels)), evaluation.labels, evaluation.predictions.T])
    np.savetxt(content, table, fmt="%d", delimiter=",", header=header, comments="")
    write_output(path, content.getvalue())
