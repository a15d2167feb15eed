"""Checkpoints of a training: all that it needs to go on, and to end as if it had never stopped.

`checkpoints/epoch_7.npz` holds the state of every network after epoch 7 (parameters, feedback, optimiser, device,
random keys), what its epochs showed, and how many lines the log then had. The last two are kept. Where a run has
several trainings, each is a part with a name: `epoch_7_of_0c2a9b1d.npz`.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.tree_util import keystr, tree_flatten_with_path

from physdfa.config import TrainingSection
from physdfa.durations import seconds_in
from physdfa.interrupt import asked
from physdfa.store import RunFolder
from physdfa.store.checkpoint import epoch_name, epochs_in
from physdfa.store.run_folder import METRICS
from physdfa.training import EpochReport, Population

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
    - `seconds`: spent in epochs; `wall_time_s`: of the run [s]; `num_metrics`: lines that its log then had, 0 for all.
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
        if is_due(self._training, reports[-1].epoch, self._last, LEAST_PAUSE * self._took):
            self._write_now(population, reports, seconds)

    def before_leaving(self, population: Population, reports: Sequence[EpochReport], seconds: float) -> None:
        """Write a checkpoint after the last epoch, if there is none yet: what follows has failed. As `after_epoch`."""
        if reports[-1].epoch not in epochs_in(self._run.checkpoints, self._part):
            self._write_now(population, reports, seconds)

    def _write_now(self, population: Population, reports: Sequence[EpochReport], seconds: float) -> None:
        found = reached_now(population, reports, seconds)
        self.write(found._replace(wall_time_s=self.wall_time_s, best=self._best))

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
                "num_metrics": reached.num_metrics or num_lines(self._run),
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


class StintOver(BaseException):  # no error, but the way out of a training
    """A training has reached an epoch after which it is to be kept, and stops until that is done."""


class Stint:
    """Ends a training at the first checkpoint that is due. In the place of `Checkpoints` where there is no run folder.

    **Arguments:**

    - `reached`: where it goes on, None at the beginning; once `after_epoch` has found one due, that.
    """

    def __init__(self, training: TrainingSection, reached: Reached | None):
        self.reached = reached
        self._training, self._began = training, time.monotonic()

    def after_epoch(
        self, population: Population, arrays: Arrays, reports: Sequence[EpochReport], seconds: float
    ) -> None:
        """As of `Checkpoints`. **Raises:** `StintOver` where a checkpoint is due and epochs are left."""
        del arrays
        if is_due(self._training, reports[-1].epoch, self._began):
            self.reached = reached_now(population, reports, seconds)
            if self.reached.epoch < self._training.epochs:
                raise StintOver


def is_due(training: TrainingSection, epoch: int, last: float, least_s: float = 0.0) -> bool:
    """Whether a checkpoint is, after an epoch. It is where a signal has asked to stop, and after the last epoch.

    **Arguments:**

    - `last`: when the last one was written, by `time.monotonic`; `least_s`: shortest pause after it [s].
    """
    if asked() is not None or epoch == training.epochs:
        return True
    every = training.checkpoint_every
    if isinstance(every, int):
        return epoch % every == 0
    return time.monotonic() - last >= max(seconds_in(every), least_s)


def reached_now(population: Population, reports: Sequence[EpochReport], seconds: float) -> Reached:
    """A training as it stands after the last of its epochs."""
    return Reached(reports[-1].epoch, named(STATE, population.gathered(population.states)), reports, seconds)


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


def num_lines(run: RunFolder) -> int:
    """Lines in the log of a run."""
    path = run.path / METRICS
    return path.read_bytes().count(b"\n") if path.exists() else 0
