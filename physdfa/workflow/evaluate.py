"""`evaluate`: a run folder with a trained network, on any data set of the same form."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.build import build_trial, load_samples
from physdfa.config import read_config, with_values
from physdfa.config.raw import parse
from physdfa.errors import DataError, RunFolderError
from physdfa.network import NetworkParameters
from physdfa.store import open_run
from physdfa.training.step import evaluate as score
from physdfa.workflow.summary import mean_and_std


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Answers of the trained networks of one run, one row per seed.

    - `predictions`: [seeds samples] class indices; `labels`: [samples].
    - `accuracies`: of each seed; `losses` likewise.
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

    def per_class(self) -> list[dict[str, float]]:
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
        """What `--json` prints."""
        mean, std = mean_and_std(self.accuracies)
        return {
            "kind": "evaluate",
            "run": str(self.run),
            "dataset": self.dataset,
            "part": self.part,
            "num_samples": len(self.labels),
            "accuracy": mean,
            "accuracy_std": std,
            "accuracies": self.accuracies,
            "losses": self.losses,
            "seeds": list(self.seeds),
            "per_class": self.per_class(),
        }


def evaluate_run(
    path: Path, *, data_dir: Path | None, overrides: tuple[str, ...] = (), part: str = "test"
) -> Evaluation:
    """Answers of the networks that the run at `path` trained.

    **Arguments:**

    - `overrides`: changes of the run's config, such as "data.name=fashion_mnist".
    - `part`: "test" or "train".

    **Raises:** `RunFolderError` if the run holds no trained network; `DataError` if the data do not fit it.
    """
    run = open_run(path)
    config = read_config(
        parse(run.config_text(), str(run.path / "config.toml")), source=str(run.path), overrides=overrides, kind="train"
    )
    summary = run.read_summary()
    best = summary.get("best")
    if best:
        config = with_values(config, cast(dict[str, Any], best))
    if not (run.checkpoints / "final.npz").exists():
        status = summary.get("status")
        raise RunFolderError(
            f"{run.path} holds no trained network (its status is '{status}'); train it to the end first."
        )
    arrays, metadata = run.load_tree("final")
    samples = load_samples(config, data_dir)
    trial = build_trial(config, samples.dataset, config.experiment.seed)
    num_layers = len(trial.network.layer_sizes) - 1
    weights = tuple(jnp.asarray(arrays[f"weights/{layer}"]) for layer in range(num_layers))
    biases = tuple(jnp.asarray(arrays[f"biases/{layer}"]) for layer in range(num_layers))
    expected = (trial.network.layer_sizes[0], trial.network.layer_sizes[-1])
    stored = (weights[0].shape[2], weights[-1].shape[1])
    if stored != expected:
        raise DataError(
            f"the network of {run.path} takes {stored[0]} inputs and knows {stored[1]} classes, but {samples.dataset.name} has "
            f"{expected[0]} inputs and {expected[1]} classes; choose a data set of the same form."
        )
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
    return Evaluation(
        run=run.path,
        dataset=samples.dataset.name,
        part=part,
        seeds=tuple(cast(list[int], metadata["seeds"])),
        labels=np.asarray(data.labels),
        predictions=np.stack([np.asarray(one.predictions) for one in scores]),
        accuracies=[float(one.accuracy) for one in scores],
        losses=[float(one.loss) for one in scores],
        num_classes=samples.dataset.num_classes,
    )


def save_predictions(evaluation: Evaluation, path: Path) -> None:
    """Predictions as a table: .csv with a column per seed, or .npz with `labels` and `predictions`."""
    if path.suffix == ".npz":
        np.savez(path, labels=evaluation.labels, predictions=evaluation.predictions, seeds=np.asarray(evaluation.seeds))
        return
    header = ",".join(["sample", "label", *(f"prediction_seed_{seed}" for seed in evaluation.seeds)])
    table = np.column_stack([np.arange(len(evaluation.labels)), evaluation.labels, evaluation.predictions.T])
    np.savetxt(path, table, fmt="%d", delimiter=",", header=header, comments="")
