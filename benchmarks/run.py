"""`make bench`: what a training step costs, as ratios measured in one run.

    steps                time of one training step (784-800-10, T = 25, batch 128, direct coding) over the time of its
                         own two matrix products through the same library
    grid                 the same for every rule, coding, T of 5, 25, 100 and one or two hidden layers (half an hour)
    memory               memory of the compiled step at T = 100 over T = 5, and of the process of a whole training
                         at T = 100 over T = 10
    population           time of a training in one program of many members over that of single runs
    start                seconds from the imports to the first step, compiled for the first time and from the cache
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
from common import BATCH, CLASSES, HIDDEN, INPUTS, STEPS_PER_CALL, epoch_call, make_data, make_trial
from grid import bench_grid
from process import bench_process
from products import products_call
from start import bench_start

from physdfa.devices import MEASURED_STAGES, AbstractDevice, make_cascade, make_device
from physdfa.devices.measured import Measurement
from physdfa.network import SpikingNetwork, Stimulus, initial_parameters, run
from physdfa.neurons import Lif
from physdfa.training import Splits, Trainer
from physdfa.training.program import held_bytes

ROUNDS = 25


def medians(calls: dict[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds per training step of each call, measured in turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        jax.block_until_ready(call())
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.perf_counter()
            jax.block_until_ready(call())
            times[name].append((time.perf_counter() - start) / STEPS_PER_CALL)
    return {name: float(np.median(values)) for name, values in times.items()}


def bench_steps() -> list[dict[str, object]]:
    """One training step of each kind over the bare matrix products."""
    data = make_data()
    cases = [
        *(("adfa", device, "rate") for device in ("sin2", "chain", "fourier", "triangle")),
        ("adfa", "sin2", "count"),
        ("dfa", "", "rate"),
        ("bptt", "", "rate"),
        ("bptt", "", "count"),
    ]
    calls = {"bare products": products_call([(BATCH, INPUTS, HIDDEN)])}
    for rule, device, readout in cases:
        name = " ".join(filter(None, (rule, device, readout)))
        calls[name] = epoch_call(make_trial(rule, device or "sin2", 25, readout=readout), data)[0]
    calls["bare products of spikes"] = products_call([(25 * BATCH, INPUTS, HIDDEN)])
    for rule in ("adfa", "bptt"):
        calls[f"{rule} rate, of spikes"] = epoch_call(make_trial(rule, "sin2", 25, encoding="rate"), data)[0]
    seconds = medians(calls)
    return [
        {
            "what": f"step over products: {name}",
            "ratio": value / seconds["bare products of spikes" if name.endswith("spikes") else "bare products"],
            "ms": 1e3 * value,
            "images_per_s": BATCH / value,
        }
        for name, value in seconds.items()
    ]


def bench_memory() -> list[dict[str, object]]:
    """Bytes of the compiled step, arguments and results among them, T = 100 over T = 5; and of whole processes."""
    data, rows = make_data(), []
    for rule in ("adfa", "bptt"):
        for hidden in ((HIDDEN,), (HIDDEN, HIDDEN)):
            programs = [epoch_call(make_trial(rule, "sin2", steps, hidden), data)[1] for steps in (5, 100)]
            held = [held_bytes(program) for program in programs]
            what = f"memory at T = 100 over T = 5: {rule}, {len(hidden)} hidden"
            rows.append({"what": what, "ratio": held[1] / held[0], "bytes": held})
    return rows + bench_process()


def bench_population() -> list[dict[str, object]]:
    """Members of one program over single runs: time per training, small and large hidden layers."""
    data, rows = make_data(), []
    indices = np.arange(STEPS_PER_CALL * BATCH)
    for hidden in (64, HIDDEN):
        trial, calls = make_trial("adfa", "sin2", 25, (hidden,)), {}
        for count in (1, 4, 16, 64):
            trainer = Trainer(count)
            splits = Splits(train=np.broadcast_to(indices, (count, len(indices))), validation=np.zeros((count, 0), int))
            population = trainer.start([trial] * count, list(jax.random.split(jax.random.key(0), count)), data, splits)
            holder = [population]

            def call(trainer=trainer, splits=splits, holder=holder):
                holder[0], metrics = trainer.run_epoch(holder[0], data, splits, 1000)
                return metrics

            calls[str(count)] = call
        seconds = medians(calls)
        rows += [
            {
                "what": f"population of {count} over single runs, hidden {hidden}",
                "ratio": seconds[count] / (int(count) * seconds["1"]),
            }
            for count in calls
        ]
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
    neuron = Lif()
    network = SpikingNetwork((1, HIDDEN, CLASSES), neuron, num_steps=25)
    parameters = initial_parameters(jax.random.key(0), network.connections, network.weight_scale)

    def loop(parameters, device, inputs, key):
        def accumulate(total, step, layers):
            noise_key = jax.random.fold_in(key, step) if is_noisy else None
            return total + device.before_affine_end(layers[0].potential, key=noise_key), None

        def one(carry, _):
            # The whole sum is carried on: of a single element, or of a mean, the compiler makes another program.
            stimulus = Stimulus(True, lambda step: inputs + 1e-9 * carry[:, :1])
            start = jnp.zeros((BATCH, HIDDEN))
            total, _ = run(network, parameters, stimulus, accumulate, start)
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
    groups = {
        "steps": bench_steps,
        "memory": bench_memory,
        "population": bench_population,
        "devices": bench_devices,
        "start": bench_start,
        "grid": bench_grid,
    }
    parser.add_argument("--only", choices=list(groups), help="run one group; without it, all but the grid")
    options = parser.parse_args()
    chosen = [options.only] if options.only else [name for name in groups if name != "grid"]
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
