"""What an accelerator makes of it: is it right, and how fast? Run by `benchmarks/gpu.sh`; `--smoke` is for a processor.

    correct      one update on the accelerator against the processor, and members side by side against one by one
    steps        a training step (784-800-10, T = 25) over its own bare products, at batch 128 and 2,048
    population   images per second of 1, 64 and 256 members in all, side by side and one by one
    events       images per second of SFDFA
    answers      experiments/working_range.toml: the whole sweep of 512 devices, the dry run's estimate, and one epoch
                 of a chunk of its networks over all 60,000 images, from which the full budget of training follows

Results are written as JSON after each part; a part that would begin after `--minutes` is left out, and said to be.
"""

import argparse
import contextlib
import json
import os
import tempfile
import time
import tomllib
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from common import BATCH, CLASSES, HIDDEN, INPUTS, STEPS_PER_CALL, epoch_call, make_data, make_trial
from products import products_call
from run import medians

from physdfa.build import build_trial, load_samples, split_rows
from physdfa.config import load_config, read_config
from physdfa.training import Data, Splits, Trainer, Trial, members_of, plain_batch
from physdfa.training.step import start_training
from physdfa.training.trial import at_its_precision
from physdfa.tuning import TUNED_FOR
from physdfa.workflow.plan import memory_budget, plan
from physdfa.workflow.sweep import run_sweep, sweep_size

WORKING_RANGE = Path(__file__).parents[1] / "experiments" / "working_range.toml"
Rows = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How large everything is; the working range has the time steps of its own file."""

    hidden: int = HIDDEN
    num_steps: int = 25
    batches: tuple[int, ...] = (BATCH, 2048)
    members: tuple[int, ...] = (1, 64, 256)
    devices: int = 512
    images: int = 60_000
    rounds: int = 25


RULES = (("adfa", "rate"), ("adfa", "count"), ("bptt", "count"))
SMOKE = Scale(hidden=32, num_steps=12, batches=(32,), members=(1, 3), devices=3, images=1_000, rounds=1)


@contextlib.contextmanager
def tuned_for(kind: str | None) -> Iterator[None]:
    """Programs made within are made for that kind of backend; None: as it is."""
    before = os.environ.get(TUNED_FOR)
    if kind is not None:
        os.environ[TUNED_FOR] = kind
    try:
        yield
    finally:
        os.environ.pop(TUNED_FOR, None)
        if before is not None:
            os.environ[TUNED_FOR] = before


def gradient(trial: Trial, state: Any, data: Data, device: Any, kind: str) -> list[np.ndarray]:
    """The update of each layer's weights by the first batch, before the optimiser, as `device` computes it."""

    @at_its_precision
    def of_weights(trial, state, data):
        rows, key = jnp.arange(trial.batch_size, dtype=jnp.int32), jax.random.key(1)
        batch = plain_batch(trial, data, rows, key)
        found, _ = trial.rule.update(trial.network, state.parameters, batch, state.device, state.rule_state, key=key)
        return found.gradient.weights

    with tuned_for(kind), jax.default_device(device):
        return [np.asarray(one) for one in jax.jit(of_weights)(*jax.device_put((trial, state, data), device))]


def bench_correct(scale: Scale) -> Rows:
    """Shares of entries of another sign, and largest differences over the largest entry."""
    rows, data, here = list[dict[str, Any]](), make_data(), jax.local_devices()[0]
    try:
        reference = jax.local_devices(backend="cpu")[0]
    except RuntimeError:
        return [{"what": "update against the processor", "left out": "JAX_PLATFORMS hides the processor; unset it"}]
    cases = [("adfa", "rate", "default"), *((*one, "highest") for one in RULES)]
    for rule, readout, precision in cases:
        trial = make_trial(rule, "sin2", scale.num_steps, (scale.hidden,), readout, matmul_precision=precision)
        state = jax.jit(start_training)(trial, data, jnp.arange(BATCH), jax.random.key(0))
        ours = gradient(trial, state, data, here, "accelerator")
        theirs = gradient(trial, state, data, reference, "processor")
        rows += [
            {
                "what": f"update against the processor: {rule} {readout}, products {precision}, layer {layer}",
                "other_sign": float(np.mean(np.sign(one) != np.sign(other))),
                "largest": float(np.max(np.abs(one - other)) / np.max(np.abs(other))),
            }
            for layer, (one, other) in enumerate(zip(ours, theirs, strict=True), start=1)
        ]
    return [*rows, members_row(scale, data)]


