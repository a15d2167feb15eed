"""Seeds of one training in groups, each a program of its own, here or on workers; their results become one."""

import contextlib
import dataclasses
import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

import jax
import numpy as np

from physdfa.analysis import LearningAngles
from physdfa.build import Samples
from physdfa.config import ExperimentConfig
from physdfa.store import RunFolder
from physdfa.training import EpochReport, Trainer
from physdfa.workflow.checkpoints import Reached, Stint, StintOver
from physdfa.workflow.kept import forget_checkpoints, go_back
from physdfa.workflow.members import TrainedMembers, train_members
from physdfa.workflow.progress import Progress
from physdfa.workflow.where.place import current_place


class Group(NamedTuple):
    """Seeds that train together, as they travel to where they do.

    - `reached`: where they go on; None at the beginning.
    """

    config: ExperimentConfig
    seeds: list[int]
    has_angles: bool
    watches_test: bool
    reached: Reached | None = None

    def run(self, samples: Samples) -> "Trained":
        """Train them in this process, to the end or to the first checkpoint that is due."""
        stint = Stint(self.config.training, self.reached)
        reports, angles, watched = list[tuple[EpochReport, float]](), list[tuple[int, LearningAngles]](), list[Any]()
        members = None
        with contextlib.suppress(StintOver):
            members = train_members(
                self.config,
                samples,
                self.seeds,
                trainer=Trainer(len(self.seeds)),
                on_epoch=lambda report, images_per_s: reports.append((report, images_per_s)),
                on_angles=(lambda epoch, found: angles.append((epoch, found))) if self.has_angles else None,
                on_test=(lambda epoch, found: watched.append(found)) if self.watches_test else None,
                checkpoints=stint,
            )
            members = dataclasses.replace(members, population=None)
        return Trained(members, stint.reached, reports, angles, watched)


class Trained(NamedTuple):
    """What came of a group in a stint, and what was said after each epoch; no members before the end."""

    members: TrainedMembers | None
    reached: Reached | None
    reports: list[tuple[EpochReport, float]]
    angles: list[tuple[int, LearningAngles]]
    watched: list[np.ndarray]


def groups_of(config: ExperimentConfig, seeds: Sequence[int], size: int, *, watches_test: bool) -> list[Group]:
    """The seeds, `size` at a time, at their beginning."""
    return [
        Group(config, list(seeds[first : first + size]), config.analysis.alignment, watches_test)
        for first in range(0, len(seeds), size)
    ]


def go_back_in_groups(run: RunFolder, groups: Sequence[Group], progress: Progress) -> list[Group]:
    """The groups of a training that was stopped, each after its newest checkpoint.

    One whose lines the log has lost begins anew; lines of later epochs are dropped.
    """
    found = list[Group]()
    lines = run.read_metrics().records
    known = {(line["seed"], line["epoch"]) for line in lines if line.get("kind") == "epoch"}
    for group in groups:
        part = part_of(group, groups)
        reached = go_back(run, progress, part)
        epochs = () if reached is None else range(1, reached.epoch + 1)
        if not all((seed, epoch) in known for seed in group.seeds for epoch in epochs):
            forget_checkpoints(run, part, after=0)
            reached = None
        found.append(group._replace(reached=reached))
    last = {seed: group.reached.epoch if group.reached else -1 for group in found for seed in group.seeds}
    run.keep_metrics(lambda line: cast(int, line.get("epoch", math.inf)) <= last[cast(int, line["seed"])])
    progress.say(f"the groups of seeds go on after epochs {[one.reached.epoch if one.reached else 0 for one in found]}")
    return found


def part_of(group: Group, groups: Sequence[Group]) -> str:
    """The name of a group among the checkpoints of its run; one that is all has none."""
    return f"seed_{group.seeds[0]}" if len(groups) > 1 else ""


def train_groups(
    samples: Samples, groups: Sequence[Group], on_stint: Callable[[Group, Trained], object]
) -> TrainedMembers:
    """Train the groups in stints, each from one checkpoint to the next, and return all members.

    **Arguments:**

    - `on_stint`: called with each stint of a group as it is done; those of several groups come in any order.
    """
    waiting, found = deque(groups), dict[int, TrainedMembers]()
    for group, trained in current_place().each(samples, lambda: waiting.popleft() if waiting else None):
        on_stint(group, trained)
        if trained.members is None:
            waiting.appendleft(group._replace(reached=trained.reached))
        else:
            found[group.seeds[0]] = trained.members
    return joined([found[group.seeds[0]] for group in groups])


def joined(parts: Sequence[TrainedMembers]) -> TrainedMembers:
    """All members of several groups as one result: what is a mean over members stays one."""
    first, weights = parts[0], [len(part.seeds) for part in parts]

    def mean(values: Sequence[Any]) -> Any:
        if values[0] is None:
            return None
        return jax.tree.map(lambda *each: np.average(each, axis=0, weights=weights), *values)

    def together(values: Sequence[Any]) -> Any:
        return None if values[0] is None else jax.tree.map(lambda *each: np.concatenate(each), *values)

    return dataclasses.replace(
        first,
        seeds=tuple(seed for part in parts for seed in part.seeds),
        named=together([part.named for part in parts]),
        test=together([part.test for part in parts]),
        images_per_s=sum(part.images_per_s for part in parts),
        outside_range=mean([part.outside_range for part in parts]),
        spike_losses=together([part.spike_losses for part in parts]),
        counts=mean([part.counts for part in parts]),
        diverged={seed: epoch for part in parts for seed, epoch in part.diverged.items()},
        not_finite={seed: what for part in parts for seed, what in part.not_finite.items()},
    )
