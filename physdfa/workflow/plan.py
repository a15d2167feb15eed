"""What a run will take, before it starts: trainings, memory, time. Nothing is trained."""

import time
from dataclasses import dataclass
from itertools import pairwise

import jax
import jax.numpy as jnp

from physdfa.build import Samples, build_trial, check_feedback_ranges, split_rows, training_key
from physdfa.config import ExperimentConfig, Kind
from physdfa.network.event import EventNetwork
from physdfa.training import Trainer, Trial, free_bytes

STEP_OVER_PRODUCTS = {"bptt": 6.0}
STEP_OVER_PRODUCTS_DEFAULT = 2.5
"""Time of a training step over the time of its matrix products: measured, `benchmarks/`; good to a factor of two."""

EVENT_STEP_SECONDS = 1e-8
"""Time of a training step of the rule sfdfa per sample, neuron and step of the time grid, on one core."""


FREE_SHARE = 0.5
"""Of the free memory, what a program may hold: the rest is for copies, the data set, and everybody else."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The size of a run.

    - `num_trainings`: networks trained, `epochs` each, `samples` per epoch.
    - `members`: of these, how many share a program at most: as many as were asked for, or as memory allows.
    - `memory_bytes`: what the largest program holds, data included; exact, from the compiler.
    - `seconds`: estimate from the speed of one matrix product on this machine, and the time that compiling took here.
    """

    num_trainings: int
    members: int
    epochs: int
    samples: int
    memory_bytes: int
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
) -> Plan:
    """Size of `num_trainings` trainings of which `members` share a program, fewer where `memory_bytes` are too few."""
    trial = build_trial(config, samples.dataset, config.experiment.seed)
    check_feedback_ranges(config, kind, samples.dataset)
    trainer = Trainer(members)
    if memory_bytes is not None:
        single = split_rows(config, kind, samples.dataset, 1)
        members = trainer.restrict(trial, training_key(0), samples.train, single, memory_bytes)
    splits = split_rows(config, kind, samples.dataset, members)
    memory = trainer.memory([trial] * members, [training_key(0)] * members, samples.train, splits)
    train_samples = splits.train.shape[1]
    images = num_trainings * epochs * train_samples
    return Plan(
        num_trainings=num_trainings,
        members=members,
        epochs=epochs,
        samples=train_samples,
        memory_bytes=memory,
        seconds=trainer.compile_time_s + images * seconds_per_image(config, samples, trial),
    )


def memory_budget(config: ExperimentConfig, kind: Kind) -> int | None:
    """Bytes that a program of a search or sweep may hold: what `[search]` says, or half of what is free."""
    if kind == "train":
        return None
    stated = config.search.memory_gb if kind == "search" and config.search is not None else None
    return int(free_bytes() * FREE_SHARE) if stated is None else int(stated * 1e9)


def seconds_per_image(config: ExperimentConfig, samples: Samples, trial: Trial) -> float:
    """Time of one training image on this machine, estimated without compiling anything."""
    network = trial.network
    if isinstance(network, EventNetwork):
        return EVENT_STEP_SECONDS * (network.num_steps + 1) * sum(network.layer_sizes[1:])
    ratio = STEP_OVER_PRODUCTS.get(config.rule.name, STEP_OVER_PRODUCTS_DEFAULT)
    return ratio * _products_per_image(config, samples) / _products_per_second()


def _products_per_image(config: ExperimentConfig, samples: Samples) -> float:
    """Multiply-adds of one training image: forward and update, each layer."""
    sizes = (samples.dataset.num_inputs, *config.network.hidden, samples.dataset.num_classes)
    static = config.data.encoding == "direct"
    total = 0.0
    for layer, (pre, post) in enumerate(pairwise(sizes)):
        is_readout = layer == len(sizes) - 2
        once = (layer == 0 and static) or (is_readout and config.network.readout != "count")
        total += 2.0 * pre * post * (1 if once else config.network.num_steps)
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
