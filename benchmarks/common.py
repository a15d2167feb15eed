"""What all benchmarks measure: the same network, the same images, and one compiled epoch as a call."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.data import ENCODINGS
from physdfa.data.event_samples import event_samples
from physdfa.devices import make_device
from physdfa.network import READOUTS, SpikingNetwork
from physdfa.neurons import Lif
from physdfa.rules import RULES
from physdfa.training import Data, Trial
from physdfa.training.program import Program
from physdfa.training.step import start_training, train_epoch

INPUTS, HIDDEN, CLASSES, BATCH = 784, 800, 10, 128
STEPS_PER_CALL = 20

DEVICES = {
    "sin2": ("mach_zehnder_ideal", {}),
    "chain": ("mach_zehnder", {}),
    "fourier": ("random_fourier", {}),
    "triangle": ("triangle", {}),
}


def make_trial(
    rule: str,
    device: str,
    num_steps: int,
    hidden: tuple[int, ...] = (HIDDEN,),
    readout: str = "rate",
    encoding: str = "direct",
    reset: str = "zero",
    **of_trial: Any,
) -> Trial:
    """The benchmark's network; its weights are random. `of_trial`: other fields of the trial than those named here."""
    neuron = Lif(reset=reset)
    network = SpikingNetwork((INPUTS, *hidden, CLASSES), neuron, READOUTS[readout](), num_steps)
    name, values = DEVICES[device]
    built = make_device(name, values, key=jax.random.key(1)) if rule == "adfa" else None
    of_trial = {"batch_size": BATCH, "full_scale": 255.0} | of_trial
    return Trial(network, RULES[rule](), ENCODINGS[encoding](), device=built, **of_trial)


def make_data() -> Data:
    """Random images of the sparsity of MNIST, 19 % of the pixels lit."""
    random = np.random.default_rng(0)
    lit = random.random((STEPS_PER_CALL * BATCH, INPUTS)) < 0.19
    images = (lit * random.integers(1, 256, lit.shape)).astype(np.uint8)
    return Data(jnp.asarray(images), jnp.asarray(random.integers(0, CLASSES, len(images)), dtype=jnp.int32))


def make_events() -> Data:
    """The lit pixels of such images as events: one each, the brighter the earlier, within the first second."""
    images, labels = make_data()
    lit = [np.flatnonzero(image) for image in np.asarray(images)]
    times = [(1 - image[pixels] / 255.0) for image, pixels in zip(np.asarray(images), lit, strict=True)]
    return Data(jax.tree.map(jnp.asarray, event_samples(times, lit, INPUTS)), labels)


def epoch_call(trial: Trial, data: Data) -> tuple[Callable[[], Any], Any]:
    """A call of one epoch of `STEPS_PER_CALL` steps, compiled as in a training, and its program."""
    rows = jnp.arange(STEPS_PER_CALL * trial.batch_size, dtype=jnp.int32) % len(data.labels)
    state = jax.jit(start_training)(trial, data, rows, jax.random.key(0))
    program = Program(train_epoch).prepare(trial, state, data, rows, jnp.int32(1000))
    return lambda: program(trial, state, data, rows, jnp.int32(1000)), program
