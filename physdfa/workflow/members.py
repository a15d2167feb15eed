"""Several seeds of one config, trained in full as one program and tested once."""

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.analysis import BackwardTable, LearningAngles, backward_table, first_layer_potentials, learning_angles
from physdfa.build import Samples, build_trial, split_rows, training_key
from physdfa.config import ExperimentConfig, Kind
from physdfa.devices import AbstractDevice
from physdfa.errors import InputError
from physdfa.interrupt import stop_if_asked
from physdfa.network import SpikingNetwork
from physdfa.network.event import EventNetwork
from physdfa.rules import SpikeLosses, UpdateCounts
from physdfa.training import EpochReport, Population, Score, Trainer
from physdfa.workflow.checkpoints import Checkpoints, Stint
from physdfa.workflow.kept import restored
from physdfa.workflow.remeasure import Remeasuring, check_not_remeasured

POTENTIAL_SAMPLES = 256
"""Training samples over which the occupied membrane potentials are counted."""


@dataclass(frozen=True, kw_only=True)
class TrainedMembers:
    """The end of a training: one member per seed.

    - `population`: None where they were trained elsewhere.
    - `network`: that they share; `device`: of the first seed; None without one.
    - `named`: trained weights, biases and feedback by name, see `network_arrays`: what a checkpoint keeps.
    - `test`: the score on the test set, read once, with a leading member axis.
    - `backward`: g over the occupied potentials, of the first seed; None for event networks, and where those are no
      finite numbers.
    - `images_per_s`: training images per second over all members, compilation left out.
    - `spike_losses`: of each member in the last epoch, per training sample; None for networks in discrete time.
    - `counts`: per training sample, means over epochs and members; None for rules without direct feedback.
    - `samples_trained`: of each member, over all epochs.
    - `diverged`: by seed the first epoch with a loss or weights that are no finite numbers, those that have one alone.
    - `not_finite`: of those, what was none, in words.
    - `outside_range`: [epochs layers] mean over the members of the share of requests outside of the device's measured
      range; None for devices known everywhere.
    """

    seeds: tuple[int, ...]
    population: Population | None
    network: SpikingNetwork | EventNetwork
    device: AbstractDevice | None
    named: dict[str, np.ndarray]
    test: Score
    backward: BackwardTable | None
    images_per_s: float
    outside_range: np.ndarray | None
    spike_losses: SpikeLosses | None
    counts: UpdateCounts | None
    samples_trained: int
    diverged: dict[int, int]
    not_finite: dict[int, str] = dataclasses.field(default_factory=dict)

    def count_summary(self) -> dict[str, object]:
        """What the summary of a run says about its feedback and weight updates: per sample, and of one training."""
        if self.counts is None:
            return {}
        per_sample = counts_per_sample(self.counts)
        totals = {
            name.removesuffix("_per_sample"): self.samples_trained * value
            for name, value in per_sample.items()
            if name.endswith("_per_sample")
        }
        return {**per_sample, **totals}

    def event_summary(self) -> dict[str, object]:
        """Spikes of the last epoch that the time grid could not show, for the summary of a run."""
        if self.spike_losses is None:
            return {}
        late, silenced = (float(np.mean(values)) for values in self.spike_losses)
        return {"late_spikes": late, "silenced_neurons": silenced}

    def device_summary(self) -> dict[str, object]:
        """What the summary of a run says about its device: how often it was asked beyond its measured range."""
        if self.outside_range is None:
            return {}
        return {
            "outside_range": [float(share) for share in self.outside_range[-1]],
            "outside_range_per_epoch": self.outside_range.tolist(),
        }

    @property
    def test_accuracies(self) -> list[float]:
        """Test accuracy of each seed."""
        return [float(value) for value in self.test.accuracy]


def network_arrays(population: Population) -> dict[str, np.ndarray]:
    """Weights, biases and feedback by name, with a leading member axis: what "final" keeps.

    "feedback/0" is the matrix of the first hidden layer; what else its projection has drawn lies below that name.
    """
    parameters, feedback = population.averaged, population.states.rule_state.feedback
    named: dict[str, Any] = {}
    for layer, (weight, bias) in enumerate(zip(parameters.weights, parameters.biases, strict=True)):
        named |= {f"weights/{layer}": weight, f"biases/{layer}": bias}
    for layer, projection in enumerate(feedback):
        for name, values in projection.arrays().items():
            named[f"feedback/{layer}" if name == "matrix" else f"feedback/{layer}/{name}"] = values
    return population.gathered(named)


