"""Members of one structure as one pytree: devices, seeds and candidates are a leading axis of the same arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.network import NetworkParameters
from physdfa.training.spread import Layout
from physdfa.training.step import EpochMetrics, Score, TrainState
from physdfa.training.trial import Trial


@dataclass(frozen=True, kw_only=True)
class Splits:
    """Rows of the data for each member: [members samples] index arrays; `validation` may have no columns."""

    train: np.ndarray
    validation: np.ndarray


@dataclass(frozen=True, kw_only=True)
class EpochReport:
    """What one epoch of all members showed, arrays with a leading member axis.

    - `validation`: None without a split.
    - `outside_range`: [members layers] share of the requests outside of what is known of the device; None for devices
      that are known everywhere. `refuses_outside`: whether there must be none.
    - `finite_potentials`: [members] whether the membrane potentials are finite; None for our neurons.
    """

    epoch: int
    train: EpochMetrics
    validation: Score | None
    outside_range: np.ndarray | None = None
    refuses_outside: bool = False
    finite_potentials: np.ndarray | None = None

    def of(self, index: int) -> "EpochReport":
        """The report of one member alone, its leading axis kept."""
        arrays = (self.train, self.validation, self.outside_range, self.finite_potentials)
        train, validation, outside, finite = jax.tree.map(lambda values: values[index : index + 1], arrays)
        return replace(self, train=train, validation=validation, outside_range=outside, finite_potentials=finite)

    def not_finite(self, index: int) -> str | None:
        """What of one member is no finite number, in words: a training like that has diverged."""
        if not np.isfinite(self.train.loss[index]):
            return "its loss is no finite number"
        if self.train.is_finite is not None and not self.train.is_finite[index]:
            return "its weights are no finite numbers"
        if self.finite_potentials is not None and not self.finite_potentials[index]:
            return "its membrane potentials are no finite numbers"
        return None

    def range_mistake(self, index: int) -> str | None:
        """Why the training of one member must not go on: its device refuses requests that leave its range."""
        if not self.refuses_outside or self.outside_range is None or not np.any(self.outside_range[index] > 0):
            return None
        layer = int(np.argmax(self.outside_range[index]))
        return (
            f"in epoch {self.epoch}, {100 * self.outside_range[index][layer]:.3g} % of the requests of hidden layer "
            f'{layer + 1} left the measured range of the device, and its `outside` is "refuse": lower `drive_gain`, '
            'change `offset`, or choose outside = "hold" or "periodic".'
        )


@dataclass(frozen=True, kw_only=True)
class Population:
    """Members of one structure between epochs: their trials, their states, both stacked as `layout` says."""

    trials: Trial
    states: TrainState
    size: int
    layout: Layout

    @property
    def averaged(self) -> NetworkParameters:
        """The parameters to test and to keep, stacked: those of the last update, or their mean where it is taken."""
        return self.trials.optimizer.averaged(self.states.parameters, self.states.optimizer_state)

    def gathered(self, stacked: Any) -> Any:
        """Of arrays with an axis of places, those of the members, in their order, in the processor's memory."""
        if self.layout.num_devices == 1:
            return jax.tree.map(lambda values: np.asarray(values)[: self.size], stacked)
        places = self.layout.places(self.size)
        return jax.tree.map(lambda values: np.asarray(values)[places], stacked)

    def one(self, stacked: Any, index: int) -> Any:
        """Of arrays with an axis of places, those of one member, on the first device."""
        if self.layout.num_devices == 1:
            return member(stacked, index)
        place = self.layout.places(self.size)[index]
        return jax.tree.map(lambda values: jnp.array(np.asarray(values)[place]), stacked)


class Member(NamedTuple):
    """One training between two epochs, in the processor's memory."""

    trial: Trial
    state: TrainState


def members_of(population: Population) -> list[Member]:
    """Copies of the members, which outlive the population's next epoch."""
    trials, states = population.gathered((population.trials, population.states))
    return [Member(member(trials, index), member(states, index)) for index in range(population.size)]


def stack(members: Sequence[Any]) -> Any:
    """Members of the same structure as one pytree with a leading axis."""
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)


def member(population: Any, index: int) -> Any:
    """One member of a stacked pytree."""
    return jax.tree.map(lambda leaf: leaf[index], population)


def structure_of(trial: Trial) -> Any:
    """What must be equal for two trials to share one program: structure, static values, and shapes."""
    leaves, structure = jax.tree.flatten(trial)
    return structure, tuple(jax.typeof(leaf) for leaf in leaves)
