"""What a run will take, before it starts: trainings, memory, time. Nothing is trained."""

import time
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.build import Samples, build_trial, check_feedback_ranges, split_rows, training_key
from physdfa.config import ExperimentConfig, Kind
from physdfa.data import AbstractEncoding
from physdfa.network import SpikingNetwork
from physdfa.network.event import EventNetwork
from physdfa.training import Splits, Trainer, Trial, free_bytes
from physdfa.training.free_memory import free_host_bytes
from physdfa.tuning import for_accelerator
from physdfa.workflow.memory import (
    check_countable,
    held_by_process,
    kept_bytes,
    process_bytes,
    program_bytes,
    waiting_bytes,
)

EVENT_STEP_SECONDS = 1e-8
"""Time of a training step of the rule sfdfa per sample, neuron and step of the time grid, on one core."""


COMPILING_OVER_EPOCH = 2.0
"""Time of all that a run compiles over that of an epoch's program: 1.5 to 2 of the four trainings of `benchmarks/`."""

TIMED_UPDATES = 16

FREE_SHARE = 0.5
"""Of the free memory, what a program may hold: the rest is for copies, the data set, and everybody else."""


@dataclass(frozen=True, kw_only=True)
class RunSize:
    """The size of a run.

    - `num_trainings`: networks trained, `epochs` each, `samples` per epoch.
    - `members`: of these, how many share a program at most: as many as were asked for, or as memory allows.
    - `memory_bytes`: what the largest program holds, data included; exact, from the compiler, but scaled for a training
      of more than 64 members.
    - `process_bytes`: what the process will hold at most, the program among it; good to a factor of two.
    - `free_bytes`: what this process holds and what is free beside.
    - `seconds`: estimate from the time that compiling took here, and on a processor from the speed of one matrix
      product. On an accelerator, where starting kernels may take longer than they run, a few updates are timed.
    """

    num_trainings: int
    members: int
    epochs: int
    samples: int
    memory_bytes: int
    process_bytes: int
    free_bytes: int
    seconds: float


def plan(
    config: ExperimentConfig,
    samples: Samples,
    *,
    kind: Kind,
    num_trainings: int,
    members: int,
    epochs: int,
    memory_bytes: int | None = None,
    waiting: int = 0,
) -> RunSize:
    """Size of `num_trainings` trainings of which `members` share a program, fewer where `memory_bytes` are too few.

    **Arguments:**

    - `waiting`: of a sweep or search, trainings that are ready at a time.
    """
    held = held_by_process()
    there = held + free_host_bytes()
    trial = build_trial(config, samples.dataset, config.experiment.seed)
    check_feedback_ranges(config, kind, samples.dataset)
    trainer = Trainer(members)
    single = split_rows(config, kind, samples.dataset, 1)
    if memory_bytes is None:
        program = program_bytes(config, samples, trial, kind=kind, members=members, trainer=trainer)
    else:
        check_countable(config, samples, trial)
        members = trainer.restrict(trial, training_key(0), samples.train, single, memory_bytes)
        program = trainer.memory([trial], [training_key(0)], samples.train, single)  # the one just compiled
    if kind == "train":
        beside = kept_bytes(config, trial, members)
    else:
        beside = waiting_bytes(config, kind, trial, num_trainings=num_trainings, waiting=waiting)
    train_samples = single.train.shape[1]
    images = num_trainings * epochs * train_samples
    compiling = COMPILING_OVER_EPOCH * trainer.compile_time_s
    is_timed = for_accelerator() and program <= free_bytes()
    per_image = _timed_per_image(trainer, trial, samples, members) if is_timed else seconds_per_image(trial)
    return RunSize(
        num_trainings=num_trainings,
        members=members,
        epochs=epochs,
        samples=train_samples,
        memory_bytes=program,
        process_bytes=process_bytes(program, samples, beside, held),
        free_bytes=there,
        seconds=compiling + images * per_image,
    )


def memory_budget(config: ExperimentConfig, kind: Kind) -> int | None:
    """Bytes that a program of a search or sweep may hold: what `[search]` says, or half of what is free."""
    if kind == "train":
        return None
    stated = config.search.memory_gb if kind == "search" and config.search is not None else None
    return int(free_bytes() * FREE_SHARE) if stated is None else int(stated * 1e9)


def _timed_per_image(trainer: Trainer, trial: Trial, samples: Samples, members: int) -> float:
    """Time of one training image among `members`, from `TIMED_UPDATES` updates of them: no network is kept."""
    rows = np.arange(TIMED_UPDATES * trial.batch_size) % len(samples.train.labels)
    splits = Splits(train=np.broadcast_to(rows, (members, len(rows))), validation=np.zeros((members, 0), dtype=int))
    population = trainer.start([trial] * members, [training_key(0)] * members, samples.train, splits)
    population, _ = trainer.run_epoch(population, samples.train, splits, 2)
    start = time.perf_counter()
    trainer.run_epoch(population, samples.train, splits, 2)
    return (time.perf_counter() - start) / splits.train.size


def seconds_per_image(trial: Trial) -> float:
    """Time of one training image on this machine, estimated without compiling anything."""
    network = trial.network
    if isinstance(network, EventNetwork):
        return EVENT_STEP_SECONDS * (network.num_steps + 1) * sum(network.layer_sizes[1:])
    return trial.rule.step_over_products * _products_per_image(network, trial.encoding) / _products_per_second()


def _products_per_image(network: SpikingNetwork, encoding: AbstractEncoding) -> float:
    """Multiply-adds of one training image: forward and update, each layer."""
    total = 0.0
    for layer, connections in enumerate(network.connections):
        is_readout = layer == network.num_hidden
        once = (layer == 0 and encoding.is_static) or (is_readout and network.readout.is_linear)
        total += 2.0 * connections.products * (1 if once else network.num_steps)
        if connections.own is not None:
            total += 2.0 * connections.own.products * network.num_steps
    return total


def _products_per_second() -> float:
    """Multiply-adds per second of one matrix product of a typical layer, measured in about a tenth of a second."""
    left, right = jnp.ones((128, 784)), jnp.ones((784, 800))
    multiply = jax.jit(jnp.matmul)
    jax.block_until_ready(multiply(left, right))
    start, rounds = time.perf_counter(), 0
    while time.perf_counter() - start < 0.1:
        jax.block_until_ready(multiply(left, right))
        rounds += 1
    return rounds * 128 * 784 * 800 / (time.perf_counter() - start)
