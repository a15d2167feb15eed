"""Run folders as the other rooms write them, with invented numbers: what the report has to read."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from physdfa.report.page import write_report
from physdfa.store import RunFolder, create_run
from physdfa.store.evaluations import write_evaluations

BASE = """
[experiment]
name = "{name}"
seed = 0

[data]
name = "digits"

[network]
hidden = [64]
threshold = 1.0

[rule]
name = "adfa"

[device]
preset = "mach_zehnder_ideal"

[training]
epochs = 8
"""

SWEEP = """
[sweep]
method = "grid"
[sweep.parameters]
"device.v_bias" = { low = 0.0, high = 9.4, num = 9 }
"device.drive_gain" = { low = 0.1, high = 10.0, num = 7, scale = "log" }
"""

SEARCH = """
[search]
population = 12
generations = 6
[search.genes]
"device.v_bias" = { low = 0.0, high = 9.4 }
"device.drive_gain" = { low = 0.1, high = 10.0, scale = "log" }
"training.learning_rate" = { low = 1e-4, high = 1e-2, scale = "log" }
"network.reset" = { choices = ["zero", "subtract"] }
"""

COSTS = {
    "wall_time_s": 61.3,
    "compile_time_s": 2.41,
    "images_per_s": 152340.0,
    "peak_memory_bytes": 734003200,
    "num_compilations": 1,
}


def make_folder(out: Path, name: str, config: str, *, kind: str, second: int = 0) -> RunFolder:
    now = datetime(2026, 3, 14, 15, 9, second, tzinfo=UTC)
    command = ["physdfa", kind, "experiments/digits.toml", "--seeds", "5"]
    return create_run(out, name, BASE.format(name=name) + config, command_line=command, kind=kind, now=now)


def write_backward_function(run: RunFolder) -> None:
    u = np.linspace(-1.0, 3.0, 81)
    columns = {
        "potential": u,
        "g": np.sin(0.5 * np.pi * u) ** 2,
        "density_initial": np.exp(-0.5 * ((u - 0.2) / 0.3) ** 2) / (0.3 * np.sqrt(2 * np.pi)),
        "density_trained": np.exp(-0.5 * ((u - 0.4) / 0.6) ** 2) / (0.6 * np.sqrt(2 * np.pi)),
        "surrogate_derivative": np.maximum(0.0, 1.0 - np.abs(u - 1.0)),
    }
    run.write_figure_data("backward_function", columns)


def append_epochs(run: RunFolder, *, seeds: int, epochs: int) -> None:
    for seed in range(seeds):
        for epoch in range(1, epochs + 1):
            accuracy = 0.98 - 0.3 * 0.6**epoch + 0.004 * np.sin(seed + epoch)
            run.append_metric(
                {
                    "kind": "epoch", "seed": seed, "epoch": epoch,
                    "train_loss": 2.3 * 0.7**epoch, "train_accuracy": accuracy,
                    "validation_loss": 2.4 * 0.72**epoch, "validation_accuracy": accuracy - 0.02,
                    "firing_rate": [0.11 + 0.01 * seed, 0.2], "images_per_s": 150000.0,
                }
            )  # fmt: skip


def write_train_run(
    out: Path, name: str = "digits-adfa", *, seeds: int = 5, epochs: int = 8, second: int = 0
) -> RunFolder:
    """A finished training run over several seeds."""
    run = make_folder(out, name, "", kind="train", second=second)
    append_epochs(run, seeds=seeds, epochs=epochs)
    accuracies = [0.970 + 0.001 * seed for seed in range(seeds)]
    for seed in range(seeds):
        run.append_metric({"kind": "test", "seed": seed, "test_accuracy": accuracies[seed], "test_loss": 0.1})
    write_backward_function(run)
    mean, std = float(np.mean(accuracies)), float(np.std(accuracies, ddof=1)) if seeds > 1 else None
    values = {"test_accuracy": mean, "test_accuracy_std": std, "test_accuracies": accuracies}
    run.write_summary({"status": "done", **values, **COSTS})
    return run


def write_sweep_run(out: Path, name: str = "digits-sweep") -> RunFolder:
    """A finished 9 x 7 grid; where the gain is largest and the bias above 7 V every candidate failed."""
    run = make_folder(out, name, SWEEP, kind="sweep", second=1)
    bias, gain = np.meshgrid(np.linspace(0.0, 9.4, 9), np.geomspace(0.1, 10.0, 7))
    bias, gain = bias.ravel(), gain.ravel()
    accuracy = 0.2 + 0.77 * np.exp(-(((bias - 4.7) / 3.0) ** 2) - np.log10(gain / 1.5) ** 2)
    failed = (gain > 9.0) & (bias > 7.0)
    table = pd.DataFrame(
        {
            "candidate": [f"c{i:03d}" for i in range(len(bias))], "generation": 0, "seed": 0,
            "device.v_bias": bias, "device.drive_gain": gain,
            "validation_accuracy": np.where(failed, np.nan, accuracy),
            "validation_loss": np.where(failed, np.nan, 2.3 * (1 - accuracy)),
            "firing_rate": 0.1, "wall_time_s": 0.4,
            "status": np.where(failed, "failed", "ok"),
            "reason": np.where(failed, "the loss is not finite after epoch 1", ""),
        }
    )  # fmt: skip
    write_evaluations(run, table)
    best = {"device.v_bias": 4.7, "device.drive_gain": 1.5}
    counts = {"num_evaluations": len(table), "num_failed": int(failed.sum())}
    run.write_summary({"status": "done", "test_accuracy": 0.965, "best": best, **counts, **COSTS})
    return run


def write_search_run(out: Path, name: str = "digits-search") -> RunFolder:
    """A finished search: seven generations of twelve, one failure, a comparison with three rows."""
    run = make_folder(out, name, SEARCH, kind="search", second=2)
    random = np.random.default_rng(7)
    tables = []
    for generation in range(7):
        spread = 0.55**generation
        accuracy = 0.96 - spread * random.uniform(0.0, 0.5, 12)
        table = pd.DataFrame(
            {
                "candidate": [f"g{generation}-{i:02d}" for i in range(12)], "generation": generation, "seed": 0,
                "device.v_bias": 4.7 + spread * random.uniform(-4.7, 4.7, 12),
                "device.drive_gain": 10 ** (0.2 + spread * random.uniform(-1.0, 0.8, 12)),
                "training.learning_rate": 10 ** (-2.8 + spread * random.uniform(-1.0, 0.8, 12)),
                "network.reset": random.choice(["zero", "subtract"], 12),
                "validation_accuracy": accuracy, "validation_loss": 2 * (1 - accuracy),
                "firing_rate": 0.1, "wall_time_s": 0.4, "status": "ok", "reason": "",
            }
        )  # fmt: skip
        if generation == 2:
            table.loc[3, "status"] = "failed"
            table.loc[3, "reason"] = "the loss is not finite after epoch 1"
            table.loc[3, ["validation_accuracy", "validation_loss"]] = np.nan
        tables.append(table)
        good = table["validation_accuracy"].dropna()
        run.append_metric(
            {
                "kind": "generation", "generation": generation, "best": float(good.max()),
                "median": float(good.median()), "worst": float(good.min()), "num_evaluations": 12,
                "num_failed": 12 - len(good), "wall_time_s": 5.0,
            }
        )  # fmt: skip
    table = pd.DataFrame(pd.concat(tables).to_dict("list"))
    write_evaluations(run, table)
    write_backward_function(run)
    names = ("best device of the search", "median of the first generation", "readout_only")
    comparison = []
    for name_of_row, mean in zip(names, (0.972, 0.921, 0.894), strict=True):
        seeds = [mean - 0.002, mean, mean + 0.002]
        row = {"name": name_of_row, "test_accuracy": mean, "test_accuracy_std": 0.002, "test_accuracies": seeds}
        comparison.append(row)
    top = table.loc[table["validation_accuracy"].idxmax()]
    best = {key: top[key] for key in ("device.v_bias", "device.drive_gain", "training.learning_rate", "network.reset")}
    run.write_summary(
        {
            "status": "done", "test_accuracy": 0.972, "test_accuracy_std": 0.002,
            "test_accuracies": comparison[0]["test_accuracies"], "best": best, "comparison": comparison,
            "num_evaluations": 84, "num_failed": 1, "warnings": ["12 candidates share one device."], **COSTS,
        }
    )  # fmt: skip
    return run


def write_interrupted_run(out: Path, name: str = "digits-killed") -> RunFolder:
    """A training run that was killed while it wrote its fourth epoch."""
    run = make_folder(out, name, "", kind="train", second=3)
    append_epochs(run, seeds=1, epochs=3)
    with (run.path / "metrics.jsonl").open("a") as file:
        file.write('{"kind": "epoch", "seed": 0, "epo')
    return run


@pytest.fixture
def make_train_run(tmp_path: Path) -> Callable[..., RunFolder]:
    return partial(write_train_run, tmp_path / "results")


@pytest.fixture
def make_sweep_run(tmp_path: Path) -> Callable[..., RunFolder]:
    return partial(write_sweep_run, tmp_path / "results")


@pytest.fixture
def make_search_run(tmp_path: Path) -> Callable[..., RunFolder]:
    return partial(write_search_run, tmp_path / "results")


@pytest.fixture
def make_interrupted_run(tmp_path: Path) -> Callable[..., RunFolder]:
    return partial(write_interrupted_run, tmp_path / "results")


@pytest.fixture(scope="session")
def train_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of `write_train_run`, in its folder; for tests that only read."""
    return write_report([write_train_run(tmp_path_factory.mktemp("train")).path])


@pytest.fixture(scope="session")
def sweep_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of `write_sweep_run`, in its folder; for tests that only read."""
    return write_report([write_sweep_run(tmp_path_factory.mktemp("sweep")).path])


@pytest.fixture(scope="session")
def search_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of `write_search_run`, in its folder; for tests that only read."""
    return write_report([write_search_run(tmp_path_factory.mktemp("search")).path])
