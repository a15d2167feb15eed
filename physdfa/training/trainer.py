"""Many trainings as one program.

Side by side or one after the other (`physdfa.training.spread`), the program is compiled once, whatever the number of
members up to its capacity, and every device has its share of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, PRNGKeyArray

from physdfa.errors import InputError
from physdfa.network import SpikingNetwork
from physdfa.parts import is_ours
from physdfa.training.free_memory import shares_memory
from physdfa.training.population import EpochReport, Member, Population, Splits, stack, structure_of
from physdfa.training.program import Program, held_bytes
from physdfa.training.spread import Layout, in_groups, members_beside, on_devices, over_devices, side_by_side
from physdfa.training.step import (
    Data,
    EpochMetrics,
    Score,
    evaluate,
    finite_potentials,
    outside_range,
    start_training,
    train_epoch,
)
from physdfa.training.trial import Trial, at_its_precision
from physdfa.tuning import for_accelerator


@dataclass
class Trainer:
    """Trains and scores populations; it keeps the compiled programs, so one trainer serves a whole search.

    The last programs are also kept for trainers to come (`physdfa.training.program`): what a trainer counts as compiled
    is what nobody in this process had compiled before.

    **Arguments:**

    - `capacity`: most members per program; smaller populations are padded. `restrict` lowers it for one structure.
    - `num_devices`: of the default backend, over which members are spread; default all of this process.
    """

    capacity: int
    num_devices: int = field(default_factory=jax.local_device_count)
    _programs: dict[Any, Program] = field(default_factory=dict)
    _restricted: dict[Any, int] = field(default_factory=dict)
    _copies: list[tuple[Data, int, Data]] = field(default_factory=list)

    def __post_init__(self):
        if not 1 <= self.num_devices <= jax.local_device_count():
            raise InputError(f"`num_devices` must be 1 ... {jax.local_device_count()}; got {self.num_devices}.")

    @property
    def devices_used(self) -> int:
        """Devices that members are spread over: never more than there are members in a program."""
        return Layout.of(self.capacity, self.num_devices).num_devices

    @property
    def programs(self) -> dict[str, list[Program]]:
        """The programs by name: start, epoch, evaluate, and those of `measure`."""
        named: dict[str, list[Program]] = {}
        for (name, *_), program in self._programs.items():
            named.setdefault(name, []).append(program)
        return named

    @property
    def num_compilations(self) -> int:
        """Programs compiled so far."""
        return sum(program.num_compilations for program in self._programs.values())

    @property
    def compile_time_s(self) -> float:
        """Seconds spent compiling so far."""
        return sum((program.compile_time_s for program in self._programs.values()), 0.0)

    @property
    def peak_bytes(self) -> int:
        """The most memory that one of the compiled programs holds on each device, arguments included."""
        return max((program.peak_bytes for program in self._programs.values()), default=0)

    def start(self, trials: Sequence[Trial], keys: Sequence[PRNGKeyArray], data: Data, splits: Splits) -> Population:
        """Fresh members; all trials must share one structure, and there may be at most `capacity` of them."""
        size, layout = len(trials), self._layout(trials)
        stacked, stacked_keys = _laid_out(trials, layout), _laid_out(keys, layout)
        program = self._start_program(stacked, layout)
        rows = _padded(splits.train, layout)
        states = program(stacked, self._near(data, layout), rows, stacked_keys, layout.counts(size))
        return Population(trials=stacked, states=states, size=size, layout=layout)

    def start_shapes(
        self,
        trials: Sequence[Trial],
        keys: Sequence[PRNGKeyArray],
        data: Data,
        splits: Splits,
        *,
        places: int | None = None,
    ) -> Any:
        """The states of `start`, of all places, as shapes and types; nothing is computed.

        **Arguments:**

        - `places`: how many there are for members; default the capacity.
        """
        layout = self._layout(trials, places)
        stacked, stacked_keys = _laid_out(trials, layout), _laid_out(keys, layout)
        rows, counts = _padded(splits.train, layout), layout.counts(len(trials))
        return self._start_program(stacked, layout).shapes(stacked, data, rows, stacked_keys, counts)

    def regroup(self, members: Sequence[Member]) -> Population:
        """A population of members of others, as `members_of` gave them, to be trained on; otherwise as `start`."""
        trials = [one.trial for one in members]
        layout = self._layout(trials)
        return Population(
            trials=_laid_out(trials, layout),
            states=_laid_out([one.state for one in members], layout),
            size=len(members),
            layout=layout,
        )

    def capacity_of(self, trial: Trial) -> int:
        """Members per program of trials like this one."""
        return self._restricted.get(structure_of(trial), self.capacity)

    def restrict(self, trial: Trial, key: PRNGKeyArray, data: Data, splits: Splits, budget: int) -> int:
        """Lower the members per program of trials like this one until it holds at most `budget` bytes; return them.

        A population as large as the capacity then makes equal chunks, as far as it can be divided.

        **Arguments:**

        - `splits`: of one member.

        **Raises:** `InputError` if a single member does not fit.
        """
        members = self.capacity
        while True:
            self._restricted[structure_of(trial)] = members
            held = self.memory([trial], [key], data, splits)
            if held <= budget:
                return members
            if members == 1 or (members <= self.num_devices and not shares_memory()):
                raise InputError(
                    f"one training holds {held / 1e9:.3g} GB, more than the {budget / 1e9:.3g} GB it may; raise "
                    "search.memory_gb, or lower network.hidden, training.batch_size or data.train_size."
                )
            fitting = max(1, min(members - 1, int(members * budget / held)))
            members = -(-self.capacity // -(-self.capacity // fitting))

    def halve(self, trial: Trial) -> None:
        """Half as many members per program of trials like this one, for memory that was not there after all."""
        self._restricted[structure_of(trial)] = -(-self.capacity_of(trial) // 2)

    def memory(
        self,
        trials: Sequence[Trial],
        keys: Sequence[PRNGKeyArray],
        data: Data,
        splits: Splits,
        *,
        places: int | None = None,
    ) -> int:
        """Bytes that the training of such a population will hold, from the compiler, without training anything.

        On each device, where each has a memory of its own; in all, where they share the processor's.

        **Arguments:**

        - `places`: as of `start_shapes`.
        """
        layout = self._layout(trials, places)
        stacked, states = _laid_out(trials, layout), self.start_shapes(trials, keys, data, splits, places=places)
        counts, rows = layout.counts(len(trials)), _padded(splits.train, layout)
        epoch = self._epoch_program(stacked, layout)
        held = held_bytes(epoch.prepare(stacked, states, data, rows, jnp.int32(1), counts))
        return held * layout.num_devices if shares_memory() else held

    def run_epoch(
        self, population: Population, data: Data, splits: Splits, epochs: int
    ) -> tuple[Population, EpochMetrics]:
        """One epoch of all members; the learning-rate schedule ends after `epochs` of them."""
        steps = epochs * (splits.train.shape[1] // population.trials.batch_size)
        layout = population.layout
        program = self._epoch_program(population.trials, layout)
        states, metrics = program(
            population.trials,
            population.states,
            self._near(data, layout),
            _padded(splits.train, layout),
            jnp.int32(steps),
            layout.counts(population.size),
        )
        return replace(population, states=states), population.gathered(metrics)

    def score(self, population: Population, data: Data, rows: np.ndarray, key: PRNGKeyArray) -> Score:
        """Score of every member on its own `rows` [members samples]."""
        layout = population.layout
        program = self._program("evaluate", population.trials, evaluate, (0, 0, None, 0, None), layout)
        scores = program(
            population.trials,
            population.averaged,
            self._near(data, layout),
            _padded(rows, layout),
            key,
            layout.counts(population.size),
        )
        return population.gathered(scores)

    def outside_range(self, population: Population, data: Data, splits: Splits) -> np.ndarray | None:
        """[members layers] share of the requests outside of what is known of the device; None if all is known."""
        device = population.trials.device
        if device is None or device.range_policy is None:
            return None
        return self.measure("outside_range", outside_range, population, data, splits.train)

    def has_finite_potentials(self, population: Population, data: Data, splits: Splits) -> np.ndarray | None:
        """[members] whether the potentials are finite; None for our neurons, whose parameters say it."""
        network = population.trials.network
        if not isinstance(network, SpikingNetwork) or is_ours(type(network.neuron)):
            return None
        return self.measure("finite_potentials", finite_potentials, population, data, splits.train)

    def measure(
        self,
        name: str,
        function: Callable[..., Any],
        population: Population,
        data: Data,
        rows: np.ndarray,
        *,
        in_turn: bool = False,
    ) -> Any:
        """What `function` finds in every member, with a leading member axis: one program per structure.

        **Arguments:**

        - `name`: of the program, one for each function.
        - `function`: (trial, state, data, rows, key) -> arrays, of one member; pure. The key is always the same.
        - `rows`: [members samples] the rows of `data` that each member is shown.
        - `in_turn`: one member after the other, whatever its size: for what holds more memory than a training does.
        """
        layout = population.layout
        program = self._program(name, population.trials, function, (0, 0, None, 0, None), layout, in_turn=in_turn)
        found = program(
            population.trials,
            population.states,
            self._near(data, layout),
            _padded(rows, layout),
            jax.random.key(0),
            layout.counts(population.size),
        )
        return population.gathered(found)

    def fit(
        self,
        trials: Sequence[Trial],
        keys: Sequence[PRNGKeyArray],
        data: Data,
        splits: Splits,
        epochs: int,
        *,
        on_start: Callable[[Population], None] | None = None,
        on_epoch: Callable[[EpochReport], None] | None = None,
        on_states: Callable[[int, Population], None] | None = None,
    ) -> tuple[Population, list[EpochReport]]:
        """Train from the start for `epochs`; with validation rows, score after each epoch.

        `on_states` sees the members after so many epochs, 0 among them, `on_start` and `on_epoch` having been called.
        A population belongs to the trainer until the next epoch, which takes over its memory: keep copies.
        """
        population = self.start(trials, keys, data, splits)
        if on_start is not None:
            on_start(population)
        if on_states is not None:
            on_states(0, population)
        return self.go_on(
            population, data, splits, range(1, epochs + 1), epochs, on_epoch=on_epoch, on_states=on_states
        )

    def go_on(
        self,
        population: Population,
        data: Data,
        splits: Splits,
        numbers: range,
        epochs: int,
        *,
        on_epoch: Callable[[EpochReport], None] | None = None,
        on_states: Callable[[int, Population], None] | None = None,
    ) -> tuple[Population, list[EpochReport]]:
        """The epochs of these `numbers`, counted from 1, of a training of `epochs`; otherwise as `fit`."""
        score_key = jax.random.key(0)  # encodings that draw spikes draw the same ones for every member and epoch
        reports = []
        device = population.trials.device
        for epoch in numbers:
            population, metrics = self.run_epoch(population, data, splits, epochs)
            validation = None
            if splits.validation.shape[1]:
                validation = self.score(population, data, splits.validation, score_key)
            outside = self.outside_range(population, data, splits)
            report = EpochReport(
                epoch=epoch,
                train=metrics,
                validation=validation,
                outside_range=outside,
                finite_potentials=self.has_finite_potentials(population, data, splits),
                refuses_outside=device is not None and device.range_policy == "refuse",
            )
            reports.append(report)
            if on_epoch is not None:
                on_epoch(reports[-1])
            if on_states is not None:
                on_states(epoch, population)
        return population, reports

    def _layout(self, trials: Sequence[Trial], places: int | None = None) -> Layout:
        if len({structure_of(trial) for trial in trials}) != 1:
            raise InputError("the trials of one population must share one structure; train each structure on its own.")
        capacity = self.capacity_of(trials[0])
        if len(trials) > capacity:
            raise InputError(f"a population of {len(trials)} is over the trainer's capacity of {capacity}.")
        return Layout.of(places or capacity, self.num_devices)

    def _near(self, data: Data, layout: Layout) -> Data:
        """The data on every device, sent there once: the last two sets are kept, to train on and to test on."""
        if layout.num_devices == 1:
            return data
        for known, num_devices, copy in self._copies:
            if known is data and num_devices == layout.num_devices:
                return copy
        copy = on_devices(data, None, layout)
        self._copies = [*self._copies[-1:], (data, layout.num_devices, copy)]
        return copy

    def _start_program(self, trials: Trial, layout: Layout) -> Program:
        return self._program("start", trials, start_training, (0, None, 0, 0), layout, runs_once=True)

    def _epoch_program(self, trials: Trial, layout: Layout) -> Program:
        return self._program("epoch", trials, train_epoch, (0, 0, None, 0, None), layout, donate=(1,))

    def _program(
        self,
        name: str,
        trials: Trial,
        function: Callable[..., Any],
        in_axes: tuple,
        layout: Layout,
        donate: tuple[int, ...] = (),
        *,
        in_turn: bool = False,
        runs_once: bool = False,
    ) -> Program:
        beside = members_beside(trials, layout.share, in_turn=in_turn)
        key = (name, function, beside, layout.num_devices, for_accelerator())
        if key not in self._programs:
            of_one = at_its_precision(function)
            over_members = side_by_side(of_one, in_axes) if beside is None else in_groups(of_one, in_axes, beside)
            spread, shardings = over_devices(over_members, in_axes, layout)
            self._programs[key] = Program(spread, donate, shardings, runs_once=runs_once, shared_as=(in_axes, *key[1:]))
        return self._programs[key]


def _laid_out(members: Sequence[Any], layout: Layout) -> Any:
    """Members of one structure, stacked, each at its place."""
    return on_devices(stack([members[n] for n in layout.occupants(len(members))]), 0, layout)


def _padded(rows: np.ndarray, layout: Layout) -> Int[Array, "capacity samples"]:
    if rows.strides[0] == 0:  # the same for all members: one row is sent, not as many as there are members
        wide = jnp.broadcast_to(jnp.asarray(rows[0], dtype=jnp.int32), (layout.capacity, rows.shape[1]))
    else:
        wide = jnp.asarray(rows[layout.occupants(rows.shape[0])], dtype=jnp.int32)
    return on_devices(wide, 0, layout)
