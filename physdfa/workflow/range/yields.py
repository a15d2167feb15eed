"""Yield: the share of devices of one make that still train, when fabrication and drift move their parameters."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import jax
import numpy as np

from ga_search.evolution import Candidate
from ga_search.genome import candidate_id
from physdfa.analysis.working_range import WorkingRange, positions_of, wilson
from physdfa.build import build_device
from physdfa.config import ExperimentConfig, find_key, with_values
from physdfa.devices import AbstractDevice, Cascade, declared_parameters
from physdfa.devices.spread import with_spread
from physdfa.errors import InputError
from physdfa.workflow.candidates.records import EvaluationRecord

BIASES = ("v_bias", "offset")
"""What drifts: the operating point."""


@dataclass(frozen=True, kw_only=True)
class Yield:
    """The devices made like the one at `values`, and how many of them train to the level.

    - `place`: in words, such as "best" or "device.v_bias at its lower end".
    - `spread`: relative standard deviation from device to device; `drift`: of the bias since then, a share of v_pi.
    - `num`, `working`, `failed`: devices trained; of these, at the level, and not trained to an end.
    - `share`, `low`, `high`: working / num, with Wilson's 95 % interval.
    - `predicted`: the share by the surrogate, of the devices that it knows; `predicted_unknown`: that of the others.
    """

    place: str
    values: dict[str, Any]
    parameters: tuple[str, ...]
    spread: float
    drift: float
    num: int
    working: int
    failed: int
    share: float
    low: float
    high: float
    predicted: float | None
    predicted_unknown: float


def spreadable(config: ExperimentConfig, keys: Sequence[str]) -> dict[str, str]:
    """Of the varied keys, the device parameters that differ from device to device: key to its full name.

    **Raises:** `InputError` if there is none.
    """
    device = build_device(config, config.experiment.seed)
    known = {} if device is None else declared_parameters(device)
    found = {}
    for key in keys:
        declared = find_key(config, key) if key.startswith("device.") else None
        name = "" if declared is None else declared.path.removeprefix("device.")
        if device is not None and name in known and not known[name].whole and value_of(device, name) is not None:
            found[key] = name
    if not found:
        raise InputError(
            f"no device parameter that a fabrication spread could move is among {', '.join(keys)}; a yield needs one."
        )
    return found


def checked_spread(std: float) -> float:
    """A spread or drift as it is.

    **Raises:** `InputError` for one that is no relative standard deviation.
    """
    if not 0.0 <= std <= 1.0:
        raise InputError(
            f"a spread or a drift is a relative standard deviation from 0 to 1; got {std:g}. Write 0.05 for 5 %."
        )
    return std


def value_of(device: AbstractDevice, name: str) -> float | None:
    """A parameter of a built device by its dotted name; None for one that the device finds itself."""
    part, _, leaf = name.rpartition(".")
    value = getattr(device[part] if isinstance(device, Cascade) else device, leaf)
    return None if value is None else float(value)


def sampled_devices(
    config: ExperimentConfig,
    point: Mapping[str, Any],
    names: Mapping[str, str],
    *,
    spread: float,
    drift: float,
    num: int,
    seed: int,
) -> list[dict[str, Any]]:
    """The values of `num` devices made like the one at `point`; see `with_spread` for how they are drawn.

    Device number i draws the same numbers whatever the spread, so that yields at two spreads are of the same devices.

    **Arguments:**

    - `point`: value by varied key.
    - `names`: key to full name of the parameters that move.
    - `spread`, `drift`: standard deviations; a bias moves by sqrt(spread^2 + drift^2) v_pi.
    """
    nominal = build_device(with_values(config, point), config.experiment.seed)
    assert nominal is not None, "checked by `spreadable`"
    stds = {name: math.hypot(spread, drift) if name.rpartition(".")[2] in BIASES else spread for name in names.values()}
    made = []
    for i in range(num):
        device = with_spread(nominal, stds, jax.random.fold_in(jax.random.key(seed), i))
        made.append({**point, **{key: value_of(device, name) for key, name in names.items()}})
    return made


def fabrication_yield(
    evaluate: Callable[[Sequence[Candidate]], list[EvaluationRecord]],
    config: ExperimentConfig,
    found: WorkingRange,
    place: str,
    point: Mapping[str, Any],
    names: Mapping[str, str],
    *,
    spread: float,
    drift: float = 0.0,
    num: int = 24,
    counted: tuple[int, int] | None = None,
) -> Yield:
    """Train `num` devices made like the one at `point`, and count those at the level of the range.

    **Arguments:**

    - `evaluate`: an `Evaluator` of the run's config, so that all places share its compiled program.
    - `point`, `names`, `spread`, `drift`: as of `sampled_devices`.
    - `counted`: (at the level, failed) of the same devices, where they were trained before.

    **Raises:** `InputError` for a spread or drift that is none.
    """
    checked_spread(spread)
    checked_spread(drift)
    devices = sampled_devices(config, point, names, spread=spread, drift=drift, num=num, seed=config.experiment.seed)
    working, failed = _count(evaluate, devices, found.level) if counted is None else counted
    low, high = wilson(working, num)
    predicted, unknown = found.predicted_yield(np.array([positions_of(found.axes, values) for values in devices]))
    return Yield(
        place=place,
        values=dict(point),
        parameters=tuple(names),
        spread=spread,
        drift=drift,
        num=num,
        working=working,
        failed=failed,
        share=working / num,
        low=low,
        high=high,
        predicted=predicted,
        predicted_unknown=unknown,
    )


def _count(
    evaluate: Callable[[Sequence[Candidate]], list[EvaluationRecord]], devices: Sequence[dict[str, Any]], level: float
) -> tuple[int, int]:
    """Train the devices; how many are at the level, and how many failed."""
    records = evaluate([Candidate(candidate_id(values), values, 0) for values in devices])
    by_device = [[record for record in records if record.candidate == candidate_id(values)] for values in devices]
    states = [_state(group, level) for group in by_device]
    return states.count("works"), states.count("failed")


def _state(records: Sequence[EvaluationRecord], level: float) -> Literal["works", "fails", "failed"]:
    """What the seeds of one device say together."""
    accuracies = [record.validation_accuracy for record in records if record.validation_accuracy is not None]
    if len(accuracies) < len(records):
        return "failed"
    return "works" if math.fsum(accuracies) / len(accuracies) >= level else "fails"


def notable_points(found: WorkingRange) -> dict[str, dict[str, Any]]:
    """The best point, and the ends of its interval along each parameter. The others stay at the best."""
    points = {"best": dict(found.best)}
    for axis in found.ranges:
        own = next((i for i in axis.conditional if axis.below and i.low <= axis.best <= i.high), None)
        if own is None:
            continue
        for side, end, why in (("lower", own.low, own.low_end), ("upper", own.high, own.high_end)):
            if why == "level":
                value = round(end) if isinstance(axis.best, int) else end
                points[f"{axis.key} at its {side} end"] = {**found.best, axis.key: value}
    return points
