"""What a run has kept of its trainings, read back. It says where each goes on, and has the networks."""

from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from typing import Any, cast

import jax
import numpy as np

from physdfa.errors import InputError, RunFolderError
from physdfa.rules import SpikeLosses, UpdateCounts
from physdfa.store import RunFolder
from physdfa.store.checkpoint import epoch_name, epochs_in
from physdfa.store.metrics import check_lines
from physdfa.store.run_folder import METRICS
from physdfa.training import EpochMetrics, EpochReport, Member, Population, Trainer, TrainState, Trial, member
from physdfa.workflow.checkpoints import BEST_ARRAYS, REPORTS, STATE, Best, Reached, by_path, storable
from physdfa.workflow.progress import WARNING, Progress


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


def go_back(run: RunFolder, progress: Progress, part: str = "") -> Reached | None:
    """Put the checkpoints of a training that was stopped back to the newest whole one; None where it begins anew."""
    reached, problems = newest_checkpoint(run, part)
    for problem in problems:
        progress.say(f"{WARNING}{problem}")
    forget_checkpoints(run, part, after=0 if reached is None else reached.epoch)
    return reached


def forget_checkpoints(run: RunFolder, part: str, *, after: int) -> None:
    """Remove the checkpoints of a training after later epochs than this one."""
    for epoch in epochs_in(run.checkpoints, part):
        if epoch > after:
            run.forget_tree(epoch_name(epoch, part))


def forget_parts(run: RunFolder, but: Collection[str] = ()) -> None:
    """Remove the checkpoints of all trainings that are parts of a run, but for those with these names."""
    for path in run.checkpoints.glob(f"{epoch_name('*', '*')}.npz"):
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