def members_row(scale: Scale, data: Data) -> dict[str, Any]:
    """Weights of three members trained side by side less those one by one, over how far training took them."""
    trial, weights = make_trial("adfa", "sin2", scale.num_steps, (scale.hidden,), matmul_precision="highest"), []
    for kind in ("accelerator", "processor"):
        with tuned_for(kind):
            trainer, splits = Trainer(3, 1), splits_of(3, BATCH)
            keys = list(jax.random.split(jax.random.key(0), 3))
            population = trainer.start([trial] * 3, keys, data, splits)
            before = np.array(population.states.parameters.weights[0])
            population, _ = trainer.run_epoch(population, data, splits, 1)
            weights.append(np.stack([one.state.parameters.weights[0] for one in members_of(population)]))
    together, in_turn = weights
    apart = float(np.mean(np.abs(together - in_turn)) / np.mean(np.abs(in_turn - before)))
    return {"what": "members side by side against one by one, mean difference over mean way", "mean": apart}


def splits_of(members: int, batch: int) -> Splits:
    """The same rows of `make_data` for all members, without validation."""
    rows = np.arange(STEPS_PER_CALL * batch) % (STEPS_PER_CALL * BATCH)
    return Splits(train=np.broadcast_to(rows, (members, len(rows))), validation=np.zeros((members, 0), int))


def bench_steps(scale: Scale) -> Rows:
    """Each step over its own bare products, both with products as the precision says."""
    data, rows = make_data(), list[dict[str, Any]]()
    for batch, precision in [*((one, "default") for one in scale.batches), (scale.batches[-1], "highest")]:
        with jax.default_matmul_precision(precision):
            calls = {"bare products": products_call([(batch, INPUTS, scale.hidden)])}
            for rule, readout in RULES:
                trial = make_trial(rule, "sin2", scale.num_steps, (scale.hidden,), readout, batch_size=batch)
                calls[f"{rule} {readout}"] = epoch_call(trial, data)[0]
            seconds = medians(calls, scale.rounds)
        rows += [
            {
                "what": f"step of {batch}, products {precision}: {name}",
                "ratio": value / seconds["bare products"],
                "ms": 1e3 * value,
                "images_per_s": batch / value,
            }
            for name, value in seconds.items()
        ]
    return rows


def bench_population(scale: Scale) -> Rows:
    """Images per second of all members: how much more they are than those of one alone."""
    data, rows = make_data(), list[dict[str, Any]]()
    trial = make_trial("adfa", "sin2", scale.num_steps, (scale.hidden,))
    for members in scale.members:
        for kind in ("accelerator", "processor"):
            with tuned_for(kind):
                seconds, compiling, held = epoch_seconds(trial, data, members, splits_of(members, BATCH))
            how = "side by side" if kind == "accelerator" else "one by one"
            rate = members * STEPS_PER_CALL * BATCH / seconds
            what = f"population of {members}, {how}"
            rows.append({"what": what, "images_per_s": rate, "compile_s": compiling, "bytes": held})
    return rows


def epoch_seconds(trial: Trial, data: Data, members: int, splits: Splits) -> tuple[float, float, int]:
    """Seconds of an epoch of so many members, the least of three; seconds of compiling; bytes of the program."""
    trainer = Trainer(members, 1)
    population = trainer.start([trial] * members, [*jax.random.split(jax.random.key(0), members)], data, splits)
    times = []
    for _ in range(4):  # the first compiles
        start = time.perf_counter()
        population, _ = trainer.run_epoch(population, data, splits, 1000)
        times.append(time.perf_counter() - start)
    return min(times[1:]), trainer.compile_time_s, trainer.peak_bytes


EVENTS = """
[experiment]
name = "events"
[data]
name = "{data}"
encoding = "latency"
[network]
hidden = [{hidden}]
[rule]
name = "sfdfa"
[training]
batch_size = 50
"""


def bench_events(scale: Scale) -> Rows:
    """SFDFA, 784-800-10, batches of 50."""
    with written_images(scale) as path:
        config = read_config(tomllib.loads(EVENTS.format(data=path, hidden=scale.hidden)))
        samples = load_samples(config, None)
    trial = build_trial(config, samples.dataset, 0)
    whole = split_rows(config, "train", samples.dataset, 1)
    splits = Splits(train=whole.train[:, :1000], validation=whole.validation)
    seconds, compiling, _ = epoch_seconds(trial, samples.train, 1, splits)
    return [{"what": "sfdfa", "images_per_s": splits.train.size / seconds, "compile_s": compiling}]


