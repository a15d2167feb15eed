"""Run folders of sweeps whose accuracies are given by a function, so that nothing needs to train."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ga_search.genome import candidate_id
from physdfa.analysis.working_range import LevelRule
from physdfa.config import to_toml
from physdfa.store import RunFolder, create_run
from physdfa.store.evaluations import write_evaluations
from physdfa.workflow.candidates.records import EvaluationRecord, to_frame
from physdfa.workflow.range.options import RangeOptions
from physdfa.workflow.sweep import sweep_points
from tests.workflow.tiny import make_config

BIAS = '"device.v_bias" = { low = 0.0, high = 10.0 }'
GAIN = '"device.drive_gain" = { low = 0.1, high = 10.0, scale = "log" }'
DISC = f'method = "sobol"\nnum_samples = 64\n[sweep.parameters]\n{BIAS}\n{GAIN}\n'

NINETY = RangeOptions(rule=LevelRule(kind="absolute", value=0.9))

Accuracy = Callable[[Mapping[str, Any]], float | None]


def units(values: Mapping[str, Any]) -> tuple[float, float]:
    """Bias and gain over their ranges of `DISC`."""

    return values["device.v_bias"] / 10, math.log10(values["device.drive_gain"] / 0.1) / 2


def disc(values: Mapping[str, Any]) -> float:
    """0.9 on a circle of radius 0.3 around the middle of the unit box, above it inside."""
    x, y = units(values)
    return 0.9 + (0.09 - (x - 0.5) ** 2 - (y - 0.5) ** 2) / 2


def make_run(
    folder: Path,
    accuracy: Accuracy = disc,
    *,
    sweep: str = DISC,
    leave_out: int = 0,
    status: str = "done",
    seeds: int = 1,
    dataset: str = "digits",
    num_classes: int | None = 10,
    rule: str = "adfa",
    measured: Path | None = None,
) -> RunFolder:
    """The folder of a finished sweep; None for an accuracy is a failed training.

    **Arguments:**

    - `leave_out`: points that were not evaluated.
    - `num_classes`: as the summary says; None is a run of an earlier version.
    - `measured`: the file of a curve in the place of the modulator.
    """
    table = f"[sweep]\nseeds = {seeds}\n{sweep}"
    config = make_config(f"data.name={dataset}", f"rule.name={rule}", more=table, kind="sweep", measured=measured)
    run = create_run(
        folder,
        config.experiment.name,
        to_toml(config),
        command_line=["physdfa"],
        kind="sweep",
        inputs={} if measured is None else {measured.name: measured.read_bytes()},
    )
    points = sweep_points(config)
    records = []
    for values in points[: len(points) - leave_out]:
        for seed in range(seeds):
            found = accuracy(values)
            records.append(
                EvaluationRecord(
                    candidate=candidate_id(values),
                    values=values,
                    generation=0,
                    seed=seed,
                    status="ok" if found is not None else "failed",
                    reason="" if found is not None else "diverged in epoch 1",
                    validation_accuracy=found,
                )
            )
    write_evaluations(run, to_frame(records))
    run.write_summary({"status": status} | ({} if num_classes is None else {"num_classes": num_classes}))
    return run
