"""`make bench`: what a training step costs, as ratios measured in one run.

    step over products   time of one training step (784-800-10, T = 25, batch 128, direct coding) over the time of its
                         own two matrix products through the same library
    memory over steps    memory of the compiled step at T = 200 over T = 10
    population           trainings per second of one program of many members over single runs
    devices              time of a training step, of its fused time loop and of g alone, over those of the ideal sin²

Every time is a median; the two sides of a ratio are measured in turns, so that a busy machine harms both alike.
"""

import argparse
import dataclasses
import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from common import (
    BATCH,
    CLASSES,
    HIDDEN,
    INPUTS,
    STEPS_PER_CALL,
    epoch_call,
    make_data,
    make_trial,
)

from physdfa.devices import MEASURED_STAGES, AbstractDevice, make_cascade, make_device
from physdfa.devices.measured import Measurement
from physdfa.network import Readout, SpikingNetwork, Stimulus, initial_parameters, run
from physdfa.neurons import Lif
from physdfa.rules.factors import UNROLL_STEPS
from physdfa.training import Splits, Trainer

ROUNDS = 25


def products_call() -> Callable[[], Any]:
    """The two matrix products of a step, forward and update, `STEPS_PER_CALL` times in one program."""
    key = jax.random.key(0)
    inputs = jax.random.uniform(key, (STEPS_PER_CALL, BATCH, INPUTS))
    deltas = jax.random.normal(key, (STEPS_PER_CALL, BATCH, HIDDEN))
    weight = jax.random.normal(key, (HIDDEN, INPUTS))

    def products(weight, inputs, deltas):
        def step(weight, scanned):
            values, delta = scanned
            current = values @ weight.T
            gradient = delta.T @ values
            return weight + 1e-6 * gradient, current[0, 0]

        return jax.lax.scan(step, weight, (inputs, deltas))

    program = jax.jit(products).lower(weight, inputs, deltas).compile()
    return lambda: program(weight, inputs, deltas)