def bench_answers(scale: Scale) -> Rows:
    """A whole working range, and one chunk of its networks on all images."""
    rows, share = list[dict[str, Any]](), scale.images // 12
    with written_images(scale) as path, tempfile.TemporaryDirectory() as folder:
        own = (f"data.name={path}", f"network.hidden=[{scale.hidden}]", f"sweep.num_samples={scale.devices}")
        sizes = (f"data.train_size={3 * share}", f"data.validation_size={share}", "sweep.references=0")
        config = load_config(WORKING_RANGE, (*own, *sizes), kind="sweep")
        samples = load_samples(config, None)
        num, members, epochs = sweep_size(config)
        common: dict[str, Any] = {"kind": "sweep", "num_trainings": num, "epochs": epochs}
        budget = memory_budget(config, "sweep")
        estimate = plan(config, samples, members=members, memory_bytes=budget, **common).seconds
        said = run_sweep(config, out_dir=Path(folder)).read_summary()
        whole, compiling = float(said["wall_time_s"]), float(said["compile_time_s"])  # pyright: ignore[reportArgumentType]
        rows.append(
            {
                "what": f"working range, {num} devices, {2 * share} images, {epochs} epochs",
                "s": whole,
                "s_without_compiling": whole - compiling,
                "estimated_s": estimate,
            }
        )
        everything = (f"data.train_size={scale.images}", "data.validation_size=0")
        full = load_config(WORKING_RANGE, (*own, *everything), kind="train")
        samples = load_samples(full, None)
        chunk = min(64, scale.devices)
        splits = split_rows(full, "train", samples.dataset, chunk)
        seconds, _, _ = epoch_seconds(build_trial(full, samples.dataset, 0), samples.train, chunk, splits)
        answer = 15 * seconds * -(-scale.devices // chunk)
        what = f"the same, {scale.images} images, 15 epochs, from one epoch of {chunk} networks"
        return [*rows, {"what": what, "s_without_compiling": answer, "epoch_s": seconds}]


@contextlib.contextmanager
def written_images(scale: Scale) -> Iterator[Path]:
    """A file of random images of the sparsity of MNIST, as many as it has."""
    random = np.random.default_rng(0)
    lit = random.random((scale.images, INPUTS), dtype=np.float32) < 0.19
    images = lit * random.integers(1, 256, lit.shape, dtype=np.uint8)
    labels = np.arange(scale.images) % CLASSES
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npz"
        np.savez(path, x_train=images, y_train=labels, x_test=images[:500], y_test=labels[:500])
        yield path


PARTS = {
    "correct": bench_correct,
    "population": bench_population,
    "steps": bench_steps,
    "answers": bench_answers,
    "events": bench_events,
}


def main() -> None:
    """Run the parts, print a line for each number, and keep them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("gpu.json"), help="where the results go")
    parser.add_argument("--minutes", type=float, default=6.0, help="no part begins later; default 6")
    parser.add_argument("--smoke", action="store_true", help="as small as can be: does it run at all?")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), help="some of the parts")
    options = parser.parse_args()
    if jax.default_backend() == "cpu" and not options.smoke:
        parser.error("JAX finds no accelerator here; install its plugin, or ask for --smoke.")
    begun, scale = time.perf_counter(), SMOKE if options.smoke else Scale()
    result: dict[str, Any] = {
        "devices": [one.device_kind for one in jax.local_devices()],
        "backend": jax.default_backend(),
        "jax": jax.__version__,
        "scale": vars(scale),
        "parts": {},
    }
    for name in options.only:
        start = time.perf_counter()
        if start - begun > 60 * options.minutes:
            rows = [{"what": name, "left out": f"{options.minutes:g} minutes were over; ask for it with --only {name}"}]
        else:
            try:
                rows = PARTS[name](scale)
            except Exception as error:  # a card is lent for minutes: the other parts count all the same
                traceback.print_exc()
                rows = [{"what": name, "failed": f"{type(error).__name__}: {error}"}]
        result["parts"][name] = {"s": time.perf_counter() - start, "rows": rows}
        options.out.write_text(json.dumps(result, indent=1))
        for row in rows:
            print(
                *(f"{value:,.4g} {key}" if isinstance(value, float) else value for key, value in row.items()), sep="  "
            )


if __name__ == "__main__":
    main()
