"""Checkpoints of a training: all that it needs to go on, and to end as if it had never stopped.

`checkpoints/epoch_7.npz` holds the state of every network after epoch 7 (parameters, feedback, optimiser, device,
random keys), what its epochs showed, and how many lines the log then had. The last two are kept. Where a run has
several trainings, each is a part with a name: `epoch_7_of_0c2a9b1d.npz`.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple, cast

import jax
import numpy as np
from jax.tree_util import keystr, tree_flatten_with_path

from physdfa.config import TrainingSection
from physdfa.durations import seconds_in
from physdfa.errors import InputError, RunFolderError
from physdfa.interrupt import asked
from physdfa.rules import SpikeLosses, UpdateCounts
from physdfa.store import RunFolder
from physdfa.store.checkpoint import EPOCH, epoch_name, epochs_in
from physdfa.store.metrics import check_lines
from physdfa.store.run_folder import METRICS
from physdfa.training import EpochMetrics, EpochReport, Member, Population, Trainer, TrainState, Trial, member

NUM_KEPT = 2
LEAST_PAUSE = 50
"""Where a time is asked for: the pause after a writing, in times of what that took, so that all take at most 2 %."""

STATE, REPORTS, BEST_ARRAYS = "state/", "reports/", "best/"

Arrays = Callable[[], Mapping[str, np.ndarray]]


class Best(NamedTuple):
    """Each network as it was after its best epoch in validation, the first of equals.

    - `epochs`, `accuracies`: [members] that epoch, and its validation accuracy; `arrays`: as those of "final".
    """

    epochs: np.ndarray
    accuracies: np.ndarray
    arrays: Mapping[str, np.ndarray]


class Reached(NamedTuple):
    """A training after so many epochs.

    - `arrays`: the state of all networks by name, with a leading member axis; after epoch 0 those that are not fresh.
    - `reports`: of its epochs, without validation scores, which the log has.
    - `seconds`: spent in epochs; `wall_time_s`: of the run [s]; `num_metrics`: lines that its log then had.
    """

    epoch: int
    arrays: Mapping[str, np.ndarray]
    reports: Sequence[EpochReport] = ()
    seconds: float = 0.0
    wall_time_s: float = 0.0
    num_metrics: int = 0
    best: Best | None = None


class Checkpoints:
    """Of one training: written when they are due, the older ones removed.

    **Arguments:**

    - `reached`: where it goes on; None at the beginning. `part`: its name, in a run of several trainings.
    """

    def __init__(
        self,
        run: RunFolder,
        training: TrainingSection,
        seeds: Sequence[int],
        reached: Reached | None = None,
        part: str = "",
    ):
        self._run, self._training, self._seeds, self._part = run, training, list(seeds), part
        self.reached = reached
        self._earlier_s = 0.0 if reached is None else reached.wall_time_s
        self._began = self._last = time.monotonic()
        self._took = 0.0
        self._best = None if reached is None else reached.best

    @property
    def wall_time_s(self) -> float:
        """Seconds of the run so far, those before it was resumed among them."""
        return self._earlier_s + time.monotonic() - self._began

    def after_epoch(
        self, population: Population, arrays: Arrays, reports: Sequence[EpochReport], seconds: float
    ) -> None:
        """Write a checkpoint after the last of `reports`, whose lines are in the log, if it is due.

        It always is where a signal has asked to stop, and after the last epoch.

        **Arguments:**

        - `arrays`: the networks as "final" has them; `seconds`: spent in epochs so far.
        """
        if self._training.keep_best:
            self._best = better(self._best, reports[-1], arrays())
        epoch, every = reports[-1].epoch, self._training.checkpoint_every
        if isinstance(every, int):
            is_due = epoch % every == 0
        else:
            is_due = time.monotonic() - self._last >= max(seconds_in(every), LEAST_PAUSE * self._took)
        if is_due or asked() is not None or epoch == self._training.epochs:
            states = population.gathered(population.states)
            found = Reached(epoch, named(STATE, states), reports, seconds, self.wall_time_s, best=self._best)
            self.write(found)

    def write(self, reached: Reached) -> None:
        """Write a checkpoint, and remove those before the last two."""
        start = time.monotonic()
        best = {} if reached.best is None else {f"{BEST_ARRAYS}{key}": one for key, one in reached.best.arrays.items()}
        told = best_metadata(reached.best)
        self._run.save_tree(
            epoch_name(reached.epoch, self._part),
            {**reached.arrays, **named_reports(reached.reports), **best},
            {
                "seeds": self._seeds,
                "epoch": reached.epoch,
                "epochs": self._training.epochs,
                "seconds": reached.seconds,
                "wall_time_s": reached.wall_time_s,
                "num_metrics": num_lines(self._run),
                **told,
            },
        )
        if reached.best is not None:
            self._run.save_tree("best", reached.best.arrays, {"seeds": self._seeds, **told})
        self.keep(NUM_KEPT)
        self._last = time.monotonic()
        self._took = self._last - start

    def keep(self, num: int) -> None:
        """Remove all but the last `num`."""
        for epoch in epochs_in(self._run.checkpoints, self._part)[:-num]:
            self._run.forget_tree(epoch_name(epoch, self._part))


def best_metadata(best: Best | None) -> dict[str, object]:
    """What a file says about the best networks in it."""
    return {} if best is None else {"best_epochs": best.epochs, "best_validation_accuracies": best.accuracies}


def better(best: Best | None, report: EpochReport, arrays: Mapping[str, np.ndarray]) -> Best:
    """The best networks after one more epoch."""
    assert report.validation is not None, "the config room refuses `keep_best` without it"
    accuracies = np.asarray(report.validation.accuracy)
    if best is None:
        epochs = np.full(len(accuracies), report.epoch)
        return Best(epochs, accuracies, {name: np.array(values) for name, values in arrays.items()})
    is_better = accuracies > best.accuracies

    def chosen(new: np.ndarray, old: np.ndarray) -> np.ndarray:
        return np.where(is_better.reshape(-1, *[1] * (np.ndim(old) - 1)), new, old)

    epochs, accuracies = chosen(np.asarray(report.epoch), best.epochs), chosen(accuracies, best.accuracies)
    return Best(epochs, accuracies, {name: chosen(arrays[name], values) for name, values in best.arrays.items()})


def named(prefix: str, tree: Any) -> dict[str, np.ndarray]:
    """The arrays of a pytree by their path in it, as `storable` has them."""
    return {name: storable(np.asarray(leaf)) for name, leaf in by_path(prefix, tree).items()}


def by_path(prefix: str, tree: Any) -> dict[str, Any]:
    """The leaves of a pytree by their path in it: "state/parameters/weights/0"."""
    leaves, _ = tree_flatten_with_path(tree)
    return {f"{prefix}{keystr(path, simple=True, separator='/')}": leaf for path, leaf in leaves}


def storable(array: np.ndarray) -> np.ndarray:
    """The array, or its bits where its kind is one of machine learning alone (bfloat16)."""
    return array.view(f"u{array.dtype.itemsize}") if array.dtype.kind == "V" else array


def named_reports(reports: Sequence[EpochReport]) -> dict[str, np.ndarray]:
    """What the epochs showed, stacked by epoch: "reports/train/loss" [epochs members] and so on."""
    if not reports:
        return {}
    shown = [
        {"train": one.train, "outside_range": one.outside_range, "finite_potentials": one.finite_potentials}
        for one in reports
    ]
    stacked = jax.tree.map(lambda *values: np.stack(values), *shown)
    return named(REPORTS, stacked) | {f"{REPORTS}epoch": np.array([one.epoch for one in reports])}


def reports_in(arrays: Mapping[str, np.ndarray]) -> list[EpochReport]:
    """The reports that `named_reports` has named."""

    def part(kind: Any, name: str, index: int) -> Any:
        found = {field: arrays.get(f"{REPORTS}{name}/{field}") for field in kind._fields}
        kept = {field: None if values is None else values[index] for field, values in found.items()}
        return kind(**kept) if any(values is not None for values in kept.values()) else None

    reports = []
    for index, epoch in enumerate(arrays.get(f"{REPORTS}epoch", ())):
        train = cast(EpochMetrics, part(EpochMetrics, "train", index))._replace(
            spike_losses=part(SpikeLosses, "train/spike_losses", index),
            counts=part(UpdateCounts, "train/counts", index),
        )
        outside, finite = (arrays.get(f"{REPORTS}{name}") for name in ("outside_range", "finite_potentials"))
        reports.append(
            EpochReport(
                epoch=int(epoch),
                train=train,
                validation=None,
                outside_range=None if outside is None else outside[index],
                finite_potentials=None if finite is None else finite[index],
            )
        )
    return reports


def read_checkpoint(run: RunFolder, epoch: int, part: str = "") -> Reached:
    """The checkpoint after an epoch.

    **Raises:** `RunFolderError` if it is damaged, or the log has lost lines that it had by then.
    """
    arrays, said = run.load_tree(epoch_name(epoch, part))
    metadata = cast(dict[str, Any], said)
    num_metrics = int(metadata["num_metrics"])
    whole = sum(1 for _ in takewhile(lambda line: line.record is not None, check_lines(run.path / METRICS)))
    if whole < num_metrics:
        raise RunFolderError(
            f"{run.path / METRICS} has {whole} whole lines of the {num_metrics} that it had after epoch {epoch}."
        )
    best = None
    if "best_epochs" in metadata:
        kept = {name.removeprefix(BEST_ARRAYS): one for name, one in arrays.items() if name.startswith(BEST_ARRAYS)}
        accuracies = np.array(metadata["best_validation_accuracies"], dtype=np.float32)
        best = Best(np.array(metadata["best_epochs"]), accuracies, kept)
    return Reached(
        epoch,
        {name: one for name, one in arrays.items() if name.startswith(STATE)},
        reports_in(arrays),
        float(metadata["seconds"]),
        float(metadata["wall_time_s"]),
        num_metrics,
        best,
    )


def newest_checkpoint(run: RunFolder, part: str = "") -> tuple[Reached | None, list[str]]:
    """The newest whole checkpoint, None without one, and a sentence for each newer one that cannot serve."""
    problems = []
    for epoch in reversed(epochs_in(run.checkpoints, part)):
        try:
            return read_checkpoint(run, epoch, part), problems
        except RunFolderError as problem:
            problems.append(f"{problem} The training goes on from what was kept before.")
    return None, problems


def forget_checkpoints(run: RunFolder, but: Collection[str] = ()) -> None:
    """Remove what trainings of a run have kept after their epochs, but for the parts with these names."""
    for path in run.checkpoints.glob(f"{EPOCH}*.npz"):
        if path.stem.partition("_of_")[2] not in but:
            run.forget_tree(path.stem)


def kept_networks(run: RunFolder, *, best: bool = False) -> tuple[dict[str, np.ndarray], list[int], str]:
    """Weights and biases of a run's networks, their seeds, and when they were so ("" at the end).

    **Arguments:**

    - `best`: those after their best epochs in validation.

    **Raises:** `RunFolderError` if the run keeps none.
    """
    if best:
        if not (run.checkpoints / "best.npz").exists():
            raise RunFolderError(f"{run.path} keeps no best networks; train with training.keep_best = true.")
        arrays, metadata = run.load_tree("best")
        epochs = cast(list[int], metadata["best_epochs"])
        return (
            arrays,
            seeds_named(run, metadata),
            f"after {'epochs' if len(epochs) > 1 else 'epoch'} {', '.join(map(str, epochs))}",
        )
    if (run.checkpoints / "final.npz").exists():
        arrays, metadata = run.load_tree("final")
        return arrays, seeds_named(run, metadata), ""
    reached, problems = newest_checkpoint(run)
    if reached is None:
        status, reason = run.read_summary().get("status"), " ".join(["", *problems[:1]])
        raise RunFolderError(
            f"{run.path} holds no trained network (its status is '{status}').{reason} Train it to the end first: "
            f"physdfa resume {run.path}"
        )
    parameters = f"{STATE}parameters/"
    found = {name.removeprefix(parameters): one for name, one in reached.arrays.items() if name.startswith(parameters)}
    return found, seeds_named(run, run.read_summary()), f"after epoch {reached.epoch}"


def seeds_named(run: RunFolder, said: Mapping[str, Any]) -> list[int]:
    """The seeds of a run's networks, as its summary or a checkpoint says them.

    **Raises:** `RunFolderError` if it says none.
    """
    seeds = said.get("seeds")
    if not isinstance(seeds, list) or not seeds or not all(type(seed) is int for seed in seeds):
        raise RunFolderError(f"{run.path} does not say the seeds of its networks; restore it from a copy.")
    return seeds


def restored(trainer: Trainer, trials: Sequence[Trial], fresh: TrainState, reached: Reached) -> Population:
    """The members as they were, for the same programs.

    **Arguments:**

    - `fresh`: [members] their state at the beginning, which stays where `reached` is epoch 0 and has nothing for it.

    **Raises:** `InputError` if they are of another structure.
    """
    found = [stored(name, leaf, reached) for name, leaf in by_path(STATE, fresh).items()]
    states = jax.tree.unflatten(jax.tree.structure(fresh), found)
    return trainer.regroup([Member(trial, member(states, index)) for index, trial in enumerate(trials)])


def stored(name: str, like: Any, reached: Reached) -> Any:
    """The array of a name, of the shape and type of another one."""
    array = reached.arrays.get(name)
    if array is None and reached.epoch == 0:
        return like
    if array is None or array.shape != like.shape or array.dtype != storable(np.asarray(like)).dtype:
        found = "nothing" if array is None else f"one of shape {list(array.shape[1:])}"
        raise InputError(
            f"the state of the training after epoch {reached.epoch} does not fit this experiment: it needs "
            f"{name.removeprefix(STATE)} of shape {list(like.shape[1:])}, and {found} was kept."
        )
    return array.view(like.dtype)


def num_lines(run: RunFolder) -> int:
    """Lines in the log of a run."""
    path = run.path / METRICS
    return path.read_bytes().count(b"\n") if path.exists() else 0
