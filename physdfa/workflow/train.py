"""`train`: a config and its seeds -> one run folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np

from physdfa.analysis import LearningAngles
from physdfa.build import Samples, build_trial, load_samples, split_rows, training_key
from physdfa.config import ExperimentConfig, config_warnings
from physdfa.config.shard import shard_of
from physdfa.data import EventDataset
from physdfa.data.event_samples import late_share
from physdfa.errors import InputError, RunFolderError
from physdfa.store import RunFolder
from physdfa.training import EpochReport, Trainer
from physdfa.workflow.begin import begin_run
from physdfa.workflow.cautions import Cautions
from physdfa.workflow.checkpoints import Checkpoints
from physdfa.workflow.ending import told_however_it_ends
from physdfa.workflow.findings import class_warnings, training_warnings
from physdfa.workflow.groups import Group, Trained, go_back_in_groups, groups_of, part_of, train_groups
from physdfa.workflow.kept import forget_parts, go_back, newest_checkpoint, seeds_named
from physdfa.workflow.members import TrainedMembers, counts_per_sample, train_members
from physdfa.workflow.memory import check_memory
from physdfa.workflow.parent import Parent
from physdfa.workflow.progress import NO_PROGRESS, Progress
from physdfa.workflow.remeasure import Remeasuring, check_remeasurable, measurement_summary, remeasured_source
from physdfa.workflow.summary import compute_summary, data_summary, mean_and_std
from physdfa.workflow.where.place import current_place


def train(
    config: ExperimentConfig,
    *,
    out_dir: Path,
    data_dir: Path | None = None,
    num_seeds: int = 1,
    command_line: Sequence[str] = (),
    progress: Progress = NO_PROGRESS,
    watch_test: bool = False,
    resumed: RunFolder | None = None,
    parent: Parent | None = None,
) -> RunFolder:
    """Train `num_seeds` networks, the first with the experiment's seed, and write their run folder.

    Everything that can be refused is refused before the folder exists; an interrupt leaves it with what was reached,
    and `resumed` goes on from there: to the end that it would have had, bit for bit on one machine.

    **Arguments:**

    - `watch_test`: reads the test set after each epoch, too, and notes the best epoch of each seed in the summary as
      `best_test_epoch_accuracies`: what some publications report. It chooses nothing; `test_accuracy` stays that of the
      last epoch.
    - `resumed`: the folder of a training of this config that stopped, to be finished there, with the seeds it had.
    - `parent`: what it begins with: as many networks as that has, in the place of `num_seeds`.

    **Raises:** `InputError` before the folder exists, if a parent does not fit.
    """
    earlier: dict[str, Any] = {} if resumed is None else resumed.read_summary()
    if resumed is not None:
        seeds, watch_test = seeds_named(resumed, earlier), bool(earlier.get("watch_test"))
    elif parent is not None and config.experiment.shard:
        raise InputError("experiment.shard: what goes on from another training has no parts; leave it out.")
    else:
        seeds = seeds_of(config, num_seeds if parent is None else len(parent.seeds))
    num_seeds = len(seeds)
    samples = load_samples(config, data_dir)
    ways_out = ["--seeds"] if num_seeds > 1 else []
    size = earlier.get("most_per_chunk") or (num_seeds if parent is not None else current_place().chunk_of(num_seeds))
    in_groups = size < num_seeds or not (current_place().is_here or earlier)
    if in_groups and parent is not None:
        raise InputError("--ray: what goes on from another training does so in one process; leave out one of the two.")
    check_remeasurable(config, in_groups=in_groups)
    check_memory(config, samples, kind="train", members=size, ways_out=ways_out)
    seeds = list(seeds)
    trial = build_trial(config, samples.dataset, seeds[0])
    splits = split_rows(config, "train", samples.dataset, 1)
    trainer = Trainer(size, devices_of(earlier))
    known: dict[str, object] = {"seeds": seeds, "watch_test": watch_test, "num_devices": trainer.devices_used}
    known["most_per_chunk"] = size
    reached = None
    if parent is not None:
        shapes = trainer.start_shapes([trial], [training_key(0)], samples.train, splits)
        reached = parent.fitted(trial.network.connections, shapes, config.training.epochs)
        known["parent"] = parent.told()
    run = resumed or begin_run(config, "train", out_dir=out_dir, command_line=command_line, known=known)
    groups = groups_of(config, seeds, size, watches_test=watch_test) if in_groups else []
    if resumed is not None:
        again = {"status": "interrupted", "reason": "resumed", "num_resumes": (earlier.get("num_resumes") or 0) + 1}
        resumed.begin(again)
    if resumed is not None and in_groups:
        groups = go_back_in_groups(resumed, groups, progress)
        reached = max((one.reached for one in groups if one.reached), key=lambda one: one.wall_time_s, default=None)
    elif resumed is not None:
        if earlier.get("parent") and newest_checkpoint(resumed)[0] is None:
            raise RunFolderError(f"{run.path} does not hold what it began with; repeat the command that began it.")
        reached = go_back(resumed, progress)
        resumed.keep_first_metrics(0 if reached is None else reached.num_metrics)
        progress.say("it begins anew" if reached is None else f"it goes on after epoch {reached.epoch}")
    run.write_summary(data_summary(samples.dataset))
    progress.say(f"run folder: {run.path}")
    cautions = Cautions(run, progress, config_warnings(config, "train"))
    cautions.tell([*samples.dataset.remarks, *class_warnings(samples.dataset, splits)])
    checkpoints = Checkpoints(run, config.training, seeds, reached)
    if parent is not None and reached is not None:
        checkpoints.write(reached)  # so that the folder is all that it needs to go on
    earlier_s = 0.0 if reached is None else reached.wall_time_s
    with told_however_it_ends(
        run,
        earlier_s=earlier_s,
        known=lambda wall_time_s: compute_summary(trainer, wall_time_s) | measurement_summary(run),
    ):
        if in_groups:
            members, watched = _train_groups(run, config, samples, groups, progress, checkpoints)
        else:
            members, watched = _train(run, config, samples, seeds, trainer, progress, watch_test, checkpoints)
        inputs = input_events(config, samples)
        cautions.tell([*late_inputs_warning(config, inputs), *training_warnings(config, samples, members)])
        mean, std = mean_and_std(members.test_accuracies)
        checkpoints.keep(1)
        run.write_summary(
            {
                "status": "done",
                **members.device_summary(),
                **members.event_summary(),
                **({} if inputs is None else {"input_events": inputs}),
                **members.count_summary(),
                "test_accuracy": mean,
                "test_accuracy_std": std,
                "test_accuracies": members.test_accuracies,
                **({"best_test_epoch_accuracies": np.max(watched, axis=0).tolist()} if watched else {}),
                "images_per_s": members.images_per_s,
                **compute_summary(trainer, checkpoints.wall_time_s),
                **measurement_summary(run),
            }
        )
        forget_parts(run)
    return run


def seeds_of(config: ExperimentConfig, num: int) -> Sequence[int]:
    """`num` seeds, the first being the experiment's; of a training in parts, those of the config's part."""
    seeds, shard = range(config.experiment.seed, config.experiment.seed + num), shard_of(config.experiment.shard)
    return seeds if shard is None else shard.of(seeds)


def _train(
    run: RunFolder,
    config: ExperimentConfig,
    samples: Samples,
    seeds: list[int],
    trainer: Trainer,
    progress: Progress,
    watch_test: bool,
    checkpoints: Checkpoints,
) -> tuple[TrainedMembers, list[list[float]]]:
    """The trained members, and the test accuracies of each epoch if watched."""
    watched = watched_accuracies(run, seeds)
    reached = checkpoints.reached
    done, source = 0 if reached is None else reached.epoch, remeasured_source(config)
    progress.begin("epochs", config.training.epochs - done)

    def on_epoch(report: EpochReport, images_per_s: float) -> None:
        write_epoch(run, report, seeds, images_per_s)
        progress.advance(text=describe(report, images_per_s))

    def on_angles(epoch: int, angles: LearningAngles) -> None:
        write_angles(run, epoch, angles, seeds)

    def on_test(epoch: int, accuracies: np.ndarray) -> None:
        watched.append(accuracies.tolist())
        write_watched(run, epoch, accuracies, seeds)

    members = train_members(
        config,
        samples,
        seeds,
        trainer=trainer,
        on_epoch=on_epoch,
        on_angles=on_angles,
        on_test=on_test if watch_test else None,
        checkpoints=checkpoints,
        remeasuring=None if source is None else Remeasuring(run, source, progress, reached=done),
    )
    write_members(run, members)
    return members, watched


def _train_groups(
    run: RunFolder,
    config: ExperimentConfig,
    samples: Samples,
    groups: list[Group],
    progress: Progress,
    checkpoints: Checkpoints,
) -> tuple[TrainedMembers, list[list[float]]]:
    """As `_train`, a group of seeds at a time: what came of a stint of one is written when it is done."""
    done = sum(group.reached.epoch for group in groups if group.reached is not None)
    progress.begin("epochs of all groups of seeds", len(groups) * config.training.epochs - done)

    def on_stint(group: Group, trained: Trained) -> None:
        if trained.reached is None or not trained.reports:
            return
        for epoch, angles in trained.angles:
            write_angles(run, epoch, angles, group.seeds)
        for report, images_per_s in trained.reports:
            write_epoch(run, report, group.seeds, images_per_s)
        for (report, _), accuracies in zip(trained.reports, trained.watched, strict=False):
            write_watched(run, report.epoch, accuracies, group.seeds)
        part = part_of(group, groups)
        # The lines of several groups lie between each other: each counts its own epochs.
        num_metrics = trained.reached.epoch * len(group.seeds) if part else 0
        now = trained.reached._replace(wall_time_s=checkpoints.wall_time_s, num_metrics=num_metrics)
        Checkpoints(run, config.training, group.seeds, part=part).write(now)
        progress.advance(len(trained.reports), text=describe(*trained.reports[-1]))

    members = train_groups(samples, groups, on_stint)
    write_members(run, members)
    return members, watched_accuracies(run, members.seeds)


def write_watched(run: RunFolder, epoch: int, accuracies: np.ndarray, seeds: Sequence[int]) -> None:
    """One line of test accuracy per member, watched after `epoch` epochs."""
    for seed, accuracy in zip(seeds, accuracies.tolist(), strict=True):
        run.append_metric({"kind": "watched_test", "seed": seed, "epoch": epoch, "test_accuracy": accuracy})


def devices_of(earlier: Mapping[str, Any]) -> int:
    """The devices that a training is spread over: as many as it had; at the beginning all."""
    here = jax.local_device_count()
    return min(earlier.get("num_devices") or here, here)


def watched_accuracies(run: RunFolder, seeds: Sequence[int]) -> list[list[float]]:
    """[epochs seeds] the test accuracies that were watched so far."""
    lines: list[dict[str, Any]] = [line for line in run.read_metrics().records if line.get("kind") == "watched_test"]
    found = {(line["epoch"], line["seed"]): float(line["test_accuracy"]) for line in lines}
    return [[found[epoch, seed] for seed in seeds] for epoch in sorted({epoch for epoch, _ in found})]


def input_events(config: ExperimentConfig, samples: Samples) -> dict[str, float] | None:
    """Of training samples that are events: mean and largest number in a sample, and the share after the window."""
    dataset = samples.dataset
    if not isinstance(dataset, EventDataset):
        return None
    return {
        "per_sample": float(np.mean(dataset.train_samples.counts)),
        "most": dataset.train_samples.room,
        "late_share": late_share(dataset.train_samples, config.events.window),
    }


def late_inputs_warning(config: ExperimentConfig, inputs: dict[str, float] | None) -> list[str]:
    """The sentence for input events that came too late to be shown, where there are any."""
    if inputs is None or not inputs["late_share"]:
        return []
    return [
        f"{100 * inputs['late_share']:.3g} % of the input events come after events.window = {config.events.window:g} s "
        "and were left out; raise it to show them."
    ]


def describe(report: EpochReport, images_per_s: float) -> str:
    """One line on an epoch, means over the members."""
    text = f"train accuracy {100 * np.mean(report.train.accuracy):.2f} %"
    if report.validation is not None:
        text += f", validation {100 * np.mean(report.validation.accuracy):.2f} %"
    return f"{text}, {images_per_s:,.0f} images/s"


def write_epoch(run: RunFolder, report: EpochReport, seeds: Sequence[int], images_per_s: float) -> None:
    """One line of metrics per member."""
    validation = report.validation
    for index, seed in enumerate(seeds):
        run.append_metric(
            {
                "kind": "epoch",
                "seed": seed,
                "epoch": report.epoch,
                "train_loss": float(report.train.loss[index]),
                "train_accuracy": float(report.train.accuracy[index]),
                "validation_loss": None if validation is None else float(validation.loss[index]),
                "validation_accuracy": None if validation is None else float(validation.accuracy[index]),
                "firing_rate": [float(rate) for rate in report.train.firing_rate[index]],
                **outside_range_of(report, index),
                **spike_losses_of(report, index),
                **counts_of(report, index),
                "images_per_s": images_per_s,
            }
        )


def write_angles(run: RunFolder, epoch: int, angles: LearningAngles, seeds: Sequence[int]) -> None:
    """One line of angles [degrees] and norm ratios per member, after `epoch` epochs."""
    for index, seed in enumerate(seeds):
        line = {"kind": "alignment", "seed": seed, "epoch": epoch, "update_angle": angles.update[index]}
        if angles.feedback is not None:
            line["feedback_angle"] = angles.feedback[index]
        line["update_norm_ratio"] = angles.update_norm_ratio[index]
        run.append_metric(line)


def outside_range_of(report: EpochReport, index: int) -> dict[str, list[float]]:
    """The share of requests outside the measured range, by hidden layer; nothing for devices known everywhere."""
    if report.outside_range is None:
        return {}
    return {"outside_range": [float(share) for share in report.outside_range[index]]}


def spike_losses_of(report: EpochReport, index: int) -> dict[str, float]:
    """Spikes that came a step late and neurons that were silenced, per sample; nothing for discrete time."""
    losses = report.train.spike_losses
    if losses is None:
        return {}
    return {"late_spikes": float(losses.late[index]), "silenced_neurons": float(losses.silenced[index])}


def counts_of(report: EpochReport, index: int) -> dict[str, float]:
    """What was sent back and written per sample in one epoch; nothing for rules without direct feedback."""
    counts = report.train.counts
    if counts is None:
        return {}
    return counts_per_sample(jax.tree.map(lambda values: float(values[index]), counts))


def write_members(run: RunFolder, members: TrainedMembers) -> None:
    """Test scores, the trained network, and g over the occupied potentials."""
    for index, seed in enumerate(members.seeds):
        run.append_metric(
            {
                "kind": "test",
                "seed": seed,
                "test_accuracy": float(members.test.accuracy[index]),
                "test_loss": float(members.test.loss[index]),
            }
        )
    run.save_tree("final", members.named, {"seeds": list(members.seeds)})
    if members.backward is not None:
        run.write_figure_data("backward_function", members.backward._asdict())
