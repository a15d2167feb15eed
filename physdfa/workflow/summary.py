"""The numbers that every kind of run puts into its summary."""

import math
import resource
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import jax
import numpy as np

from physdfa.data import AnyDataset
from physdfa.devices.bench import bench_use
from physdfa.errors import PhysdfaError
from physdfa.interrupt import Interrupted
from physdfa.parts import error_in_own_part
from physdfa.training import Trainer


def compute_summary(trainer: Trainer, wall_time_s: float) -> dict[str, object]:
    """Time, memory and compilations of a run that used `trainer`."""
    return {
        "wall_time_s": wall_time_s,
        "compile_time_s": trainer.compile_time_s,
        "num_compilations": trainer.num_compilations,
        "peak_memory_bytes": peak_memory_bytes(),
        "num_devices": trainer.devices_used,
        **_bench_summary(wall_time_s),
    }


def _bench_summary(wall_time_s: float) -> dict[str, object]:
    """What the instruments on the bench did in this process, and their share of the time; nothing without any."""
    use = bench_use()
    if use is None:
        return {}
    return {"bench": {**asdict(use), "share_of_time": use.seconds / wall_time_s if wall_time_s else None}}


def data_summary(dataset: AnyDataset) -> dict[str, object]:
    """The data set of a run, its classes, and the integer value that stands for 1. None without integers."""
    return {
        "dataset": dataset.name,
        "num_classes": dataset.num_classes,
        "integer_type": dataset.integer_type,
        "full_scale": float(dataset.full_scale),
    }


def trained_scales(summary: Mapping[str, Any]) -> dict[str, float]:
    """The value that stood for 1 in a training, by integer type. Empty where that is not known.

    Older runs say no `full_scale`: they divided uint8 by 255 and took every other type as it was.
    """
    if "full_scale" not in summary:
        others = ("uint16", "uint32", "uint64", "int8", "int16", "int32", "int64")
        return {"uint8": 255.0} | dict.fromkeys(others, 1.0)
    integer_type, full_scale = summary.get("integer_type"), summary["full_scale"]
    is_scale = isinstance(full_scale, int | float) and math.isfinite(full_scale) and full_scale > 0
    return {integer_type: float(full_scale)} if isinstance(integer_type, str) and is_scale else {}


def interrupted_summary(error: BaseException, wall_time_s: float) -> dict[str, object]:
    """Status and reason of a run that `error` ended."""
    if isinstance(error, KeyboardInterrupt):
        by_signal = isinstance(error, Interrupted) and error.number != signal.SIGINT
        reason = str(error) if by_signal else "interrupted by the user"
        return {"status": "interrupted", "reason": reason, "wall_time_s": wall_time_s}
    if not isinstance(error, PhysdfaError) and (of_a_part := error_in_own_part(error)):
        return {"status": "failed", "reason": of_a_part, "wall_time_s": wall_time_s}
    if isinstance(error, OSError) and error.filename is not None:
        return {"status": "failed", "reason": f"{error.filename}: {error.strerror}", "wall_time_s": wall_time_s}
    return {"status": "failed", "reason": str(error) or type(error).__name__, "wall_time_s": wall_time_s}


def mean_and_std(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and standard deviation of the sample (n - 1); 0 for a single value."""
    return float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0


def peak_memory_bytes() -> int:
    """The most memory that this process held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else 1024 * peak  # macOS counts bytes, Linux KiB


def compute_devices() -> list[str]:
    """Names of the devices that JAX computes on."""
    return [device.device_kind for device in jax.devices()]
