"""A device on the bench is measured again while networks train on its curve, as it drifts.

Before the next epoch begins, every reading is in `measured/after_epoch_k.csv` of the run, and the networks go on with
the curve that it holds. A run that goes on after epoch k measures then, as it would have done.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from physdfa.config import ExperimentConfig, rule_of
from physdfa.config.device_source import MeasurementSource
from physdfa.devices.bench import BenchError, BenchPlan, open_bench, require_visa
from physdfa.devices.cascade import inner_stages
from physdfa.devices.measured import MeasuredCurve, read_measurement
from physdfa.errors import InputError
from physdfa.interrupt import stop_if_asked
from physdfa.store import RunFolder
from physdfa.training import Population
from physdfa.workflow.bench import Sweeps, readings_text, swept
from physdfa.workflow.progress import Progress

KIND = "measurement"
"""That of a line in the log of a run for every time that the bench was asked."""

FOLDER = "measured"
CHECK_DRIVES = 9
"""Drives of a check, evenly over the range of the curve: few beside a sweep, and both ends among them."""


def remeasured_source(config: ExperimentConfig) -> MeasurementSource | None:
    """The measurement of a device that is to be measured again; None for any other, and for rules without one."""
    source = None if config.device is None else config.device.source
    return source if source is not None and source.is_remeasured and rule_of(config).needs_device else None


def check_not_remeasured(config: ExperimentConfig) -> None:
    """Refuse a config that asks for what only a run of `train` does.

    **Raises:** `InputError` with the way out.
    """
    if remeasured_source(config) is not None:
        raise InputError(
            "device.remeasure_every, device.remeasure_beyond: a device is measured again in `physdfa train` alone, "
            "whose run keeps the readings; remove them here."
        )


def check_remeasurable(config: ExperimentConfig, *, in_groups: bool) -> None:
    """Refuse, before anything is trained, a device that could not be measured again.

    **Arguments:**

    - `in_groups`: whether the seeds train in several programs, whose epochs end at different times.

    **Raises:** `InputError` with the way out; `MissingExtraError` without PyVISA.
    """
    if remeasured_source(config) is None:
        return
    if in_groups:
        raise InputError(
            "device.remeasure_every, device.remeasure_beyond: the bench measures for all seeds at once, and these "
            "train in groups; leave out --ray and --chunk, or these keys."
        )
    require_visa()


def remeasuring_words(config: ExperimentConfig) -> list[str]:
    """When a device is measured again, and how many values that drives, in a line; none for any other device."""
    source = remeasured_source(config)
    if source is None or source.plan is None:
        return []
    every, beyond, sweeps = source.remeasure_every, source.remeasure_beyond, 2 * source.plan.measure.repeats
    when = [] if every is None else [f"after every {every} epochs"]
    when += [] if beyond is None else [f"at a drift of {100 * beyond:.3g} % ({sweeps * CHECK_DRIVES} values to check)"]
    return [
        f"the device is measured again {' and '.join(when)}: {sweeps * source.plan.measure.points} values each time"
    ]


class Remeasuring:
    """Asks the bench between the epochs of one run.

    **Arguments:**

    - `source`: the device's measurement, with the plan of its bench.
    - `reached`: epochs that the run has trained: readings from then on, of an earlier attempt, are dropped.
    """

    def __init__(self, run: RunFolder, source: MeasurementSource, progress: Progress, *, reached: int = 0):
        assert source.plan is not None, "one without a bench is not measured again"
        self._run, self._source, self._progress = run, source, progress
        self._plan: BenchPlan = source.plan
        for path in (run.path / FOLDER).glob("after_epoch_*.csv"):
            if int(path.stem.rpartition("_")[2]) >= reached:
                run.forget_text(f"{FOLDER}/{path.name}")

    def stretches(self, numbers: range) -> Iterator[range]:
        """These epochs, cut where the bench may be asked between them."""
        every = 1 if self._source.remeasure_beyond is not None else self._source.remeasure_every or 1
        start = numbers.start
        while start < numbers.stop:
            end = min(numbers.stop, (start - 1) // every * every + every + 1)
            yield range(start, end)
            start = end

    def after(self, epoch: int, population: Population) -> Population:
        """The members after so many epochs, with the curve measured anew if that is due.

        It is after every `remeasure_every` epochs, and where a check finds a drift of more than `remeasure_beyond`.

        **Raises:** `BenchError` where the bench fails, or answers what cannot be a curve; `Interrupted` between sweeps.
        """
        source, use = self._source, open_bench(self._plan).use
        before = replace(use)
        is_due = source.remeasure_every is not None and epoch > 0 and epoch % source.remeasure_every == 0
        drift = change = None
        device: Any = population.states.device
        if not is_due and source.remeasure_beyond is not None:
            drift = self._drift(device)
            is_due = drift > source.remeasure_beyond
        elif not is_due:
            return population
        if is_due:
            device, change = self._measured(device, epoch)
        self._run.append_metric(
            {
                "kind": KIND,
                "epoch": epoch,
                "drift": drift,
                "change": change,
                "values": use.values - before.values,
                "failed_tries": use.failed_tries - before.failed_tries,
                "seconds": use.seconds - before.seconds,
            }
        )
        if change is None:
            return population
        self._progress.say(f"after epoch {epoch} the device was measured: its curve moved by {100 * change:.3g} %")
        return replace(population, states=population.states._replace(device=device))

    def _drift(self, device: Any) -> float:
        """The largest difference between curve and mean reading at a few drives, as a share of the curve's swing."""
        found = self._swept(device, CHECK_DRIVES)
        return max(drift_of(curve, found) for curve in _curves(device))

    def _measured(self, device: Any, epoch: int) -> tuple[Any, float]:
        """The device with its curve measured anew, and how far that moved, as a share of its swing."""
        found = self._swept(device, self._plan.measure.points)
        path = self._run.write_text(f"{FOLDER}/after_epoch_{epoch}.csv", readings_text(self._plan, found))
        try:
            measurement = read_measurement(path)
            anew = jax.tree.map(
                lambda part: part.measured_again(measurement) if _is_curve(part) else part, device, is_leaf=_is_curve
            )
        except InputError as problem:
            raise BenchError(
                f"{self._plan.source}: what it measured is no curve: {problem} Look at the bench."
            ) from None
        pairs = zip(_curves(device), _curves(anew), strict=True)
        return anew, max(change_of(earlier, later) for earlier, later in pairs)

    def _swept(self, device: Any, points: int) -> Sweeps:
        """Sweeps over the range of the curve; a signal may stop them in between."""
        drives, _ = _curves(device)[0].nodes()
        return swept(self._plan, drives[0], drives[-1], points, lambda found: stop_if_asked())


