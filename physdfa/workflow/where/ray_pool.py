"""Workers on Ray: an actor for each GPU of the cluster, or, where it has none, for each processor core."""

import contextlib
import hashlib
import importlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from itertools import count
from types import ModuleType
from typing import Any

from physdfa.errors import MissingExtraError, PhysdfaError, shortened
from physdfa.interrupt import SIGNALS
from physdfa.store.environment import running_code
from physdfa.workflow.where.scheduler import Answered, Joined, Lost, Raised
from physdfa.workflow.where.worker import Worker, packed_samples
from physdfa.workflow.where.workers import Sent

LOCAL = "local"
RENEW_S = 2.0
"""Time between two looks at the cluster: whether nodes have come, and workers are to be replaced."""
CONNECT_S = 5.0
HEALTHY_S = 20.0
"""Longest time until a cluster says that it is one; of it some seconds go into starting the question."""
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
"""Settings of Ray under which it writes nothing to our terminal, and reports to nobody."""


class RayError(PhysdfaError):
    """A cluster that cannot be used."""


class RayPool:
    """Workers on a cluster; those that are lost are replaced, and new nodes get theirs. See `ray_pool`.

    **Arguments:**

    - `threads`: processor threads of each worker.
    """

    def __init__(self, ray: ModuleType, threads: int):
        self._ray, self._threads = ray, threads
        self._names, self._renewed = count(1), -RENEW_S
        self._actors: dict[str, Any] = {}
        self._waiting: dict[Any, tuple[str, int | None]] = {}
        self._shared: list[tuple[Any, Any, str]] = []

    @property
    def num_workers(self) -> int:
        """Workers that the nodes of now have room for, one at least."""
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        gpus = sum(int(node.get("GPU", 0)) for node in nodes)
        return max(1, gpus or sum(int(node.get("CPU", 0)) // self._threads for node in nodes))

    def share(self, samples: Any) -> tuple[Any, str]:
        """Put samples into the store of this machine, once; each other machine fetches them once."""
        for known, reference, name in self._shared:
            if known is samples:
                return reference, name
        reference = self._ray.put(packed_samples(samples))
        name = hashlib.sha256(reference.binary()).hexdigest()
        self._shared = [*self._shared[-1:], (samples, reference, name)]
        return reference, name

    def now(self) -> float:
        """Seconds of this machine's monotonic clock."""
        return time.monotonic()

    def give(self, worker: str, number: int, task: Sent) -> None:
        """Send a chunk to a worker."""
        reference = getattr(self._actors[worker], task.method).remote(*task.arguments)
        self._waiting[reference] = (worker, number)

    def events(self, timeout_s: float) -> list[Joined | Lost | Answered | Raised]:
        """What the actors have answered, and who was lost."""
        if self.now() - self._renewed > RENEW_S:
            self._renew()
        if not self._waiting:
            time.sleep(timeout_s)
            return []
        ready, _ = self._ray.wait(list(self._waiting), num_returns=1, timeout=timeout_s)
        if ready:
            ready, _ = self._ray.wait(list(self._waiting), num_returns=len(self._waiting), timeout=0)
        found = [self._event(reference) for reference in ready]
        return [event for event in found if event is not None]

    def _event(self, reference: Any) -> Joined | Lost | Answered | Raised | None:
        worker, number = self._waiting.pop(reference)
        errors = self._ray.exceptions
        try:
            answer = self._ray.get(reference)
        except errors.RayTaskError as error:
            assert number is not None, "to be ready cannot fail"
            return Raised(worker, number, error.cause if isinstance(error.cause, Exception) else error)
        except errors.RayError as error:
            actor = self._actors.pop(worker)
            with contextlib.suppress(errors.RayError):
                self._ray.kill(actor)
            if number is not None:
                return Lost(worker)
            if getattr(error, "actor_init_failed", False):
                raise RayError(f"--ray: a worker cannot start: {_last_line(error)}") from None
            return None
        return Joined(worker) if number is None else Answered(worker, number, answer)

    def _renew(self) -> None:
        """Ask for as many actors as there is room for; those that Ray has no room for yet wait there."""
        self._renewed = self.now()
        has_gpus = self._ray.cluster_resources().get("GPU", 0) >= 1
        make = self._ray.remote(num_cpus=self._threads, num_gpus=1 if has_gpus else 0, max_restarts=0)(Worker)
        for _ in range(self.num_workers - len(self._actors)):
            name = f"worker {next(self._names)}"
            self._actors[name] = make.remote(self._threads, running_code())
            self._waiting[self._actors[name].ready.remote()] = (name, None)


@contextlib.contextmanager
def ray_pool(address: str, threads: int | None, *, num_cpus: int | None = None) -> Iterator[RayPool]:
    """Workers on this machine ("local"), or on the cluster at an address, until the end of the work.

    **Arguments:**

    - `threads`: of each worker; default 1. `num_cpus`: that Ray may use of this machine; default all.

    **Raises:** `MissingExtraError` without the package ray; `RayError` for an address where no cluster answers.
    """
    os.environ.update({name: os.environ.get(name, value) for name, value in QUIET.items()})
    try:
        ray: Any = importlib.import_module("ray")  # an optional extra, whose types the checks may lack
    except ImportError:
        raise MissingExtraError("ray", "ray") from None
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    if address != LOCAL:
        _refuse_if_silent(address)
    warnings.filterwarnings("ignore", message="os.fork", category=RuntimeWarning)  # Ray starts programs, no more
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        _connect(ray, address, num_cpus)
        for number, handler in handlers.items():  # Ray puts its own in their place
            signal.signal(number, handler)
        yield RayPool(ray, threads or 1)
    finally:
        ray.shutdown()


def _connect(ray: ModuleType, address: str, num_cpus: int | None) -> None:
    quiet = {"log_to_driver": False, "logging_level": logging.CRITICAL}
    try:
        if address == LOCAL:
            ray.init(address=LOCAL, include_dashboard=False, num_cpus=num_cpus, **quiet)
        else:
            ray.init(address=address, **quiet)
    except Exception as error:
        raise RayError(
            f"--ray {address}: there is no cluster that this machine belongs to: {_last_line(error)}. Give the "
            "HOST:PORT that `ray start --head` has printed, and join it here first: ray start --address=HOST:PORT"
        ) from None


def _refuse_if_silent(address: str) -> None:
    """Refuse an address that is none, or where nobody listens, within seconds: Ray itself tries on for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in address:
        raise RayError(f"--ray {shortened(address)}: is 'local', or HOST:PORT as `ray start --head` has printed it.")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_S).close()
        check = [sys.executable, "-m", "ray.scripts.scripts", "health-check", "--address", address]
        subprocess.run(check, capture_output=True, timeout=HEALTHY_S, check=True)
    except (OSError, OverflowError, subprocess.SubprocessError) as error:
        why = "no Ray" if isinstance(error, subprocess.SubprocessError) else str(error)
        raise RayError(
            f"--ray {address}: no cluster answers there ({why}); start one with `ray start --head` and give the "
            "address that it prints, or take --ray local."
        ) from None


def _last_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1].strip()