def train_members(
    config: ExperimentConfig,
    samples: Samples,
    seeds: Sequence[int],
    *,
    kind: Kind = "train",
    trainer: Trainer | None = None,
    on_epoch: Callable[[EpochReport, float], None] | None = None,
    on_angles: Callable[[int, LearningAngles], None] | None = None,
    on_test: Callable[[int, np.ndarray], None] | None = None,
    checkpoints: Checkpoints | Stint | None = None,
    remeasuring: Remeasuring | None = None,
) -> TrainedMembers:
    """Train one member per seed for `training.epochs`, then read the test set once.

    **Arguments:**

    - `kind`: "train" keeps `data.validation_size` as it is, so that all samples train unless the config says otherwise.
    - `on_epoch`: called after each epoch with its report and its images per second.
    - `on_angles`: called with `analysis.alignment`, before the first and after each epoch, with the number of epochs so
      far and the angles of all members on the first batch of their training samples; nothing is computed without it.
    - `on_test`: called after each epoch with the test accuracies [members]. For the comparison with publications that
      report the best test epoch, and for nothing else: it chooses nothing, and without it the test set is read once.
    - `checkpoints`: where the training goes on from, and what keeps it after each epoch; None for neither.
    - `remeasuring`: what measures the device again between epochs; None for a config that does not ask for it.

    **Raises:** `InputError` for one that does, and after the first epoch in which a device was asked outside of a range
    that refuses it; `BenchError` where a bench fails between epochs; `Interrupted` after the epoch in which a signal
    asked to stop.
    """
    if remeasuring is None:
        check_not_remeasured(config)
    trainer = trainer or Trainer(len(seeds))
    trials = [build_trial(config, samples.dataset, seed) for seed in seeds]
    splits = split_rows(config, kind, samples.dataset, len(seeds))
    rows, potential_key = jnp.asarray(splits.train[0, :POTENTIAL_SAMPLES]), jax.random.key(0)
    has_potentials = isinstance(trials[0].network, SpikingNetwork)
    initial: list[np.ndarray] = []
    reached = None if checkpoints is None else checkpoints.reached
    reports = [] if reached is None else list(reached.reports)
    clock = _Clock(trainer, 0.0 if reached is None else reached.seconds)
    images = len(seeds) * (splits.train.shape[1] // config.training.batch_size) * config.training.batch_size

    def potentials(population: Population) -> np.ndarray:
        parameters = population.one(population.states.parameters, 0)
        return first_layer_potentials(trials[0], parameters, samples.train, rows, potential_key)

    def on_start(population: Population) -> None:
        if has_potentials:
            initial.append(potentials(population))
        stop_if_asked()  # the first epoch has the longest compilation before it
        clock.start()

    def after_epoch(report: EpochReport) -> None:
        seconds = clock.stop()
        reports.append(report)
        if on_epoch is not None:
            on_epoch(report, images / seconds)
        for index, seed in enumerate(seeds):
            if mistake := report.range_mistake(index):
                raise InputError(f"seed {seed}: {mistake}")
        clock.start()

    test_rows = np.broadcast_to(np.arange(len(samples.dataset.test_labels)), (len(seeds), len(samples.test.labels)))

    def test_score(population: Population) -> Score:
        return trainer.score(population, samples.test, test_rows, jax.random.key(0))

    def after_states(epoch: int, population: Population) -> None:
        if config.analysis.alignment and on_angles is not None:
            batch = splits.train[:, : config.training.batch_size]
            on_angles(epoch, trainer.measure("learning_angles", learning_angles, population, samples.train, batch))
        if on_test is not None and epoch > 0:
            on_test(epoch, np.asarray(test_score(population).accuracy))
        if checkpoints is not None and epoch > 0:
            checkpoints.after_epoch(population, partial(network_arrays, population), reports, clock.total)
        if epoch < config.training.epochs:  # after the last one, what is left is short, and all was for it
            stop_if_asked()
        clock.start()  # measuring is no training

    population = trainer.start(trials, [training_key(seed) for seed in seeds], samples.train, splits)
    fresh, done = population, 0 if reached is None else reached.epoch
    if reached is not None:
        population = restored(trainer, trials, fresh.gathered(fresh.states), reached)
    on_start(fresh if done else population)
    if not done:
        after_states(0, population)
    clock.start()

    def measured_again(population: Population, epoch: int) -> Population:
        try:
            return population if remeasuring is None else remeasuring.after(epoch, population)
        except BaseException:  # whatever it is, the epochs before it are whole
            if isinstance(checkpoints, Checkpoints) and reports:
                checkpoints.before_leaving(population, reports, clock.total)
            raise
        finally:
            clock.start()

    numbers, epochs = range(done + 1, config.training.epochs + 1), config.training.epochs
    for stretch in [numbers] if remeasuring is None else remeasuring.stretches(numbers):
        population = measured_again(population, stretch.start - 1)
        population, _ = trainer.go_on(
            population, samples.train, splits, stretch, epochs, on_epoch=after_epoch, on_states=after_states
        )
    test, diverged = test_score(population), _diverged(seeds, reports)
    states, table = population.states.device, None
    device = None if states is None else population.one(states, 0)
    of_potentials = "potentials" in diverged.get(seeds[0], (0, ""))[1]  # of which no table can be made
    if has_potentials and not of_potentials:
        table = backward_table(trials[0], device, initial[0], potentials(population))
    return TrainedMembers(
        seeds=tuple(seeds),
        population=population,
        network=trials[0].network,
        device=device,
        named=network_arrays(population),
        test=test,
        backward=table,
        images_per_s=config.training.epochs * images / max(clock.total, 1e-9),
        outside_range=_ledger(reports),
        spike_losses=reports[-1].train.spike_losses,
        counts=_mean_counts(reports),
        samples_trained=config.training.epochs * images // len(seeds),
        diverged={seed: epoch for seed, (epoch, _) in diverged.items()},
        not_finite={seed: what for seed, (_, what) in diverged.items()},
    )


def counts_per_sample(counts: UpdateCounts) -> dict[str, float]:
    """Counts by the names that a run has for them. The share is of what is written with thresholds 0."""
    named = {"feedback_floats_per_sample": float(counts.feedback_floats)}
    if counts.weight_updates is not None and counts.ungated_updates is not None:
        written, ungated = float(counts.weight_updates), float(counts.ungated_updates)
        named["weight_updates_per_sample"] = written
        named["weight_updates_share"] = written / ungated if ungated else 1.0
    return named


def _mean_counts(reports: Sequence[EpochReport]) -> UpdateCounts | None:
    if reports[0].train.counts is None:
        return None
    return jax.tree.map(lambda *values: float(np.mean(values)), *(report.train.counts for report in reports))


def _ledger(reports: Sequence[EpochReport]) -> np.ndarray | None:
    shares = [np.mean(report.outside_range, axis=0) for report in reports if report.outside_range is not None]
    return np.stack(shares) if shares else None


def _diverged(seeds: Sequence[int], reports: Sequence[EpochReport]) -> dict[int, tuple[int, str]]:
    """By seed the first epoch with something that is no finite number, and what that is."""
    found: dict[int, tuple[int, str]] = {}
    for report in reports:
        for index, seed in enumerate(seeds):
            if what := report.not_finite(index):
                found.setdefault(seed, (report.epoch, what))
    return found


def without_validation(config: ExperimentConfig) -> ExperimentConfig:
    """The config with every training sample in training: for the last training, when nothing is left to choose."""
    data = dataclasses.replace(config.data, validation_size=0)
    return dataclasses.replace(config, data=data, training=dataclasses.replace(config.training, keep_best=False))


class _Clock:
    """Seconds spent in epochs, compilation left out."""

    def __init__(self, trainer: Trainer, total: float):
        self._trainer = trainer
        self.total = total
        self.start()

    def start(self) -> None:
        """An epoch begins."""
        self._start, self._compiled = time.perf_counter(), self._trainer.compile_time_s

    def stop(self) -> float:
        """Seconds that the epoch took; the total grows by them."""
        compiling = self._trainer.compile_time_s - self._compiled
        seconds = max(time.perf_counter() - self._start - compiling, 1e-9)
        self.total += seconds
        return seconds
