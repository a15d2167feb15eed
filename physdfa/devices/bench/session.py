"""A connection to an instrument: drives out, readings in, within limits, again where the answer is none.

There is one for each plan in a process, opened by the first drive.
"""

import atexit
import contextlib
import importlib
import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from physdfa.devices.bench.plan import BenchPlan
from physdfa.durations import seconds_in
from physdfa.errors import InputError, MissingExtraError

PAUSE_S = 0.2
"""Before a connection is tried again, times the number of the try [s]."""


class BenchError(InputError):
    """An instrument that does not answer, answers garbage, or was asked beyond its limits."""


@dataclass
class BenchUse:
    """What a bench did so far: values driven, blocks of them, tries that failed, and the seconds spent waiting."""

    values: int = 0
    blocks: int = 0
    failed_tries: int = 0
    seconds: float = 0.0


class Bench:
    """The instrument of a plan. Calls come one after the other, whatever thread they come from."""

    def __init__(self, plan: BenchPlan):
        self.plan = plan
        self.use = BenchUse()
        self.failure: BenchError | None = None
        self._resource: Any = None
        self._lock = threading.Lock()

    def ask(self, drives: np.ndarray) -> np.ndarray:
        """The readings at these drives, in their order and shape.

        **Raises:** `BenchError` for a drive beyond the limits, before anything moves; and where, after all tries, an
        answer is missing, has another length, or lies beyond what a reading can be.
        """
        flat = np.asarray(drives, np.float32).ravel()
        with self._lock:
            started = time.perf_counter()
            try:
                self._check(flat)
                size = self.plan.drive.block if self.plan.takes_blocks else 1
                parts = [self._tried(flat[start : start + size]) for start in range(0, len(flat), size)]
            except BenchError as error:
                self.failure = error
                self._leave()
                raise
            finally:
                self.use.seconds += time.perf_counter() - started
        return np.concatenate([*parts, np.empty(0, np.float32)]).astype(np.float32).reshape(np.shape(drives))

    def close(self) -> None:
        """Drive to rest and let go of the instrument; a later drive opens it again."""
        with self._lock:
            self._leave()

    def _check(self, drives: np.ndarray) -> None:
        low, high, unit = np.float32(self.plan.drive.low), np.float32(self.plan.drive.high), self.plan.drive.unit
        wrong = ~((drives >= low) & (drives <= high))
        if np.any(wrong):
            raise BenchError(
                f"{self._name}: a drive of {drives[wrong][0]:g} {unit} was asked for, and {low:g} to {high:g} {unit} "
                "is allowed; nothing was sent. Change drive_gain and offset, or the limits in the plan."
            )

    def _tried(self, drives: np.ndarray) -> np.ndarray:
        """One block, asked for until the answer can be true."""
        tries = self.plan.instrument.retries + 1
        problem = ""
        for number in range(tries):
            try:
                readings = self._asked(drives)
                problem = self._garbage(readings, len(drives))
                if not problem:
                    self.use.values += len(drives)
                    self.use.blocks += 1
                    return readings
            except MissingExtraError:
                raise
            except Exception as error:  # of PyVISA, of a driver, of the socket: as many kinds as there are vendors
                problem = " ".join(f"{type(error).__name__}: {error}".split())
            self.use.failed_tries += 1
            self._drop()
            if number + 1 < tries:
                time.sleep(PAUSE_S * (number + 1))
        raise BenchError(
            f"{self._name}: no reading after {tries} {'try' if tries == 1 else 'tries'}: {problem}. Look at the "
            "instrument, its cable and instrument.timeout."
        )

    def _asked(self, drives: np.ndarray) -> np.ndarray:
        resource, plan = self._opened(), self.plan
        self._drive(resource, drives)
        if plan.drive.rate is not None:
            time.sleep(len(drives) / plan.drive.rate)
        if not plan.takes_blocks:
            return np.array([float(resource.query(plan.reading.query))], np.float32)
        is_big = plan.endian == "big"
        found = resource.query_binary_values(plan.reading.query, datatype="f", is_big_endian=is_big, container=np.array)
        return np.asarray(found, np.float32)

    def _drive(self, resource: Any, drives: np.ndarray) -> None:
        """Send a block, or the only value."""
        plan = self.plan
        if plan.takes_blocks:
            is_big = plan.endian == "big"
            resource.write_binary_values(f"{plan.drive.command} ", drives, datatype="f", is_big_endian=is_big)
        else:
            resource.write(plan.drive.command.replace("{}", f"{drives[0]:.9g}"))

    def _garbage(self, readings: np.ndarray, num: int) -> str:
        """What is wrong with an answer; nothing if it can be true."""
        low, high, unit = self.plan.reading.low, self.plan.reading.high, self.plan.reading.unit
        if readings.shape != (num,):
            return f"it answered {readings.size} readings to {num} drives"
        wrong = ~((readings >= low) & (readings <= high))
        if np.any(wrong):
            return f"it answered {readings[wrong][0]:g}, and a reading lies between {low:g} and {high:g} {unit}"
        return ""

    def _opened(self) -> Any:
        if self._resource is None:
            self._resource = _visa_resource(self.plan)
            for command in self.plan.instrument.setup:
                self._resource.write(command)
        return self._resource

    def _leave(self) -> None:
        """To rest, as far as the instrument still listens."""
        resource, plan = self._resource, self.plan
        if resource is None:
            return
        with contextlib.suppress(Exception):
            if plan.drive.rest is not None:
                self._drive(resource, np.array([plan.drive.rest], np.float32))
            for command in plan.instrument.close:
                resource.write(command)
        self._drop()

    def _drop(self) -> None:
        """Close the connection; the next drive opens a new one."""
        with contextlib.suppress(Exception):
            if self._resource is not None:
                self._resource.close()
        self._resource = None

    @property
    def _name(self) -> str:
        return f"{self.plan.source or 'the bench'}, {self.plan.instrument.resource}"