def medians(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median seconds per training step of each call, measured in turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        jax.block_until_ready(call())
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.perf_counter()
            jax.block_until_ready(call())
            times[name].append((time.perf_counter() - start) / STEPS_PER_CALL)
    return {name: float(np.median(values)) for name, values in times.items()}


def bench_steps() -> list[dict[str, object]]:
    """One training step of each rule over the bare matrix products."""
    data = make_data()
    cases = [("adfa", "sin2"), ("adfa", "chain"), ("adfa", "fourier"), ("adfa", "triangle"), ("dfa", ""), ("bptt", "")]
    calls = {"bare products": products_call()}
    for rule, device in cases:
        name = f"{rule} {device}".strip()
        calls[name] = epoch_call(make_trial(rule, device or "sin2", 25), data)[0]
    seconds = medians(calls)
    bare = seconds["bare products"]
    return [
        {"what": f"step over products: {name}", "ratio": value / bare, "ms": 1e3 * value, "images_per_s": BATCH / value}
        for name, value in seconds.items()
    ]


def bench_memory() -> list[dict[str, object]]:
    """Memory that the compiled program holds besides its arguments, T = 200 over T = 10."""
    data, rows = make_data(), []
    for rule in ("adfa", "bptt"):
        held = [
            epoch_call(make_trial(rule, "sin2", steps), data)[1].memory_analysis().temp_size_in_bytes
            for steps in (10, 200)
        ]
        rows.append({"what": f"memory at T = 200 over T = 10: {rule}", "ratio": held[1] / held[0], "bytes": held})
    return rows


def bench_population(members: int = 24) -> list[dict[str, object]]:
    """Members of one program over single runs: time per training, small and large hidden layers."""
    data, rows = make_data(), []
    indices = np.arange(STEPS_PER_CALL * BATCH)
    for hidden in (64, HIDDEN):
        trial, calls = make_trial("adfa", "sin2", 25, hidden), {}
        for count in (1, members):
            trainer = Trainer(count)
            splits = Splits(train=np.broadcast_to(indices, (count, len(indices))), validation=np.zeros((count, 0), int))
            population = trainer.start([trial] * count, list(jax.random.split(jax.random.key(0), count)), data, splits)
            holder = [population]

            def call(trainer=trainer, splits=splits, holder=holder):
                holder[0], metrics = trainer.run_epoch(holder[0], data, splits, 1000)
                return metrics

            calls[str(count)] = call
        seconds = medians(calls)
        ratio = seconds[str(members)] / (members * seconds["1"])
        rows.append({"what": f"population of {members} over single runs, hidden {hidden}", "ratio": ratio})
    return rows


CHAIN = ("encode", "dac", "driver", "mach_zehnder", "photodiode", "tia", "adc", "decode")
FILTERED = ("encode", "mach_zehnder", "photodiode", "tia", "filter", "decode")
NOISY = {"photodiode.shot_noise": "on", "tia.thermal_noise": "on"}


def make_measured_sine() -> AbstractDevice:
    """sin² as a table, for the look-up against the polynomial: 71 points over -7 ... 7 V, as a laboratory would."""
    drive = np.linspace(-7.0, 7.0, 71)
    measurement = Measurement(
        drive=drive,
        output=np.sin(np.pi * drive / (2 * 4.7)) ** 2,
        drive_unit="V",
        output_unit="",
        direction=np.ones(71, dtype=np.int8),
        setting=None,
        setting_unit="",
        source="sine",
        sha256="",
        x="x",
        y="y",
        remarks=(),
    )
    return make_cascade(MEASURED_STAGES, {"outside": "hold"}, measurement=measurement)


def loop_call(device: AbstractDevice, is_noisy: bool = False) -> Callable[[], Any]:
    """`STEPS_PER_CALL` passes over the time loop of one layer that averages g: neurons and g, hardly any product."""
    neuron = Lif(0.9, 1.0)
    network = SpikingNetwork((1, HIDDEN, CLASSES), neuron, Readout("rate", neuron), 25)
    parameters = initial_parameters(jax.random.key(0), network.layer_sizes, network.weight_scale)

    def loop(parameters, device, inputs, key):
        def accumulate(total, step, layers):
            noise_key = jax.random.fold_in(key, step) if is_noisy else None
            return total + device.before_affine_end(layers[0].potential, key=noise_key), None

        def one(carry, _):
            # The whole sum is carried on: of a single element, or of a mean, the compiler makes another program.
            stimulus = Stimulus(True, lambda step: inputs + 1e-9 * carry[:, :1])
            start = jnp.zeros((BATCH, HIDDEN))
            total, _ = run(network, parameters, stimulus, accumulate, start, unroll=UNROLL_STEPS)
            return device.affine_end(total / network.num_steps), None

        return jax.lax.scan(one, jnp.zeros((BATCH, HIDDEN)), None, length=STEPS_PER_CALL)

    inputs = jax.random.uniform(jax.random.key(1), (BATCH, 1), maxval=3.0)
    arguments = (parameters, device, inputs, jax.random.key(2))
    program = jax.jit(loop).lower(*arguments).compile()
    return lambda: program(*arguments)


def bench_devices() -> list[dict[str, object]]:
    """What a device costs over the ideal sin²: in a whole training step, in the fused time loop, and g by itself.

    g by itself is the loop less the same loop with the potential as g: what the neurons take is left out.
    """
    devices = {
        "sin2": make_device("mach_zehnder_ideal", {}),
        "all memoryless stages": make_cascade(CHAIN, {"dac.full_scale": 5.0}),
        "shot and thermal noise": make_cascade(CHAIN, {"dac.full_scale": 5.0, **NOISY}),
        "filter": make_cascade(FILTERED, {"filter.bandwidth": 1e9, "filter.symbol_rate": 1e9}),
        "table look-up": make_measured_sine(),
    }
    data, trial = make_data(), make_trial("adfa", "sin2", 25)
    steps = medians(
        {name: epoch_call(dataclasses.replace(trial, device=device), data)[0] for name, device in devices.items()}
    )
    calls = {name: loop_call(device, is_noisy="noise" in name) for name, device in devices.items()}
    loops = medians({**calls, "potential": loop_call(make_cascade(["encode"], {}))})
    neurons = loops.pop("potential")
    return [
        {
            "what": f"training step over that of sin²: {name}",
            "ratio": steps[name] / steps["sin2"],
            "loop": loops[name] / loops["sin2"],
            "g_alone": (loops[name] - neurons) / (loops["sin2"] - neurons),
            "ms": 1e3 * steps[name],
        }
        for name in devices
    ]


def main() -> None:
    """Run the benchmarks and print a table; `--json FILE` keeps it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    parser.add_argument("--only", choices=("steps", "memory", "population", "devices"), help="run one group")
    options = parser.parse_args()
    groups = {
        "steps": bench_steps,
        "memory": bench_memory,
        "population": bench_population,
        "devices": bench_devices,
    }
    chosen = [options.only] if options.only else list(groups)
    rows = [row for name in chosen for row in groups[name]()]
    for row in rows:
        extra = "  ".join(
            f"{key} {value:,.2f}" for key, value in row.items() if isinstance(value, float) and key != "ratio"
        )
        print(f"{row['what']:52} {row['ratio']:6.2f}  {extra}")
    machine = {"cpus": os.cpu_count(), "machine": platform.machine(), "jax": jax.__version__}
    print(f"# medians of {ROUNDS} rounds of {STEPS_PER_CALL} steps, measured in turns; {machine}")
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "rows": rows}, indent=2))


if __name__ == "__main__":
    main()
