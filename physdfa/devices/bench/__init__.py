"""Instruments on the bench: plans of how to reach and how far to drive them, and a curve that asks."""

from physdfa.devices.bench.curve import BenchCurve, remeasured_curve
from physdfa.devices.bench.plan import BenchPlan, read_plan
from physdfa.devices.bench.session import (
    BenchError,
    BenchUse,
    begin_bench_use,
    bench_failure,
    bench_use,
    open_bench,
    require_visa,
)

__all__ = [
    "BenchCurve",
    "BenchError",
    "BenchPlan",
    "BenchUse",
    "begin_bench_use",
    "bench_failure",
    "bench_use",
    "open_bench",
    "read_plan",
    "remeasured_curve",
    "require_visa",
]