_benches: dict[BenchPlan, Bench] = {}
_managers: dict[str, Any] = {}


def open_bench(plan: BenchPlan) -> Bench:
    """The bench of a plan, the same for the same plan; nothing is sent yet."""
    if plan not in _benches:
        _benches[plan] = Bench(plan)
        atexit.register(_benches[plan].close)
    return _benches[plan]


def bench_use() -> BenchUse | None:
    """What all benches of this process did since `begin_bench_use`; None for nothing."""
    uses = [bench.use for bench in _benches.values() if bench.use.seconds]
    if not uses:
        return None
    return BenchUse(
        values=sum(use.values for use in uses), blocks=sum(use.blocks for use in uses),
        failed_tries=sum(use.failed_tries for use in uses), seconds=sum(use.seconds for use in uses),
    )  # fmt: skip


def begin_bench_use() -> None:
    """Count anew what benches do: a run begins."""
    for bench in _benches.values():
        bench.use = BenchUse()


def bench_failure() -> BenchError | None:
    """The error of a bench that broke a compiled program off; told once."""
    for bench in _benches.values():
        if bench.failure is not None:
            failure, bench.failure = bench.failure, None
            return failure
    return None


def require_visa() -> Any:
    """The module of PyVISA.

    **Raises:** `MissingExtraError` where it is not installed.
    """
    try:
        return importlib.import_module("pyvisa")
    except ImportError:
        raise MissingExtraError("pyvisa", "lab") from None


def _visa_resource(plan: BenchPlan) -> Any:
    visa = require_visa()
    library = plan.instrument.library
    if library not in _managers:
        _managers[library] = visa.ResourceManager(library)
    resource = _managers[library].open_resource(plan.instrument.resource)
    resource.timeout = 1000 * seconds_in(plan.instrument.timeout)
    resource.read_termination = resource.write_termination = "\n"
    return resource
