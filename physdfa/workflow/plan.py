"""What a run will take, before it starts: trainings, memory, time. Nothing is trained."""

import time
from dataclasses import dataclass
from itertools import pairwise

import jax
import jax.numpy as jnp

from physdfa.build import Samples, build_trial, split_rows, training_key
from physdfa.config import ExperimentConfig, Kind
from physdfa.training import Trainer

STEP_OVER_PRODUCTS = {"bptt": 6.0}
STEP_OVER_PRODUCTS_DEFAULT = 2.5
"""Time of a training step over the time of its matrix products: measured, `benchmarks/`; good to a factor of two."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The size of a run.

    - `num_trainings`: networks trained, `epochs` each, `samples` per epoch.
    - `memory_bytes`: what the largest program holds, data included; exact, from the compiler.
    - `seconds`: estimate from the speed of one matrix product on this machine, and the time that compiling took here.
    """

    num_trainings: int
    epochs: int
    samples: int
    memory_bytes: int
    seconds: float


def plan(
    config: ExperimentConfig, samples: Samples, *, kind: Kind, num_trainings: int, members: int, epochs: int
) -> Plan:
    """Size of `num_trainings` trainings of which `members` share a program."""
    trial = build_trial(config, samples.dataset, config.experiment.seed)
    splits = split_rows(config, kind, samples.dataset, members)
    trainer = Trainer(members)
    memory = trainer.memory([trial] * members, [training_key(0)] * members, samples.train, splits)
    train_samples = splits.train.shape[1]
    images = num_trainings * epochs * train_samples
    ratio = STEP_OVER_PRODUCTS.get(config.rule.name, STEP_OVER_PRODUCTS_DEFAULT)
    return Plan(
        num_trainings=num_trainings,
        epochs=epochs,
        samples=train_samples,
        memory_bytes=memory,
        seconds=trainer.compile_time_s + images * _products_per_image(config, samples) / _products_per_second() * ratio,
    )


def _products_per_image(config: ExperimentConfig, samples: Samples) -> float:
    """Multiply-adds of one training image: forward and update, each layer."""
    sizes = (samples.dataset.train_images.shape[1], *config.network.hidden, samples.dataset.num_classes)
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
