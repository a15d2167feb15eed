"""Seeds of one training in groups, each a program of its own, here or on workers; their results become one."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from physdfa.analysis import LearningAngles
from physdfa.build import Samples
from physdfa.config import ExperimentConfig
from physdfa.training import EpochReport, Trainer
from physdfa.workflow.members import TrainedMembers, train_members
from physdfa.workflow.where.place import current_place


class Group(NamedTuple):
    """Seeds that train together, as they travel to where they do."""

    config: ExperimentConfig
    seeds: list[int]
    has_angles: bool
    watches_test: bool

    def run(self, samples: Samples) -> "Trained":
        """Train them in this process."""
        reports, angles, watched = list[tuple[EpochReport, float]](), list[tuple[int, LearningAngles]](), list[Any]()
        members = train_members(
            self.config,
            samples,
            self.seeds,
            trainer=Trainer(len(self.seeds)),
            on_epoch=lambda report, images_per_s: reports.append((report, images_per_s)),
            on_angles=(lambda epoch, found: angles.append((epoch, found))) if self.has_angles else None,
            on_test=(lambda epoch, found: watched.append(found)) if self.watches_test else None,
        )
        return Trained(dataclasses.replace(members, population=None), reports, angles, watched)


class Trained(NamedTuple):
    """What came of a group: its members, and what was said after each epoch."""

    members: TrainedMembers
    reports: list[tuple[EpochReport, float]]
    angles: list[tuple[int, LearningAngles]]
    watched: list[np.ndarray]


def train_groups(
    config: ExperimentConfig,
    samples: Samples,
    seeds: Sequence[int],
    size: int,
    *,
    watches_test: bool,
    on_group: Callable[[Group, Trained], object],
) -> tuple[TrainedMembers, list[list[float]]]:
    """Train the seeds, `size` at a time, and return all members and the test accuracies that were watched.

    **Arguments:**

    - `on_group`: called with each group as it is done, in any order.
    """
    groups = [
        Group(config, list(seeds[first : first + size]), config.analysis.alignment, watches_test)
        for first in range(0, len(seeds), size)
    ]
    found: dict[int, Trained] = {}
    for group, trained in current_place().each(samples, groups):
        found[group.seeds[0]] = trained
        on_group(group, trained)
    parts = [found[group.seeds[0]] for group in groups]
    watched = [np.concatenate(epochs).tolist() for epochs in zip(*(part.watched for part in parts), strict=True)]
    return joined([part.members for part in parts]), watched


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
