"""The smallest experiment that trains, and what tests read of its runs."""

import json
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from physdfa.config import ExperimentConfig, Kind, read_config
from physdfa.store import RunFolder, open_run
from physdfa.training import Trainer

TINY = """
[experiment]
name = "tiny"
[data]
name = "digits"
train_size = 480
[network]
hidden = [16]
num_steps = 4
[rule]
name = "adfa"
[device]
preset = "mach_zehnder"
reference = "balanced"
[training]
epochs = 2
batch_size = 32
learning_rate = 1e-2
"""
SEARCH = """
[search]
population = 4
generations = 2
references = 0
[search.genes]
"device.v_bias" = { low = 0.0, high = 9.4 }
"training.learning_rate" = { low = 1e-4, high = 1e-2, scale = "log" }
"""
SWEEP = """
[sweep]
references = 0
[sweep.parameters]
"device.v_bias" = { low = 0.0, high = 9.4, num = 2 }
"device.drive_gain" = { low = 0.1, high = 10.0, num = 2, scale = "log" }
"""

COLUMNS = {
    "candidate",
    "generation",
    "seed",
    "validation_accuracy",
    "validation_loss",
    "firing_rate",
    "outside_range",
    "alignment",
    "g_mean_over_spread",
    "g_correlation",
    "g_rms",
    *(f"{score}_{epoch}" for score in ("alignment", "validation_accuracy") for epoch in (1, 2, 3)),
    "energy",
    "feedback_bits",
    "robustness",
    "epochs",
    "rung_accuracy",
    "dropped_at",
    "wall_time_s",
    "status",
    "reason",
}
"""Those of every table of evaluations, after the varied keys."""


def make_config(
    *overrides: str, more: str = "", kind: Kind | None = None, measured: Path | None = None
) -> ExperimentConfig:
    """`make_config("training.epochs=1", more=SEARCH, kind="search")`.

    **Arguments:**

    - `measured`: the file of a curve in the place of the modulator.
    """
    preset = 'preset = "mach_zehnder"'
    text = TINY if measured is None else TINY.replace(preset, f'measured = "{measured}"\noutside = "hold"')
    return read_config(tomllib.loads(text + more), overrides=overrides, kind=kind)


def summary_of(run: RunFolder | Path) -> dict[str, Any]:
    """The summary of a run, its hash verified."""
    return (open_run(run) if isinstance(run, Path) else run).read_summary()


def lines_of(run: RunFolder, kind: str) -> list[dict[str, Any]]:
    """The lines of a kind in a run's metrics, their hashes verified."""
    log = run.read_metrics()
    assert log.num_damaged == 0
    return [line for line in log.records if line["kind"] == kind]


def files_in(folder: Path) -> list[Path]:
    """Every file and folder below `folder`; empty where there is none."""
    return sorted(folder.rglob("*"))


def strict_json(text: str) -> Any:
    """The one JSON value of a text; NaN and Infinity, which are no JSON, are refused."""

    def refuse(name: str):
        raise ValueError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


class ScoreLog:
    """Put in the place of `load_samples`: notes, for each scoring that follows, whether it reads the test set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: ModuleType):
        self.reads_test: list[bool] = []
        load, score, test_sets = module.load_samples, Trainer.score, []

        def load_and_keep(*arguments):
            samples = load(*arguments)
            test_sets.append(samples.test)
            return samples

        def note_and_score(trainer, population, data, rows, key):
            self.reads_test.append(any(data is test for test in test_sets))
            return score(trainer, population, data, rows, key)

        monkeypatch.setattr(module, "load_samples", load_and_keep)
        monkeypatch.setattr(Trainer, "score", note_and_score)
