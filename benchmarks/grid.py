"""Every rule with every coding, over the matrix products of its own step."""

import time
from collections.abc import Callable
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from common import CLASSES, HIDDEN, INPUTS, make_data, make_events, make_trial
from products import products_call, products_of

from physdfa.data import Latency
from physdfa.network.event import EventNetwork
from physdfa.neurons import EventLif
from physdfa.rules import RULES
from physdfa.rules.event import Sfdfa
from physdfa.training import Data, SpikeCount, Trial
from physdfa.training.program import Program, held_bytes
from physdfa.training.step import start_training, train_epoch

STEPS, ROUNDS = 4, 5
"""Training steps of one call, and calls: medians over the calls, 20 steps in all."""

ENCODED = ("direct", "rate", "events")
NUM_STEPS = (5, 25, 100)
HIDDEN_LAYERS = ((HIDDEN,), (HIDDEN, HIDDEN))


def bench_grid() -> list[dict[str, object]]:
    """The step of every rule, coding, number of steps and depth; then that of event neurons."""
    samples = {name: make_events() if name == "events" else make_data() for name in ENCODED}
    rows = []
    for encoding, num_steps, hidden in product(ENCODED, NUM_STEPS, HIDDEN_LAYERS):
        bare = products_call(products_of(encoding, num_steps, (INPUTS, *hidden, CLASSES)), STEPS)
        for rule in RULES:
            trial = make_trial(rule, "sin2", num_steps, hidden, encoding=encoding)
            what = f"{rule}, {encoding}, T = {num_steps}, {len(hidden)} hidden"
            rows.append({"what": what, **step_over(bare, trial, samples[encoding])})
            print(f"{what}: {rows[-1]['ratio']:.2f}", flush=True)
    for gradient in ("sfdfa", "dfa", "bp"):
        for hidden in HIDDEN_LAYERS:
            network = EventNetwork((INPUTS, *hidden, CLASSES), EventLif(), EventLif(), window=0.1)
            trial = Trial(
                network, Sfdfa(gradient=gradient), Latency(), loss=SpikeCount(), batch_size=50, full_scale=255.0
            )
            bare = products_call([(50 * (network.num_steps + 1), pre, post) for pre, post in sizes_of(network)], STEPS)
            what = f"sfdfa ({gradient}), {len(hidden)} hidden, batch 50"
            rows.append({"what": what, **step_over(bare, trial, samples["direct"])})
            print(f"{what}: {rows[-1]['ratio']:.2f}", flush=True)
    return rows


def sizes_of(network: EventNetwork) -> list[tuple[int, int]]:
    """The layers whose inputs are spikes of neurons: those of the data are sums of rows, not products."""
    return list(zip(network.layer_sizes[1:-1], network.layer_sizes[2:], strict=True))


def step_over(bare: Callable[[], Any], trial: Trial, data: Data) -> dict[str, object]:
    """Time of a step over that of the bare products, measured in turns; what the program took to compile and holds."""
    rows = jnp.arange(STEPS * trial.batch_size, dtype=jnp.int32)
    state = jax.jit(start_training)(trial, data, rows, jax.random.key(0))
    compiling = Program(train_epoch)
    arguments = (trial, state, data, rows, jnp.int32(1000))
    program = compiling.prepare(*arguments)
    seconds: dict[str, list[float]] = {"step": [], "bare": []}
    for turn in range(ROUNDS + 1):
        for name, call in (("step", lambda: program(*arguments)), ("bare", bare)):
            start = time.perf_counter()
            jax.block_until_ready(call())
            if turn:  # the first fills caches
                seconds[name].append((time.perf_counter() - start) / STEPS)
    step, products = (float(np.median(values)) for values in seconds.values())
    jax.clear_caches()  # programs of a hundred cases together use up the memory maps of a process
    return {
        "ratio": step / products,
        "ms": 1e3 * step,
        "images_per_s": trial.batch_size / step,
        "compile_s": compiling.compile_time_s,
        "held_mb": held_bytes(program) / 1e6,
    }