def drift_of(curve: MeasuredCurve, found: Sweeps) -> float:
    """The largest difference between a curve and the mean of sweeps, as a share of the swing.

    Each branch is compared with its own sweeps.
    """
    drives, outputs = curve.nodes()
    rising, falling = found.readings[0::2].mean(axis=0), found.readings[1::2].mean(axis=0)
    means = {"rising": [rising], "falling": [falling], "random": [rising, falling]}
    expected = [np.interp(found.drives, drives, row) for row in outputs[:, 0]]
    read = means.get(curve.branch, [(rising + falling) / 2])
    return float(np.max(np.abs(np.stack(read) - np.stack(expected))) / np.ptp(outputs))


def change_of(earlier: MeasuredCurve, later: MeasuredCurve) -> float:
    """The largest difference between two curves on the same cells, as a share of the earlier one's swing."""
    before, after = earlier.nodes()[1], later.nodes()[1]
    return float(np.max(np.abs(after - before)) / np.ptp(before))


def measurement_summary(run: RunFolder) -> dict[str, object]:
    """What all measurements of a run were and took, for its summary; nothing for a run without any.

    `number` of them, `checks` of the drift, `values` driven, tries that failed, `seconds` at the bench, and
    `largest_change` of the curve as a share of its swing, None without one.
    """
    lines: list[dict[str, Any]] = [line for line in run.read_metrics().records if line.get("kind") == KIND]
    if not lines:
        return {}
    changes = [line["change"] for line in lines if line["change"] is not None]
    told = {name: sum(line[name] for line in lines) for name in ("values", "failed_tries", "seconds")}
    return {
        "measurements": {
            "number": len(changes),
            "checks": sum(line["drift"] is not None for line in lines),
            **told,
            "largest_change": max(changes, default=None),
        }
    }


def _is_curve(part: Any) -> bool:
    return isinstance(part, MeasuredCurve)


def _curves(device: Any) -> list[MeasuredCurve]:
    return [stage for _, stage in inner_stages(device) if isinstance(stage, MeasuredCurve)]
